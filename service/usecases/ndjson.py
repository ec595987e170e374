"""NDJSON, one revision a line: as it is imported, and public versions as such lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from repo_store import (
    Archive,
    AuthorFields,
    Content,
    Damaged,
    Kind,
    Note,
    NotFound,
    Revision,
    Shape,
    State,
    Tombstone,
    content_fields,
    rfc3339,
)
from service.usecases.commands import Moment, NewState

IMPORTER = AuthorFields(name="story-history import")
_PAGE = 100


class Line(Shape):
    """One line of NDJSON: a revision of a story."""

    story: str
    content: Content
    note: Note = ""
    kind: Annotated[Kind, Field(strict=False)] = Kind.UPDATE
    state: NewState = State.PUBLISHED
    author: AuthorFields = IMPORTER
    created_at: Moment | None = None


def line_of(version: Revision, content: Content) -> dict[str, Any]:
    """A version as a line that is imported as the same: as readers see it, so without an address of
    its author, and with the time when it went live.
    """
    return {
        "story": version.story,
        "content": content_fields(content),
        "note": version.note,
        "kind": version.kind.value,
        "state": State.PUBLISHED.value,
        "author": {"name": version.author.name},
        "created_at": rfc3339(version.live_since),
    }


@dataclass
class LeftOut:
    """The versions of a story that have no text to write: by their numbers, those `removed`; those
    that are `damaged`, each with why. `written`: how many have one. `shifts`: whether a later
    version is written, which gets a lower number when it is imported.
    """

    story: str
    removed: list[int]
    damaged: dict[int, str]
    written: int = 0
    shifts: bool = False


def public_lines(
    archive: Archive, stories: Sequence[str] = ()
) -> Iterator[dict[str, Any] | LeftOut]:
    """The published versions of these stories, or of all, a story's in their order; after those of
    a story from which something is left out, what. Memory does not grow with the archive.

    NotFound, before the first line, if one of the stories is not public.
    """
    for story in stories:
        if not archive.index.story(story):
            raise NotFound(f"There is no story “{story}”.")
    for story in dict.fromkeys(stories) if stories else _all(archive):
        left = LeftOut(story, [], {})
        for version in _versions(archive, story):
            number = version.version or 0
            try:
                content = _content(archive, version)
            except Damaged as error:
                left.damaged[number] = str(error)
                continue
            if content is None:
                left.removed.append(number)
                continue
            left.written += 1
            left.shifts = bool(left.removed or left.damaged)
            yield line_of(version, content)
        if left.removed or left.damaged:
            yield left


def _all(archive: Archive) -> Iterator[str]:
    last = ""
    while page := archive.index.public_ids(last, _PAGE):
        yield from page
        last = page[-1]


def _versions(archive: Archive, story: str) -> Iterator[Revision]:
    first = 1
    while page := archive.index.version_range(story, first, first + _PAGE - 1):
        yield from page
        first += _PAGE


def _content(archive: Archive, version: Revision) -> Content | None:
    """None if it was removed, perhaps while this was running."""
    try:
        content = None if version.state is State.REMOVED else archive.content(version)
    except Damaged:
        now = archive.index.version(version.story, version.version or 0)
        if now is None or now.state is not State.REMOVED:
            raise
        return None
    return None if isinstance(content, Tombstone) else content
