"""The diff as pages and reports show it: changes numbered, long unchanged runs folded."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import ClassVar

from repo_store.markdown import marks, of_a_table, table_rows
from service.diffing import Block, Diff, Section, SectionSpec, text_without
from service.diffing.render.labels import Specs, departure, label
from service.present.change_ids import change_ids
from service.present.fact_view import FactsView, facts_view
from service.present.language import SAMPLE, is_rtl
from service.present.unseen import most_badges

Indexes = tuple[int, ...]
_PART = 350
"""Blocks, of whatever kind, in one part of a large diff."""
_SPANS_PER_BLOCK = 8
"""So many spans cost as much to show as a block."""
_SHORT = 200
"""Characters of an unchanged block that is shown beside a change; all others are folded, so that
the changes are seen together, on a phone as well.
"""


@dataclass(frozen=True)
class Change:
    """A changed block. `number` counts the changes on the page from 1; `id` is its lasting name.
    `header`: of a row the header that it stands under, if any.
    """

    kind: ClassVar = "change"
    number: int
    id: str
    block: Block
    label: str
    header: Block | None = None


@dataclass(frozen=True)
class Departure:
    """Marks where a moved block was; `id`: of the change where it is now."""

    kind: ClassVar = "departure"
    id: str
    label: str


@dataclass(frozen=True)
class Unchanged:
    kind: ClassVar = "unchanged"
    blocks: tuple[Block, ...]
    folded: bool


Item = Change | Departure | Unchanged


@dataclass(frozen=True)
class SectionView:
    spec: SectionSpec
    items: tuple[Item, ...]
    changed: bool

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def is_read(self) -> bool:
        """Whether it has anything that readers see on the story's page."""
        if not (self.spec.telling or self.spec.cites):
            return False
        blocks = (
            block for item in self.items if isinstance(item, Unchanged) for block in item.blocks
        )
        return any(spans for block in blocks for spans in block.texts.values())


@dataclass(frozen=True)
class DiffView:
    diff: Diff
    sections: tuple[SectionView, ...]
    ids: tuple[str, ...]
    """Of the changes, in order."""
    coarse: bool
    part: int = 1
    parts: int = 1
    """A very large diff is shown in several parts: this one, and how many there are."""
    part_of: Mapping[int, int] = field(default_factory=dict)
    """By the number of each change, the part that shows it."""

    @property
    def changes(self) -> int:
        return len(self.ids)

    @property
    def shown(self) -> list[tuple[Section, Block]]:
        """The changes in this part."""
        keys = {
            _key(section.name, item.block)
            for section in self.sections
            for item in section.items
            if isinstance(item, Change)
        }
        return [
            (section, block)
            for section in self.diff.sections
            for block in section.changes
            if _key(section.section, block) in keys
        ]

    @cached_property
    def facts(self) -> FactsView:
        """Made when it is shown: most places that show a diff list no facts."""
        changes = ((part.section, block) for part in self.diff.sections for block in part.told)
        return facts_view(self.diff, {_key(*each): at for at, each in enumerate(changes, 1)})

    @cached_property
    def rtl(self) -> bool:
        """Whether the text as it is now is written from right to left."""
        sample = ""
        for section in self.diff.sections:
            if len(sample) < SAMPLE:
                sample += "".join(
                    text_without(block.texts.get(name, ()), "delete") + "\n"
                    for block in section.blocks
                    for name in section.spec.telling
                )
        return is_rtl(sample)


def diff_view(diff: Diff, part: int | None = 1) -> DiffView:
    """`part`: from 1; one that does not exist has no sections. None: all of it, however large."""
    changes = [(part.section, block) for part in diff.sections for block in part.told]
    ids = tuple(change_ids(changes))
    numbers = {_key(name, block): number for number, (name, block) in enumerate(changes, 1)}
    changed, departures, specs = set(diff.changed_sections()), diff.departures(), diff.specs
    fold = part is not None
    sections = tuple(
        SectionView(
            each.spec,
            tuple(
                _folded(_placed(each, departures.get(each.section, []), numbers, ids, specs), fold)
            ),
            each.section in changed,
        )
        for each in diff.sections
    )
    coarse = any(block.coarse for _, block in changes)
    if part is None:
        return DiffView(diff, sections, ids, coarse)
    sections, parts, part_of = _part(sections, part)
    return DiffView(diff, sections, ids, coarse, part, parts, part_of)


def only_change(view: DiffView, change: str) -> DiffView:
    """The part of a difference with one change alone, by its name."""
    items = {
        each.name: tuple(
            item for item in each.items if isinstance(item, Change) and item.id == change
        )
        for each in view.sections
    }
    shown = [replace(each, items=items[each.name]) for each in view.sections if items[each.name]]
    return replace(view, sections=tuple(shown))


def _part(
    sections: tuple[SectionView, ...], part: int
) -> tuple[tuple[SectionView, ...], int, dict[int, int]]:
    """What of the sections is in this part, how many parts there are, and which has each change."""
    shown: list[SectionView] = []
    part_of: dict[int, int] = {}
    number, room = 1, _PART
    for section in sections:
        items: list[Item] = []
        for item in section.items:
            weight = _weight(item)
            if weight > room and room < _PART // 2:
                number, room = number + 1, _PART
            room -= weight
            if isinstance(item, Change):
                part_of[item.number] = number
            if number == part:
                items.append(item)
        if items or (part == number and not section.items):
            shown.append(replace(section, items=tuple(items)))
    return tuple(shown), number, part_of


def _weight(item: Item) -> int:
    """What it costs to show an item, in blocks."""
    if isinstance(item, Change):
        # As much as a span costs what may be mark-up, and a badge.
        spans = [span for each in item.block.texts.values() for span in each]
        mark_up = sum(marks(text) for _, text in item.block.source or ())
        unseen = sum(most_badges(span.text) for span in spans if span.op != "equal")
        return 1 + (len(spans) + mark_up + unseen) // _SPANS_PER_BLOCK
    return len(item.blocks) if isinstance(item, Unchanged) else 1


def _key(section: str, block: Block) -> tuple[str, Indexes, Indexes]:
    return section, block.old, block.new


def _placed(
    section: Section,
    departures: list[tuple[Block, str]],
    numbers: dict[tuple[str, Indexes, Indexes], int],
    ids: Sequence[str],
    specs: Specs,
) -> Iterator[Block | Change | Departure]:
    """The blocks of a section, with a mark where each departed block was in the old order."""
    name = section.section
    headers = _headers(section) if section.spec.rich else {}
    for block, now in section.placed(departures):
        if now is None and block.op == "same":
            yield block
        elif (number := numbers.get(_key(now or name, block))) is None:
            continue  # it goes with another change
        elif now is not None:
            yield Departure(ids[number - 1], departure(block, name, now, specs))
        else:
            said, header = label(block, section.spec, specs), headers.get(_key(name, block))
            yield Change(number, ids[number - 1], block, said, header)


def _headers(section: Section) -> dict[tuple[str, Indexes, Indexes], Block]:
    """The header of the table that each changed row is in, and what divides it from its header."""
    found: dict[tuple[str, Indexes, Indexes], Block] = {}
    # The new side last: there a row stands that is on both.
    for side, drop in (("old", "insert"), ("new", "delete")):
        blocks: dict[int, Block] = {}
        sources: dict[int, str] = {}
        for block in section.blocks:
            indexes = block.new if side == "new" else () if block.from_section else block.old
            texts = text_without(block.stored[""], drop).split("\n")
            sources.update(zip(indexes, texts, strict=False))
            blocks.update(dict.fromkeys(indexes, block))
        lines = [sources.get(at, "") for at in range(max(sources, default=-1) + 1)]
        rows = table_rows(lines)
        for at, (line, row) in enumerate(zip(lines, rows, strict=True)):
            above = rows[at - 1] if at else None
            if row is None and above and above.number == 0 and of_a_table(line):
                row = above
            if row is None or row.header is None or row.header == at:
                continue
            if blocks[at].op != "same":
                found[_key(section.section, blocks[at])] = blocks[row.header]
    return found


def _folded(items: Iterable[Block | Change | Departure], fold: bool) -> Iterator[Item]:
    """The same with unchanged blocks in runs. With `fold` a long one is folded but for its ends."""
    runs = [tuple(run) for _, run in groupby(items, key=lambda item: isinstance(item, Block))]
    for at, run in enumerate(runs):
        blocks = tuple(item for item in run if isinstance(item, Block))
        if not blocks:
            yield from (item for item in run if not isinstance(item, Block))
            continue
        head = 1 if at > 0 and _is_short(blocks[0]) else 0
        tail = len(blocks) - (1 if at < len(runs) - 1 and _is_short(blocks[-1]) else 0)
        few = tail - head < 2 and len(runs) > 1
        if not fold or (few and all(map(_is_short, blocks[head:tail]))):
            yield Unchanged(blocks, folded=False)
            continue
        parts = ((blocks[:head], False), (blocks[head:tail], True), (blocks[tail:], False))
        yield from (Unchanged(part, folded) for part, folded in parts if part)


def _is_short(block: Block) -> bool:
    return sum(len(text) for spans in block.texts.values() for _, text in spans) <= _SHORT
