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
    """An item of a list, the list being known by its number. `depth` counts the lists around it."""

    depth: int
    number: int
    start: int | None
    runs: list[writing.Styled] = field(default_factory=list)


class Tabled(NamedTuple):
    """A row of a table, which is known by its number. Below a header there is a divider."""

    source: str
    table: int
    columns: int
    header: bool


Entry: TypeAlias = Written | Quoted | Picture | Listed | Tabled


def blocks(entries: Iterable[Entry], losses: Losses) -> Iterator[str]:
    before: Entry | None = None
    lists: list[tuple[int, int | None]] = []
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
                yield _item(entry, lists, losses)
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


def _item(entry: Listed, lists: list[tuple[int, int | None]], losses: Losses) -> str:
    """The item's block. `lists`: those that it may go on, from the outermost, each with the number
    of its last item.
    """
    if entry.depth >= DEEPEST:
        losses.add(f"list nested more than {DEEPEST} deep")
    known = [each for each, _ in lists]
    level = min(entry.depth, len(lists), DEEPEST - 1)
    level = known.index(entry.number) if entry.number in known else level
    ordinal = entry.start
    if level < len(lists) and (lists[level][1] is None) == (entry.start is None):
        last = lists[level][1]
        ordinal = None if last is None else last + 1
        if known[level] != entry.number:
            losses.add("border between two lists")
    lists[level:] = [(entry.number, ordinal)]
    losses.add_intricate(entry.runs)
    return writing.item(entry.runs, level, ordinal)
