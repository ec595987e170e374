"""Where the connector stands in Wagtail's admin."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from wagtail_story_history import conf
from wagtail_story_history.models import What
from wagtail_story_history.panels import NoteForm
from wagtail_story_history.views import PERMISSION, act, report


def _keep(request: HttpRequest, page: Any, what: What = What.PUBLISH) -> None:
    form = NoteForm.sent(request.POST) if request.method == "POST" else None
    if form and conf.mapping_of(page.specific_class) is not None:
        form.keep(page.pk, what, _loaded(request))


def _loaded(request: HttpRequest) -> int | None:
    """The revision that the form stands for, if it saves itself."""
    if request.accepts("text/html"):
        return None
    names = ("overwrite_revision_id", "loaded_revision_id")
    found = next(filter(None, map(request.POST.get, names)), "")
    return int(found) if found.isdecimal() else None


@hooks.register("before_edit_page")
def keep_note(request: HttpRequest, page: Any) -> None:
    """Before anything is done: a workflow's approval publishes, too, and has no hook of its own."""
    lock = page.get_lock()
    if not (lock and lock.for_user(request.user)):
        _keep(request, page)


@hooks.register("before_unpublish_page")
def keep_reason(request: HttpRequest, page: Any) -> None:
    _keep(request, page, What.WITHDRAW)


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern | URLResolver]:
    addresses = [path("", report, name="report"), path("<int:number>/", act, name="act")]
    return [path("story-history/", include((addresses, "wagtail_story_history")))]


class _ReportItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)


@hooks.register("register_reports_menu_item")
def menu_item() -> MenuItem:
    address = reverse("wagtail_story_history:report")
    return _ReportItem(
        _("Story history"), address, name="story-history", icon_name="history", order=900
    )


@hooks.register("register_permissions")
def permissions() -> QuerySet[Permission]:
    app, _dot, codename = PERMISSION.partition(".")
    return Permission.objects.filter(content_type__app_label=app, codename=codename)
