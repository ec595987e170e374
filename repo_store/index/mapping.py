"""Records as rows of the index and back, and what new records change in it.

Columns come from the table in `history.trailers`, states from `history.state_machine`.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from repo_store.errors import Damaged
from repo_store.history import trailers
from repo_store.history.records import (
    Action,
    Record,
    Revision,
    State,
    Tip,
    Verb,
    recorded_apart,
)
from repo_store.history.state_machine import affected_revision, replay
from repo_store.history.trailers import Table
from repo_store.ids import shard
from repo_store.index.corrections import CorrectionChange, change_of, section_of
from repo_store.index.events import EventRow, events_of
from repo_store.index.search.documents import NOTHING, SearchChange, Standing, StoryDocuments
from repo_store.log.leaves import LeafFields, leaf_fields
from repo_store.story.content import Content
from repo_store.story.shapes import STORY as STORY_SHAPE

log = logging.getLogger(__name__)

Row = dict[str, Any]
Values = tuple[object, ...]
LATER = Table(*trailers.REVISION.later)
ReadContents = Callable[[list[str]], Sequence[Content | Damaged]]
"""Reads the contents of blobs, for titles and the search."""
_READ_AT_ONCE = 100
"""Contents in memory."""

_NO_TEXT = Content({"title": ""}, STORY_SHAPE)

STORY: Mapping[str, type] = {
    "number": int,
    "id": str,
    "shard": str,
    "head": str,
    "entries": int,
    "revisions": int,
    "live": int,
    "latest": int,
    "withdrawn": int,
    "title": str,
    "summary": str,
    "section": str,
    "published_at": int,
    "changed_at": int,
    "recorded_at": int,
    "searched": str,
}
"""The columns of a story. `changed_at`: when the live version says that it was published;
`recorded_at`: when that was recorded. `latest`: the latest time of any version. `section`: of
the paper. `withdrawn`: the entry that took it off its page, if one did. `searched`: the blob whose
words the search has, None if the story is not to be found.
"""


@dataclass(frozen=True)
class StorySummary:
    """A story as the front page lists it: its live version and when it first and last changed. If
    its text was removed or is damaged, the title is its id. `withdrawn`: the entry that withdrew
    it, if it is withdrawn.
    """

    id: str
    live: int
    title: str
    summary: str
    published_at: datetime
    changed_at: datetime
    recorded_at: datetime
    withdrawn: int | None = None

    @property
    def recorded_apart(self) -> datetime | None:
        """When the live version was recorded, if that is not about the time that it claims."""
        return recorded_apart(self.changed_at, self.recorded_at)


class Listed(NamedTuple):
    """What the index has of one story: rows of revisions and of actions by their entries, in the
    order of their fields, the story's own row, which is empty if there is none, and its events.
    """

    revisions: dict[int, Values]
    actions: dict[int, Values]
    row: Row
    events: set[tuple[str, int, int, str, int]]


class StoryUpdate(NamedTuple):
    """A story's new records, its row before them, earlier revisions that they may change, and what
    the search has of its live text.
    """

    old: Row
    added: Sequence[Record]
    earlier: Sequence[Revision] = ()
    standing: Standing = NOTHING

    @property
    def story(self) -> str:
        return self.added[0].story

    @property
    def live(self) -> Record | None:
        """The record that published the new live version, if one did."""
        return next((each for each in reversed(self.added) if each.version), None)

    @property
    def tip(self) -> Tip:
        """The end of the chain after these records."""
        known = {name: self.old[name] for name in Tip._fields if self.old.get(name) is not None}
        tip = Tip(**known)
        for record in self.added:
            tip = tip.after(record)
        return tip

    @property
    def shown(self) -> str | None:
        """The new live version's blob; None if there is none, or its text was removed."""
        live = self.live
        return live.blob if live and live.revision not in self._removed() else None

    def searched(self) -> list[Record]:
        """The records whose texts the search takes: new versions, and drafts that stay drafts."""
        published = {each.revision for each in self.added if each.version}
        removed = self._removed()
        return [
            each
            for each in self.added
            if (each.version or (isinstance(each, Revision) and each.revision not in published))
            and each.revision not in removed
        ]

    def documents(
        self, texts: Iterator[Content | Damaged]
    ) -> tuple[SearchChange, Content | Damaged]:
        """What changes in the search, and the live text; `texts` has those of `searched`."""
        documents = StoryDocuments(self.standing)
        searched = {each.entry for each in self.searched()}
        live: Content | Damaged = _NO_TEXT
        version = self.old.get("live") or 0
        for each in self.added:
            text = next(texts) if each.entry in searched else None
            content = None if isinstance(text, Damaged) else text
            at = int(each.created_at.timestamp())
            if each.version:
                version = each.version
                documents.publish(version, at, content)
                live = text or _NO_TEXT
            elif content:
                documents.draft(each.revision, at, content)
            if isinstance(each, Action) and each.verb is Verb.PUBLISH:
                documents.publish_draft(each.revision)
            elif isinstance(each, Action) and each.verb is Verb.WITHDRAW:
                documents.withdraw(version, at)
        return documents.change(), live

    def _removed(self) -> set[int]:
        return {
            each.revision
            for each in self.added
            if isinstance(each, Revision) and each.state is State.REMOVED
        }

    def row(self, texts: Mapping[str, Content | Damaged]) -> Row:
        """The story's row after the new records; `texts` has contents by their blobs.

        A removed text is not searched, nor is a withdrawn story.
        """
        tip, live, shown = self.tip, self.live, self.shown
        standing = shown if live else self.old.get("searched")
        row = (
            dict.fromkeys(name for name in STORY if name != "number")
            | self.old
            | tip._asdict()
            | {"shard": shard(self.story), "searched": None if tip.withdrawn else standing}
        )
        if live:
            content = texts[shown] if shown else _NO_TEXT
            if isinstance(content, Damaged):
                log.error("%s has no title and is not searched: %s", self.story, content)
                content = _NO_TEXT
            row |= {
                "title": content.title,
                "summary": content.summary,
                "section": section_of(content),
                "changed_at": int(live.created_at.timestamp()),
                "recorded_at": int(live.recorded_at.timestamp()),
            }
            if first := next((each for each in self.added if each.version == 1), None):
                row["published_at"] = int(first.created_at.timestamp())
        return row


class PreparedRows(NamedTuple):
    """Rows to write in one transaction, worked out before the index is locked.

    `entries_before`: how many entries each story had in the index then, or None. `changed`: the
    new values of the `later` fields of earlier revisions. `search`: of each story, in the order of
    `stories`, what changes in the search; `corrections`, likewise, of its corrections.
    """

    entries_before: dict[str, int | None]
    revisions: list[Values]
    actions: list[Values]
    changed: list[Values]
    stories: list[Row]
    search: list[SearchChange]
    corrections: list[CorrectionChange]
    leaves: list[LeafFields]
    events: list[EventRow]

    @classmethod
    def empty(cls) -> "PreparedRows":
        return cls({}, [], [], [], [], [], [], [], [])

    def extend(self, more: "PreparedRows") -> None:
        """Add the rows of other stories."""
        self.entries_before.update(more.entries_before)
        self.revisions.extend(more.revisions)
        self.actions.extend(more.actions)
        self.changed.extend(more.changed)
        self.stories.extend(more.stories)
        self.search.extend(more.search)
        self.corrections.extend(more.corrections)
        self.leaves.extend(more.leaves)
        self.events.extend(more.events)


def prepare(updates: Sequence[StoryUpdate], read: ReadContents) -> PreparedRows:
    texts = _texts([each.blob for update in updates for each in update.searched()], read)
    rows = PreparedRows.empty()
    for update in updates:
        change, live = update.documents(texts)
        rows.entries_before[update.story] = update.old.get("entries")
        row = update.row({update.shown: live} if update.shown else {})
        rows.stories.append(row)
        rows.search.append(change)
        rows.leaves.extend(map(leaf_fields, update.added))
        revisions, actions = replay(update.added, update.earlier)
        rows.events.extend(events_of(update.added, revisions))
        rows.corrections.append(change_of(update.old, row, update.added, update.earlier, revisions))
        before = {each.revision: each for each in update.earlier}
        for revision in revisions:
            if revision.revision not in before:
                rows.revisions.append(trailers.REVISION.columns(revision))
            elif revision != before[revision.revision]:
                key = (revision.story, revision.revision)
                rows.changed.append((*LATER.columns(revision), *key))
        rows.actions.extend(map(trailers.ACTION.columns, actions))
    return rows


def _texts(blobs: Sequence[str], read: ReadContents) -> Iterator[Content | Damaged]:
    for at in range(0, len(blobs), _READ_AT_ONCE):
        yield from read(list(blobs[at : at + _READ_AT_ONCE]))


def revision_of(row: Row) -> Revision:
    return trailers.revision_of(trailers.REVISION.from_row(row))


def action_of(row: Row) -> Action:
    return trailers.action_of(trailers.ACTION.from_row(row))


def earlier_revisions(records: Iterable[Record]) -> set[int]:
    """The numbers of the revisions, not among these records, that they may change."""
    numbers = {number for each in records if (number := affected_revision(each))}
    return numbers - {each.revision for each in records if isinstance(each, Revision)}


def story_of(row: Row) -> StorySummary:
    return StorySummary(
        row["id"],
        row["live"],
        row["title"] or row["id"],
        row["summary"],
        datetime.fromtimestamp(row["published_at"], UTC),
        datetime.fromtimestamp(row["changed_at"], UTC),
        datetime.fromtimestamp(row["recorded_at"], UTC),
        row["withdrawn"],
    )
