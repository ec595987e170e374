"""Queues what was public before the connector came."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from wagtail.models import PageViewRestriction

from wagtail_story_history import conf, sending
from wagtail_story_history.models import Outgoing, Story
from wagtail_story_history.observing import observe, observe_gone
from wagtail_story_history.past import begun


class Command(BaseCommand):
    help = (
        "Queues each page's past, as far as Wagtail kept its revisions, and what differs from what"
        " was queued. It may be stopped and run again: nothing is queued twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-send", action="store_true", help="queue only")

    def handle(self, *args: Any, no_send: bool, **options: Any) -> None:
        with sending.by_hand():
            self._queue()
        if not no_send and not sending.send():
            self.stdout.write("The archive was away: story_history_send sends the rest.")

    def _queue(self) -> None:
        before = Outgoing.objects.count()
        seen = 0
        for model in conf.models():
            for number in list(model._default_manager.values_list("pk", flat=True).order_by("pk")):
                seen += self._page(model, number)
                if seen % 100 == 0:
                    self.stdout.write(f"{seen} pages …")
        observe_gone()
        self.stdout.write(f"{seen} pages, {Outgoing.objects.count() - before} events queued.")

    def _page(self, model: Any, number: int) -> int:
        """1 if it may be seen."""
        with transaction.atomic():
            found = model._default_manager.filter(pk=number).first()
            if found is None or found.specific_class is None or found.alias_of_id:
                return 0
            page = found.specific
            private = PageViewRestriction.objects.values_list("page__path", flat=True)
            if not page.path.startswith(tuple(private)):
                known = Story.objects.filter(page_id=number).exists()
                if not known and page.first_published_at:
                    begun(page)
            observe([page], later=True)
            return 1
