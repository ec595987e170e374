"""The page that is compared: sections of blocks, each section with what it is.

The differ knows no section by name but the title: what it needs to know of one stands in its
`SectionSpec`, which whoever makes a page gives with it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from repo_store.sameness import same_address
from service.diffing.reading import seen

Unit = tuple[str, ...]
"""One block: the texts of its fields, "" for one that it lacks."""

TEXT = ("",)
"""The one field of a block that is plain text."""

TITLE = "title"


@dataclass(frozen=True)
class SectionSpec:
    """What a section holds: one `line` of text, a list of `paragraphs`, of short `lines` or of
    `records`, or one `record`.

    `label` heads the section; `noun` names one of its blocks. `format`: of its text, `plain` or
    `markdown`. Of a record's `fields` those that are not `required` are left out when empty;
    `identity` lists the fields that identify it, most telling first, and those in `addresses` are
    links, which may be spelt in several ways. A field in `unsplit` counts as one sentence, whatever
    punctuation it holds. Changed facts are looked for in the `telling` fields. `cites`: its blocks
    are sources. `names`: its blocks are people's names, as in a byline. `counted`: how many there
    are is kept apart. `optional`: where the section is
    empty, it goes without its heading.
    """

    name: str
    label: str
    noun: str
    kind: Literal["line", "lines", "paragraphs", "record", "records"]
    format: str = "plain"
    fields: tuple[str, ...] = TEXT
    required: tuple[str, ...] = TEXT
    identity: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    unsplit: tuple[str, ...] = ()
    telling: tuple[str, ...] = TEXT
    cites: bool = False
    names: bool = False
    counted: bool = False
    optional: bool = False

    @property
    def headless(self) -> bool:
        """Whether it heads the page itself."""
        return self.kind == "line" and not self.optional

    @property
    def single(self) -> bool:
        """Whether it has one block, however much of it changes."""
        return self.kind in ("line", "record")

    @property
    def pictured(self) -> bool:
        """Whether its block is an image, by its address."""
        return self.kind == "record" and "url" in self.addresses

    @property
    def blank(self) -> list[Unit]:
        """The blocks of an empty one."""
        return [("",)] if self.kind == "line" else []

    @property
    def of_records(self) -> bool:
        return self.kind in ("record", "records")

    @property
    def keys(self) -> tuple[Callable[[Unit], str], ...]:
        """What identifies a record, most telling first."""
        return tuple(map(self._key, self.identity))

    def _key(self, field: str) -> Callable[[Unit], str]:
        at, address = self.fields.index(field), field in self.addresses
        return lambda unit: same_address(unit[at]) if address else unit[at]

    @property
    def rich(self) -> bool:
        """Whether its blocks are Markdown."""
        return self.format == "markdown"

    def seen(self, unit: Unit) -> Unit:
        """A block as a reader sees it."""
        return (seen(unit[0]),) if self.rich else unit

    def present_fields(self, unit: Unit) -> Iterator[tuple[str, str]]:
        """Name and text of the fields that a block has: optional ones only where they hold text."""
        for name, text in zip(self.fields, unit, strict=True):
            if text or name in self.required:
                yield name, text


class PageSection(NamedTuple):
    """`units`: its blocks; of a line always one."""

    spec: SectionSpec
    units: list[Unit]


@dataclass(frozen=True)
class Page:
    """What a story says, by the names of its sections, in the order of the page."""

    sections: Mapping[str, PageSection]
    source_count: int = 0

    def units(self, spec: SectionSpec) -> list[Unit]:
        """The blocks of a section, which this page may lack."""
        found = self.sections.get(spec.name)
        return found.units if found else spec.blank

    @property
    def title(self) -> str:
        found = self.sections.get(TITLE)
        return found.units[0][0] if found else ""

    @cached_property
    def specs(self) -> Mapping[str, SectionSpec]:
        return {name: section.spec for name, section in self.sections.items()}


EMPTY_PAGE = Page({})
"""The page of a story that does not exist yet."""


def all_specs(old: Page, new: Page) -> dict[str, SectionSpec]:
    """The sections of either page, in the order of the new one; those that only the old one has,
    since it has another shape, come last.
    """
    return {**new.specs, **{name: old.specs[name] for name in old.specs if name not in new.specs}}
