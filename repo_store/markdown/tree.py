"""Blocks that belong together: lists, tables and block quotations."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias

from repo_store.markdown.blocks import of_a_table
from repo_store.markdown.values import Block, Kind


class Quotation(NamedTuple):
    paragraphs: tuple[Block, ...]


class Item(NamedTuple):
    block: Block
    lists: tuple["List", ...] = ()


class List(NamedTuple):
    """`start`: the number of an ordered list's first item, else None."""

    start: int | None
    items: tuple[Item, ...]


class Table(NamedTuple):
    header: Block | None
    rows: tuple[Block, ...]


class Row(NamedTuple):
    """Where a row stands in its table. `number`: from 1, 0 of the header; `header`: that line."""

    number: int
    header: int | None


Node: TypeAlias = Block | Quotation | List | Table


def tree(blocks: Iterable[Block]) -> Iterator[Node]:
    """The blocks in their order, with those that make one list, table or quotation as one."""
    for family, found in groupby(blocks, key=_family):
        group = list(found)
        if family is Kind.QUOTE:
            yield Quotation(tuple(group))
        elif family is Kind.ROW:
            yield from _table(group)
        elif family is Kind.ITEM:
            yield from _lists(group)
        else:
            yield from group


def _family(block: Block) -> Kind:
    return Kind.ROW if block.kind is Kind.DIVIDER else block.kind


def _table(rows: list[Block]) -> Iterator[Table]:
    header = rows[0] if [row.kind for row in rows[:2]] == [Kind.ROW, Kind.DIVIDER] else None
    body = tuple(row for row in rows if row.kind is Kind.ROW and row is not header)
    if header or body:
        yield Table(header, body)


def table_rows(sources: Iterable[str]) -> list[Row | None]:
    """For each line its place as a row; None of any other, and of what divides a header from it."""
    found: list[Row | None] = []
    kinds = [of_a_table(source) for source in sources]
    number, header = 0, None
    for at, kind in enumerate(kinds):
        begins = kind is Kind.ROW and (at == 0 or kinds[at - 1] is None)
        if begins and kinds[at + 1 : at + 2] == [Kind.DIVIDER]:
            found.append(Row(0, header := at))
        elif kind is Kind.ROW:
            found.append(Row(number := number + 1, header))
        else:
            found.append(None)
            number, header = (number, header) if kind else (0, None)
    return found


def _lists(items: Sequence[Block]) -> Iterator[List]:
    """Lists of items, each with the deeper items that follow it. An item is nested one level deeper
    than the one before at most, however far it is indented.
    """
    at = 0
    while at < len(items):
        first = items[at]
        ordered, found = first.number is not None, []
        while at < len(items) and (items[at].number is not None) == ordered:
            stop = at + 1
            while stop < len(items) and items[stop].level > first.level:
                stop += 1
            found.append(Item(items[at], tuple(_lists(items[at + 1 : stop]))))
            at = stop
        yield List(first.number, tuple(found))
