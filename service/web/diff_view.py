"""The diff as the page shows it: numbered changes, and long unchanged stretches folded."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, groupby

from service.diffing.labels import label
from service.diffing.types import Block, Diff, Fact, Section

_CONTEXT = 1
"""Unchanged blocks shown beside a change; a longer stretch is folded."""


@dataclass(frozen=True)
class Change:
    """A changed block; `number` counts the changes of the page from 1."""

    number: int
    block: Block
    label: str


@dataclass(frozen=True)
class Unchanged:
    blocks: tuple[Block, ...]
    folded: bool


@dataclass(frozen=True)
class SectionView:
    name: str
    items: tuple[Change | Unchanged, ...]
    changed: bool


@dataclass(frozen=True)
class DiffView:
    diff: Diff
    sections: tuple[SectionView, ...]
    changes: int
    coarse: bool
    facts: tuple[tuple[Fact, int], ...]
    """Each fact with the number of the change that it stands in."""


def diff_view(diff: Diff) -> DiffView:
    numbers = count(1)
    changed = set(diff.changed_sections())
    sections = tuple(
        SectionView(section.section, tuple(_items(section, numbers)), section.section in changed)
        for section in diff.sections
    )
    coarse = any(block.coarse for section in diff.sections for block in section.changes)
    facts = tuple((fact, _change_of(fact, sections)) for fact in diff.facts)
    return DiffView(diff, sections, next(numbers) - 1, coarse, facts)


def _change_of(fact: Fact, sections: tuple[SectionView, ...]) -> int:
    for section in sections:
        for item in section.items:
            if section.name == fact.section and isinstance(item, Change):
                new = fact.new_at and fact.new_at.block in item.block.new
                if new or (not fact.new_at and fact.old_at and fact.old_at.block in item.block.old):
                    return item.number
    return 0


def _items(section: Section, numbers: Iterator[int]) -> Iterator[Change | Unchanged]:
    stretches = [
        (same, tuple(blocks))
        for same, blocks in groupby(section.blocks, key=lambda block: block.op == "same")
    ]
    for at, (same, blocks) in enumerate(stretches):
        if not same:
            yield from (
                Change(next(numbers), block, label(block, section.section)) for block in blocks
            )
            continue
        head = _CONTEXT if at > 0 else 0
        tail = len(blocks) - (_CONTEXT if at < len(stretches) - 1 else 0)
        if tail - head < 2 and len(stretches) > 1:
            yield Unchanged(blocks, folded=False)
            continue
        parts = ((blocks[:head], False), (blocks[head:tail], True), (blocks[tail:], False))
        yield from (Unchanged(part, folded) for part, folded in parts if part)
