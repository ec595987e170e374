"""The diff as the page shows it: numbered changes, and long unchanged stretches folded."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, groupby

from service.diffing.types import Block, Diff, Section

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


def diff_view(diff: Diff) -> DiffView:
    numbers = count(1)
    changed = set(diff.changed_sections())
    sections = tuple(
        SectionView(section.section, tuple(_items(section, numbers)), section.section in changed)
        for section in diff.sections
    )
    coarse = any(block.coarse for section in diff.sections for block in section.blocks)
    return DiffView(diff, sections, next(numbers) - 1, coarse)


def _items(section: Section, numbers: Iterator[int]) -> Iterator[Change | Unchanged]:
    stretches = [
        (same, tuple(blocks))
        for same, blocks in groupby(section.blocks, key=lambda block: block.op == "same")
    ]
    for at, (same, blocks) in enumerate(stretches):
        if not same:
            yield from (
                Change(next(numbers), block, _label(block, section.section)) for block in blocks
            )
            continue
        head = _CONTEXT if at > 0 else 0
        tail = len(blocks) - (_CONTEXT if at < len(stretches) - 1 else 0)
        if tail - head < 2 and len(stretches) > 1:
            yield Unchanged(blocks, folded=False)
            continue
        parts = ((blocks[:head], False), (blocks[head:tail], True), (blocks[tail:], False))
        yield from (Unchanged(part, folded) for part, folded in parts if part)


_NOUNS = {"sources": "source", "faq": "entry"}


def _label(block: Block, section: str) -> str:
    """What happened to the block, in words."""
    noun = _NOUNS.get(section, section if section in ("title", "summary") else "paragraph")
    place = {"title": "", "summary": ""}.get(section)
    if block.op == "moved":
        edited = ", with changes" if block.edited else ""
        return f"Moved: was {noun} {block.old[0] + 1}, now {block.new[0] + 1}{edited}"
    if place is not None:
        return f"{noun.capitalize()} changed"
    at = (block.new or block.old)[0] + 1
    return f"{noun.capitalize()} {at} {block.op}"
