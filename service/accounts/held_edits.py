"""How many publications the check for silent edits held back: a refusal records nothing else."""

import logging
import sqlite3
from collections.abc import Callable
from datetime import date

from repo_store import ArchiveError
from service.accounts.database import Database

log = logging.getLogger(__name__)

_FAILURES = (ArchiveError, sqlite3.Error, OSError)


class HeldEdits:
    """Counts in `accounts.db`, by day. `database` is opened when something is counted."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database

    def count(self, day: date) -> None:
        """Count one more. Never raises: what was refused stays refused, counted or not."""
        sql = "insert into held_edit values (?, 1) on conflict do update set count = count + 1"
        try:
            self._database().run(sql, day.isoformat())
        except _FAILURES as error:
            log.error("a silent edit that was held back is not counted: %s", error)

    def by_day(self, since: date, until: date) -> dict[date, int] | None:
        """From one day up to, not including, another; days without any are missing. None if the
        file cannot be read, or a disk that rejects writes has kept it without this table: readers
        are served without it.
        """
        sql = "select day, count from held_edit where day >= ? and day < ? order by day"
        try:
            rows = self._database().run(sql, since.isoformat(), until.isoformat())
        except _FAILURES as error:
            log.error("the silent edits that were held back cannot be read: %s", error)
            return None
        return {date.fromisoformat(row["day"]): row["count"] for row in rows}
