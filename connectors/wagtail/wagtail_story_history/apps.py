"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StoryHistory(AppConfig):
    name = "wagtail_story_history"
    verbose_name = _("Story history")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from wagtail_story_history import checks, observing, panels

        checks.connect()
        if observing.connect():
            panels.place()
