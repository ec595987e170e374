"""Rows of the index: revisions and stories as values, as rows, and the one made of the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from repo_store.history.records import (
    Action,
    Changes,
    Ground,
    Kind,
    Record,
    Removal,
    Revision,
    State,
    Verb,
)
from repo_store.ids import Author, shard
from repo_store.index.columns import STORY
from repo_store.index.search import changed_tokens
from repo_store.log.leaves import PendingLeaf, pending_leaf

Row = dict[str, Any]
ReadFields = Callable[[list[str]], list[dict[str, Any]]]


@dataclass(frozen=True)
class StorySummary:
    """A story as the front page lists it: its live version and when it first and last changed."""

    id: str
    live: int
    title: str
    summary: str
    published_at: datetime
    changed_at: datetime


class StoryUpdate(NamedTuple):
    """What is new of a story: its row as it was, and the records that come upon it."""

    old: Row
    added: list[Record]

    @classmethod
    def of(cls, old: Row, records: list[Record]) -> "StoryUpdate | None":
        added = [each for each in records if each.entry > (old.get("entries") or 0)]
        return cls(old, added) if added else None

    @property
    def story(self) -> str:
        return self.added[0].story

    @property
    def live(self) -> Record | None:
        """What was published last: a revision at once, or a draft by an action."""
        return next((each for each in reversed(self.added) if each.version), None)

    def texts(self) -> tuple[str | None, str | None]:
        """The blobs of the text that is searchable and of the one that is to be.

        None where there is none, or what is live was removed.
        """
        old = self.old.get("searched")
        if not self.live:
            return old, old
        removed = {
            each.revision
            for each in self.added
            if isinstance(each, Revision) and each.state is State.REMOVED
        }
        return old, None if self.live.revision in removed else self.live.blob

    def row(self, texts: Mapping[str, Mapping[str, Any]]) -> Row:
        newest = self.added[-1]
        revisions = [each.revision for each in self.added if isinstance(each, Revision)]
        row = (
            dict.fromkeys(name for name in STORY if name != "number")
            | self.old
            | {
                "shard": shard(newest.story),
                "head": newest.commit,
                "entries": newest.entry,
                "revisions": max(revisions, default=self.old.get("revisions")),
            }
        )
        if live := self.live:
            searched = self.texts()[1]
            content = texts[searched] if searched else {"title": "", "summary": ""}
            first = next((each for each in self.added if each.version == 1), None)
            row |= {
                "live": live.version,
                "title": content["title"],
                "summary": content["summary"],
                "changed_at": int(live.created_at.timestamp()),
                "searched": searched,
            }
            if first:
                row["published_at"] = int(first.created_at.timestamp())
        return row


class PreparedRows(NamedTuple):
    """Rows to be written: revisions, actions, what becomes of revisions already there, stories,
    and for each story the words gone and come.

    `stood`: how many records each story had in the index then, or None. `leaves`: of the log.
    """

    stood: dict[str, int | None]
    revisions: list[tuple[object, ...]]
    actions: list[tuple[object, ...]]
    updates: list[Row]
    stories: list[Row]
    words: list[tuple[str, str]]
    leaves: list[PendingLeaf]

    @classmethod
    def nothing(cls) -> "PreparedRows":
        return cls({}, [], [], [], [], [], [])

    def extend(self, more: "PreparedRows") -> None:
        """Take in the rows of other stories."""
        self.stood.update(more.stood)
        self.revisions.extend(more.revisions)
        self.actions.extend(more.actions)
        self.updates.extend(more.updates)
        self.stories.extend(more.stories)
        self.words.extend(more.words)
        self.leaves.extend(more.leaves)


def prepared(changed: list[StoryUpdate], read: ReadFields) -> PreparedRows:
    blobs = dict.fromkeys(blob for change in changed for blob in change.texts() if blob)
    texts = dict(zip(blobs, read(list(blobs)), strict=True))
    rows = PreparedRows.nothing()
    for change in changed:
        rows.stood[change.story] = change.old.get("entries")
        rows.stories.append(change.row(texts))
        rows.words.append(_words(texts, *change.texts()))
        for record in change.added:
            rows.leaves.append(pending_leaf(record))
            if isinstance(record, Revision):
                rows.revisions.append(revision_row(record))
            else:
                rows.actions.append(action_row(record))
            if update := _update(record):
                rows.updates.append(update)
    return rows


_UNCHANGED: Row = dict.fromkeys(
    (
        "state",
        "version",
        "kind",
        "note",
        "published_at",
        "published_entry",
        "override",
        "superseded_by",
    )
)


def _update(record: Record) -> Row | None:
    """What a record makes of an earlier revision; see `records.acted`, which says the same."""
    row = _UNCHANGED | {"story": record.story, "revision": record.revision}
    if isinstance(record, Revision):
        if not record.supersedes:
            return None
        return row | {"revision": record.supersedes, "superseded_by": record.revision}
    if record.verb is Verb.REJECT:
        return row | {"state": State.REJECTED.value}
    if record.verb is not Verb.PUBLISH:
        return None
    return row | {
        "state": State.PUBLISHED.value,
        "version": record.version,
        "kind": record.kind and record.kind.value,
        "note": record.note or None,
        "published_at": int(record.created_at.timestamp()),
        "published_entry": record.entry,
        "override": record.override,
    }


def _words(
    texts: Mapping[str, Mapping[str, Any]], old: str | None, new: str | None
) -> tuple[str, str]:
    """The words that the one text has and the other has not, and the reverse."""
    if old == new:
        return "", ""
    gone, come = changed_tokens(texts[old] if old else None, texts[new] if new else None)
    return " ".join(gone), " ".join(come)


def revision_row(revision: Revision) -> tuple[object, ...]:
    """The values of a row, in the order of `REVISION`."""
    changes, published = revision.changes, revision.published_at
    return (
        revision.story,
        revision.entry,
        revision.revision,
        revision.version,
        revision.base_version,
        revision.state,
        revision.kind,
        revision.note,
        revision.author.name,
        revision.author.email,
        int(revision.created_at.timestamp()),
        int(revision.recorded_at.timestamp()),
        published and int(published.timestamp()),
        revision.published_entry,
        revision.commit,
        revision.blob,
        revision.sha256,
        revision.digest,
        ",".join(changes.sections),
        changes.words_added,
        changes.words_removed,
        ",".join(changes.facts),
        int(changes.slight),
        revision.supersedes,
        revision.superseded_by,
        revision.override,
        revision.token,
        revision.idempotency_key,
    )


def action_row(action: Action) -> tuple[object, ...]:
    """The values of a row, in the order of `ACTION`."""
    return (
        action.story,
        action.entry,
        action.revision,
        action.verb,
        action.version,
        action.kind,
        action.note,
        action.author.name,
        action.author.email,
        int(action.created_at.timestamp()),
        int(action.recorded_at.timestamp()),
        action.commit,
        action.blob,
        action.digest,
        action.section,
        action.block,
        action.override,
        action.token,
        action.idempotency_key,
        *_removal_row(action.removal),
    )


def _removal_row(removal: Removal | None) -> tuple[str | None, ...]:
    if removal is None:
        return None, None, None, None
    return removal.reason, removal.reference, removal.confirmed_by, ",".join(map(str, removal.also))


def revision_of(row: Row) -> Revision:
    fields = _record(row)
    changes = Changes(
        _listed(fields.pop("sections")),
        fields.pop("words_added"),
        fields.pop("words_removed"),
        _listed(fields.pop("facts")),
        bool(fields.pop("slight")),
    )
    published = fields["published_at"]
    fields["state"], fields["kind"] = State(fields["state"]), Kind(fields["kind"])
    fields["published_at"] = None if published is None else datetime.fromtimestamp(published, UTC)
    return Revision(**fields, changes=changes)


def action_of(row: Row) -> Action:
    fields = _record(row)
    fields["verb"] = Verb(fields["verb"])
    fields["kind"] = fields["kind"] and Kind(fields["kind"])
    told = [fields.pop(name) for name in ("reason", "reference", "confirmed_by", "also")]
    if told[0]:
        also = tuple(map(int, _listed(told[3])))
        fields["removal"] = Removal(Ground(told[0]), told[1], told[2], also)
    return Action(**fields)


def _record(row: Row) -> Row:
    fields = dict(row)
    for name in ("created_at", "recorded_at"):
        fields[name] = datetime.fromtimestamp(fields[name], UTC)
    name, email = fields.pop("author_name"), fields.pop("author_email")
    return fields | {"author": Author(name, email)}


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def story_of(row: Row) -> StorySummary:
    return StorySummary(
        row["id"],
        row["live"],
        row["title"],
        row["summary"],
        datetime.fromtimestamp(row["published_at"], UTC),
        datetime.fromtimestamp(row["changed_at"], UTC),
    )
