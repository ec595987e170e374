"""Commit messages: a record is written as a note and trailers, and read back."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store.errors import Damaged
from repo_store.git.objects import Commit
from repo_store.history import trailers
from repo_store.history.records import Changes, Kind, Revision, State, Tip
from repo_store.ids import Author
from repo_store.story.content import Note, Shape, parse
from tests.samples import content, entry


class _Noted(Shape):
    note: Note


def _through_a_message(note: str, **fields: Any) -> Revision:
    written = entry(content(), note=note, **fields)
    message = trailers.encode_message(written, Tip("e" * 40, 8, 6, 2), 3, "f" * 64)
    author = Author(name="Dara Voss")
    found = trailers.decode_message(
        Commit("c" * 40, (), "d" * 40, "b" * 40, author, 60, 120, message, "9" * 64)
    )
    assert isinstance(found, Revision)
    return found


def test_a_message_holds_the_whole_record() -> None:
    changes = Changes(("overview", "faq"), 4, 5)
    assert _through_a_message(
        "Why",
        kind=Kind.CORRECTION,
        base_version=2,
        changes=changes,
        token="t1",
        idempotency_key="k",
    ) == Revision(
        story="library",
        entry=9,
        revision=7,
        version=3,
        base_version=2,
        state=State.PUBLISHED,
        kind=Kind.CORRECTION,
        note="Why",
        author=Author(name="Dara Voss"),
        created_at=datetime(1970, 1, 1, 0, 1, tzinfo=UTC),
        recorded_at=datetime(1970, 1, 1, 0, 2, tzinfo=UTC),
        published_at=datetime(1970, 1, 1, 0, 1, tzinfo=UTC),
        published_entry=9,
        commit="c" * 40,
        blob="b" * 40,
        sha256="f" * 64,
        digest="9" * 64,
        changes=changes,
        token="t1",
        idempotency_key="k",
    )


@pytest.mark.parametrize(
    "note", ["", "a", "a\n\nb", "\n", "\n\n", "a\n", "\n\na", "Story-Version: 9"]
)
def test_a_note_comes_back_as_it_was_whatever_it_says(note: str) -> None:
    found = _through_a_message(note)
    assert (found.note, found.version) == (note, 3)


@given(st.text("aB:\n- "))
def test_no_note_can_pass_for_the_record(note: str) -> None:
    assert _through_a_message(parse(_Noted, {"note": note}).note).note == note


def test_line_ends_of_a_note_become_lf() -> None:
    assert parse(_Noted, {"note": "a\r\nb\rc"}).note == "a\nb\nc"


def test_a_message_without_its_trailers_is_damage() -> None:
    commit = Commit("c" * 40, (), "d" * 40, "b" * 40, Author(name="x"), 0, 0, "hello\n", "")
    with pytest.raises(Damaged, match="c" * 40):
        trailers.decode_message(commit)
