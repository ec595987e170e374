"""The diff as a value. Field names are those of the API's JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from service.diffing.kinds import FactKind
from service.diffing.page import SectionSpec, Unit

SpanOp = Literal["equal", "insert", "delete"]
BlockOp = Literal["same", "changed", "added", "removed", "moved"]
Cosmetic = Literal["space", "punctuation", "case", "form"]
"""Kinds of edits that change no word and no number."""


class Span(NamedTuple):
    op: SpanOp
    text: str


Spans = tuple[Span, ...]


def text_without(spans: Spans, drop: str) -> str:
    """One side's text: without the inserts it is the old one, without the deletes the new one."""
    return "".join([text for op, text in spans if op != drop])


class Block(NamedTuple):
    """A paragraph, source or FAQ entry of either page, with what became of it in the other.

    `old` and `new` are indexes into the section on each page: empty if the block was added or
    removed, several if paragraphs were merged or split.
    `texts`: spans by field name; a paragraph has the one field "". A field's spans without the
    inserts make up the old text, without the deletes the new. Several paragraphs are joined by a
    newline, which no paragraph contains.
    `coarse`: the work budget ran out, so that more is marked than necessary; still exact.
    `from_section`: the section that `old` refers to, if the block came from another one.
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
    """A run of blocks that both pages share, from index `old` of one and `new` of the other.

    Most of a page is this; it is expanded into blocks only where someone looks at them.
    """

    old: int
    new: int
    units: Sequence[Unit]

    def blocks(self, spec: SectionSpec) -> Iterator[Block]:
        for at, unit in enumerate(self.units):
            texts = one_sided(spec, unit, "equal")
            yield Block("same", (self.old + at,), (self.new + at,), texts)


def one_sided(spec: SectionSpec, unit: Unit, op: SpanOp) -> dict[str, Spans]:
    """Spans by field name of a block that is equal, added or removed as a whole."""
    return {name: (Span(op, text),) if text else () for name, text in spec.present_fields(unit)}


class Section(NamedTuple):
    """`runs`: in the order of the new page; what was removed stands where it was."""

    spec: SectionSpec
    runs: tuple[Block | Same, ...]

    @property
    def section(self) -> str:
        """Its name."""
        return self.spec.name

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Every block of either page once."""
        blocks: list[Block] = []
        for run in self.runs:
            if isinstance(run, Same):
                blocks += run.blocks(self.spec)
            else:
                blocks.append(run)
        return tuple(blocks)

    @property
    def changes(self) -> tuple[Block, ...]:
        """The blocks that differ."""
        return tuple([run for run in self.runs if isinstance(run, Block)])

    @property
    def changed(self) -> bool:
        return any(isinstance(run, Block) for run in self.runs)


class Place(NamedTuple):
    """Index of the block, then start and end in code points."""

    block: int
    start: int
    end: int


class Fact(NamedTuple):
    """A fact that differs; `old` or `new` is None if it was added or removed.

    `field`: of a record.
    """

    kind: FactKind
    section: str
    old: str | None
    new: str | None
    old_at: Place | None
    new_at: Place | None
    field: str = ""


class Stale(NamedTuple):
    """A number or date that was changed in one section and that another one still repeats."""

    section: str
    text: str
    at: Place
    field: str = ""


class Stats(NamedTuple):
    words_added: int
    words_removed: int
    blocks_moved: int


class Diff(NamedTuple):
    """`source_count`: the old and the new number of sources, listed or not. `facts_complete`:
    no text was too long, or too different, to be searched for facts.
    """

    sections: tuple[Section, ...]
    source_count: tuple[int, int]
    stats: Stats
    facts: tuple[Fact, ...] = ()
    stale: tuple[Stale, ...] = ()
    facts_complete: bool = True

    @property
    def specs(self) -> Mapping[str, SectionSpec]:
        """What each section of either page is, by its name."""
        return {section.section: section.spec for section in self.sections}

    @property
    def recounted(self) -> bool:
        """Whether the number of sources differs."""
        return self.source_count[0] != self.source_count[1]

    def changed_sections(self) -> Iterator[str]:
        origins = {block.from_section for section in self.sections for block in section.changes}
        for section in self.sections:
            recounted = section.spec.counted and self.recounted
            if section.changed or recounted or section.section in origins:
                yield section.section

    def departures(self) -> dict[str, list[tuple[Block, str]]]:
        """The blocks that moved away from each section, in the old order, with the section that
        each is in now.
        """
        moved: dict[str, list[tuple[Block, str]]] = {}
        for section in self.sections:
            for block in section.changes:
                if block.op == "moved":
                    origin = block.from_section or section.section
                    moved.setdefault(origin, []).append((block, section.section))
        return {
            name: sorted(blocks, key=lambda item: item[0].old) for name, blocks in moved.items()
        }
