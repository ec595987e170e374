"""Changed rows with what stands around them in their table: one table, so that columns have one
width and figures stand below what they count.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import ClassVar, NamedTuple

from repo_store.markdown import Kind, of_a_table, parse
from service.diffing import Block, text_without
from service.present.diff_view import Change, Item, Unchanged
from service.present.rich_diff import RichSpan, rich_block
from service.present.rich_text import inline, scrolls


class Row(NamedTuple):
    """`header`: whether it heads the table."""

    header: bool
    cells: tuple[tuple[RichSpan, ...], ...]


@dataclass(frozen=True)
class Rows:
    """Those of one change, or unchanged ones."""

    change: Change | None
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """`above`: the header of the table, if it is none of the rows."""

    kind: ClassVar = "table"
    above: Row | None
    groups: tuple[Rows, ...]

    @property
    def columns(self) -> int:
        return max(len(row.cells) for row in self._rows())

    @property
    def scrolls(self) -> bool:
        """Whether it may be wider than a phone's screen."""
        return scrolls(
            ["".join([span.text for span in cell]) for cell in row.cells] for row in self._rows()
        )

    def _rows(self) -> Iterator[Row]:
        if self.above:
            yield self.above
        for group in self.groups:
            yield from group.rows


def in_tables(items: Iterable[Item]) -> Iterator[Item | Table]:
    """The items of a section; changed rows and the unchanged ones beside them as tables."""
    for of_rows, group in groupby(_cut(list(items)), key=lambda each: each[1]):
        found = [item for item, _ in group]
        if not of_rows:
            yield from found
            continue
        for part in _by_header(found):
            yield _table(part)


def _cut(items: Sequence[Item]) -> Iterator[tuple[Item, bool]]:
    """Each item, and whether it is of rows. Of unchanged blocks the rows beside a changed one are
    parted from the others.
    """
    of_rows = [False, *map(_is_row, items), False]
    for at, item in enumerate(items, 1):
        if not isinstance(item, Unchanged) or item.folded:
            yield item, of_rows[at]
            continue
        lines = [_kind(block) is not None for block in item.blocks]
        count = len(lines)
        head = [*lines, False].index(False) if of_rows[at - 1] else 0
        tail = count - [*reversed(lines), False].index(False) if of_rows[at + 1] else count
        ends = sorted({0, head, max(head, tail), count})
        for start, stop in pairwise(ends):
            part = Unchanged(item.blocks[start:stop], folded=False)
            yield part, stop <= head or start >= tail


def _is_row(item: Item) -> bool:
    if not isinstance(item, Change) or item.block.source is None:
        return False
    block = item.block
    sides = zip((block.old, block.new), block.rows, strict=True)
    return (block.divides and item.header is not None) or all(
        number is not None for at, number in sides if at
    )


def _kind(block: Block) -> Kind | None:
    """Of an unchanged block."""
    return of_a_table(text_without(block.source, "")) if block.source else None


def _by_header(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The items of each table: another begins with a header below what is none."""
    part: list[Item] = []
    for item in items:
        if part and _heads(item) and not _heads(part[-1]):
            yield part
            part = []
        part.append(item)
    yield part


def _heads(item: Item) -> bool:
    return isinstance(item, Change) and 0 in item.block.rows


def _table(items: Sequence[Item]) -> Table:
    changes = [item for item in items if isinstance(item, Change)]
    shown = [each.block for each in changes if not each.block.divides]
    shown += [block for item in items if isinstance(item, Unchanged) for block in item.blocks]
    # A change of what divides the header from the rows shows that header.
    shown_there = [each.header for each in changes if each.block.divides and each.header]
    header = changes[0].header
    above = header if header not in (*shown, *shown_there) else None
    groups = []
    for item in items:
        if isinstance(item, Change):
            groups.append(Rows(item, (_changed(item),)))
        elif isinstance(item, Unchanged):
            rows = tuple(_unchanged(item.blocks, shown_there))
            groups += [Rows(None, rows)] if rows else []
    return Table(_row(above, header=True) if above else None, tuple(groups))


def _changed(change: Change) -> Row:
    block = change.block
    if block.divides and change.header:
        return _row(change.header, header=bool(block.new))
    number = block.rows[1] if block.new else block.rows[0]
    return Row(number == 0, rich_block(block).parts)


def _unchanged(blocks: Sequence[Block], without: Sequence[Block]) -> Iterator[Row]:
    kinds = [*map(_kind, blocks), None]
    for block, kind, below in zip(blocks, kinds, kinds[1:], strict=False):
        if kind is Kind.ROW and block not in without:
            yield _row(block, header=below is Kind.DIVIDER)


def _row(block: Block, header: bool) -> Row:
    """A row as it is now, or was last."""
    source = text_without(block.stored[""], "delete" if block.new else "insert")
    parts = parse(source).parts
    spans = (RichSpan("equal", "".join([run.text for run in part]), inline(part)) for part in parts)
    return Row(header, tuple((span,) for span in spans))
