"""The diff as a value. Field names are those of the API's JSON."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from repo_store.markdown import Kind, of_a_table
from service.diffing.kinds import FactKind, Range
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


What = Literal["link", "strong", "emphasis", "code", "block", "image", "alt", "caption", "embed"]


class Formatting(NamedTuple):
    """What changed under the same words, or with them where they do not tell it.

    `text`: the words that it is about, as they are now; of a block or an alt text, none. `old` and
    `new`: the address, style, kind, alt text or caption, None where there is none. `old_at` and
    `new_at`: where its words stand in what is seen.
    """

    what: What
    text: str
    old: str | None
    new: str | None
    old_at: Range | None = None
    new_at: Range | None = None


class Block(NamedTuple):
    """A paragraph, source or FAQ entry of either page, with what became of it in the other.

    `old` and `new` are indexes into the section on each page: empty if the block was added or
    removed, several if paragraphs were merged or split.
    `texts`: spans by field name; a paragraph has the one field "". A field's spans without the
    inserts make up the old text, without the deletes the new. Several paragraphs are joined by a
    newline, which no paragraph contains.
    `coarse`: the work budget ran out, so that more is marked than necessary; still exact.
    `from_section`: the section that `old` refers to, if the block came from another one.
    `source`: of Markdown, the spans of what is stored; its `texts` are of what is seen, unless the
    block is the same on both sides.
    `formatting`: of Markdown; where it is in one text only, its links and images.
    `rows`: of a table's row its old and its new number, 0 of the header.
    """

    op: BlockOp
    old: tuple[int, ...]
    new: tuple[int, ...]
    texts: Mapping[str, Spans]
    coarse: bool = False
    from_section: str | None = None
    source: Spans | None = None
    formatting: tuple[Formatting, ...] = ()
    rows: tuple[int | None, int | None] = (None, None)

    @property
    def spans(self) -> Spans:
        return self.texts[""]

    @property
    def edited(self) -> bool:
        """Whether anything that a reader is told of differs."""
        edits = (span.op != "equal" for spans in self.texts.values() for span in spans)
        return bool(self.formatting) or any(edits)

    @property
    def divides(self) -> bool:
        """Whether it is what divides the header of a table from the rows below, and no more."""
        if self.source is None or self.spans:
            return False
        sides = (text_without(self.source, drop) for drop in ("insert", "delete"))
        return {of_a_table(side) for side in sides if side} == {Kind.DIVIDER}

    @property
    def stored(self) -> Mapping[str, Spans]:
        """The spans of what is stored, from which both texts are rebuilt."""
        return self.texts if self.source is None else {"": self.source}


class Same(NamedTuple):
    """A run of blocks that both pages share, from index `old` of one and `new` of the other.

    Most of a page is this; it is expanded into blocks only where someone looks at them.
    """

    old: int
    new: int
    units: Sequence[Unit]

    def blocks(self, spec: SectionSpec) -> Iterator[Block]:
        for at, unit in enumerate(self.units):
            # To read what nobody looks at would take long.
            yield whole("same", (self.old + at,), (self.new + at,), spec, unit, unit)


def whole(
    op: Literal["same", "added", "removed"],
    old: tuple[int, ...],
    new: tuple[int, ...],
    spec: SectionSpec,
    unit: Unit,
    seen: Unit,
    formatting: tuple[Formatting, ...] = (),
) -> Block:
    """A block that is the same, added or removed as a whole."""
    texts = _one_sided(spec, seen, _WHOLE[op])
    source = None
    if spec.rich:
        source = texts[""] if seen is unit else _one_sided(spec, unit, _WHOLE[op])[""]
    return Block(op, old, new, texts, source=source, formatting=formatting)


_WHOLE: Mapping[str, SpanOp] = {"same": "equal", "added": "insert", "removed": "delete"}


def _one_sided(spec: SectionSpec, unit: Unit, op: SpanOp) -> dict[str, Spans]:
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

    def placed(self, departures: Iterable[tuple[Block, str]]) -> Iterator[tuple[Block, str | None]]:
        """Its blocks, and where they were in the old order those that moved away, each of them with
        the section that it is in now.
        """
        pending = deque(departures)
        for block in self.blocks:
            if block.op != "moved" and block.old:
                while pending and block.old[0] > pending[0][0].old[0]:
                    yield pending.popleft()
            yield block, None
        yield from pending

    @property
    def changes(self) -> tuple[Block, ...]:
        """The blocks that differ."""
        return tuple([run for run in self.runs if isinstance(run, Block)])

    @property
    def told(self) -> tuple[Block, ...]:
        """Those that a reader is told of: the line below the header of a table, which shows
        nothing, goes with that header if it differs, too.
        """
        changes = self.changes
        if not any(block.divides for block in changes):
            return changes
        old, new = {-1}, {-1}
        for run in self.runs:
            if isinstance(run, Same):
                old.update(range(run.old, run.old + len(run.units)))
                new.update(range(run.new, run.new + len(run.units)))
        return tuple(
            block
            for block in changes
            if not block.divides
            or any(at - 1 in old for at in block.old)
            or any(at - 1 in new for at in block.new)
        )

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
