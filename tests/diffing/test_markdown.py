"""Sections of Markdown: compared as they are seen, rebuilt as they are stored."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.diffing import (
    Block,
    Diff,
    FactKind,
    Page,
    PageSection,
    SectionSpec,
    compare,
    first_version_changes,
    merge,
    rebuild,
)
from service.diffing.render.fact_lines import fact_lines
from service.diffing.render.formatting_lines import formatting_lines
from service.diffing.render.labels import label
from service.diffing.render.markdown import redline
from service.diffing.render.unified import unified
from tests.diffing.test_rich import sources
from tests.profiles import examples

BODY = SectionSpec("body", "Body", "paragraph", "paragraphs", format="markdown", optional=True)
ASIDE = SectionSpec("aside", "Aside", "paragraph", "paragraphs", format="markdown", optional=True)


def page(*blocks: str, aside: tuple[str, ...] = ()) -> Page:
    sections = {"body": PageSection(BODY, [(block,) for block in blocks])}
    if aside:
        sections["aside"] = PageSection(ASIDE, [(block,) for block in aside])
    return Page(sections)


def changes(diff: Diff) -> list[Block]:
    return [block for section in diff.sections for block in section.changes]


def only(diff: Diff) -> Block:
    (block,) = changes(diff)
    return block


PARAGRAPHS = (
    "The council voted **nine to six** to keep the [library](https://a.b/library) open.",
    "It will cost 1.2 million crowns a year to *run*, says [Berg](https://a.b/berg).",
    "- Readers gathered `four` thousand signatures in a week, against the plan.",
)


def test_nothing_changed_in_the_same_page() -> None:
    assert changes(compare(page(*PARAGRAPHS), page(*PARAGRAPHS))) == []


def test_words_are_counted_as_they_are_seen() -> None:
    diff = compare(page("See [the plan](https://a.b/c_d_e)."), page("See **the whole** plan."))
    assert (diff.stats.words_added, diff.stats.words_removed) == (1, 0)
    assert first_version_changes(page("[a b](https://c.d) **e**")) == (("body",), 3)


def test_a_link_that_leads_elsewhere_is_a_change_and_a_fact() -> None:
    diff = compare(
        page("See [the plan](https://a.b/1) now."), page("See [the plan](https://a.b/2) now.")
    )
    block = only(diff)
    assert (block.op, [each[:4] for each in block.formatting]) == (
        "changed",
        [("link", "the plan", "https://a.b/1", "https://a.b/2")],
    )
    (fact,) = diff.facts
    assert (fact.kind, fact.old, fact.new) == (
        FactKind.SOURCE,
        "https://a.b/1",
        "https://a.b/2",
    )
    assert fact.old_at == fact.new_at == (0, 4, 12)
    assert (diff.stats.words_added, diff.stats.words_removed) == (0, 0)


def test_the_same_address_spelt_otherwise_is_a_change_and_no_fact() -> None:
    diff = compare(page("[a](http://www.a.b/?utm_source=x)"), page("[a](https://a.b/)"))
    assert only(diff).formatting
    assert diff.facts == ()


@pytest.mark.parametrize(
    ("old", "new", "facts"),
    [
        (
            "A **57.6** billion plan.",
            "A **58** billion plan.",
            [("number", "57.6 billion", "58 billion")],
        ),
        (
            '![The bridge](https://a.b/c.jpg "In 2019")',
            '![The bridge](https://a.b/c.jpg "In 2020")',
            [("date", "2019", "2020")],
        ),
        ("| Berg | 52 |", "| Berg | 48 |", [("number", "52", "48")]),
        (
            "![A bridge](https://a.b/1.jpg)",
            "![A bridge](https://a.b/2.jpg)",
            [("source", "https://a.b/1.jpg", "https://a.b/2.jpg")],
        ),
        ("A plan.", "A [plan](https://a.b/c).", [("source", None, "https://a.b/c")]),
        ("**Not** so.", "*Not* so.", []),
        ("Twelve &amp; more.", "Twelve & more.", []),
    ],
)
def test_facts_are_of_what_is_seen_and_of_where_it_leads(
    old: str, new: str, facts: list[object]
) -> None:
    found = compare(page(old), page(new)).facts
    assert [(fact.kind, fact.old, fact.new) for fact in found] == facts


def test_links_of_new_text_are_facts_unless_the_page_had_them() -> None:
    new = "New: [a report](https://a.b/new) and [the library](https://a.b/library)."
    diff = compare(page(*PARAGRAPHS), page(*PARAGRAPHS, new))
    assert [fact.new for fact in diff.facts if fact.kind is FactKind.SOURCE] == ["https://a.b/new"]
    assert changes(diff)[0].op == "added"


def test_blocks_are_found_by_what_is_seen_of_them() -> None:
    old = page("# x", *PARAGRAPHS)
    new = page(
        *(each.replace("https://a.b", "https://other.example") for each in PARAGRAPHS), "# x"
    )
    ops = sorted((block.op, block.old, block.new) for block in changes(compare(old, new)))
    assert ops == [("changed", (1,), (0,)), ("changed", (2,), (1,)), ("moved", (0,), (3,))]


def test_an_item_that_moved_is_told() -> None:
    items = ["- Lanterns on the bridge", "- Boats in the *harbour*", "- A band on the quay"]
    block = only(compare(page(*items), page(items[1], items[2], items[0])))
    assert (block.op, block.old, block.new) == ("moved", (0,), (2,))


def test_a_block_moves_between_sections() -> None:
    block = PARAGRAPHS[0]
    diff = compare(page("x", block, aside=("y",)), page("x", aside=("y", block)))
    assert [(each.op, each.from_section) for each in changes(diff)] == [("moved", "body")]


def test_a_paragraph_is_split_with_its_links() -> None:
    first, second = PARAGRAPHS[:2]
    diff = compare(page(f"{first} {second}"), page(first, second.replace("/berg", "/dahl")))
    block = only(diff)
    assert (block.old, block.new) == ((0,), (0, 1))
    assert [each[:4] for each in block.formatting] == [
        ("link", "Berg", "https://a.b/berg", "https://a.b/dahl")
    ]
    (fact,) = diff.facts
    assert (fact.old_at, fact.new_at) == ((0, 108, 112), (1, 52, 56))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a [b](https://c.d)", "a b", "Paragraph 1 changed, link only"),
        ("## a", "**a**", "Paragraph 1 changed, kind and bold only"),
        ("*a*", "_a_", "Paragraph 1 changed, how it is written only"),
        ("1. a", "2. a", "Paragraph 1 changed, kind only"),
        ("a, *b*", "a *b*", "Paragraph 1 changed, punctuation only"),
        ("a, *b*", "a b", "Paragraph 1 changed"),
    ],
)
def test_labels(old: str, new: str, expected: str) -> None:
    diff = compare(page(old), page(new))
    assert label(only(diff), BODY, diff.specs) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[a](https://b.c/1)", "[a](https://b.c/2)", "Link “a”: https://b.c/1 → https://b.c/2"),
        ("[a](https://b.c/1)", "a", "Link “a”: https://b.c/1 removed"),
        ("a", "**a**", "Bold “a” added"),
        ("## a", "a", "Kind: heading 2 → paragraph"),
        ("![a](https://b.c/d)", "![e](https://b.c/d)", "Alt text: a → e"),
    ],
)
def test_formatting_in_lines(old: str, new: str, expected: str) -> None:
    (line,) = formatting_lines(only(compare(page(old), page(new))))
    assert str(line) == expected


def test_a_redline_is_of_what_is_seen() -> None:
    diff = compare(page("A **57** [plan](https://a.b/1)"), page("A **58** [plan](https://a.b/2)"))
    lines = redline(diff, "T").splitlines()
    assert "> A [-<del>57</del>-]{+<ins>58</ins>+} plan" in lines
    assert "- Link “plan”: https://a\\.b/1 → https://a\\.b/2" in lines


def test_a_patch_is_of_what_is_stored() -> None:
    patch = unified(compare(page("*a*", "b"), page("**a**", "b")), "1", "2")
    assert patch.splitlines()[3:] == [" Body", "-*a*", "+**a**", " b"]


def test_two_sides_are_merged_as_they_are_stored() -> None:
    base, live = page("*a* b", "c", "d"), page("**a** b", "c", "d")
    merged = merge(base, live, page("*a* b", "c", "[d](https://e.f)"))
    assert merged.page({}) == page("**a** b", "c", "[d](https://e.f)")


def test_mark_up_beyond_the_budget_is_text() -> None:
    old = [f"- *a* [b](https://c.d/{at}) {'`e` ' * 8}" for at in range(2_000)]
    diff = compare(page(*old), page(*(each.replace("c.d", "f.g") for each in old)))
    blocks = changes(diff)
    assert blocks[0].formatting
    assert (blocks[0].coarse, blocks[-1].coarse) == (False, True)
    assert blocks[-1].source is None
    assert rebuild.old_page(diff).units(BODY) == [(each,) for each in old]


lines = sources.map(lambda source: source.replace("\n", " ")).filter(str.strip)
bodies = st.lists(lines, max_size=5)
pages = st.builds(lambda body, aside: page(*body, aside=tuple(aside)), bodies, bodies)


@settings(max_examples=examples(200))
@given(pages, pages)
def test_both_pages_are_rebuilt_byte_for_byte(old: Page, new: Page) -> None:
    diff = compare(old, new)
    for rebuilt, expected in ((rebuild.old_page(diff), old), (rebuild.new_page(diff), new)):
        for spec in (BODY, ASIDE):
            assert rebuilt.units(spec) == expected.units(spec)


@given(pages, pages)
def test_what_differs_is_told(old: Page, new: Page) -> None:
    for block in changes(compare(old, new)):
        assert block.op == "moved" or any(op != "equal" for op, _ in block.stored[""])


@given(pages)
@example(page("---"))  # which shows no text
def test_a_first_version_changes_what_it_would_against_an_empty_page(new: Page) -> None:
    diff = compare(Page({}), new)
    assert first_version_changes(new) == (tuple(diff.changed_sections()), diff.stats.words_added)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (("1. a", "2. b"), ("7. a", "2. b"), ("list from 1", "list from 7")),
        (("a", "1. b"), ("a", "4. b"), ("list from 1", "list from 4")),
        (("1. a", "  1. b"), ("1. a", "  3. b"), ("list from 1", "list from 3")),
        (("1. a", "2. b"), ("1. a", "5. b"), None),
        (("1. a", "1. b"), ("1. c", "2. a", "2. b"), None),
        (("- a", "1. b"), ("- a", "3. b"), ("list from 1", "list from 3")),
    ],
)
def test_a_list_s_first_number_is_told_which_readers_see(
    old: tuple[str, ...], new: tuple[str, ...], told: tuple[str, str] | None
) -> None:
    found = [
        each for block in changes(compare(page(*old), page(*new))) for each in block.formatting
    ]
    assert [(each.what, each.old, each.new) for each in found] == (
        [("block", *told)] if told else []
    )


def labels(old: Page, new: Page) -> list[str]:
    diff = compare(old, new)
    return [label(block, BODY, diff.specs) for block in diff.sections[0].told]


TABLE = ("| Line | Trains |", "| --- | --- |", "| North | 12 |", "| South | 9 |", "| East | 5 |")
WIDER = (
    "| Line | Trains | Seats |",
    "| --- | --- | --- |",
    "| North | 12 | 400 |",
    "| Harbour | 30 | 800 |",
    "| East | 5 | 100 |",
)


def test_rows_are_called_rows_and_what_divides_them_is_no_change_of_its_own() -> None:
    assert labels(page("Before.", *TABLE, "After."), page("Before.", *WIDER, "After.")) == [
        "Header of a table changed",
        "Row 1 of a table changed",
        "Row 2 of a table removed",
        "Row 2 of a table added",
        "Row 3 of a table changed",
    ]


@pytest.mark.parametrize("op", ["added", "removed"])
def test_a_table_that_comes_or_goes_is_its_header_and_rows(op: str) -> None:
    with_it, without = page("Before.", *TABLE), page("Before.")
    pages = (without, with_it) if op == "added" else (with_it, without)
    numbered = [f"Row {number} of a table {op}" for number in (1, 2, 3)]
    assert labels(*pages) == [f"Header of a table {op}", *numbered]
    diff = compare(*pages)
    assert all(block.spans for block in diff.sections[0].told)


def test_a_row_that_moved_was_another_row() -> None:
    header, line, *rows = TABLE
    moved = page(header, line, *rows[1:], rows[0])
    assert labels(page(*TABLE), moved) == ["Moved: was row 1 of a table, now row 3 of a table"]


def test_a_table_that_moved_is_said_to_have_moved_row_by_row() -> None:
    long = [f"{each} {PARAGRAPHS[0]}" for each in "abcdefgh"]
    found = labels(page(*TABLE, *long), page(*long, *TABLE))
    assert found[0] == "Moved: was header of a table, now header of a table"
    assert len(found) == 4


def test_how_the_line_below_a_header_is_written_is_a_change_by_itself() -> None:
    found = labels(page(*TABLE), page(TABLE[0], "| :-- | :-: |", *TABLE[2:]))
    assert found == ["Header of a table changed, how it is written only"]


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        (("| a |", "| --- |", "| b |"), "Header of a table"),
        (("a", "---", "b"), "Rule between paragraphs"),
    ],
)
def test_what_shows_no_words_is_named(blocks: tuple[str, str, str], said: str) -> None:
    with_it, without = page(*blocks), page(blocks[0], blocks[2])
    for pages, op in (((with_it, without), "removed"), ((without, with_it), "added")):
        diff = compare(*pages)
        assert label(only(diff), BODY, diff.specs) == f"{said} {op}"
        assert fact_lines(diff) == ()
