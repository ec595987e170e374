"""Lines that belong together."""

import pytest

from repo_store.markdown import Item, List, Quotation, Table, parse, table_rows, tree


def nodes(*sources: str) -> list[object]:
    return list(tree(map(parse, sources)))


def test_lists_nest_by_their_indentation() -> None:
    a, b, c, d = map(parse, ("- a", "  1. b", "  2. c", "- d"))
    inner = List(1, (Item(b), Item(c)))
    assert nodes("- a", "  1. b", "  2. c", "- d") == [List(None, (Item(a, (inner,)), Item(d)))]


def test_an_item_is_nested_at_most_one_level_deeper_than_the_one_before() -> None:
    a, b, c = map(parse, ("    - a", "      - b", "- c"))
    items = (Item(a, (List(None, (Item(b),)),)), Item(c))
    assert nodes("    - a", "      - b", "- c") == [List(None, items)]


def test_ordered_and_other_items_make_two_lists() -> None:
    a, b = parse("- a"), parse("4. b")
    assert nodes("- a", "4. b") == [List(None, (Item(a),)), List(4, (Item(b),))]


@pytest.mark.parametrize(
    ("lines", "places"),
    [
        (["a", "| h |", "| - |", "| r |", "| s |"], [None, (0, 1), None, (1, 1), (2, 1)]),
        (["| r |", "| s |", "a", "| t |"], [(1, None), (2, None), None, (1, None)]),
        (["| h |", "|-|", "| r |", "|-|", "| s |"], [(0, 0), None, (1, 0), None, (2, 0)]),
        (["|-|", "| r |", "|-|"], [None, (1, None), None]),
        (["| h |", "|-|", "a", "| h |", "|-|"], [(0, 0), None, None, (0, 3), None]),
    ],
)
def test_a_row_knows_its_place(lines: list[str], places: list[tuple[int, int] | None]) -> None:
    assert table_rows(lines) == places
    tables = [node for node in tree(map(parse, lines)) if isinstance(node, Table)]
    numbers = [row[0] for row in places if row]
    assert sum(len(table.rows) for table in tables) == sum(map(bool, numbers))
    assert sum(bool(table.header) for table in tables) == numbers.count(0)


def test_a_divider_makes_the_first_row_a_header() -> None:
    a, b = parse("| a |"), parse("| b |")
    assert nodes("| a |", "| --- |", "| b |") == [Table(a, (b,))]
    assert nodes("| a |", "| b |", "| --- |") == [Table(None, (a, b))]
    assert nodes("| --- |") == []


def test_quotations_in_a_row_are_one() -> None:
    a, b = parse("> a"), parse("> b")
    assert nodes("> a", "> b", "c") == [Quotation((a, b)), parse("c")]
