"""Commit messages: a record is written as a note and trailers, and read back."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store.errors import Damaged
from repo_store.git.objects import Commit, parse_commit
from repo_store.history import commits, trailers
from repo_store.history.records import (
    Action,
    Changes,
    Ground,
    Kind,
    Record,
    Removal,
    Revision,
    State,
    Tip,
    Verb,
)
from repo_store.ids import Author
from repo_store.story.rules import Input, Note, parse
from tests.samples import action, content, entry


class _Noted(Input):
    note: Note


def _through_a_message(note: str, **fields: Any) -> Revision:
    new = entry(content(), note=note, created_at=datetime.fromtimestamp(60, UTC), **fields)
    recorded_at = datetime.fromtimestamp(120.9, UTC)
    written = commits.write_revision(new, Tip("e" * 40, 8, 6, 2), recorded_at)
    found = read_back(written)
    assert found == written.record
    assert isinstance(found, Revision)
    return found


def read_back(written: commits.Written) -> Record:
    """The record as a rebuilt index reads it from the commit."""
    commit = parse_commit(written.record.commit, written.objects[-1].data)
    assert isinstance(commit, Commit)
    return commits.decode_commit(commit._replace(blob=written.record.blob))


def test_a_message_holds_the_whole_record() -> None:
    changes = Changes(("overview", "faq"), 4, 5)
    found = _through_a_message(
        "Why",
        kind=Kind.CORRECTION,
        base_version=2,
        changes=changes,
        token="t1",
        idempotency_key="k",
    )
    assert found == Revision(
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
        publication_recorded_at=datetime(1970, 1, 1, 0, 2, tzinfo=UTC),
        commit=found.commit,
        blob=found.blob,
        sha256=found.sha256,
        digest=found.digest,
        bare=found.bare,
        salt=found.salt,
        changes=changes,
        token="t1",
        idempotency_key="k",
    )


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        (Verb.PUBLISH, {"kind": Kind.CORRECTION, "override": "The court said so."}),
        (Verb.APPROVE, {}),
        (Verb.REJECT, {"token": "t1", "idempotency_key": "a: b"}),
        (Verb.COMMENT, {"section": "overview", "block": 0}),
        (Verb.REMOVE, {"removal": Removal(Ground.PRIVACY, "12 O 44/26", "Mika Lund", (1, 3))}),
    ],
)
def test_a_message_holds_the_whole_action(verb: Verb, fields: dict[str, Any]) -> None:
    new = action(2, verb, "Why\n\nOn-Revision: 9", **fields)
    tip = Tip("e" * 40, 8, 6, 2)
    written = commits.write_action(new, "b" * 40, tip, datetime.fromtimestamp(120.9, UTC))
    found = read_back(written)
    assert isinstance(found, Action)
    assert found == written.record._replace(out_of_order=False)  # which takes the chain to tell
    assert (found.revision, found.verb, found.note) == (2, verb, new.note)
    assert found.version == (3 if verb is Verb.PUBLISH else None)
    assert (found.removal, found.block, found.kind) == (new.removal, new.block, new.kind)


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
    commit = Commit("c" * 40, (), "d" * 40, "b" * 40, Author(name="x"), 0, 0, "hello\n", b"", "")
    with pytest.raises(Damaged, match="c" * 40):
        commits.decode_commit(commit)


@pytest.mark.parametrize(
    ("record", "table"), [(Revision, trailers.REVISION), (Action, trailers.ACTION)]
)
def test_the_table_lists_every_field_of_a_record(
    record: type[Record], table: trailers.Table
) -> None:
    parts = {"author": ("author_name", "author_email"), "changes": Changes._fields}
    names = [name for field in record._fields for name in parts.get(field, (field,))]
    assert sorted(field.name for field in table.fields) == sorted(names)
