"""Facts as they are told: their order, what is told as one, the words, the text around them."""

from typing import Any

import pytest
from hypothesis import given, settings

from service.diffing import Page, compare, text_without
from service.diffing.render.context import Texts
from service.diffing.render.told import Edit, Passage, fact_words, told, told_line
from tests.diffing.pages import page, pages
from tests.profiles import examples


def _lines(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [told_line(line) for line in told(compare(page(**old), page(**new)))]


def _of(old: str, new: str) -> list[str]:
    return _lines({"overview": [old]}, {"overview": [new]})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("It cost 4.2 million crowns.", "It cost 6.8 million crowns.", "4.2 → 6.8 million crowns"),
        ("It cost 4.2 million crowns.", "It cost 6.8 crowns.", "4.2 million → 6.8 crowns"),
        ("It is 431 cm high.", "It is 455 cm high.", "431 → 455 cm"),
        ("It opens on 3 May 2026.", "It opens on 4 May 2026.", "3 → 4 May 2026"),
        ("It opens on May 3, 2026.", "It opens on May 4, 2026.", "May 3, 2026 → May 4, 2026"),
        ("The ferry sails on Monday.", "The ferry sails on Tuesday.", "Monday → Tuesday"),
        ("The bridge will close.", "The bridge will not close.", "“not” added"),
        ("They met Anna Berg there.", "They met Anna Dahl there.", "Anna Berg → Anna Dahl"),
        ("Some 40 people came.", "Some people came.", "40 removed"),
    ],
)
def test_a_fact_is_told_in_few_words(old: str, new: str, words: str) -> None:
    (fact,) = compare(page(overview=[old]), page(overview=[new])).facts
    assert str(fact_words(fact)) == words


def test_of_long_values_what_differs_is_told() -> None:
    start = "“We went down to look at all the cables of the old bridge and saw"
    old, new = f"{start} nothing that moved,” she said.", f"{start} a crack that grew,” she said."
    (line,) = told(compare(page(overview=[old]), page(overview=[new])))
    words = line.words
    assert words.old != words.new
    for value, kept in ((words.old, "nothing that moved"), (words.new, "a crack that grew")):
        assert value.startswith("“…")
        assert kept in value
        assert value.endswith("”")
        assert len(value) <= 60


def test_the_same_change_at_several_places_is_one_line() -> None:
    old = {
        "summary": "It closes for 12 weeks.",
        "overview": ["It closes for 12 weeks.", "After 12 weeks it opens."],
        "faq": [{"question": "How long?", "answer": "For 12 weeks."}],
    }
    new = {
        "summary": "It closes for 14 weeks.",
        "overview": ["It closes for 14 weeks.", "After 14 weeks it opens."],
        "faq": [{"question": "How long?", "answer": "For 14 weeks."}],
    }
    assert _lines(old, new) == ["Number in Summary, Overview (2 places) and FAQ: 12 → 14 weeks"]


def test_two_that_changed_places_are_one_line() -> None:
    old = "Turnout was 52 percent in the north and 48 percent in the south."
    new = "Turnout was 48 percent in the north and 52 percent in the south."
    assert _of(old, new) == ["Order in Overview: 52 and 48 percent changed places"]


def test_what_matters_most_comes_first() -> None:
    old = {
        "title": "Bridge to close in March",
        "summary": "The port met Anna Berg.",
        "overview": ["It cost 40 crowns, and the bridge will open.", "Divers went down."],
        "faq": [{"question": "What?", "answer": "It weighs 3 tonnes."}],
    }
    new = {
        "title": "Bridge to close in April",
        "summary": "The port met Anna Dahl.",
        "overview": [
            "It cost 60 crowns, and the bridge will not open.",
            "Divers went down.",
            "A second look by Lindqvist Marine counted 31 broken strands.",
        ],
        "faq": [{"question": "What?", "answer": "It weighs 5 tonnes."}],
    }
    assert [line.partition(":")[0] for line in _lines(old, new)] == [
        "Headline",
        "Number in Overview",
        "Number in FAQ",
        "Yes or no in Overview",
        "Name in Summary",
        "New paragraph in Overview",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            {"overview": ["It stays."]},
            {"overview": ["It stays.", "Lindqvist Marine counted 31 strands and 7 bolts."]},
            "New paragraph in Overview: 2 numbers, a name",
        ),
        (
            {"overview": ["It stays.", "The wind took 31 strands.", "It rained for 7 days."]},
            {"overview": ["It stays."]},
            "2 paragraphs removed from Overview: 2 numbers",
        ),
        (
            {"overview": ["Divers found cracks. It is dark down there."]},
            {"overview": ["Divers found cracks. They dived 9 times. It is dark down there."]},
            "New sentence in Overview: a number",
        ),
        (
            {"overview": ["Divers found cracks. They dived 9 times. It is dark down there."]},
            {"overview": ["Divers found cracks. It is dark down there."]},
            "Sentence removed from Overview: a number",
        ),
        (
            {},
            {"sources": [{"name": "Courier", "url": "https://courier.example/2"}]},
            "New source: Courier",
        ),
        (
            {},
            {"faq": [{"question": "How long?", "answer": "For 12 weeks."}]},
            "New entry in FAQ: a number",
        ),
    ],
)
def test_a_passage_that_is_new_or_gone_is_one_line(
    old: dict[str, Any], new: dict[str, Any], line: str
) -> None:
    assert _lines(old, new) == [line]


def _sentence(old: str, new: str) -> str:
    """The first fact's sentence, with signs."""
    diff = compare(page(overview=[old]), page(overview=[new]))
    (first, *_) = told(diff)
    assert isinstance(first, Edit)
    signs = {"equal": "{}", "insert": "{{+{}+}}", "delete": "[-{}-]"}
    _, spans = Texts(diff).sentence(first.facts[0])
    return "".join(signs[op].format(text) for op, text in spans)


def test_an_edit_is_told_with_its_sentence() -> None:
    assert (
        _sentence(
            "It is old. It costs 40 crowns. It stays.", "It is old. It costs 60 crowns. It stays."
        )
        == "It costs [-40-]{+60+} crowns."
    )


def test_what_was_removed_is_told_with_the_sentence_that_it_left() -> None:
    found = _sentence(
        "It rained. Some 40 people came. All sat.", "It rained. Some people came. All sat."
    )
    assert found == "Some [-40 -]people came."


def test_words_at_the_beginning_keep_what_they_replaced() -> None:
    found = _sentence("It rained. Mayors spent 5 crowns.", "It rained. Councils spent 6 crowns.")
    assert found == "[-Mayors-]{+Councils+} spent [-5-]{+6+} crowns."


def test_a_sentence_with_a_new_beginning_is_no_new_sentence() -> None:
    old, new = "It is old. People came and sat.", "It is old. Some 40 people came and sat."
    assert _of(old, new) == ["Number in Overview: 40 added"]


def test_a_block_from_another_section_is_not_taken_for_one_of_its_own() -> None:
    moved = "The harbour bridge carries some {}cars, buses and trams on a day in the summer."
    stays = "The ferries across the bay cost {}much less than the tunnel ever did in winter."
    old = page(
        overview=[moved.format("31,000 "), "It stays."], analysis=[stays.format("40 crowns, ")]
    )
    new = page(overview=["It stays."], analysis=[moved.format(""), stays.format("")])
    diff = compare(old, new)
    (fact,) = (fact for fact in diff.facts if fact.old and "40" in fact.old)
    assert "ferries" in text_without(Texts(diff).sentence(fact)[1], "delete")


def test_of_a_long_sentence_what_is_near_is_shown() -> None:
    words = "and it went on and on " * 40
    found = _sentence(
        f"It began {words}for 12 weeks {words}until it ended.",
        f"It began {words}for 14 weeks {words}until it ended.",
    )
    assert found.startswith(("… and ", "… it ", "… went ", "… on "))
    assert found.endswith(" …")
    assert "for [-12-]{+14+} weeks" in found
    assert len(found) < 500


@settings(max_examples=examples(200))
@given(pages, pages)
def test_each_fact_is_told_once_and_in_words_of_the_text(old: Page, new: Page) -> None:
    diff = compare(old, new)
    lines = told(diff)
    assert sorted(map(str, diff.facts)) == sorted(
        str(fact) for line in lines for fact in line.facts
    )
    texts = Texts(diff)
    for line in lines:
        if isinstance(line, Passage):
            continue
        for fact in line.facts:
            _, spans = texts.sentence(fact)
            now = text_without(spans, "delete").removeprefix("… ").removesuffix(" …")
            whole = "\n".join(
                text_without(each, "delete") for each in texts.block_of(fact).texts.values()
            )
            assert now in whole or " … " in now
            assert any(op != "equal" for op, _ in spans)
