"""NDJSON, one revision a line: as it is imported, and public versions as such lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from repo_store import (
    Action,
    Archive,
    AtMost,
    AuthorFields,
    Content,
    Damaged,
    Input,
    Kind,
    Note,
    NotFound,
    Revision,
    State,
    Tombstone,
    Verb,
    rfc3339,
)
from service.usecases.commands import Moment, NewState

IMPORTER = AuthorFields(name="story-history import")
_PAGE = 100


class LineExplanation(Input):
    """A dated note to a version that was public already."""

    note: Note = ""
    kind: Annotated[Kind, Field(strict=False)] = Kind.CORRECTION
    author: AuthorFields = IMPORTER
    created_at: Moment | None = None


class LineWithdrawal(Input):
    """Why the story was taken off its page."""

    note: Note
    author: AuthorFields = IMPORTER
    created_at: Moment | None = None


class Line(Input):
    """One line of NDJSON: a revision of a story, and what was recorded of it once it was public.

    `withdrawn`: while this version was live; a later one ended it. `aliases` are the story's: they
    stand on its last line.
    """

    story: str
    content: Content
    note: Note = ""
    kind: Annotated[Kind, Field(strict=False)] = Kind.UPDATE
    state: NewState = State.PUBLISHED
    author: AuthorFields = IMPORTER
    created_at: Moment | None = None
    explanations: Annotated[tuple[LineExplanation, ...], Field(strict=False), AtMost(1_000)] = ()
    withdrawn: LineWithdrawal | None = None
    aliases: Annotated[tuple[str, ...], Field(strict=False), AtMost(1_000)] = ()

    @property
    def afterwards(self) -> bool:
        """Whether it says something of a version that is public already."""
        return bool(self.explanations or self.withdrawn or self.aliases)

    @model_validator(mode="after")
    def _of_a_version(self) -> Self:
        if self.state is not State.PUBLISHED and self.afterwards:
            raise PydanticCustomError(
                "draft", "a draft has no explanations, no withdrawal and no aliases"
            )
        return self


def line_of(
    version: Revision,
    content: Content,
    withdrawal: Action | None = None,
    aliases: Sequence[str] = (),
) -> dict[str, Any]:
    """A version as a line that is imported as the same: as readers see it, so without an address of
    its author, and with the time when it went live. `withdrawal`: the one of this version,
    `aliases`: the story's.
    """
    explanations = [
        {"kind": each.kind.value, **_said(each.note, each.author, each.created_at)}
        for each in version.explanations
    ]
    more = {
        "explanations": explanations,
        "withdrawn": withdrawal
        and _said(withdrawal.note, withdrawal.author.name, withdrawal.created_at),
        "aliases": list(aliases),
    }
    return {
        "story": version.story,
        "content": content.fields,
        "note": version.note,
        "kind": version.kind.value,
        "state": State.PUBLISHED.value,
        "author": {"name": version.author.name},
        "created_at": rfc3339(version.live_since),
        **{name: value for name, value in more.items() if value},
    }


def _said(note: str, author: str, at: datetime) -> dict[str, Any]:
    return {"note": note, "author": {"name": author}, "created_at": rfc3339(at)}


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
            summary = archive.index.story(story)
            is_live = summary and summary.live == number
            aliases = archive.index.aliases(story) if is_live else []
            yield line_of(version, content, _withdrawal(archive, version), aliases)
        if left.removed or left.damaged:
            yield left


def _withdrawal(archive: Archive, version: Revision) -> Action | None:
    """The one that took this version off the story's page; a later version may have ended it."""
    actions = archive.index.actions(version.story, version.revision)
    return next((each for each in actions if each.verb is Verb.WITHDRAW), None)


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
