"""A story's JSON in git: encoded, decoded, and rejected in any other form."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store.errors import Damaged, InvalidInput
from repo_store.sameness import reordering
from repo_store.story import story_json
from repo_store.story.content import Content
from repo_store.story.shapes import BUILT_IN
from tests.samples import content, story

SALT = "ab" * 32


def _decoded(data: bytes) -> Content:
    return story_json.decode(data, BUILT_IN)


def _checked(data: bytes) -> Content:
    return story_json.check_hashed(data, BUILT_IN)


def test_every_paragraph_is_on_its_own_line_and_the_salt_comes_last() -> None:
    lines = story_json.encode(content(), SALT).decode().splitlines()
    assert '    "It will cost 1.2 million crowns a year."' in lines
    assert lines[-2] == f'  "salt": "{SALT}"'
    names = list(json.loads("\n".join(lines)))
    assert names == [*story(), "salt"]


def test_text_is_written_as_itself() -> None:
    data = story_json.encode(content(overview=["京都 – “é” </ins>"]), SALT)
    assert "京都 – “é” </ins>".encode() in data


def test_bytes_give_the_content_back() -> None:
    assert _decoded(story_json.encode(content(), SALT)) == content()


def test_what_is_checked_by_its_types_alone_is_the_same() -> None:
    data = story_json.encode(content(), SALT)
    assert _checked(data) == _decoded(data) == content()


@pytest.mark.parametrize("written", [rb"\u001b[31m", rb"\n", rb"\\\t", rb"\u00e9", "\x9b".encode()])
def test_what_no_story_holds_is_found_without_decoding_it(written: bytes) -> None:
    data = story_json.encode(content(title=r"A \title, a “quoted” one: \\n"), SALT)
    assert _checked(data) == _decoded(data)
    for check in (_checked, _decoded):
        with pytest.raises(Damaged, match=r"not (a stored story|in canonical form)"):
            check(data.replace(b"title, a", b"title" + written + b", a"))


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn"]))))
def test_any_text_survives_the_way_through_bytes(texts: list[str]) -> None:
    kept = [text for text in texts if text.strip() and not reordering(text)]
    whole = content(overview=kept)
    assert _decoded(story_json.encode(whole, SALT)) == whole


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
        _decoded(damage(story_json.encode(content(), SALT)))


def test_each_salt_is_new() -> None:
    assert len({story_json.new_salt() for _ in range(100)}) == 100
    assert len(bytes.fromhex(story_json.new_salt())) * 8 == 256


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{", "not readable JSON"),
        (b'{"a": 1, "a": 2}', "the name “a” appears twice"),
        (b"NaN", "NaN is not JSON"),
        (b'"\xff"', "not UTF-8"),
        (b"[" * 10_000, "nested too deeply"),
        (b"[" * 100_000, "too many values"),
        (b"1" * 5_000, "not readable JSON"),
    ],
)
def test_json_of_strangers_is_read_strictly(data: bytes, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        story_json.parse_json(data)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert story_json.parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
