"""Three texts, one base: what is put together by itself, and what a person must decide."""

from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.diffing import Agreed, Choice, Conflict, Page, merge
from tests.profiles import examples
from tests.samples import story

ONE = "The council voted to keep the library open until nine in the evening."
TWO = "It will cost 1.2 million crowns a year, paid from the reserve."
THREE = "The mayor called the vote a victory for the readers of the town."
FOUR = "Opponents say the money was meant for the repair of the old bridge."


def _page(*overview: str, **fields: Any) -> Page:
    return cast(Page, story(overview=list(overview), **fields))


def _overview(base: Page, live: Page, draft: Page, choice: Choice | None = None) -> list[str]:
    merged = merge(base, live, draft)
    return merged.page({each.number: choice for each in merged.conflicts if choice})["overview"]


def test_edits_of_different_paragraphs_are_put_together() -> None:
    base = _page(ONE, TWO, THREE)
    live = _page(ONE.replace("nine", "ten"), TWO, THREE)
    draft = _page(ONE, TWO, THREE.replace("victory", "triumph"))
    assert _overview(base, live, draft) == [live["overview"][0], TWO, draft["overview"][2]]


def test_edits_of_neighbouring_paragraphs_do_not_touch() -> None:
    base = _page(ONE, TWO)
    live, draft = _page(ONE.replace("nine", "ten"), TWO), _page(ONE, TWO.replace("1.2", "1.4"))
    assert _overview(base, live, draft) == [live["overview"][0], draft["overview"][1]]


def test_a_paragraph_that_came_beside_an_edit() -> None:
    base, live = _page(ONE, TWO), _page(ONE, THREE, TWO)
    draft = _page(ONE.replace("nine", "ten"), TWO)
    assert _overview(base, live, draft) == [draft["overview"][0], THREE, TWO]


def test_a_paragraph_that_went_beside_an_edit() -> None:
    base, live = _page(ONE, TWO, THREE), _page(ONE, THREE)
    draft = _page(ONE.replace("nine", "ten"), TWO, THREE)
    assert _overview(base, live, draft) == [draft["overview"][0], THREE]


def test_different_sections_are_put_together() -> None:
    base = _page(ONE)
    live, draft = _page(ONE, title="Library open late"), _page(ONE, analysis=[FOUR])
    page = merge(base, live, draft).page({})
    assert (page["title"], page["analysis"]) == ("Library open late", [FOUR])


def test_the_same_edit_by_both_is_made_once() -> None:
    base, both = _page(ONE, TWO), _page(ONE, TWO.replace("1.2", "1.4"))
    merged = merge(base, both, both)
    assert merged.conflicts == ()
    assert merged.page({}) == both


def test_two_edits_of_one_paragraph_are_for_a_person_to_decide() -> None:
    base = _page(ONE, TWO)
    live, draft = _page(ONE, TWO.replace("1.2", "1.3")), _page(ONE, TWO.replace("1.2", "1.4"))
    [conflict] = merge(base, live, draft).conflicts
    assert conflict == Conflict(0, ((TWO,),), ((live["overview"][1],),), ((draft["overview"][1],),))
    assert _overview(base, live, draft, "live") == live["overview"]
    assert _overview(base, live, draft, "draft") == draft["overview"]
    assert _overview(base, live, draft, "both") == [ONE, live["overview"][1], draft["overview"][1]]
    with pytest.raises(KeyError):
        merge(base, live, draft).page({})


def test_one_edits_what_the_other_took_out() -> None:
    base, live, draft = _page(ONE, TWO), _page(ONE), _page(ONE, TWO.replace("1.2", "1.4"))
    [conflict] = merge(base, live, draft).conflicts
    assert (conflict.live, conflict.draft) == ((), ((draft["overview"][1],),))


def test_both_put_something_else_in_one_place() -> None:
    base, live, draft = _page(ONE), _page(ONE, THREE), _page(ONE, FOUR)
    assert len(merge(base, live, draft).conflicts) == 1
    assert _overview(base, live, draft, "both") == [ONE, THREE, FOUR]


def test_a_move_by_one_side_stands_if_the_other_left_that_stretch_alone() -> None:
    base = _page(ONE, TWO, THREE, FOUR)
    moved = _page(TWO, THREE, FOUR, ONE)
    assert merge(base, moved, base).page({}) == moved
    titled = _page(ONE, TWO, THREE, FOUR, title="Another")
    assert merge(base, moved, titled).page({})["overview"] == moved["overview"]


def test_a_move_and_an_edit_of_the_same_paragraph_are_told_apart_by_a_person() -> None:
    base = _page(ONE, TWO, THREE, FOUR)
    moved, edited = (
        _page(TWO, THREE, FOUR, ONE),
        _page(ONE.replace("nine", "ten"), TWO, THREE, FOUR),
    )
    assert merge(base, moved, edited).conflicts
    kept = _overview(base, moved, edited, "both")
    assert ONE in kept
    assert edited["overview"][0] in kept


def test_sources_and_entries_are_merged_by_record() -> None:
    base = _page(ONE)
    source = {"name": "Post", "url": "https://post.example/1"}
    entries = [{"question": "When does it open?", "answer": "At ten."}, base["faq"][1]]
    live = _page(ONE, sources=[*base["sources"], source], source_count=3)
    draft = _page(ONE, faq=entries)
    page = merge(base, live, draft).page({})
    assert (page["sources"], page["faq"], page["source_count"]) == (live["sources"], entries, 3)


@pytest.mark.parametrize(
    ("live", "draft", "merged"), [(5, 2, 5), (2, 6, 6), (5, 6, 6), (2, 2, 2), (1, 2, 1)]
)
def test_the_number_of_sources_follows_whoever_changed_it(
    live: int, draft: int, merged: int
) -> None:
    pages = [_page(ONE, source_count=count) for count in (2, live, draft)]
    assert merge(*pages).source_count == merged


_TEXTS = st.sampled_from([ONE, TWO, THREE, FOUR, ONE.replace("nine", "ten"), "A", "B", "B."])
_PAGES = st.builds(
    lambda overview, analysis, title: _page(*overview, analysis=analysis, title=title),
    st.lists(_TEXTS, max_size=6),
    st.lists(_TEXTS, max_size=3),
    st.sampled_from(["One", "Two"]),
)


@given(_PAGES, _PAGES)
def test_whoever_changed_alone_is_followed(base: Page, changed: Page) -> None:
    for merged in (merge(base, changed, base), merge(base, base, changed)):
        assert merged.conflicts == ()
        assert merged.page({}) == changed


@given(_PAGES, _PAGES, _PAGES)
@settings(max_examples=examples(300))
def test_nothing_is_lost_and_nothing_made_up(base: Page, live: Page, draft: Page) -> None:
    merged = merge(base, live, draft)
    page = merged.page({each.number: "both" for each in merged.conflicts})
    known = {*base["overview"], *live["overview"], *draft["overview"]}
    assert set(page["overview"]) <= known
    for side in (live, draft):
        # What a side wrote, the base not having it, stands in the merged text.
        assert set(side["overview"]) - set(base["overview"]) <= set(page["overview"])
    # Of two equal paragraphs each side may have taken out another one.
    once = {text for text in base["overview"] if base["overview"].count(text) == 1}
    assert once & set(live["overview"]) & set(draft["overview"]) <= set(page["overview"])


@given(_PAGES, _PAGES, _PAGES)
def test_which_side_is_which_makes_no_difference(base: Page, live: Page, draft: Page) -> None:
    one, two = merge(base, live, draft), merge(base, draft, live)
    mine = one.page({each.number: "live" for each in one.conflicts})
    assert mine == two.page({each.number: "draft" for each in two.conflicts})


def test_each_piece_says_who_changed_it() -> None:
    base = _page(ONE, TWO, THREE)
    live, draft = _page(ONE, TWO.replace("1.2", "1.4"), THREE), _page(ONE, TWO, THREE, FOUR)
    pieces = merge(base, live, draft).sections["overview"]
    told = [each.origin for each in pieces if isinstance(each, Agreed)]
    assert told == ["same", "live", "same", "draft"]
