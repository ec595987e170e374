"""Markdown text as a reader sees it, with the way back to its source."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from repo_store.markdown import PLAIN, Block, Kind, Run, is_plain, marks, parse, visible
from service.diffing.thresholds import MARKS_READ


class Piece(NamedTuple):
    """A run of the source, and where it stands in the visible text."""

    at: int
    end: int
    run: Run


class Reading(NamedTuple):
    """A block's source, or those of several, joined by newlines; so is what is seen of them."""

    source: str
    text: str
    blocks: tuple[Block, ...]
    pieces: tuple[Piece, ...]

    def between(self, start: int, end: int) -> tuple[Piece, ...]:
        """The pieces that are seen from one place to another, in part or whole."""
        first = bisect_right(self.pieces, start, key=lambda piece: piece.end)
        last = bisect_left(self.pieces, end, key=lambda piece: piece.at)
        return self.pieces[first:last]


def read(source: str) -> Reading:
    if "\n" not in source:
        block = parse(source)
        return Reading(source, block.visible, (block,), tuple(_pieces(block, 0, 0)))
    blocks: list[Block] = []
    pieces: list[Piece] = []
    texts: list[str] = []
    at = begins = 0
    for line in source.split("\n"):
        if begins:
            newline = Run("\n", PLAIN, begins - 1, begins)
            pieces.append(Piece(at - 1, at, newline))
        block = parse(line)
        pieces += _pieces(block, at, begins)
        blocks.append(block)
        texts.append(block.visible)
        at += len(texts[-1]) + 1
        begins += len(line) + 1
    return Reading(source, "\n".join(texts), tuple(blocks), tuple(pieces))


def _pieces(block: Block, at: int, begins: int) -> Iterator[Piece]:
    """Those of a block that begins at these places of the visible text and of the source."""
    for start, run in block.placed():
        moved = run._replace(start=run.start + begins, end=run.end + begins) if begins else run
        yield Piece(at + start, at + start + len(run.text), moved)


class Reader:
    """Reads blocks, each once, until so much mark-up was read."""

    def __init__(self) -> None:
        self._left = MARKS_READ
        self._found: dict[str, Reading | None] = {}

    def read(self, source: str) -> Reading | None:
        """None of a block that is not read any more."""
        if source not in self._found:
            self._left -= marks(source)
            self._found[source] = read(source) if self._left >= 0 else None
        return self._found[source]


_NUMBERED = re.compile(r" *\d+\.")


def begins(reader: Reader, units: Sequence[tuple[str, ...]], at: int) -> int | None:
    """The number from which a list begins, of its first item; None of any other block."""
    if not _NUMBERED.match(units[at][0]):
        return None
    here, before = reader.read(units[at][0]), reader.read(units[at - 1][0]) if at else None
    block, last = here and here.blocks[0], before and before.blocks[0]
    if block is None or (last and last.kind is Kind.ITEM and _goes_on(last, block)):
        return None
    return block.number


def _goes_on(item: Block, after: Block) -> bool:
    """Whether an item goes on with the list of the one before it."""
    return item.level > after.level or (item.level == after.level and item.number is not None)


def seen(source: str) -> str:
    """What a reader sees of a block, or of several."""
    return visible(source) if "\n" not in source else "\n".join(map(visible, source.split("\n")))


def picture(source: str) -> str:
    """The address of a block that is an image: one with another alt text is the same one."""
    image = parse(source).image if source.startswith("![") else None
    return image.href if image else ""


_ADDRESS = re.compile(r"\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)")


def without_marks(sources: str) -> str:
    """About what is seen of many blocks, quickly: to look for words in them."""
    seen = _ADDRESS.sub("", sources)
    for mark in "*_`[]\\":
        seen = seen.replace(mark, "")
    return seen


def unmarked(source: str) -> bool:
    """Whether a block, or several, have no mark-up, so that what is seen is what is stored."""
    return all(map(is_plain, source.split("\n"))) if "\n" in source else is_plain(source)
