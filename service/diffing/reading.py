"""Markdown text as a reader sees it, with the way back to its source."""

from typing import NamedTuple

from repo_store.markdown import PLAIN, Block, Run, is_plain, parse, visible


class Piece(NamedTuple):
    """A run of the source, and where it stands in the visible text."""

    at: int
    run: Run

    @property
    def end(self) -> int:
        return self.at + len(self.run.text)


class Reading(NamedTuple):
    """A block's source, or those of several, joined by newlines; so is what is seen of them."""

    source: str
    text: str
    blocks: tuple[Block, ...]
    pieces: tuple[Piece, ...]


def read(source: str) -> Reading:
    blocks: list[Block] = []
    pieces: list[Piece] = []
    texts: list[str] = []
    at = begins = 0
    for line in source.split("\n"):
        if begins:
            newline = Run("\n", PLAIN, begins - 1, begins)
            pieces.append(Piece(at - 1, newline))
        block = parse(line)
        for start, run in block.placed():
            moved = run._replace(start=run.start + begins, end=run.end + begins) if begins else run
            pieces.append(Piece(at + start, moved))
        blocks.append(block)
        texts.append(block.visible)
        at += len(texts[-1]) + 1
        begins += len(line) + 1
    return Reading(source, "\n".join(texts), tuple(blocks), tuple(pieces))


def seen(source: str) -> str:
    """What a reader sees of a block, or of several."""
    return visible(source) if "\n" not in source else "\n".join(map(visible, source.split("\n")))


def unmarked(source: str) -> bool:
    """Whether a block, or several, have no mark-up, so that what is seen is what is stored."""
    return all(map(is_plain, source.split("\n")))
