"""Which revisions may be removed, a page at a time; copies that cannot be deleted now."""

import sqlite3

from repo_store import Revision
from repo_store.archive import Archive
from service.config import Settings
from service.usecases.takedown import (
    Takedown,
    TakedownFinisher,
    finish_pending_takedowns,
)
from service.wiring import Services
from tests.redactions import removal
from tests.samples import append, content, entry, ticking


def _takedown(archive: Archive) -> Takedown:
    return Services(Settings(archive.path), archive, ticking()).takedown


def _fill(archive: Archive, count: int) -> None:
    append(archive, *(entry(content(title=f"Number {n}")) for n in range(1, count + 1)))


def _numbers(revisions: list[Revision]) -> list[int]:
    return [each.revision for each in revisions]


def test_revisions_are_listed_a_page_at_a_time_newest_first(archive: Archive) -> None:
    _fill(archive, 5)
    takedown = _takedown(archive)
    first = takedown.candidates("library", limit=3)
    assert _numbers(first.items) == [5, 4, 3]
    assert first.next
    last = takedown.candidates("library", first.next, 3)
    assert (_numbers(last.items), last.next) == ([2, 1], None)


class _Busy:
    """A derived store that is in use at first."""

    def __init__(self, times: int) -> None:
        self.left, self.forgotten = times, list[str]()

    def forget(self, story: str) -> None:
        if self.left:
            self.left -= 1
            raise sqlite3.OperationalError("database is locked")
        self.forgotten.append(story)


def test_a_copy_that_cannot_be_deleted_now_fails_no_removal_and_is_deleted_later(
    archive: Archive,
) -> None:
    _fill(archive, 2)
    busy, other = _Busy(1), _Busy(0)
    stores = (busy.forget, other.forget)
    archive.remove(removal(1))
    finish_pending_takedowns(archive, stores)
    assert (busy.forgotten, other.forgotten) == ([], ["library"])
    assert archive.purge_due() == ["library"], "noted, also for after a crash"
    finisher = TakedownFinisher(archive, stores)
    finisher.once()
    assert busy.forgotten == [], "it may be under way still"
    finisher.once()
    assert busy.forgotten == ["library"]
    assert archive.purge_due() == []
