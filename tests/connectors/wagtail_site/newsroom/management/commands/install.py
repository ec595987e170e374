"""Installs the site: its editor, and its front page as Wagtail made it."""

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def handle(self, *args: object, **options: object) -> None:
        User.objects.create_superuser(
            "meera", "meera@example.org", "a long password", first_name="Meera", last_name="Pillai"
        )
