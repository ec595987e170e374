"""The page that is compared, and the table of its sections.

A section is named here and in the store's own model of a content (`repo_store.Content`), and
nowhere else: what other modules need to know of it they read from `SECTION_SPECS`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, NotRequired, TypedDict, cast

from repo_store.sameness import same_address

SectionName = Literal["title", "summary", "overview", "analysis", "sources", "faq"]

Unit = tuple[str, ...]
"""One block: the texts of its fields, "" for one that it lacks."""


class SourceFields(TypedDict):
    name: str
    url: str
    title: NotRequired[str]
    leaning: NotRequired[str]


class FaqFields(TypedDict):
    question: str
    answer: str


class Page(TypedDict):
    """A story's content as plain values."""

    title: str
    summary: str
    overview: list[str]
    analysis: list[str]
    sources: list[SourceFields]
    source_count: int
    faq: list[FaqFields]


EMPTY_PAGE: Page = {
    "title": "",
    "summary": "",
    "overview": [],
    "analysis": [],
    "sources": [],
    "source_count": 0,
    "faq": [],
}
"""The page of a story that does not exist yet."""

TEXT = ("",)
"""The one field of a block that is plain text."""


class SectionSpec(NamedTuple):
    """What a section holds: one `line` of text, a list of `paragraphs`, or a list of `records`.

    `label` heads the section; `noun` names one of its blocks. Of a record's `fields` those that
    are not `required` are left out when empty; `identity` lists the fields that identify it, most
    telling first, and those in `addresses` are links, which may be spelt in several ways. A field
    in `unsplit` counts as one sentence, whatever punctuation it holds. `optional`: older texts lack
    the section; where it is empty, it goes without its heading.
    """

    name: SectionName
    label: str
    noun: str
    kind: Literal["line", "paragraphs", "records"]
    fields: tuple[str, ...] = TEXT
    required: tuple[str, ...] = TEXT
    identity: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    unsplit: tuple[str, ...] = ()
    optional: bool = False

    @property
    def keys(self) -> tuple[Callable[[Unit], str], ...]:
        """What identifies a record, most telling first."""
        return tuple(map(self._key, self.identity))

    def _key(self, field: str) -> Callable[[Unit], str]:
        at, address = self.fields.index(field), field in self.addresses
        return lambda unit: same_address(unit[at]) if address else unit[at]


_SPECS = (
    SectionSpec("title", "Title", "title", "line", unsplit=TEXT),
    SectionSpec("summary", "Summary", "summary", "line", unsplit=TEXT),
    SectionSpec("overview", "Overview", "paragraph", "paragraphs"),
    SectionSpec("analysis", "Analysis", "paragraph", "paragraphs"),
    SectionSpec(
        "sources",
        "Sources",
        "source",
        "records",
        fields=("name", "url", "title", "leaning"),
        required=("name", "url"),
        identity=("url", "name"),
        addresses=("url",),
        unsplit=("name", "url", "title", "leaning"),
    ),
    SectionSpec(
        "faq",
        "FAQ",
        "entry",
        "records",
        fields=("question", "answer"),
        required=("question", "answer"),
        identity=("question", "answer"),
        unsplit=("question",),
    ),
)
SECTION_SPECS: Mapping[str, SectionSpec] = {spec.name: spec for spec in _SPECS}
"""By name, in the order of the page."""
SECTIONS: tuple[SectionName, ...] = tuple(spec.name for spec in _SPECS)
LINES, PARAGRAPHS, RECORDS = (
    tuple(name for name, spec in SECTION_SPECS.items() if spec.kind == kind)
    for kind in ("line", "paragraphs", "records")
)


def present_fields(section: str, unit: Unit) -> Iterator[tuple[str, str]]:
    """Name and text of the fields that a block has: optional ones only where they hold text."""
    spec = SECTION_SPECS[section]
    for name, text in zip(spec.fields, unit, strict=True):
        if text or name in spec.required:
            yield name, text


def units(page: Page, section: str) -> list[Unit]:
    """The blocks of a section; a line is a section of one block."""
    value = page[section]  # type: ignore[literal-required]  # each section is a key of Page
    spec = SECTION_SPECS[section]
    if spec.kind == "line":
        return [(value,)]
    if spec.kind == "paragraphs":
        return list(zip(value, strict=True))
    return [tuple([str(record.get(name, "")) for name in spec.fields]) for record in value]


def build_page(blocks: Mapping[str, Sequence[Unit]], source_count: int) -> Page:
    """A page from the blocks of each section: the inverse of `units`."""
    page: dict[str, object] = {"source_count": source_count}
    for section, found in blocks.items():
        kind = SECTION_SPECS[section].kind
        if kind == "line":
            page[section] = found[0][0] if found else ""
        elif kind == "paragraphs":
            page[section] = [unit[0] for unit in found]
        else:
            page[section] = [dict(present_fields(section, unit)) for unit in found]
    return cast(Page, page)
