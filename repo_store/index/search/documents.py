"""A story's documents: what its records put into the search, and what they take out of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from repo_store.index.search.tokens import tokens
from repo_store.sameness import same_address
from repo_store.story.content import Content

Source = Mapping[str, str]

SEPARATOR = " . "
"""Between two lines of a document, or two fields of a source: no phrase runs across it."""


class Place(StrEnum):
    """Where to search: live texts; lines of earlier versions that the next one left out, or of
    withdrawn stories; lines of drafts that were never published; sources of all versions.
    """

    LIVE = "live"
    HISTORY = "history"
    DRAFTS = "drafts"
    SOURCES = "sources"


PLACES = tuple(Place)


class Document(NamedTuple):
    """`first`, `last`: the versions in which it stood; `last` is None if it still does. Of a line
    of a draft, `first` is the revision.

    `at`: when it came to its place, in seconds since 1970. `since`: of a live text, the versions
    since which its lines have stood, in their order.
    """

    place: Place
    first: int
    last: int | None
    at: int
    tokens: str
    since: str = ""


class Standing(NamedTuple):
    """The lines and sources of a live text, as tokens, with the versions since which they have
    stood, in their order.
    """

    lines: Mapping[str, int]
    sources: Mapping[str, int]


NOTHING = Standing({}, {})


class SearchChange(NamedTuple):
    """`replaced`: whether the live text before leaves. `published`: the drafts whose lines leave.
    `ended`: of the sources that stood before, those that stand no more, with the first and the last
    version that had them. `added`: in the order in which they are recorded.
    """

    replaced: bool
    published: list[int]
    ended: list[tuple[str, int, int]]
    added: list[Document]

    @property
    def size(self) -> int:
        """Characters to write."""
        return sum(len(each.tokens) for each in self.added)


def lines_of(content: Content) -> Iterator[str]:
    """What is searched of a text, but for its sources' addresses."""
    for part in content.shape.parts:
        if part.place != "hidden":
            for block in part.blocks(content.fields):
                yield " ".join(part.searched(block))


def source_tokens(source: Source) -> str:
    """A source as a document: its address, its name, its title."""
    parts = same_address(source.get("url", "")), source.get("name", ""), source.get("title", "")
    return SEPARATOR.join(filter(None, map(tokens, parts)))


@dataclass
class StoryDocuments:
    """Follows a story's records, oldest first, from what stood before them."""

    before: Standing
    _lines: Mapping[str, int] = field(init=False)
    _sources: Mapping[str, int] = field(init=False)
    _live: Document | None = None
    _replaced: bool = False
    _former: list[Document] = field(default_factory=list)
    _drafts: list[Document] = field(default_factory=list)
    _cited: dict[tuple[str, int], Document] = field(default_factory=dict)
    _ended: list[tuple[str, int, int]] = field(default_factory=list)
    _published: list[int] = field(default_factory=list)
    _tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lines, self._sources = self.before

    def draft(self, revision: int, at: int, content: Content) -> None:
        """A draft: what the live text lacks of it."""
        lines = self._tokenized(content)
        new = [line for line in lines if line not in self._lines]
        new += [each for each in _cited(content) if each not in self._sources]
        self._drafts += (
            Document(Place.DRAFTS, revision, None, at, each) for each in dict.fromkeys(new)
        )

    def publish(self, version: int, at: int, content: Content | None) -> None:
        """A new version; None if its text was removed or cannot be read."""
        lines = self._tokenized(content) if content else {}
        sources = dict.fromkeys(_cited(content)) if content else {}
        for line, first in self._lines.items():
            if line not in lines:
                self._former.append(Document(Place.HISTORY, first, version - 1, at, line))
        for source, first in self._sources.items():
            if source not in sources:
                self._end(source, first, version - 1)
        for source in sources:
            if source not in self._sources:
                self._cited[source, version] = Document(Place.SOURCES, version, None, at, source)
        self._lines = {line: self._lines.get(line, version) for line in lines}
        self._sources = {each: self._sources.get(each, version) for each in sources}
        self._replaced = bool(self.before.lines)
        since = " ".join(map(str, self._lines.values()))
        text = SEPARATOR.join(lines)
        self._live = Document(Place.LIVE, version, None, at, text, since) if lines else None

    def withdraw(self, version: int, at: int) -> None:
        """The story leaves its page: its live version becomes a former one."""
        self.publish(version + 1, at, None)

    def publish_draft(self, revision: int) -> None:
        """A draft becomes a version, and is searched as one."""
        self._drafts = [each for each in self._drafts if each.first != revision]
        self._published.append(revision)

    def change(self) -> SearchChange:
        live = [self._live] if self._live else []
        added = [*self._former, *self._drafts, *self._cited.values(), *live]
        return SearchChange(self._replaced, self._published, self._ended, added)

    def _end(self, source: str, first: int, last: int) -> None:
        if new := self._cited.get((source, first)):
            self._cited[source, first] = new._replace(last=last)
        else:
            self._ended.append((source, first, last))

    def _tokenized(self, content: Content) -> dict[str, None]:
        """The lines as tokens, those of the text before by looking them up."""
        known = self._tokens
        self._tokens = {
            line: known[line] if line in known else tokens(line) for line in lines_of(content)
        }
        return {line: None for line in self._tokens.values() if line}


def sources_of(content: Content) -> Iterator[Source]:
    """The sources that a content lists, and what it says of itself elsewhere: its address and its
    ids in other systems.
    """
    for part in content.shape.parts:
        value = content.fields.get(part.id)
        if part.kind.cites:
            yield from value or ()
        elif part.kind.name == "url" and value:
            yield {"url": value}
        elif part.id == "ids":
            yield from ({"name": each} for each in value or ())


def _cited(content: Content) -> Iterator[str]:
    return filter(None, map(source_tokens, sources_of(content)))
