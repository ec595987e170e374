"""Sends what waits for the archive."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections

from wagtail_story_history import conf, sending
from wagtail_story_history.models import Outgoing


class Command(BaseCommand):
    help = "Sends what waits for the archive: once, as from cron, or --every so many seconds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every", type=float, metavar="SECONDS", help="go on, and look again so often"
        )

    def handle(self, *args: Any, every: float | None, **options: Any) -> None:
        if not conf.url() or not conf.token():
            raise CommandError("STORY_HISTORY_URL or STORY_HISTORY_TOKEN is not set.")
        sending.send()
        while every:
            time.sleep(every)
            close_old_connections()
            sending.send()
        self._report()

    def _report(self) -> None:
        """Raises CommandError, so that cron says so, if there is something left."""
        refused = Outgoing.objects.filter(refused=True).count()
        waiting = Outgoing.objects.filter(refused=False)
        if last := waiting.exclude(trouble="").first():
            raise CommandError(f"{waiting.count()} wait. {last.trouble}")
        if refused:
            raise CommandError(f"{refused} were refused: see Reports, Story history in the admin.")
        left = waiting.count()
        self.stdout.write(
            f"{left} wait, or another process sends them." if left else "All is sent."
        )
