"""Where a text still says the old value: one line a case, what is the same thing and what isn't."""

import pytest

from service.diffing import (
    Page,
    compare,
    corrected,
    repeats,
    said,
    same_elsewhere,
    same_thing,
    undone,
)
from tests.diffing.pages import page

DAM = "The Arda dam holds 4.2 million cubic metres of water."
FIXED = "The Arda dam holds 4.8 million cubic metres of water."
DEAD = "At least 12 people were killed when the bridge fell."
MORE = "At least 14 people were killed when the bridge fell."
MEETS = "The council votes on the bridge on 9 May."
LATER = "The council votes on the bridge on 16 May."
MAYOR = "The mayor, Jan Kowalsky, opened the bridge."


def _page(overview: str, analysis: str = "", question: str = "", title: str = "Flood") -> Page:
    faq = [{"question": question, "answer": analysis}] if question else []
    paragraphs = [analysis] if analysis and not question else []
    return page(title=title, overview=[overview], analysis=paragraphs, faq=faq)


def _left(was: str, now: str, other: str, question: str = "") -> list[str]:
    """What the page still says in `other` after an edit of another place."""
    old, new = _page(was, other, question), _page(now, other, question)
    changes = corrected(old, new, compare(old, new))
    return [each.statement.text for _, each in repeats(said(new), changes, same_thing)]


@pytest.mark.parametrize(
    ("was", "now", "other", "stands"),
    [
        (DAM, FIXED, "Its 4.2 million cubic metres of water supply two cities.", "4.2 million c"),
        (DAM, FIXED, "Engineers had planned for 4,200,000 m³ of water.", "4,200,000 m³"),
        (DAM, FIXED, "Filled with 4.2 million of water, the dam is safe.", "4.2 million"),
        (DEAD, MORE, "Twelve people were killed, police said.", "Twelve"),
        (DEAD, MORE, "The bridge killed 12 people in a minute.", "12"),
        (MEETS, LATER, "The vote of the council is on 9 May 2026.", "9 May 2026"),
        (
            "The bridge opened to traffic in 1962.",
            "The bridge opened to traffic in 1963.",
            "Since the bridge opened to traffic in 1962, nothing was repaired.",
            "1962",
        ),
        (MEETS, LATER, "On May 9 the council votes in public.", "May 9"),
        (MAYOR, MAYOR.replace("Kowalsky", "Kowalski"), "Jan Kowalsky is a Green.", "Jan Kowalsky"),
        (
            "Anna Berg, head of the bridge company, resigned.",
            "Maria Berg, head of the bridge company, resigned.",
            "Anna Berg, head of the bridge company, said nothing.",
            "Anna Berg",
        ),
        (
            "大桥造成120人死亡。",
            "大桥造成130人死亡。",
            "据报道大桥造成120人死亡, 多人受伤。",
            "120人",
        ),
    ],
)
def test_an_old_value_of_the_same_thing_still_stands(
    was: str, now: str, other: str, stands: str
) -> None:
    [left] = _left(was, now, other)
    assert left.startswith(stands)


@pytest.mark.parametrize(
    ("was", "now", "other"),
    [
        (DEAD, MORE, "The bridge was 12 years old."),
        (DEAD, MORE, "Another 12 people were hurt."),
        (DEAD, MORE, "Twelve houses were flooded when the bridge fell."),
        (DEAD, MORE, "Police first said 12 people were killed, then 14."),
        (DEAD, MORE, "Police first said that 12 people were killed when the bridge fell."),
        (DEAD, MORE, "An earlier version of this story said 12 people were killed on the bridge."),
        (
            DEAD,
            MORE,
            "Correction: the bridge fell; 12 people were not killed. We regret the error.",
        ),
        (DEAD, MORE, "Rättelse: 12 people were killed when the bridge fell."),
        (DAM, FIXED, "The repair cost 4.2 million euros."),
        (
            "The report on the dam (PDF, 1.2 MB, 18 pages) is out.",
            "The report on the dam (PDF, 1.4 MB, 20 pages) is out.",
            "Read the report on the dam (PDF, 1.2 MB, 18 pages).",
        ),
        (DAM, FIXED, "Some 4.2% of the water was lost."),
        (DAM, FIXED, "The dam held 4.2 million cubic metres of water, not 4.8 million, we wrote."),
        (
            "The bridge opened to traffic in 1962.",
            "The bridge opened to traffic in 1963.",
            "In 1962 the town flooded.",
        ),
        (MEETS, LATER, "The river was at its highest on 9 May."),
        (
            MEETS.replace("May", "May 2026"),
            LATER.replace("May", "May 2026"),
            "The council votes on the bridge on 9 May 2025, as it did before.",
        ),
        (MEETS, "The council votes on the bridge on 9 May 2026.", "The council votes on 9 May."),
        (
            MAYOR,
            MAYOR.replace("Jan Kowalsky", "Eva Nowak"),
            "Jan Kowalsky won the regatta of the mayor's yacht club.",
        ),
        (
            "The Style Guide is a resource of the press office.",
            "The Style Guides are a resource of the press office.",
            "Each Style Guide is free.",
        ),
    ],
)
def test_another_thing_is_no_repeat(was: str, now: str, other: str) -> None:
    assert not _left(was, now, other)


def test_a_question_says_what_its_answer_is_about() -> None:
    assert _left(DEAD, MORE, "At least 12.", "How many people were killed?") == ["12"]
    assert _left(DEAD, MORE, "Twelve.", "How many were killed?") == ["Twelve"]
    assert _left(MEETS, LATER, "On 9 May.", "When do they vote?") == ["9 May"]
    assert not _left(DEAD, MORE, "At least 12.", "How many houses were flooded?")
    assert not _left(MEETS, LATER, "On 9 May.", "When was the flood?")


def test_a_headline_is_corrected_and_is_searched() -> None:
    old, new = (
        _page(text, title=title)
        for title, text in (("Bridge falls: 12 killed", DEAD), ("Bridge falls: 14 killed", DEAD))
    )
    [change] = corrected(old, new, compare(old, new))
    assert (change.old.text, change.new.text) == ("12", "14")
    for was, now in ((DEAD, MORE), (MORE, DEAD)):
        old = _page(was, title="Bridge falls: 12 people killed")
        new = _page(now, title=old.title)
        left = [
            s.section
            for _, s in repeats(said(new), corrected(old, new, compare(old, new)), same_thing)
        ]
        assert left == (["title"] if was == DEAD else [])


def test_a_series_says_nothing_of_one_thing() -> None:
    """As in a table: the same words with one value after the other."""
    row = "Pages of the tax office among the top 20: {}"
    old, new = (
        page(overview=[row.format(number) for number in numbers])
        for numbers in ((13, 10, 14, 13), (15, 10, 14, 13))
    )
    assert not corrected(old, new, compare(old, new))


def test_what_is_put_back_was_right() -> None:
    there, back, on = (
        corrected(_page(one), _page(other), compare(_page(one), _page(other)))[0]
        for one, other in ((DEAD, MORE), (MORE, DEAD), (MORE, MORE.replace("14", "20")))
    )
    assert undone(there, back)
    assert not undone(there, on)
    # By way of a third value
    round_about = corrected(
        _page(MORE.replace("14", "20")),
        _page(DEAD),
        compare(_page(MORE.replace("14", "20")), _page(DEAD)),
    )
    assert undone(there, round_about[0])


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Valley towns drink the 4.2 million cubic metres behind the Arda dam.", True),
        ("The Volga dam holds 4.2 million cubic metres of water.", False),
        ("The Arda dam cost 4.2 million euros.", False),
    ],
)
def test_another_story_must_name_the_same(text: str, same: bool) -> None:
    old, new = _page(DAM), _page(FIXED)
    changes = corrected(old, new, compare(old, new))
    assert bool([*repeats(said(_page(text)), changes, same_elsewhere)]) is same


def test_another_story_repeats_no_small_number() -> None:
    told = "the Arda bridge fell."
    old, new = _page(DEAD.replace("the bridge fell.", told)), _page(MORE)
    changes = corrected(old, new, compare(old, new))
    assert not [*repeats(said(old), changes, same_elsewhere)]
    assert [*repeats(said(old), changes, same_thing)]


def test_of_a_very_long_page_the_beginning_is_searched() -> None:
    long = page(overview=["word " * 3_900 + "ends in 2026."] * 12)
    assert len(said(long)) == 5
    dense = page(overview=["It counts 12 " * 1_000] * 3)
    assert len(said(dense)) == 2_000
