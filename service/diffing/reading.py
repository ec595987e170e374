"""Markdown text as a reader sees it, with the way back to its source."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from repo_store.markdown import PLAIN, Block, Run, is_plain, marks, parse, visible
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
