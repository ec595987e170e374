"""The use cases: what one can do with stories. Knows no HTTP and no terminal."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar, cast

from pydantic import Field

from repo_store.bulk import Bulk
from repo_store.codec import content_fields
from repo_store.errors import FieldError, InvalidInput, Malformed, Moved, NotFound, StaleBase
from repo_store.models import Author, Content, Note, Shape, story_id
from repo_store.records import Changes, Entry, Kind, Revision, State
from repo_store.rows import Story
from repo_store.store import Batch, Store
from service.accounts import PUBLISHERS, WRITERS, Forbidden, Token
from service.diffing.differ import all_of, compare, difference
from service.diffing.types import Diff, Page

T = TypeVar("T")
Clock = Callable[[], datetime]

MAX_LIMIT = 100
_ATTEMPTS = 10


class NewRevision(Shape):
    """What a writer sends: the whole content, and what it is."""

    content: Content
    note: Note = ""
    kind: Annotated[Kind, Field(strict=False)] = Kind.UPDATE
    state: Annotated[State, Field(strict=False)] = State.DRAFT
    base_version: Annotated[int, Field(ge=1, le=10**9)] | None = None


@dataclass(frozen=True)
class Recorded:
    """The revision that now stands for what was sent; `unchanged`: it stood there before."""

    revision: Revision
    unchanged: bool = False


@dataclass(frozen=True)
class Listing(Generic[T]):
    """One page of a list, and the cursor of the next one."""

    items: list[T]
    next: str | None


class Stories:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def close(self) -> None:
        self._store.close()

    # Reading

    def recent(self, words: str = "", cursor: str = "", limit: int = 20) -> Listing[Story]:
        """Published stories, last changed first."""
        before = _story_cursor(cursor) if cursor else None
        found = self._store.index.stories(words, before, _limit(limit) + 1)
        items = found[:limit]
        more = len(found) > limit
        return Listing(items, _encode_cursor(items[-1]) if more else None)

    def story(self, story: str) -> Story:
        found = self._store.index.story(story)
        if not found:
            raise NotFound(f"There is no story “{story}”.")
        return found

    def live(self, story: str) -> Revision:
        return self.version(story, self.story(story).live)

    def version(self, story: str, number: int) -> Revision:
        found = self._store.index.version(story, number)
        if not found:
            self.story(story)
            raise NotFound(f"This story has no version {number}.")
        return found

    def versions(self, story: str, cursor: str = "", limit: int = 20) -> Listing[Revision]:
        """Newest first."""
        self.story(story)
        found = self._store.index.versions(story, _number_cursor(cursor), _limit(limit) + 1)
        return _listing(found, limit, lambda last: last.version)

    def revision(self, story: str, number: int) -> Revision:
        found = self._store.index.revision(story, number)
        if not found:
            raise NotFound(f"The story “{story}” has no revision {number}.")
        return found

    def revisions(self, story: str, cursor: str = "", limit: int = 20) -> Listing[Revision]:
        """Drafts too, newest first."""
        if not self._store.index.tip(story).head:
            raise NotFound(f"There is no story “{story}”.")
        found = self._store.index.revisions(story, _number_cursor(cursor), _limit(limit) + 1)
        return _listing(found, limit, lambda last: last.revision)

    def content(self, revision: Revision) -> Content:
        return self._store.content(revision)

    def diff(self, old: Revision, new: Revision) -> Diff:
        return compare(_page(self.content(old)), _page(self.content(new)))

    # Writing

    def record(self, story: str, sent: NewRevision, writer: Token, key: str | None) -> Recorded:
        """Store what a writer sent, once. StaleBase if it would overwrite what they never saw."""
        if writer.role not in WRITERS:
            raise Forbidden(f"The role {writer.role} may not write.")
        if sent.state is State.PUBLISHED and writer.role not in PUBLISHERS:
            raise Forbidden(f"The role {writer.role} may write drafts, not publish.")
        story_id(story)
        for _ in range(_ATTEMPTS):
            # Outrun by another writer, look again: what was sent may be stale now.
            try:
                return self._record(story, sent, writer, key)
            except Moved:
                continue
        raise Moved(story)

    def _record(self, story: str, sent: NewRevision, writer: Token, key: str | None) -> Recorded:
        with self._store.batch() as batch:
            tip = batch.tip(story)
            if key and (first := self._store.index.keyed(story, writer.id, key)):
                return self._repeated(first, sent)
            live = batch.newest(story, State.PUBLISHED)
            if live and batch.content(live) == sent.content:
                return Recorded(live, unchanged=True)
            if sent.state is State.DRAFT:
                draft = batch.newest(story, State.DRAFT)
                same_base = draft and draft.base_version == sent.base_version
                if draft and same_base and batch.content(draft) == sent.content:
                    return Recorded(draft, unchanged=True)
                if sent.base_version and sent.base_version > (tip.live or 0):
                    message = f"there is no version {sent.base_version}"
                    raise InvalidInput([FieldError("base_version", message)])
            elif sent.base_version != tip.live:
                raise StaleBase(sent.base_version, tip.live)
            base = live
            if sent.base_version != tip.live:
                base = self.version(story, sent.base_version) if sent.base_version else None
            author = Author.model_construct(name=writer.name, email="")
            entry = Entry(
                story=story,
                content=sent.content,
                state=sent.state,
                kind=sent.kind,
                note=sent.note,
                base_version=sent.base_version,
                author=author,
                created_at=self._clock(),
                changes=changes(batch.content(base) if base else None, sent.content),
                token=writer.id,
                idempotency_key=key,
            )
            return Recorded(batch.append(entry))

    def _repeated(self, first: Revision, sent: NewRevision) -> Recorded:
        same = (first.note, first.kind, first.state, first.base_version) == (
            sent.note,
            sent.kind,
            sent.state,
            sent.base_version,
        )
        if not same or self.content(first) != sent.content:
            message = "was used before for another revision of this story"
            raise InvalidInput([FieldError("Idempotency-Key", message)])
        return Recorded(first)

    def add(self, batch: Batch | Bulk, entry: Entry) -> bool:
        """Take in one imported revision, on the live version; False if it says nothing new."""
        live = batch.newest(entry.story, State.PUBLISHED)
        draft = batch.newest(entry.story, State.DRAFT)
        known = [each for each in (live, draft) if each]
        newest = max(known, key=lambda each: each.revision, default=None)
        if newest and batch.content(newest) == entry.content:
            return False
        changed = changes(batch.content(live) if live else None, entry.content)
        base = live.version if live else None
        batch.append(replace(entry, base_version=base, changes=changed))
        return True


def changes(old: Content | None, new: Content) -> Changes:
    """What the list of versions says of a change; against nothing, all of it is new."""
    if old is None:
        sections, words = all_of(_page(new))
        return Changes(sections, words, 0)
    diff = difference(_page(old), _page(new))
    sections = tuple(diff.changed_sections())
    return Changes(sections, diff.stats.words_added, diff.stats.words_removed)


def _page(content: Content) -> Page:
    return cast(Page, content_fields(content))


def _limit(limit: int) -> int:
    if not 1 <= limit <= MAX_LIMIT:
        raise Malformed([FieldError("limit", f"must be from 1 to {MAX_LIMIT}")])
    return limit


def _listing(
    found: list[Revision], limit: int, number: Callable[[Revision], Any]
) -> Listing[Revision]:
    items = found[:limit]
    return Listing(items, str(number(items[-1])) if len(found) > limit else None)


def _number_cursor(cursor: str) -> int | None:
    if not cursor:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
        raise _BAD_CURSOR
    return int(cursor)


def _encode_cursor(story: Story) -> str:
    text = f"{int(story.changed_at.timestamp())} {story.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _story_cursor(cursor: str) -> tuple[int, str]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, story = base64.b64decode(padded, b"-_", validate=True).decode("ascii").split(" ")
        return min(int(at), 2**62), story
    except (ValueError, binascii.Error):
        raise _BAD_CURSOR from None


_BAD_CURSOR = Malformed([FieldError("cursor", "is not one that this service gave out")])
