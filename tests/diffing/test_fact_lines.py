"""Facts in lines: their order, what is one line, the words, the text around them."""

from typing import Any

import pytest
from hypothesis import given, settings

from service.diffing import Page, compare, text_without
from service.diffing.render.context import Texts, cut
from service.diffing.render.fact_lines import (
    Edit,
    Passage,
    fact_lines,
    fact_words,
    line_text,
    verdict,
)
from tests.diffing.pages import SPECS, page, pages
from tests.profiles import examples


def _lines(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [line_text(line, SPECS) for line in fact_lines(compare(page(**old), page(**new)))]


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
def test_a_fact_is_in_few_words(old: str, new: str, words: str) -> None:
    (fact,) = compare(page(overview=[old]), page(overview=[new])).facts
    assert str(fact_words(fact)) == words


def test_of_long_values_what_differs_is_shown() -> None:
    start = "“We went down to look at all the cables of the old bridge and saw"
    old, new = f"{start} nothing that moved,” she said.", f"{start} a crack that grew,” she said."
    (line,) = fact_lines(compare(page(overview=[old]), page(overview=[new])))
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
        "Statement reversed in Overview",
        "Name in Summary",
        "New paragraph in Overview",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            {"overview": ["It stays."]},
            {"overview": ["It stays.", "Lindqvist Marine counted 31 strands and 7 bolts."]},
            "New paragraph in Overview: “Lindqvist Marine counted 31 strands and 7 bolts.”",
        ),
        (
            {"overview": ["It stays.", "The wind took 31 strands.", "It rained for 7 days."]},
            {"overview": ["It stays."]},
            "2 paragraphs removed from Overview, the first: “The wind took 31 strands.”",
        ),
        (
            {"overview": ["Divers found cracks. It is dark down there."]},
            {"overview": ["Divers found cracks. They dived 9 times. It is dark down there."]},
            "New sentence in Overview: “They dived 9 times.”",
        ),
        (
            {"overview": ["Divers found cracks. They dived 9 times. It is dark down there."]},
            {"overview": ["Divers found cracks. It is dark down there."]},
            "Sentence removed from Overview: “They dived 9 times.”",
        ),
        (
            {},
            {"sources": [{"name": "Courier", "url": "https://courier.example/2"}]},
            "New source: Courier",
        ),
        (
            {},
            {"faq": [{"question": "How long?", "answer": "For 12 weeks."}]},
            "New entry in FAQ: “How long? For 12 weeks.”",
        ),
    ],
)
def test_a_passage_that_is_new_or_gone_is_one_line(
    old: dict[str, Any], new: dict[str, Any], line: str
) -> None:
    assert _lines(old, new) == [line]


@pytest.mark.parametrize("added", [True, False])
def test_a_passage_without_facts_is_quoted_and_counted(added: bool) -> None:
    stays = {"overview": ["It stays."]}
    longer = {
        "overview": ["It stays.", "Do not drink the water.", "It cost 40 crowns.", "Boil it."],
        "faq": [{"question": "Why not?", "answer": "It is bad."}],
    }
    lines = _lines(stays, longer) if added else _lines(longer, stays)
    assert lines == (
        [
            "3 new paragraphs in Overview, the first: “Do not drink the water.”",
            "New entry in FAQ: “Why not? It is bad.”",
        ]
        if added
        else [
            "3 paragraphs removed from Overview, the first: “Do not drink the water.”",
            "Entry removed from FAQ: “Why not? It is bad.”",
        ]
    )


def test_a_passage_is_quoted_up_to_a_word() -> None:
    text = "Nobody may go into the water of the harbour before the divers have come back from it."
    (line,) = fact_lines(compare(page(), page(overview=[text])))
    assert isinstance(line, Passage)
    for words, longest in ((line.words, 80), (line.words_in_lists, 50)):
        quoted = words.new.removeprefix("“").removesuffix(" …”")
        assert text.startswith(f"{quoted} ")
        assert longest - 12 < len(quoted) < longest


def test_a_passage_counts_its_facts() -> None:
    text = "Anna Berg counted 31 strands and 7 bolts; write to her at berg@harbour.example."
    (line,) = fact_lines(compare(page(), page(overview=[text])))
    assert isinstance(line, Passage)
    assert line.counts == "2 numbers, a name, an e-mail address"


def test_the_names_of_new_sources_are_listed() -> None:
    sources = [
        {"name": name, "url": f"https://{name}.example/2"} for name in ("Courier", "Gazette")
    ]
    assert _lines({}, {"sources": sources}) == ["2 new sources: Courier, Gazette"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (["It’s the police."], ["It’s the Police."], "No facts changed: capitals only"),
        (
            ["It’s the police.", "It is - so far - here."],
            ["It’s the Police.", "It is — so far — here."],
            "No facts changed: capitals and punctuation only",
        ),
        (
            ["They voted for the old bridge.", "Divers went under it in the evening."],
            ["Divers went under it in the evening.", "They voted for the old bridge."],
            "No facts changed: 1 paragraph moved",
        ),
        (["It is a big old bridge."], ["It is a small old bridge."], "No facts changed"),
        (["It is here."], ["It is here."], ""),
        (["It is here."], ["It is here.", "This was cancelled."], ""),
        (["It cost 40 crowns."], ["It cost 60 crowns."], ""),
    ],
)
def test_where_no_fact_changed_that_is_said(old: list[str], new: list[str], said: str) -> None:
    assert verdict(compare(page(overview=old), page(overview=new))) == said


def test_no_verdict_on_what_was_not_searched() -> None:
    diff = compare(page(overview=["It is a big bridge."]), page(overview=["It is a small bridge."]))
    assert verdict(diff._replace(facts_complete=False)) == ""


def test_another_number_of_sources_is_said() -> None:
    assert verdict(compare(page(), page(source_count=42))) == "Number of sources: 0 → 42"


def test_the_size_of_a_file_comes_after_other_numbers() -> None:
    old = "The plan (PDF, 1.2 MB, 18 pages) is out. The bridge (built in stone) costs 40 crowns."
    new = "The plan (PDF, 2.4 MB, 19 pages) is out. The bridge (built in stone) costs 60 crowns."
    assert _of(old, new) == [
        "Number in Overview: 40 → 60 crowns",
        "Number in Overview: 1.2 → 2.4 MB",
        "Number in Overview: 18 → 19",
    ]


def test_an_e_mail_address_is_called_that() -> None:
    found = _of("Write to berg@harbour.example now.", "Write to dahl@harbour.example now.")
    assert found == ["E-mail address in Overview: berg@harbour.example → dahl@harbour.example"]


@pytest.mark.parametrize(
    ("text", "longest", "expected"),
    [
        ("one two", 7, "one two"),
        ("one two three", 11, "one two …"),
        ("桥" * 20, 10, "桥" * 9 + "…"),
    ],
)
def test_a_text_is_cut_between_words(text: str, longest: int, expected: str) -> None:
    assert cut(text, longest) == expected


def _sentence(old: str, new: str) -> str:
    """The first fact's sentence, with signs."""
    diff = compare(page(overview=[old]), page(overview=[new]))
    (first, *_) = fact_lines(diff)
    assert isinstance(first, Edit)
    signs = {"equal": "{}", "insert": "{{+{}+}}", "delete": "[-{}-]"}
    spans = Texts(diff).excerpt([first.facts[0]])
    return "".join(signs[op].format(text) for op, text in spans)


def test_an_edit_is_shown_with_its_sentence() -> None:
    assert (
        _sentence(
            "It is old. It costs 40 crowns. It stays.", "It is old. It costs 60 crowns. It stays."
        )
        == "It costs [-40-]{+60+} crowns."
    )


def test_what_was_removed_is_shown_with_the_sentence_that_it_left() -> None:
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
    assert "ferries" in text_without(Texts(diff).excerpt([fact]), "delete")


def test_nor_is_one_of_its_own_taken_for_a_block_from_another_section() -> None:
    old = page(overview=["the", "the the"], analysis=["the", "the vote 9"])
    new = page(overview=["the", "the", "the vote was"])
    diff = compare(old, new)
    (fact,) = diff.facts
    assert text_without(Texts(diff).excerpt([fact]), "insert") == "the vote 9"


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
def test_each_fact_is_listed_once_and_in_words_of_the_text(old: Page, new: Page) -> None:
    diff = compare(old, new)
    lines = fact_lines(diff)
    assert sorted(map(str, diff.facts)) == sorted(
        str(fact) for line in lines for fact in line.facts
    )
    texts = Texts(diff)
    for line in lines:
        if isinstance(line, Passage):
            continue
        for fact in line.facts:
            spans = texts.excerpt([fact])
            now = text_without(spans, "delete").removeprefix("… ").removesuffix(" …")
            whole = "\n".join(
                text_without(each, "delete") for each in texts.block_of(fact).texts.values()
            )
            assert now in whole or " … " in now
            assert any(op != "equal" for op, _ in spans)
