"""The report: what waits, and what the archive refused, in its own words."""

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from wagtail.admin import messages
from wagtail.models import Page

from wagtail_story_history import conf, sending
from wagtail_story_history.models import Outgoing

PERMISSION = "wagtail_story_history.change_outgoing"
_may = permission_required(PERMISSION, raise_exception=True)


@require_GET
@_may
def report(request: HttpRequest) -> HttpResponse:
    """What is refused first, then what waits, the oldest first."""
    events = Outgoing.objects.select_related("story").order_by("-refused", "pk")
    shown = Paginator(events, 50).get_page(request.GET.get("p"))
    pages = Page.objects.in_bulk([event.story.page_id for event in shown])
    context = {
        "page_title": _("Story history"),
        "header_title": _("Story history"),
        "header_icon": "history",
        "url": conf.url(),
        "events": shown,
        "rows": [(event, pages.get(event.story.page_id)) for event in shown],
    }
    return render(request, "wagtail_story_history/report.html", context)


@require_POST
@_may
def act(request: HttpRequest, number: int) -> HttpResponse:
    """Send an event again, or discard it."""
    with transaction.atomic():
        event = get_object_or_404(Outgoing.objects.select_related("story"), pk=number)
        if "discard" in request.POST and event.refused:
            event.delete()
            messages.success(request, _("Discarded: it will not be in the article’s History."))
        elif event.superseded:
            messages.error(request, _("A later version is recorded already: discard this one."))
        else:
            event.refused, event.due, event.attempts = False, timezone.now(), 0
            event.save(update_fields=["refused", "due", "attempts"])
            sending.wake()
            messages.success(request, _("It is sent again."))
    return redirect("wagtail_story_history:report")
