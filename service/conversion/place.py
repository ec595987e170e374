"""Where in a document something stands, as far as it matters for its blocks."""

from dataclasses import dataclass, field
from typing import NamedTuple

from repo_store.markdown import PLAIN, Style, writing
from service.conversion.entries import Listed
from service.conversion.tables import Grid


@dataclass
class Figure:
    """`first`: of its entries. `caption`: what its caption says, as far as it was read."""

    first: int
    caption: list[writing.Styled] = field(default_factory=list)


@dataclass
class List:
    """`start`: the number of an ordered list's first item. `outer`: the number of the list around
    it. `items`: how many have begun.
    """

    number: int
    start: int | None
    outer: int = 0
    items: int = 0

    def next_item(self, depth: int) -> Listed:
        self.items += 1
        ordinal = None if self.start is None else self.start + self.items - 1
        return Listed(depth, self.number, ordinal, self.outer)


class Place(NamedTuple):
    """Where in the document something stands.

    `quotation` is the number of the one around it, `within` is the list and `depth` counts those
    around it, `collector` takes the text of a table's cell or of a caption, `embed` says that text
    is the address of something embedded, `script` that it is raised or lowered.
    """

    style: Style = PLAIN
    quotation: int | None = None
    within: List | None = None
    depth: int = -1
    item: Listed | None = None
    heading: int = 0
    preformatted: bool = False
    collector: list[writing.Styled] | None = None
    captioned: Figure | Grid | None = None
    grid: Grid | None = None
    head: bool = False
    embed: bool = False
    card: bool = False
    ruby: bool = False
    script: str = ""

    @property
    def in_one_line(self) -> bool:
        return (
            self.collector is not None
            or bool(self.item and self.quotation is None)
            or bool(self.heading)
        )

    def inside(self) -> "Place":
        """Within something that is no part of a list or a heading."""
        return self._replace(within=None, depth=-1, item=None, heading=0)
