"""The diff as a value. Field names are those of the JSON that the API answers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from service.diffing.page import Unit, present_fields

SpanOp = Literal["equal", "insert", "delete"]
BlockOp = Literal["same", "changed", "added", "removed", "moved"]
FactKind = Literal[
    "number", "date", "quotation", "name", "negation", "attribution", "source", "headline"
]

Cosmetic = Literal["space", "punctuation", "case"]
"""Edits that change no word and no number."""


class Span(NamedTuple):
    op: SpanOp
    text: str


Spans = tuple[Span, ...]


class Block(NamedTuple):
    """One paragraph, source or FAQ entry of either text, or what it became of it in the other.

    `old` and `new` are indexes into the section of either text: empty when added or removed, more
    than one when paragraphs were merged or split.
    `texts` holds the spans by field name; a plain paragraph has the one field "". Of each field's
    spans, all but the inserts joined are the old text, all but the deletes the new; several
    paragraphs are joined by a newline, which none of them has in itself.
    `coarse`: the budget of steps ran out, so more is marked than need be; still exact.
    `from_section`: where `old` counts, if the block came from another section.
    """

    op: BlockOp
    old: tuple[int, ...]
    new: tuple[int, ...]
    texts: Mapping[str, Spans]
    coarse: bool = False
    from_section: str | None = None

    @property
    def spans(self) -> Spans:
        return self.texts[""]

    @property
    def edited(self) -> bool:
        return any(span.op != "equal" for spans in self.texts.values() for span in spans)


class Same(NamedTuple):
    """A stretch of blocks that both texts share, from `old` on in the one and `new` in the other.

    `units`: of each block the texts of its fields. Most of a page is this: it becomes blocks only
    where someone looks at them.
    """

    old: int
    new: int
    units: Sequence[Unit]

    def blocks(self, section: str) -> Iterator[Block]:
        for at, unit in enumerate(self.units):
            texts = one_sided(section, unit, "equal")
            yield Block("same", (self.old + at,), (self.new + at,), texts)


def one_sided(section: str, unit: Unit, op: SpanOp) -> dict[str, Spans]:
    """Spans by field name of a block all of one kind."""
    return {name: (Span(op, text),) if text else () for name, text in present_fields(section, unit)}


class Section(NamedTuple):
    """`runs`: in the order of the new text; what went stands where it was."""

    section: str
    runs: tuple[Block | Same, ...]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Every block of either text once."""
        found: list[Block] = []
        for run in self.runs:
            if isinstance(run, Same):
                found += run.blocks(self.section)
            else:
                found.append(run)
        return tuple(found)

    @property
    def changes(self) -> tuple[Block, ...]:
        """The blocks that are not the same."""
        return tuple([run for run in self.runs if isinstance(run, Block)])

    @property
    def changed(self) -> bool:
        return any(isinstance(run, Block) for run in self.runs)


class Place(NamedTuple):
    """Block index, then start and end in code points."""

    block: int
    start: int
    end: int


class Fact(NamedTuple):
    """A fact that differs; `old` or `new` is None where it came or went. `field`: of a record."""

    kind: FactKind
    section: str
    old: str | None
    new: str | None
    old_at: Place | None
    new_at: Place | None
    field: str = ""


class Stale(NamedTuple):
    """Text that one section changed and another still repeats in its old form."""

    section: str
    text: str
    at: Place
    field: str = ""


class Stats(NamedTuple):
    words_added: int
    words_removed: int
    blocks_moved: int


class Diff(NamedTuple):
    """`source_count` is the old and the new number of sources, listed or not; `facts_complete`:
    no text was too long or too different to look for facts in it.
    """

    sections: tuple[Section, ...]
    source_count: tuple[int, int]
    stats: Stats
    facts: tuple[Fact, ...] = ()
    stale: tuple[Stale, ...] = ()
    facts_complete: bool = True

    def changed_sections(self) -> Iterator[str]:
        left = {block.from_section for section in self.sections for block in section.changes}
        for section in self.sections:
            counted = section.section == "sources" and len(set(self.source_count)) > 1
            if section.changed or counted or section.section in left:
                yield section.section

    def departures(self) -> dict[str, list[tuple[Block, str]]]:
        """By section, the blocks that left their place in it, in the old order, and the section of
        each now.
        """
        left: dict[str, list[tuple[Block, str]]] = {}
        for each in self.sections:
            for block in each.changes:
                if block.op == "moved":
                    left.setdefault(block.from_section or each.section, []).append(
                        (block, each.section)
                    )
        return {name: sorted(gone, key=lambda one: one[0].old) for name, gone in left.items()}
