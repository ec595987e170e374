"""Which revisions may be removed: a page at a time, and the search for words."""

import sqlite3

import pytest

from repo_store import Content, Revision, Tombstone
from repo_store.archive import Archive
from service.config import Settings
from service.usecases.takedown import (
    TEXTS_PER_PAGE,
    Takedown,
    TakedownFinisher,
    finish_pending_takedowns,
)
from service.wiring import Services
from tests.redactions import removal
from tests.samples import append, content, entry, ticking


def _takedown(archive: Archive) -> Takedown:
    return Services(Settings(archive.path), archive, ticking()).takedown


def _fill(archive: Archive, count: int, saying: frozenset[int] = frozenset()) -> None:
    append(
        archive,
        *(
            entry(content(title=f"Number {n}{' The Witness' if n in saying else ''}"))
            for n in range(1, count + 1)
        ),
    )


def _numbers(revisions: list[Revision]) -> list[int]:
    return [each.revision for each in revisions]


def test_revisions_are_listed_a_page_at_a_time_newest_first(archive: Archive) -> None:
    _fill(archive, 5)
    takedown = _takedown(archive)
    first = takedown.candidates("library", limit=3)
    assert (_numbers(first.revisions), first.searched) == ([5, 4, 3], 3)
    assert first.next
    last = takedown.candidates("library", "", first.next, 3)
    assert (_numbers(last.revisions), last.next) == ([2, 1], None)


def test_a_search_finds_every_revision_that_contains_the_words_once(archive: Archive) -> None:
    saying = frozenset({1, 3, TEXTS_PER_PAGE + 2, TEXTS_PER_PAGE + 20})
    _fill(archive, 2 * TEXTS_PER_PAGE + 30, saying)
    takedown, found, cursor, pages = _takedown(archive), [], "", 0
    while True:
        page = takedown.candidates("library", "the WITNESS", cursor, 2)
        assert len(page.revisions) <= 2
        found += _numbers(page.revisions)
        pages += 1
        if page.next is None:
            break
        cursor = page.next
    assert found == sorted(saying, reverse=True)
    assert pages > 3, "several matches, and pages without one"


def test_words_are_found_in_every_field(archive: Archive) -> None:
    fields = (
        {"summary": "Marker."},
        {"analysis": ["Marker"]},
        {"sources": [{"name": "A", "url": "https://a.example/", "title": "Marker"}]},
        {"faq": [{"question": "", "answer": "A marker"}]},
    )
    append(archive, *(entry(content(**each)) for each in fields), entry(content(title="Plain")))
    assert _numbers(_takedown(archive).candidates("library", "marker").revisions) == [4, 3, 2, 1]


def test_what_was_removed_is_listed_but_no_longer_searched(archive: Archive) -> None:
    _fill(archive, 3, frozenset({1, 2, 3}))
    archive.remove(removal(2))
    takedown = _takedown(archive)
    assert _numbers(takedown.candidates("library").revisions) == [3, 2, 1]
    assert _numbers(takedown.candidates("library", "witness").revisions) == [3, 1]


@pytest.mark.parametrize("words", ["", "absent"])
def test_a_page_reads_no_more_of_a_long_history_than_of_a_shorter_one(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    read: list[int] = []
    content_of = Archive.content

    def counted(archive: Archive, revision: Revision) -> Content | Tombstone:
        read.append(revision.revision)
        return content_of(archive, revision)

    monkeypatch.setattr(Archive, "content", counted)
    takedown, costs = _takedown(archive), []
    for more in (TEXTS_PER_PAGE + 50, 3 * TEXTS_PER_PAGE):
        _fill(archive, more)
        rows: list[str] = []
        archive.index._db().conn.set_trace_callback(rows.append)
        page = takedown.candidates("library", words)
        archive.index._db().conn.set_trace_callback(None)
        costs.append((len(read), len(rows), page.searched))
        read.clear()
    assert costs[0] == costs[1]
    assert costs[0][0] == (TEXTS_PER_PAGE if words else 0)


@pytest.mark.parametrize(
    "written",
    ["Zoë\u00a0O’Berg", "Zoe\u0308 O'Ber\u00adg", "ZOE\u200b O\u02bcBERG", "Zoe\u2003O‘Berg"],
)
def test_a_name_is_found_however_it_is_written(archive: Archive, written: str) -> None:
    append(archive, entry(content(overview=[f"We met {written} today."])), entry(content()))
    found = _takedown(archive).candidates("library", "zoe o'berg")
    assert _numbers(found.revisions) == [1]


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
