"""A story's content: its schema and limits, and errors that name the field."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store.errors import InvalidInput
from repo_store.ids import story_id
from repo_store.sameness import reordering
from repo_store.story.content import parse_content, parse_stored
from repo_store.story.rules import Input, Note, parse
from repo_store.story.shapes import BUILT_IN, STORY
from tests.samples import content, story


class Noted(Input):
    note: Note


def _faults(data: object) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        parse_content(data)
    return {error.field: error.message for error in caught.value.errors}


def _source(**fields: Any) -> list[dict[str, Any]]:
    return [{"name": "Gazette", "url": "https://gazette.example/", **fields}]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"subtitle": "x"}, "subtitle"),
        ({"title": 3}, "title"),
        ({"title": ""}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"summary": None}, "summary"),
        ({"overview": "text"}, "overview"),
        ({"overview": ["fine", "fine", 7]}, "overview[2]"),
        ({"overview": ["fine", " "]}, "overview[1]"),
        ({"overview": ["x" * 20_001]}, "overview[0]"),
        ({"overview": ["x"] * 1_001}, "overview"),
        ({"analysis": ["two\nlines"]}, "analysis[0]"),
        ({"sources": _source(rank=1)}, "sources[0].rank"),
        ({"sources": _source(name="")}, "sources[0].name"),
        ({"sources": _source(title="")}, "sources[0].title"),
        ({"sources": _source(url="ftp://gazette.example/")}, "sources[0].url"),
        ({"sources": _source(url="javascript:alert(1)")}, "sources[0].url"),
        ({"sources": _source(url="https://")}, "sources[0].url"),
        ({"sources": _source(url="https://a.example/b c")}, "sources[0].url"),
        ({"sources": _source() * 1_001}, "sources"),
        ({"source_count": 0}, "source_count"),
        ({"source_count": -1}, "source_count"),
        ({"source_count": 2.0}, "source_count"),
        ({"source_count": "2"}, "source_count"),
        ({"source_count": True}, "source_count"),
        ({"faq": [{"answer": "x"}]}, "faq[0].question"),
        ({"faq": [{"question": "x", "answer": ""}]}, "faq[0].answer"),
        ({"faq": [{"question": "", "answer": "x"}] * 501}, "faq"),
    ],
)
def test_a_fault_is_named_by_its_field(fields: dict[str, Any], field: str) -> None:
    assert list(_faults(story(**fields))) == [field]


@pytest.mark.parametrize("name", ["title", "summary", "overview", "analysis", "sources", "faq"])
def test_a_missing_field_is_named(name: str) -> None:
    data = story()
    del data[name]
    assert _faults(data)[name] == "missing"


@pytest.mark.parametrize(
    "character", ["\0", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\ud800"]
)
def test_control_characters_and_halves_of_characters_are_refused(character: str) -> None:
    assert "overview[1]" in _faults(story(overview=["fine", f"a{character}b"]))
    assert "faq[0].answer" in _faults(story(faq=[{"question": "", "answer": character + "b"}]))


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        (
            {"overview": ["a\tb"]},
            "overview[0]",
            "Overview, paragraph 1: a tab (U+0009) at character 2 is not allowed",
        ),
        ({"title": "\x1bb"}, "title", "Title: an escape character (U+001B) at character 1"),
        ({"summary": "\x85"}, "summary", "Summary: a next-line character (U+0085)"),
        ({"analysis": ["a", "b\u2028"]}, "analysis[1]", "paragraph 2: a line separator (U+2028)"),
        (
            {"overview": ["\ud800"]},
            "overview[0]",
            "Overview, paragraph 1: half a character",
        ),
        ({"overview": ["\u202e"]}, "overview[0]", "Overview, paragraph 1: holds characters that"),
        (
            {"faq": [{"question": "a", "answer": "b"}, {"question": "\0", "answer": "\v"}]},
            "faq[1].question",
            "FAQ, question 2: a null character (U+0000)",
        ),
    ],
)
def test_what_nobody_sees_is_named_with_its_place(
    changed: dict[str, Any], field: str, message: str
) -> None:
    assert message in _faults(story(**changed))[field]


@pytest.mark.parametrize(
    ("number", "place"),
    [*((1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd"), (112, "112th"))],
)
def test_sources_are_counted_as_people_count(number: int, place: str) -> None:
    sources = _source() * (number - 1) + _source(title="a\tb")
    fault = _faults(story(sources=sources, source_count=number))[f"sources[{number - 1}].title"]
    assert fault.startswith(f"Sources, {place} source's title: a tab (U+0009)")


def test_a_note_s_line_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(Noted, {"note": "One\r\nTwo\rThree\tand more"})
    assert (
        str(caught.value) == "note: the note, line 3: a tab (U+0009) at character 6 is not allowed"
    )


def test_every_section_is_named_as_on_the_page() -> None:
    for shape in BUILT_IN:
        for part in shape.parts:
            for field in part.kind.fields:
                path = [part.id, field.name] if field.name else [part.id]
                assert BUILT_IN.where(path).startswith(part.label)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "a \u202bשלום\u202c",
            "right-to-left embedding (U+202B), pop directional formatting (U+202C)",
        ),
        ("\u202ereversed", "right-to-left override (U+202E)"),
        ("\u2067b\u2069 a", "right-to-left isolate (U+2067), pop directional isolate (U+2069)"),
    ],
)
def test_what_shows_a_text_in_another_order_is_refused_by_name(text: str, names: str) -> None:
    fault = _faults(story(overview=["fine", text]))["overview[1]"]
    assert fault.endswith(f": {names}")
    assert parse_stored(story(overview=[text.replace("\u202e", "")]), STORY)


def test_isolates_are_text_where_letters_run_from_right_to_left() -> None:
    for text in ("\u2068שלום\u2069 (hello)", "\u2066Berg\u2069 قال"):
        assert content(overview=[text])["overview"] == [text]


@pytest.mark.parametrize("closing", ["\u202c", "\u2069"])
def test_what_closes_an_order_that_nothing_opened_is_text(closing: str) -> None:
    """Real articles have it: a copy that began after what it closes."""
    assert content(overview=[f"a{closing} b"])["overview"] == [f"a{closing} b"]


@pytest.mark.parametrize("data", [None, 3, "text", [], [story()]])
def test_json_that_is_not_an_object_is_rejected(data: object) -> None:
    assert _faults(data) == {"": "must be an object"}


def test_all_faults_are_named_at_once() -> None:
    assert set(_faults(story(title="", overview=[1], extra=1))) == {"title", "overview[0]", "extra"}


def test_a_whole_story_takes_at_most_a_mebibyte_of_utf_8() -> None:
    assert content(overview=["é" * 10_000] * 52)
    assert "" in _faults(story(overview=["é" * 10_000] * 53))


def test_the_limits_themselves_are_allowed() -> None:
    assert content(title="x" * 500, overview=["x" * 20_000], analysis=["y"] * 1_000)
    assert content(sources=_source() * 1_000, source_count=1_000)
    assert content(faq=[{"question": "", "answer": "x"}] * 500)


def test_the_number_of_sources_defaults_to_those_listed_and_may_exceed_them() -> None:
    data = story()
    del data["source_count"]
    assert parse_content(data).source_count == 1
    assert content(sources=[], source_count=3).source_count == 3


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "</ins>", "a & b", "\u200fمرحبا", "👩‍👩‍👧"]
)
def test_markup_and_every_script_are_text_like_any_other(text: str) -> None:
    assert content(overview=[text])["overview"] == [text]


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn"])))
def test_text_is_left_as_it_was_sent(text: str) -> None:
    for form in (text, *(unicodedata.normalize(form, text) for form in ("NFC", "NFD"))):
        if text.strip() and not reordering(text):
            assert content(overview=[form])["overview"] == [form]


@pytest.mark.parametrize("text", ["a", "2026", "night-trains", "a-1-b", "x" * 120])
def test_an_id_is_words_of_latin_letters_and_digits(text: str) -> None:
    assert story_id(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "-x", "x-", "a--b", "A", "é", "a_b", "../x", ".git", "a/b", "a b", "a\n", "x" * 121, "٣"],
)
def test_anything_else_is_rejected_as_an_id(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"^id: "):
        story_id(text)
