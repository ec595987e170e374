"""Three texts, one base: what is combined, and what a person must decide."""

from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.diffing import Agreed, Choice, Conflict, Page, merge
from tests.diffing.pages import paragraph, paragraphs
from tests.profiles import examples
from tests.samples import story


def _page(overview: str, **fields: Any) -> Page:
    return cast(Page, story(overview=paragraphs(overview), **fields))


def _merged(base: str, live: str, draft: str, choice: Choice | None = None) -> list[str]:
    """The overview; each conflict is decided alike."""
    merged = merge(_page(base), _page(live), _page(draft))
    choices = {conflict.number: choice for conflict in merged.conflicts if choice}
    return merged.page(choices)["overview"]


@pytest.mark.parametrize(
    ("base", "live", "draft", "merged"),
    [
        # Edits of different paragraphs, also of adjacent ones
        ("ABC", "aBC", "ABc", "aBc"),
        ("AB", "aB", "Ab", "ab"),
        # One added or removed beside an edit
        ("AB", "ACB", "aB", "aCB"),
        ("ABC", "AC", "aBC", "aC"),
        # The same edit by both
        ("AB", "Ab", "Ab", "Ab"),
        # A move, where the other side changed nothing
        ("ABCD", "BCDA", "ABCD", "BCDA"),
    ],
)
def test_what_does_not_conflict_is_combined(base: str, live: str, draft: str, merged: str) -> None:
    assert _merged(base, live, draft) == paragraphs(merged)
    assert _merged(base, draft, live) == paragraphs(merged)


@pytest.mark.parametrize(
    ("base", "live", "draft", "both"),
    [
        # Two edits of one paragraph
        ("AB", "Ab", "Ab'", "Abb'"),
        # One removed what the other edited
        ("AB", "A", "Ab", "Ab"),
        # Different paragraphs in one place
        ("A", "AC", "AD", "ACD"),
    ],
)
def test_what_conflicts_is_for_a_person_to_decide(
    base: str, live: str, draft: str, both: str
) -> None:
    assert _merged(base, live, draft, "live") == paragraphs(live)
    assert _merged(base, live, draft, "draft") == paragraphs(draft)
    assert _merged(base, live, draft, "both") == paragraphs(both)
    with pytest.raises(KeyError):
        _merged(base, live, draft)


def test_a_move_and_an_edit_of_one_paragraph_are_for_a_person_too() -> None:
    assert merge(_page("ABCD"), _page("BCDA"), _page("aBCD")).conflicts
    assert _merged("ABCD", "BCDA", "aBCD", "both") == paragraphs("aBCDA")


def test_a_conflict_holds_the_three_texts() -> None:
    [conflict] = merge(_page("AB"), _page("Ab"), _page("Ab'")).conflicts
    assert conflict == Conflict(0, *(((paragraph(each),),) for each in ("B", "b", "b'")))


def test_different_sections_are_combined() -> None:
    live, draft = _page("A", title="Library open late"), _page("A", analysis=["More."])
    page = merge(_page("A"), live, draft).page({})
    assert (page["title"], page["analysis"]) == ("Library open late", ["More."])


def test_a_move_in_one_section_leaves_an_edit_of_another() -> None:
    page = merge(_page("ABCD"), _page("BCDA"), _page("ABCD", title="Another")).page({})
    assert (page["title"], page["overview"]) == ("Another", paragraphs("BCDA"))


def test_sources_and_entries_are_merged_by_record() -> None:
    base = _page("A")
    source = {"name": "Post", "url": "https://post.example/1"}
    entries = [{"question": "When does it open?", "answer": "At ten."}, base["faq"][1]]
    live = _page("A", sources=[*base["sources"], source], source_count=3)
    draft = _page("A", faq=entries)
    page = merge(base, live, draft).page({})
    assert (page["sources"], page["faq"], page["source_count"]) == (live["sources"], entries, 3)


@pytest.mark.parametrize(
    ("live", "draft", "merged"), [(5, 2, 5), (2, 6, 6), (5, 6, 6), (2, 2, 2), (1, 2, 1)]
)
def test_the_number_of_sources_follows_whoever_changed_it(
    live: int, draft: int, merged: int
) -> None:
    pages = [_page("A", source_count=count) for count in (2, live, draft)]
    assert merge(*pages).source_count == merged


_TEXTS = st.sampled_from([*paragraphs("ABCDab"), "A", "B", "B."])
_PAGES = st.builds(
    lambda overview, analysis, title: (
        _page("", analysis=analysis, title=title) | {"overview": overview}
    ),
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
    page = merged.page({conflict.number: "both" for conflict in merged.conflicts})
    known = {*base["overview"], *live["overview"], *draft["overview"]}
    assert set(page["overview"]) <= known
    for side in (live, draft):
        # What one side wrote and the base doesn't have is in the merged text.
        assert set(side["overview"]) - set(base["overview"]) <= set(page["overview"])
    # Of two equal paragraphs each side may have removed another one.
    once = {text for text in base["overview"] if base["overview"].count(text) == 1}
    assert once & set(live["overview"]) & set(draft["overview"]) <= set(page["overview"])


@given(_PAGES, _PAGES, _PAGES)
def test_which_side_is_which_makes_no_difference(base: Page, live: Page, draft: Page) -> None:
    one, two = merge(base, live, draft), merge(base, draft, live)
    from_live = one.page({conflict.number: "live" for conflict in one.conflicts})
    assert from_live == two.page({conflict.number: "draft" for conflict in two.conflicts})


def test_each_piece_says_who_changed_it() -> None:
    pieces = merge(_page("ABC"), _page("AbC"), _page("ABCD")).sections["overview"]
    origins = [piece.origin for piece in pieces if isinstance(piece, Agreed)]
    assert origins == ["same", "live", "same", "draft"]
