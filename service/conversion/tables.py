"""Tables: rows of cells, in which a cell over several columns or rows leaves the others empty."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from repo_store.markdown import writing
from service.conversion.entries import Entry, Tabled, Written
from service.conversion.losses import Losses
from service.conversion.parsing import Element

MOST_EMPTY = 10_000
"""So many cells, at most, are left empty in a document, and"""
WIDEST = 100
"""so many columns are covered by cells from the rows above."""


@dataclass
class Cell:
    heading: bool
    columns: int
    rows: int
    runs: list[writing.Styled] = field(default_factory=list)


@dataclass
class Row:
    head: bool
    cells: list[Cell] = field(default_factory=list)


@dataclass
class Grid:
    """A table as it is read, known by its number."""

    number: int
    rows: list[Row] = field(default_factory=list)
    caption: list[writing.Styled] = field(default_factory=list)
    empty: int = 0

    def add_cell(self, element: Element, losses: Losses) -> Cell:
        columns, rows = (_span(element.get(name)) for name in ("colspan", "rowspan"))
        if columns > 1:
            losses.add("cell over several columns")
        if rows > 1:
            losses.add("cell over several rows")
        cell = Cell(element.tag == "th", columns, rows)
        if not self.rows:
            self.rows.append(Row(head=False))
        self.rows[-1].cells.append(cell)
        return cell

    def entries(self, losses: Losses) -> Iterator[Entry]:
        if self.caption:
            losses.add("caption that became a paragraph")
            losses.add_intricate(self.caption, writing.paragraph)
            yield Written(writing.paragraph(self.caption))
        rows = [row for row in self.rows if any(cell.runs for cell in row.cells)]
        covered: dict[int, int] = {}
        for at, row in enumerate(rows):
            cells = list(self._spread(row, covered))
            for cell in cells:
                losses.add_intricate(cell, writing.row)
            header = not at and (row.head or all(cell.heading for cell in row.cells))
            if not header:
                losses.add("heading of a row", sum(cell.heading for cell in row.cells))
            yield Tabled(writing.row(cells), self.number, len(cells), header)

    def _spread(self, row: Row, covered: dict[int, int]) -> Iterator[list[writing.Styled]]:
        """The contents of a row's cells, and of those that others cover. `covered`: for how many
        more rows each column is.
        """
        column = 0
        for cell in row.cells:
            while covered.get(column, 0):
                covered[column] -= 1
                column += 1
                yield from self._empty()
            yield cell.runs
            for _ in range(cell.columns):
                if cell.rows > 1 and column < WIDEST:
                    covered[column] = cell.rows - 1
                column += 1
            for _ in range(cell.columns - 1):
                yield from self._empty()
        for after in covered:
            covered[after] -= after >= column and covered[after] > 0

    def _empty(self) -> Iterator[list[writing.Styled]]:
        self.empty += 1
        if self.empty <= MOST_EMPTY:
            yield []


def _span(written: str) -> int:
    return (
        min(int(written), WIDEST)
        if written.isascii() and written.isdigit() and int(written[:5])
        else 1
    )
