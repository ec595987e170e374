"""What a person may store: bytes a day, and drafts that wait at the same time."""

import threading
from collections.abc import Callable
from datetime import datetime, time, timedelta

from service.accounts.database import Database

_SHARES = 64
"""A process takes a person's bytes from the file in this many shares, not at each write."""
_HOUR = 3600


class QuotaExceeded(Exception):
    """A person has stored all that they may. `retry_after`: seconds until asking again may help."""

    def __init__(self, message: str, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class Quotas:
    """`daily`: bytes a person may store in one day, which begins at midnight UTC; `drafts`: how
    many of their drafts may wait for review. 0: any number. They hold across processes. `database`
    is opened when something is first stored.
    """

    def __init__(self, database: Callable[[], Database], daily: int, drafts: int) -> None:
        self._database, self._daily, self._drafts = database, daily, drafts
        self._lock = threading.Lock()
        self._left: dict[str, tuple[str, int]] = {}

    def spend(self, person: str, size: int, now: datetime) -> None:
        """Count `size` bytes. Raises QuotaExceeded if they are more than are left of the day."""
        if not self._daily:
            return
        day = now.date().isoformat()
        with self._lock:
            known, left = self._left.get(person, (day, 0))
            left = left if known == day else 0
            if left < size:
                left += self._reserved(person, day, size - left, now)
            self._left[person] = (day, left - size)

    def give_back(self, person: str, size: int, now: datetime) -> None:
        """What `spend` counted was not stored."""
        with self._lock:
            day, left = self._left.get(person, ("", 0))
            if day == now.date().isoformat():
                self._left[person] = (day, left + size)

    def check_drafts(self, waiting: Callable[[int], int]) -> None:
        """Raises QuotaExceeded if one more would be too many. `waiting` counts the person's drafts
        that wait, up to a limit.
        """
        if self._drafts and waiting(self._drafts) >= self._drafts:
            raise QuotaExceeded(
                f"You may have {self._drafts:,} drafts that wait for review at the same time."
                " There is room again once some are published, rejected or replaced.",
                _HOUR,
            )

    def _reserved(self, person: str, day: str, least: int, now: datetime) -> int:
        """Bytes taken from what is left of the day for everyone: a share, or `least`."""
        with self._database().connection() as connection:
            connection.execute("delete from spent where day < ?", [day])
            connection.execute("insert or ignore into spent values (?, ?, 0)", [person, day])
            for size in (max(least, self._daily // _SHARES), least):
                taken = connection.execute(
                    "update spent set bytes = bytes + ?1"
                    " where person = ?2 and day = ?3 and bytes + ?1 <= ?4",
                    [size, person, day, self._daily],
                )
                if taken.rowcount:
                    return size
        midnight = datetime.combine(now.date() + timedelta(1), time(), now.tzinfo)
        raise QuotaExceeded(
            f"You may store {self._daily / 2**20:,.0f} MiB a day, and today they are used up."
            " There is room again at midnight UTC.",
            int((midnight - now).total_seconds()) + 1,
        )
