"""The facts of a difference as pages and lists show them."""

from service.diffing import compare, text_without
from service.present.diff_view import diff_view
from service.present.fact_view import Edited, lead, leads
from tests.diffing.pages import page, values


def _caught(first: int) -> str:
    """A sentence that goes on for long, then with 280 numbers from `first`."""
    numbers = " ".join(f"{first + at}kg" for at in range(280))
    return f"They {'went out and out and ' * 150}sold {numbers}."


def test_of_very_many_facts_the_rest_is_counted() -> None:
    diff = compare(page(overview=[_caught(1_000)]), page(overview=[_caught(5_000)]))
    assert len(diff.facts) == 280
    facts = diff_view(diff).facts
    assert sum(each.lines for each in (*facts.first, *facts.rest)) == 50
    assert facts.unlisted == 280 - 50
    first = lead(diff)
    assert str(first) == "Number 1000kg → 5000kg, and 279 more"


def test_a_fourth_fact_is_folded() -> None:
    old, new = (
        " ".join(f"Boat {name} sold {first} eels." for first, name in enumerate("ABCD", start))
        for start in (10, 50)
    )
    facts = diff_view(compare(page(overview=[old]), page(overview=[new]))).facts
    assert (len(facts.first), len(facts.rest), facts.more) == (3, 1, 1)


def test_facts_of_one_sentence_at_the_same_places_stand_together() -> None:
    old = page(overview=["It costs 40 crowns on Monday. It rains."])
    new = page(overview=["It costs 60 crowns on Friday. It rains."])
    (entry,) = diff_view(compare(old, new)).facts.first
    assert isinstance(entry, Edited)
    (head,) = entry.heads
    assert [str(words) for _, words in head.changes] == ["40 → 60 crowns", "Monday → Friday"]
    (where,) = head.where
    assert (where.section, [place.label for place in where.places]) == ("Overview", ["paragraph 1"])


def test_a_line_of_a_list_names_its_sections_but_for_a_headline_and_a_passage() -> None:
    old = page(title="Old", summary="It costs 40 crowns.", overview=["It costs 40 crowns."])
    new = page(
        title="New", summary="It costs 60 crowns.", overview=["It costs 60 crowns.", "All 9 sat."]
    )
    assert [each.where for each in leads(compare(old, new))] == [(), ("summary", "overview"), ()]


def test_the_sentence_of_far_apart_facts_is_shown_once_and_cut_between_words() -> None:
    words = " ".join(f"word{at}" for at in range(100))
    old, new = (
        page(overview=[f"It took {first} boats {words} until {last} crowns were spent {words}."])
        for first, last in ((12, 40), (14, 60))
    )
    (entry,) = diff_view(compare(old, new)).facts.first
    assert isinstance(entry, Edited)
    shown = text_without(entry.sentence, "delete").split()
    assert shown.count("…") == 2
    assert {"14", "60"} <= set(shown) <= {*values(new)["overview"][0].split(), "…"}


def test_a_quotation_of_several_sentences_is_shown_once_with_its_speaker() -> None:
    old = page(overview=["“It is safe. Nobody need fear it,” claimed Berg."])
    new = page(overview=["“It is sound. Nobody need fear it,” said Berg."])
    (entry,) = diff_view(compare(old, new)).facts.first
    assert isinstance(entry, Edited)
    assert [heading for head in entry.heads for heading, _ in head.changes] == [
        "Quotation",
        "Attribution",
    ]


def test_a_list_says_where_no_fact_changed() -> None:
    first = lead(compare(page(overview=["The police."]), page(overview=["The Police."])))
    assert str(first) == "No facts changed: capitals only"
