"""Sends the queue: once, or again and again as a service."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from story_history.client import send


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, help="seconds between two attempts")

    def handle(self, *args: Any, every: float | None, **options: Any) -> None:
        send()
        while every:
            time.sleep(every)
            send()
