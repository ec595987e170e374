"""Three texts, one base: what is combined, and what a person must decide."""

import re
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.diffing import Choice, Conflict, Page, Piece, merge
from tests.diffing.pages import page, paragraph, paragraphs, values
from tests.profiles import examples
from tests.samples import story

SIGNS = {"same": "", "live": "<", "draft": ">", "both": "="}

# A rule: base → live & draft: merged, spelt as `paragraphs` says. Merged, `a<` is from the live
# version, `a>` from the draft, `a=` from both, `-A<` was removed; `{a|a'}` is a conflict.
RULES = """
edits of different paragraphs: A / B / C → a / B / C & A / B / c: a< / B / c>
also of adjacent ones: A / B → a / B & A / b: a< / b>
one added beside an edit: A / B → A / C / B & a / B: a> / C< / B
one removed beside an edit: A / B / C → A / C & a / B / C: a> / -B< / C
the same edit by both: A / B → A / b & A / b: A / b=
the same one added by both: A → A / B & A / B: A / B=
a move beside no edit: A / B / C → B / C / A & A / B / C: -A< / B / C / A<
beside an edit of another: A / B / C / D → B / A / C / D & A / B / C / d: B< / A / -B< / C / d>
a split beside an edit: AB / C / D → A / B / C / D & AB / C / d: A< / B< / C / d>
a merge beside an edit: A / B / C / D → AB / C / D & A / B / C / d: AB< / C / d>
two edits of one paragraph: A / B → A / b & A / b': A / {b|b'}
one removed what the other edited: A / B → A & A / b: A / {|b}
different ones in one place: A → A / C & A / D: A / {C|D}
one moved what the other edited: A / B / C → B / C / A & a / B / C: {|a} / B / C / A<
one split what the other edited: AB / C → A / B / C & aB / C: {A / B|aB} / C
one merged what the other edited: A / B / C → AB / C & a / B / C: {AB|a / B} / C
"""
CASES = [
    pytest.param(*re.split(": | → | & ", line)[1:], id=line.partition(":")[0])
    for line in RULES.strip().splitlines()
]


def _fields_page(**fields: Any) -> Page:
    return page(**story(**fields))


def _page(overview: str, **fields: Any) -> Page:
    return _fields_page(overview=paragraphs(overview), **fields)


def _merged(base: str, live: str, draft: str) -> str:
    spelt = {paragraph(each): each for text in (base, live, draft) for each in text.split(" / ")}
    pieces = merge(_page(base), _page(live), _page(draft)).sections["overview"]
    return " / ".join(_piece(piece, spelt) for piece in pieces)


def _piece(piece: Piece, spelt: dict[str, str]) -> str:
    if isinstance(piece, Conflict):
        sides = (" / ".join(spelt[text] for (text,) in side) for side in (piece.live, piece.draft))
        return f"{{{'|'.join(sides)}}}"
    sign, units = ("", piece.units) if piece.units else ("-", piece.base)
    return " / ".join(f"{sign}{spelt[text]}{SIGNS[piece.origin]}" for (text,) in units)


@pytest.mark.parametrize(("base", "live", "draft", "merged"), CASES)
def test_paragraphs(base: str, live: str, draft: str, merged: str) -> None:
    assert _merged(base, live, draft) == merged
    swapped = re.sub(r"{(.*)\|(.*)}", r"{\2|\1}", merged).translate(str.maketrans("<>", "><"))
    assert _merged(base, draft, live) == swapped


def test_a_conflict_is_for_a_person_to_decide() -> None:
    merged = merge(_page("A / B / C"), _page("a / B / c"), _page("a' / B / c'"))
    texts = (((paragraph(each),),) for each in ("C", "c", "c'"))
    assert merged.conflicts[1] == Conflict(1, *texts)
    for choices, text in (("live draft", "a / B / c'"), ("draft both", "a' / B / c / c'")):
        result = merged.page(dict(enumerate(cast(list[Choice], choices.split()))))
        assert values(result)["overview"] == paragraphs(text)
    with pytest.raises(KeyError):
        merged.page({0: "live"})


def test_different_sections_are_combined() -> None:
    live, draft = _page("A", title="Library open late"), _page("A", analysis=["More."])
    result = merge(_page("A"), live, draft).page({})
    assert (result.title, values(result)["analysis"]) == ("Library open late", ["More."])


def test_a_move_in_one_section_leaves_an_edit_of_another() -> None:
    live, draft = _page("B / C / A"), _page("A / B / C", title="Another")
    result = merge(_page("A / B / C"), live, draft).page({})
    assert (result.title, values(result)["overview"]) == ("Another", paragraphs("B / C / A"))


def test_sources_and_entries_are_merged_by_record() -> None:
    base = _page("A", source_count=1)
    mail, post = ({"name": name, "url": f"https://{name}.example/"} for name in ("mail", "post"))
    entries = [{"question": "When does it open?", "answer": "At ten."}, values(base)["faq"][1]]
    live = _page("A", sources=[*values(base)["sources"], post], source_count=2)
    draft = _page("A", sources=[mail, *values(base)["sources"]], source_count=2, faq=entries)
    result = merge(base, live, draft).page({})
    assert values(result)["sources"] == [mail, *values(base)["sources"], post]
    assert (values(result)["faq"], result.source_count) == (entries, 3)


@pytest.mark.parametrize(
    ("live", "draft", "merged"), [(5, 2, 5), (2, 6, 6), (5, 6, 6), (2, 2, 2), (1, 2, 1)]
)
def test_the_number_of_sources_follows_whoever_changed_it(
    live: int, draft: int, merged: int
) -> None:
    pages = [_page("A", source_count=count) for count in (2, live, draft)]
    assert merge(*pages).source_count == merged


_TEXTS = st.sampled_from([*paragraphs("A / B / C / D / a / b"), "A", "B", "B."])
_PAGES = st.builds(
    lambda overview, analysis, title: page(
        **story(analysis=analysis, title=title, overview=overview)
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
    result = merged.page({conflict.number: "both" for conflict in merged.conflicts})
    known = {*values(base)["overview"], *values(live)["overview"], *values(draft)["overview"]}
    assert set(values(result)["overview"]) <= known
    for side in (live, draft):
        # What one side wrote and the base doesn't have is in the merged text.
        added = set(values(side)["overview"]) - set(values(base)["overview"])
        assert added <= set(values(result)["overview"])
    # Of two equal paragraphs each side may have removed another one.
    texts = values(base)["overview"]
    once = {text for text in texts if texts.count(text) == 1}
    kept = once & set(values(live)["overview"]) & set(values(draft)["overview"])
    assert kept <= set(values(result)["overview"])


@given(_PAGES, _PAGES, _PAGES)
def test_which_side_is_which_makes_no_difference(base: Page, live: Page, draft: Page) -> None:
    one, two = merge(base, live, draft), merge(base, draft, live)
    from_live = one.page({conflict.number: "live" for conflict in one.conflicts})
    assert from_live == two.page({conflict.number: "draft" for conflict in two.conflicts})
