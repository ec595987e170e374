"""What a version changed in one line: a fact, else the first words."""

from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from repo_store import parse_content
from service.comparison import page_of
from service.diffing import Diff, Page, compare
from service.present.headlines import headline
from tests.diffing.pages import page, pages

RAIN = "It was raining and few people came."
TEXT = ["The council met in the old hall.", RAIN, "The ferry runs."]


def _compared(old: dict[str, Any], new: dict[str, Any]) -> Diff:
    return compare(page(**old), page(**new))


def _line(old: dict[str, Any], new: dict[str, Any]) -> str:
    found = headline(_compared(old, new))
    assert found
    return str(found)


LONG = "Nobody complained of the cold or of the long wait at the door of the hall."


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rain", "snow", "“It was raining and few people” → “It was snowing and few people”"),
        ("It was", "It is", "“It was raining and few” → “It is raining and few”"),
        ("came.", "came, although streets were clear.", "“although streets were clear” added"),
        (" and few people came", "", "“and few people came” removed"),
        ("e.", f"e. {LONG}", "“Nobody complained of the cold or of the long wait at the …” added"),
        ("rain", "ra\u200bin", "zero-width space added"),
        ("was", "w\u0430s", "Cyrillic small letter a in “w\u0430s”"),
    ],
)
def test_without_facts_the_first_words_are_quoted(old: str, new: str, words: str) -> None:
    line = _line({"overview": TEXT}, {"overview": [each.replace(old, new) for each in TEXT]})
    assert line == f"Paragraph 2 of Overview: {words}"


def test_a_fact_and_a_new_paragraph_come_before_words() -> None:
    both = [f"{TEXT[0]} It cost 40 crowns.", RAIN]
    new = [f"{TEXT[0]} It cost 60 crowns.", RAIN.replace("rain", "snow")]
    assert _line({"overview": both}, {"overview": new}) == "Number 40 → 60 crowns"
    line = _line({"overview": TEXT}, {"overview": [_snow(), *TEXT[1:], "The sun came out."]})
    assert line.startswith("New paragraph in Overview: “The sun came out.”")
    line = _line({"overview": TEXT}, {"overview": TEXT[:2]})
    assert line == "Paragraph removed from Overview: “The ferry runs.”"


def _snow() -> str:
    return TEXT[0].replace("old", "cold")


def test_words_come_before_moves_and_these_before_marks() -> None:
    moved = [TEXT[2], TEXT[0], f"{RAIN[:-1]}!"]
    assert _line({"overview": TEXT}, {"overview": moved}) == (
        "Paragraph moved in Overview: “The ferry runs.”, and 1 more"
    )
    edited = [TEXT[2], TEXT[0], f"{RAIN[:-1]} again!"]
    assert _line({"overview": TEXT}, {"overview": edited}).startswith(
        "Paragraph 3 of Overview: “few people came.” → “few people came again!”"
    )


@pytest.mark.parametrize(
    ("new", "line"),
    [
        ([TEXT[0], f"{RAIN[:-1]}!", TEXT[2]], "Punctuation only"),
        ([TEXT[0], RAIN.replace("rain", "Rain"), TEXT[2]], "Capitals only"),
        ([TEXT[0], RAIN.replace("few ", "few  "), TEXT[2]], "Spaces only"),
        (
            [TEXT[0].replace("hall", "Hall"), f"{RAIN[:-1]}!"],
            "Only punctuation, capitals or spaces changed",
        ),
    ],
)
def test_edits_that_change_no_word_are_named(new: list[str], line: str) -> None:
    old = TEXT if len(new) == len(TEXT) else TEXT[:2]
    assert _line({"overview": old}, {"overview": new}) == line


def test_the_place_is_named_as_far_as_it_needs_to_be() -> None:
    old, new = "It was the day before.", "It was the day after."
    assert _line({"summary": old}, {"summary": new}).startswith("Summary: “It was the day")
    assert _line({"analysis": [old]}, {"analysis": [new]}).startswith("Analysis: “It was the day")
    entry, other = {"question": "", "answer": old}, {"question": "Why?", "answer": "So."}
    line = _line({"faq": [other, entry]}, {"faq": [other, entry | {"answer": new}]})
    assert line.startswith("Entry 2 of FAQ: “It was the day")
    line = _line({"faq": [entry, other]}, {"faq": [entry | {"question": "When?"}, other]})
    assert line == "Entry 1 of FAQ: “When?” added"
    sources = [{"name": "A", "url": "https://a.example"}, {"name": "B", "url": "https://b.example"}]
    leaning = [sources[0], sources[1] | {"leaning": "Center"}]
    right = [sources[0], sources[1] | {"leaning": "Right"}]
    assert _line({"sources": leaning}, {"sources": right}) == "Source 2: “Center” → “Right”"


def test_a_move_between_sections_names_both() -> None:
    old = {"overview": TEXT, "analysis": ["All agree."]}
    new = {"overview": TEXT[:2], "analysis": ["All agree.", TEXT[2]]}
    assert _line(old, new) == "Paragraph moved from Overview to Analysis: “The ferry runs.”"


def test_a_number_of_sources_is_told() -> None:
    assert _line({"source_count": 3}, {"source_count": 4}) == "Number of sources: 3 → 4"


def test_scripts_without_spaces_are_cut_between_characters() -> None:
    old = ["议会周一晚上在旧礼堂开会。", "天在下雨，来的人不多，大家都很早回家。"]
    new = [old[0], old[1].replace("雨", "雪")]
    line = _line({"overview": old}, {"overview": new})
    assert line == (
        "Paragraph 2 of Overview: “天在下雨，来的人不多，大家都很早回家。”"
        " → “天在下雪，来的人不多，大家都很早回家。”"
    )


def _article(*body: str) -> Page:
    return page_of(parse_content({"shape": "article", "title": "Title", "body": list(body)}))


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("A **b** c.", "A b c.", "Bold changed in Text “b”"),
        ("The ferry.", "## The ferry.", "Kind of a paragraph changed in Text"),
        ("The old ferry.", "The *old ferry*.", "Italics changed in Text “old ferry”"),
    ],
)
def test_what_changed_under_the_same_words_is_named(old: str, new: str, line: str) -> None:
    found = headline(compare(_article("First."), _article("First.")))
    assert found is None
    assert str(headline(compare(_article(old), _article(new)))) == line


def test_a_block_without_words_is_named() -> None:
    line = headline(compare(_article("One.", "Two."), _article("One.", "---", "Two.")))
    assert str(line) == "Rule between paragraphs added"


@given(pages, pages)
def test_any_difference_has_a_short_line(old: Page, new: Page) -> None:
    diff = compare(old, new)
    found = headline(diff)
    assert (found is None) == (not list(diff.changed_sections()))
    if found:
        assert "\n" not in str(found)
        assert max(map(len, found.words)) <= 90


_clusters = st.lists(st.sampled_from(["क्षि", "👩‍👧", "é", "กำ", "x", "ปี", "한"]), min_size=1)


@given(_clusters, _clusters, st.sampled_from(["", " "]))
def test_no_grapheme_is_cut(old: list[str], new: list[str], space: str) -> None:
    before, after = (space.join(each * 20) for each in (old, new))
    found = headline(_compared({"overview": [before, "B."]}, {"overview": [after, "B."]}))
    if found and found.heading == "Paragraph 1 of Overview:":
        for side, text in ((found.words.old, before), (found.words.new, after)):
            quoted = side.strip("“”").removesuffix("…").rstrip()
            assert _spelt(quoted) in _spelt(text)


def _spelt(text: str) -> str:
    """The graphemes of a text, each between tabs."""
    return "\t".join(["", *regex.findall(r"\X", text), ""])
