"""Three-way merge by block: two editors' changes of one page, combined where they don't conflict.

After diff3 (Khanna, Kunal, Pierce: "A Formal Investigation of Diff3", 2007), with one difference.
For diff3 edits of adjacent lines are a conflict; here the differ knows which paragraph became
which, so that edits of two adjacent paragraphs are combined. Where a side moved, split or merged
paragraphs of a section, that section falls back on diff3's own rule.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from service.diffing.differ import difference
from service.diffing.page import Page, PageSection, SectionSpec, Unit, all_specs
from service.diffing.types import Block, Diff, Same

Origin = Literal["same", "live", "draft", "both"]
Choice = Literal["live", "draft", "both"]
Units = tuple[Unit, ...]


class Agreed(NamedTuple):
    """Blocks without a conflict, and who changed them; `base`: what they replace."""

    units: Units
    origin: Origin
    base: Units = ()


class Conflict(NamedTuple):
    """Blocks that both changed, differently. `number` counts the page's conflicts from 0."""

    number: int
    base: Units
    live: Units
    draft: Units

    def chosen(self, choice: Choice) -> Units:
        """The blocks of one side, or both: first the live version's, then the draft's."""
        return {"live": self.live, "draft": self.draft, "both": self.live + self.draft}[choice]


Piece = Agreed | Conflict


class Merge(NamedTuple):
    """Pieces by section, in the order of the page."""

    sections: Mapping[str, tuple[Piece, ...]]
    source_count: int
    specs: Mapping[str, SectionSpec]

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        pieces = (piece for section in self.sections.values() for piece in section)
        return tuple(piece for piece in pieces if isinstance(piece, Conflict))

    def page(self, choices: Mapping[int, Choice]) -> Page:
        """The merged page. Raises KeyError if a conflict has no choice."""
        found = {
            name: PageSection(
                self.specs[name], [unit for piece in pieces for unit in _chosen(piece, choices)]
            )
            for name, pieces in self.sections.items()
        }
        listed = sum(len(section.units) for section in found.values() if section.spec.cites)
        counted = any(spec.counted for spec in self.specs.values())
        return Page(found, max(self.source_count, listed) if counted else listed)


def _chosen(piece: Piece, choices: Mapping[int, Choice]) -> Units:
    return piece.units if isinstance(piece, Agreed) else piece.chosen(choices[piece.number])


def merge(base: Page, live: Page, draft: Page) -> Merge:
    """Combine both sides' changes to `base`. No block is dropped without a conflict."""
    ours, theirs = difference(base, live), difference(base, draft)
    sections: dict[str, tuple[Piece, ...]] = {}
    number = 0
    specs = {**all_specs(base, live), **draft.specs}
    for name, spec in specs.items():
        texts = (base.units(spec), live.units(spec), draft.units(spec))
        blocks = _blocks(ours, spec, base), _blocks(theirs, spec, base)
        found = []
        for piece in _section(spec, texts, *blocks):
            found.append(piece._replace(number=number) if isinstance(piece, Conflict) else piece)
            number += isinstance(piece, Conflict)
        sections[name] = tuple(found)
    return Merge(sections, _count(base, live, draft), specs)


def _section(
    spec: SectionSpec,
    texts: tuple[list[Unit], list[Unit], list[Unit]],
    live: Sequence[Block],
    draft: Sequence[Block],
) -> Iterator[Piece]:
    base = texts[0]
    pairs = zip((live, draft), texts[1:], strict=True)
    if spec.kind == "line" or all(map(_in_place, [*live, *draft])):
        sides = [_changes(blocks, text, len(base)) for blocks, text in pairs]
        for at in range(len(base) + 1):
            yield from _piece((), *(tuple(side.inserted[at]) for side in sides))
            if at < len(base):
                yield from _piece((base[at],), *(side.became[at] for side in sides))
    else:
        yield from _chunks(texts, live, draft)


def _blocks(diff: Diff, spec: SectionSpec, base: Page) -> Sequence[Block]:
    """The blocks of a section, which neither side of a diff may have."""
    for section in diff.sections:
        if section.section == spec.name:
            return section.blocks
    return tuple(Same(0, 0, base.units(spec)).blocks(spec))


def _in_place(block: Block) -> bool:
    return block.op != "moved" and len(block.old) <= 1 and len(block.new) <= 1


class _Changes(NamedTuple):
    """What one side made of each base block, and what it inserted before each and at the end."""

    became: list[Units]
    inserted: list[list[Unit]]


def _changes(blocks: Sequence[Block], text: list[Unit], size: int) -> _Changes:
    changes = _Changes([()] * size, [[] for _ in range(size + 1)])
    at = 0
    for block in blocks:
        if block.old:
            at = block.old[0] + 1
            if block.new:
                changes.became[block.old[0]] = (text[block.new[0]],)
        else:
            changes.inserted[at].append(text[block.new[0]])
    return changes


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
    """Diff3's rule: one piece between any two blocks that all three texts share."""
    in_live, in_draft = (
        {block.old[0]: block.new[0] for block in blocks if block.op == "same"}
        for blocks in (live, draft)
    )
    common = sorted(in_live.keys() & in_draft.keys())
    shared = [(at, in_live[at], in_draft[at]) for at in common]
    starts = (0, 0, 0)
    for ends in [*shared, (len(texts[0]), len(texts[1]), len(texts[2]))]:
        parts = (tuple(text[i:j]) for text, i, j in zip(texts, starts, ends, strict=True))
        yield from _piece(*parts)
        if ends[0] < len(texts[0]):
            unit = (texts[0][ends[0]],)
            yield Agreed(unit, "same", unit)
        starts = (ends[0] + 1, ends[1] + 1, ends[2] + 1)


def _count(base: Page, live: Page, draft: Page) -> int:
    """The number of sources: from whoever changed it, the larger one if both did."""
    before, ours, theirs = (page.source_count for page in (base, live, draft))
    if ours == before:
        return theirs
    return ours if theirs == before else max(ours, theirs)
