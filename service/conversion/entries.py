"""Blocks on their way: what is known only when all of them are there, such as which items make one
list.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from repo_store.markdown import Kind, parse, writing
from service.conversion.losses import Losses

DEEPEST = 8
"""How deep lists are nested at most."""
HIGHEST = 999_999_999
"""The highest number that an item of a list may have."""


class Written(NamedTuple):
    source: str


class Quoted(NamedTuple):
    """A paragraph of a quotation, which is known by its number."""

    source: str
    quotation: int


@dataclass
class Picture:
    href: str
    alt: str
    caption: str = ""


@dataclass
class Listed:
    """An item of a list, the list being known by its number. `depth` counts the lists around it.
    `ordinal`: the item's own number in an ordered list, counting those without a text. `outer`: the
    list around its own, or 0.
    """

    depth: int
    number: int
    ordinal: int | None
    outer: int
    runs: list[writing.Styled] = field(default_factory=list)


class Tabled(NamedTuple):
    """A row of a table, which is known by its number. Below a header there is a divider."""

    source: str
    table: int
    columns: int
    header: bool


Entry: TypeAlias = Written | Quoted | Picture | Listed | Tabled


class _Open(NamedTuple):
    """A list that an item may go on. `shown`: the number that its last item has in the blocks."""

    last: Listed
    shown: int | None


def blocks(entries: Iterable[Entry], losses: Losses) -> Iterator[str]:
    before: Entry | None = None
    lists: list[_Open] = []
    levels: dict[int, int] = {}
    for entry in entries:
        if not isinstance(entry, Listed):
            lists = []
        match entry:
            case Written(source):
                yield source
            case Picture(href, alt, caption):
                yield from _picture(href, alt, caption, losses)
            case Quoted(source, quotation):
                if isinstance(before, Quoted) and before.quotation != quotation:
                    losses.add("border between two quotations")
                yield source
            case Tabled(source, table, columns, header):
                if isinstance(before, Tabled) and before.table != table:
                    losses.add("border between two tables")
                yield source
                if header and not isinstance(before, Tabled):
                    yield writing.divider(columns)
            case Listed():
                yield _item(entry, lists, levels, losses)
        before = entry


def _picture(href: str, alt: str, caption: str, losses: Losses) -> Iterator[str]:
    """An image's block, unless it has more marks than are looked at."""
    whole, alone = writing.image(href, alt, caption), writing.image(href, alt)
    if parse(whole).kind is Kind.IMAGE:
        yield whole
        return
    if parse(alone).kind is Kind.IMAGE:
        losses.add("caption that became a paragraph", bool(caption))
        yield alone
    else:
        losses.add("image whose address or text has very many signs")
        yield from [writing.paragraph(alt)] if alt else []
    yield from [writing.paragraph(caption)] if caption else []


def _item(entry: Listed, lists: list[_Open], levels: dict[int, int], losses: Losses) -> str:
    """The item's block. `lists`: those that it may go on, from the outermost. `levels`: where each
    list had its first item.
    """
    if entry.depth >= DEEPEST:
        losses.add(f"list nested more than {DEEPEST} deep")
    known = [each.last.number for each in lists]
    level = min(entry.depth, len(lists), DEEPEST - 1)
    level = known.index(entry.number) if entry.number in known else level
    if entry.depth < DEEPEST and level <= levels.get(entry.outer, -1):
        losses.add("nesting of a list")
    levels.setdefault(entry.number, level)
    shown = entry.ordinal
    if level < len(lists) and (lists[level].shown is None) == (shown is None):
        last, before = lists[level]
        goes_on = last.number == entry.number
        losses.add("border between two lists", not goes_on)
        if before is not None:
            shown = before + 1
            expected = (last.ordinal or 0) + 1 if goes_on else 1
            losses.add("numbering of a list", entry.ordinal not in (expected, shown))
    elif shown is not None:
        losses.add("numbering of a list", shown > HIGHEST)
    lists[level:] = [_Open(entry, shown)]
    losses.add_intricate(entry.runs, writing.item)
    return writing.item(entry.runs, level, None if shown is None else min(shown, HIGHEST))
