"""The diff as a value. Field names are those of the JSON that the API answers."""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, NotRequired, TypedDict

SpanOp = Literal["equal", "insert", "delete"]
BlockOp = Literal["same", "changed", "added", "removed", "moved"]
FactKind = Literal[
    "number", "date", "quotation", "name", "negation", "attribution", "source", "headline"
]

Slight = Literal["space", "punctuation", "case"]
"""Edits that change no word and no number."""

SECTIONS = ("title", "summary", "overview", "analysis", "sources", "faq")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "sources": ("name", "url", "title", "leaning"),
    "faq": ("question", "answer"),
}
"""The fields of a block in the sections whose blocks are records; elsewhere a block is one text."""


class SourceFields(TypedDict):
    name: str
    url: str
    title: NotRequired[str]
    leaning: NotRequired[str]


class FaqFields(TypedDict):
    question: str
    answer: str


class Page(TypedDict):
    """What is compared: a story's content as plain values."""

    title: str
    summary: str
    overview: list[str]
    analysis: list[str]
    sources: list[SourceFields]
    source_count: int
    faq: list[FaqFields]


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


class Section(NamedTuple):
    section: str
    blocks: tuple[Block, ...]

    @property
    def changed(self) -> bool:
        return any(block.op != "same" for block in self.blocks)


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
        for section in self.sections:
            counted = section.section == "sources" and len(set(self.source_count)) > 1
            if section.changed or counted:
                yield section.section
