"""Other systems' articles as time goes on: embargoes, withdrawals, removals."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from repo_store import Revision, State, Verb
from repo_store.archive import Archive
from service.usecases.foreign_files import import_articles
from service.usecases.importing import ImportOutcome
from service.usecases.publishing import Publishing
from tests.redactions import removal, remove

STORY = "x-ferry"


@pytest.fixture
def wire(archive: Archive, tmp_path: Path) -> "Wire":
    return Wire(archive, tmp_path / "wire.json")


class Wire:
    """A ninjs feed that is imported at a certain hour of a day."""

    def __init__(self, archive: Archive, path: Path) -> None:
        self.archive, self.path = archive, path

    def send(self, hour: int, *items: dict[str, Any]) -> ImportOutcome:
        def clock() -> datetime:
            return datetime(2026, 5, 1, hour, tzinfo=UTC)

        usual = {"uri": "urn:x:ferry", "headlines": [{"value": "Ferry stops"}]}
        self.path.write_text(json.dumps([usual | each for each in items]))
        publishing = Publishing(self.archive, clock)
        outcome = import_articles(self.archive, publishing, self.path, "ninjs", clock)
        assert not outcome.bad
        return outcome

    def revision(self, number: int) -> Revision:
        found = self.archive.index.revision(STORY, number)
        assert found
        return found

    @property
    def live(self) -> int | None:
        return self.archive.index.tip(STORY).live

    @property
    def withdrawn(self) -> bool:
        return self.archive.index.tip(STORY).withdrawn is not None


def item(hour: int, text: str = "It stops.", **more: Any) -> dict[str, Any]:
    bodies = [{"contentType": "text/plain", "value": text}]
    return {"versionCreated": f"2026-05-01T{hour:02}:00:00Z", "bodies": bodies, **more}


EMBARGO = {"embargoedUntil": "2026-05-01T12:00:00Z"}


def test_what_waits_for_the_end_of_its_embargo_is_published_after_it(wire: Wire) -> None:
    assert wire.send(9, item(8, **EMBARGO)).stored == 1
    assert wire.send(11, item(8, **EMBARGO)).stored == 0
    assert (wire.live, wire.revision(1).state) == (None, State.DRAFT)
    [comment] = wire.archive.index.actions(STORY)
    assert (comment.verb, comment.note) == (
        Verb.COMMENT,
        "Under embargo until 1 May 2026, 12:00 UTC: not to be published before.",
    )
    assert wire.revision(1).note == "", "a note would be shown to readers"
    assert wire.send(13, item(8, **EMBARGO)).stored == 1
    assert (wire.live, wire.revision(2).live_since.hour) == (1, 12)
    assert wire.revision(1).superseded_by == 2
    assert wire.send(14, item(8, **EMBARGO)).stored == 0


def test_a_withdrawal_is_recorded_once_and_ended_by_a_new_version(wire: Wire) -> None:
    canceled = item(9, pubStatus="canceled")
    wire.send(10, item(8), canceled)
    assert (wire.live, wire.withdrawn) == (1, True)
    assert wire.send(10, item(8), canceled).stored == 0
    back = item(11, "It sails.")
    wire.send(12, item(8), canceled, back)
    assert (wire.live, wire.withdrawn) == (2, False)
    again = wire.send(13, item(8), canceled, back)
    assert (again.stored, again.unchanged, again.changed) == (0, 3, [])
    assert (wire.live, wire.withdrawn) == (2, False)


def test_an_old_cancellation_takes_nothing_new_off(wire: Wire) -> None:
    wire.send(12, item(11))
    outcome = wire.send(12, item(9, pubStatus="canceled"))
    assert outcome.changed == [
        "wire.json item 1 (urn:x:ferry): Withdrawn by its publisher. What is public here is newer:"
        " it stays."
    ]
    assert not wire.withdrawn


def test_the_note_of_a_cancellation_is_what_readers_are_told(wire: Wire) -> None:
    note: dict[str, Any] = {
        "descriptions": [{"role": "retraction", "value": "The ferry never stopped."}]
    }
    wire.send(10, item(8), item(9, pubStatus="canceled", **note))
    [action] = wire.archive.index.actions(STORY)
    assert (action.verb, action.note) == (Verb.WITHDRAW, "The ferry never stopped.")
    assert action.created_at.hour == 9


def test_a_first_version_that_is_withheld_is_a_draft_alone(wire: Wire) -> None:
    outcome = wire.send(10, item(8, pubStatus="withheld"))
    assert outcome.changed == [
        "wire.json item 1 (urn:x:ferry): Withheld by its publisher until further notice. It waits"
        " at the desk as a draft."
    ]
    wire.send(11, item(8, pubStatus="withheld"), item(10))
    assert (wire.live, wire.withdrawn) == (1, False)


def test_a_text_that_was_removed_does_not_come_back(wire: Wire) -> None:
    wire.send(10, item(8))
    remove(wire.archive, removal(1, story=STORY))
    outcome = wire.send(11, item(8))
    assert (outcome.stored, outcome.stories) == (0, [STORY])
