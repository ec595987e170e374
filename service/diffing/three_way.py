"""Three-way merge by block: what two editors made of one text, put together where they don't touch.

After diff3 (Khanna, Kunal, Pierce: "A Formal Investigation of Diff3", 2007), with one difference.
Diff3 takes edits of neighbouring lines for a conflict; here the differ tells which paragraph became
which, so that an edit of one paragraph and an edit of the next are two edits. Where a side moved,
split or merged paragraphs of a section, that section falls back on diff3's own rule.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from service.diffing.differ import difference
from service.diffing.page import LINES, SECTIONS, Page, Unit, build_page, units
from service.diffing.types import Block, Diff

Origin = Literal["same", "live", "draft", "both"]
Choice = Literal["live", "draft", "both"]
Units = tuple[Unit, ...]


class Agreed(NamedTuple):
    """Blocks that no one disputes, and who changed them; `base`: what stood there before."""

    units: Units
    origin: Origin
    base: Units = ()


class Conflict(NamedTuple):
    """Blocks that both changed, each differently. `number` counts the page's conflicts from 0."""

    number: int
    base: Units
    live: Units
    draft: Units

    def chosen(self, choice: Choice) -> Units:
        """The blocks of one side, or those of the live version and then those of the draft."""
        return {"live": self.live, "draft": self.draft, "both": self.live + self.draft}[choice]


Piece = Agreed | Conflict


class Merge(NamedTuple):
    """Pieces by section, in the order of the page."""

    sections: Mapping[str, tuple[Piece, ...]]
    source_count: int

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        pieces = (each for section in self.sections.values() for each in section)
        return tuple(each for each in pieces if isinstance(each, Conflict))

    def page(self, choices: Mapping[int, Choice]) -> Page:
        """The merged content. KeyError if a conflict is left without a choice."""
        found = {
            name: [unit for piece in pieces for unit in _chosen(piece, choices)]
            for name, pieces in self.sections.items()
        }
        return build_page(found, max(self.source_count, len(found["sources"])))


def _chosen(piece: Piece, choices: Mapping[int, Choice]) -> Units:
    return piece.units if isinstance(piece, Agreed) else piece.chosen(choices[piece.number])


def merge(base: Page, live: Page, draft: Page) -> Merge:
    """What `live` and `draft` each made of `base`. No block of either is lost untold."""
    ours, theirs = difference(base, live), difference(base, draft)
    sections: dict[str, tuple[Piece, ...]] = {}
    number = 0
    for name in SECTIONS:
        texts = (units(base, name), units(live, name), units(draft, name))
        found = []
        for piece in _section(name, texts, _blocks(ours, name), _blocks(theirs, name)):
            found.append(piece._replace(number=number) if isinstance(piece, Conflict) else piece)
            number += isinstance(piece, Conflict)
        sections[name] = tuple(found)
    return Merge(sections, _count(base, live, draft))


def _section(
    name: str,
    texts: tuple[list[Unit], list[Unit], list[Unit]],
    live: Sequence[Block],
    draft: Sequence[Block],
) -> Iterator[Piece]:
    base = texts[0]
    pairs = zip((live, draft), texts[1:], strict=True)
    if name in LINES or all(map(_plain, [*live, *draft])):
        sides = [_fates(blocks, text, len(base)) for blocks, text in pairs]
        for at in range(len(base) + 1):
            yield from _piece((), *(tuple(side.inserted[at]) for side in sides))
            if at < len(base):
                yield from _piece((base[at],), *(side.became[at] for side in sides))
    else:
        yield from _chunks(texts, live, draft)


def _blocks(diff: Diff, name: str) -> Sequence[Block]:
    return next(section.blocks for section in diff.sections if section.section == name)


def _plain(block: Block) -> bool:
    return block.op != "moved" and len(block.old) <= 1 and len(block.new) <= 1


class _Fates(NamedTuple):
    """What a side made of each block of the base, and what it put in before each and at the end."""

    became: list[Units]
    inserted: list[list[Unit]]


def _fates(blocks: Sequence[Block], text: list[Unit], size: int) -> _Fates:
    fates = _Fates([()] * size, [[] for _ in range(size + 1)])
    at = 0
    for block in blocks:
        if block.old:
            at = block.old[0] + 1
            if block.new:
                fates.became[block.old[0]] = (text[block.new[0]],)
        else:
            fates.inserted[at].append(text[block.new[0]])
    return fates


def _piece(base: Units, live: Units, draft: Units) -> Iterator[Piece]:
    if not (base or live or draft):
        return
    if live == draft:
        yield Agreed(live, "same" if live == base else "both", base)
    elif live == base:
        yield Agreed(draft, "draft", base)
    elif draft == base:
        yield Agreed(live, "live", base)
    else:
        yield Conflict(0, base, live, draft)


def _chunks(
    texts: tuple[list[Unit], list[Unit], list[Unit]], live: Sequence[Block], draft: Sequence[Block]
) -> Iterator[Piece]:
    """Diff3: stretches between the blocks that all three share."""
    mine, yours = (
        {block.old[0]: block.new[0] for block in blocks if block.op == "same"}
        for blocks in (live, draft)
    )
    shared = [(at, mine[at], yours[at]) for at in sorted(mine.keys() & yours.keys())]
    starts = (0, 0, 0)
    for ends in [*shared, (len(texts[0]), len(texts[1]), len(texts[2]))]:
        parts = (tuple(text[i:j]) for text, i, j in zip(texts, starts, ends, strict=True))
        yield from _piece(*parts)
        if ends[0] < len(texts[0]):
            unit = (texts[0][ends[0]],)
            yield Agreed(unit, "same", unit)
        starts = (ends[0] + 1, ends[1] + 1, ends[2] + 1)


def _count(base: Page, live: Page, draft: Page) -> int:
    """The number of sources, listed or not: whoever changed it is followed, of two the larger."""
    before, ours, theirs = (page["source_count"] for page in (base, live, draft))
    if ours == before:
        return theirs
    return ours if theirs == before else max(ours, theirs)
