"""Bytes and messages: what stands in git, and back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store.errors import Damaged, InvalidInput
from repo_store.git.objects import Commit
from repo_store.history import trailers
from repo_store.history.records import Changes, Kind, Revision, State, Tip
from repo_store.ids import Author
from repo_store.story import story_json
from repo_store.story.content import Note, Shape, parse
from tests.samples import content, entry, story

SALT = "ab" * 32


class _Noted(Shape):
    note: Note


def test_every_paragraph_stands_on_a_line_of_its_own_and_the_salt_last() -> None:
    lines = story_json.encode(content(), SALT).decode().splitlines()
    assert '    "It will cost 1.2 million crowns a year."' in lines
    assert lines[-2] == f'  "salt": "{SALT}"'
    names = list(json.loads("\n".join(lines)))
    assert names == [*story(), "salt"]


def test_text_is_written_as_itself() -> None:
    data = story_json.encode(content(overview=["京都 – “é” </ins>"]), SALT)
    assert "京都 – “é” </ins>".encode() in data


def test_bytes_give_the_content_back() -> None:
    assert story_json.decode(story_json.encode(content(), SALT)) == content()


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn"]))))
def test_any_text_survives_the_way_through_bytes(texts: list[str]) -> None:
    kept = [text for text in texts if text.strip() and not set(text) & set("\u202d\u202e")]
    whole = content(overview=kept)
    assert story_json.decode(story_json.encode(whole, SALT)) == whole


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data.replace(b"  ", b" ", 1),
        lambda data: data.replace(b"Gazette", b"Gazett\0"),
        lambda data: data.replace(SALT.encode(), b"ab"),
        lambda data: b"[]",
        lambda data: b"",
        lambda data: data + data,
    ],
)
def test_bytes_in_any_other_form_are_damage(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Damaged):
        story_json.decode(damage(story_json.encode(content(), SALT)))


def test_each_salt_is_new() -> None:
    assert len({story_json.new_salt() for _ in range(100)}) == 100
    assert len(bytes.fromhex(story_json.new_salt())) * 8 == 256


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


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{", "not readable JSON"),
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b"NaN", "NaN is not JSON"),
        (b'"\xff"', "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 5_000, "not readable JSON"),
    ],
)
def test_json_of_strangers_is_read_strictly(data: bytes, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        story_json.parse_json(data)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert story_json.parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
