"""A block of Markdown as a value: its kind, and its text as a reader sees it, run by run."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

SEPARATOR = "\t"
"""Stands between the parts of a block's visible text: the cells of a row, an image's alt text and
its caption."""


class Kind(StrEnum):
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    QUOTE = "quote"
    ITEM = "item"
    ROW = "row"
    DIVIDER = "divider"  # below a table's header
    IMAGE = "image"
    EMBED = "embed"
    RULE = "rule"


class Link(NamedTuple):
    """`href` as it was written, without escapes."""

    href: str
    title: str = ""


class Image(NamedTuple):
    """`title`: the caption of an image that is a block; in a line of text, what `title` means in
    HTML.
    """

    href: str
    title: str = ""


class Style(NamedTuple):
    """How a run is set. `image`: the run is its alt text."""

    strong: bool = False
    emphasis: bool = False
    code: bool = False
    link: Link | None = None
    image: Image | None = None


PLAIN = Style()


class Run(NamedTuple):
    """Visible text in one style, and where it stands in the block's source, in code points.

    Its characters are those of the source, one by one, if it is as long; otherwise, as with an
    entity or an escape, it stands for all of its source. Only an image without alt text, and the
    content of an empty block, have no text.
    """

    text: str
    style: Style
    start: int
    end: int

    @property
    def literal(self) -> bool:
        return len(self.text) == self.end - self.start


Runs = tuple[Run, ...]


def whole_images(runs: Iterable[Run]) -> Iterator[Run]:
    """The runs with those of an image, which escapes, entities and marks part, as one."""
    # Two images may be equal: those of one image share it.
    for _, group in groupby(runs, key=lambda run: id(run.style.image)):
        found = tuple(group)
        if found[0].style.image:
            yield found[0]._replace(text="".join([run.text for run in found]), end=found[-1].end)
        else:
            yield from found


class Block(NamedTuple):
    """One line of Markdown.

    `level`: of a heading 2 to 4, of an item how deep it is nested, from 0. `number`: of an ordered
    item as it is written, else None. `parts`: the cells of a row, an image's alt text and caption,
    the one text of any other kind; none of a rule or a divider.
    """

    kind: Kind
    parts: tuple[Runs, ...]
    level: int = 0
    number: int | None = None

    @property
    def visible(self) -> str:
        """The text as a reader sees it."""
        return SEPARATOR.join(["".join([run.text for run in part]) for part in self.parts])

    @property
    def image(self) -> Image | None:
        """Of an image that is a block."""
        return self.parts[0][0].style.image if self.kind is Kind.IMAGE else None

    def placed(self) -> Iterator[tuple[int, Run]]:
        """Each run with its start in the visible text."""
        at = 0
        for number, part in enumerate(self.parts):
            at += len(SEPARATOR) if number else 0
            for run in part:
                yield at, run
                at += len(run.text)
