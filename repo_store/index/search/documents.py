"""A story's documents: what its records put into the search, and what they take out of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from repo_store.index.search.tokens import tokens
from repo_store.sameness import same_address

Fields = Mapping[str, Any]
"""A content as plain JSON values."""

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


def lines_of(content: Fields) -> Iterator[str]:
    """What is searched of a text, but for its sources' addresses."""
    records = ("sources", "faq")
    yield content["title"]
    yield content["summary"]
    for name, value in content.items():
        if isinstance(value, list) and name not in records:
            yield from value
    for source in content.get("sources", ()):
        yield source["name"]
    for entry in content.get("faq", ()):
        yield f"{entry['question']} {entry['answer']}"


def source_tokens(source: Fields) -> str:
    """A source as a document: its address, its name, its title."""
    parts = same_address(source["url"]), source["name"], source.get("title") or ""
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

    def draft(self, revision: int, at: int, content: Fields) -> None:
        """A draft: what the live text lacks of it."""
        lines = self._tokenized(content)
        new = [line for line in lines if line not in self._lines]
        new += [each for each in _cited(content) if each not in self._sources]
        self._drafts += (
            Document(Place.DRAFTS, revision, None, at, each) for each in dict.fromkeys(new)
        )

    def publish(self, version: int, at: int, content: Fields | None) -> None:
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

    def _tokenized(self, content: Fields) -> dict[str, None]:
        """The lines as tokens, those of the text before by looking them up."""
        known = self._tokens
        self._tokens = {
            line: known[line] if line in known else tokens(line) for line in lines_of(content)
        }
        return {line: None for line in self._tokens.values() if line}


def _cited(content: Fields) -> Iterator[str]:
    return map(source_tokens, content.get("sources", ()))
