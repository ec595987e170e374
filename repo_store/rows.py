"""Rows of the index: revisions and stories as values, as rows, and the one made of the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from repo_store.models import Author, Changes, Kind, Revision, State, shard
from repo_store.search import changed_tokens

Row = dict[str, Any]
ReadFields = Callable[[list[str]], list[dict[str, Any]]]

REVISION = {
    "story": str,
    "revision": int,
    "version": int,
    "base_version": int,
    "state": str,
    "kind": str,
    "note": str,
    "author_name": str,
    "author_email": str,
    "created_at": int,
    "recorded_at": int,
    "commit": str,
    "blob": str,
    "sha256": str,
    "sections": str,
    "words_added": int,
    "words_removed": int,
    "token": str,
    "idempotency_key": str,
}
STORY = {
    "number": int,
    "id": str,
    "shard": str,
    "head": str,
    "revisions": int,
    "live": int,
    "title": str,
    "summary": str,
    "published_at": int,
    "changed_at": int,
    "searched": str,
}
INSERT_REVISION = "insert or replace into revision ({}) values ({})".format(
    ", ".join(f'"{name}"' for name in REVISION), ", ".join("?" * len(REVISION))
)
# Naming a column that is in an index would write that, too.
_LASTING = {"number", "id", "shard"}
INSERT_STORY = "insert into story ({}) values ({}) on conflict (number) do update set {}".format(
    ", ".join(STORY),
    ", ".join(f":{name}" for name in STORY),
    ", ".join(
        f"{name} = excluded.{name}" for name in STORY if name not in ("number", "id", "shard")
    ),
)


@dataclass(frozen=True)
class Story:
    """A story as the front page lists it: its live version and when it first and last changed."""

    id: str
    live: int
    title: str
    summary: str
    published_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Tip:
    """Where a story stands: its head commit, how many revisions it has, its live version."""

    head: str | None = None
    revisions: int = 0
    live: int | None = None


class Change(NamedTuple):
    """What is new of a story: its row as it was, and the revisions that come upon it."""

    old: Row
    added: list[Revision]

    @classmethod
    def of(cls, old: Row, revisions: list[Revision]) -> "Change | None":
        added = [each for each in revisions if each.revision > (old.get("revisions") or 0)]
        return cls(old, added) if added else None

    @property
    def story(self) -> str:
        return self.added[0].story

    @property
    def live(self) -> Revision | None:
        return next((each for each in reversed(self.added) if each.version), None)

    def texts(self) -> tuple[str | None, str | None]:
        """The blobs of the text that is searchable and of the one that is to be."""
        old = self.old.get("searched")
        return old, self.live.blob if self.live else old

    def row(self, texts: Mapping[str, Mapping[str, Any]]) -> Row:
        newest = self.added[-1]
        row = (
            dict.fromkeys(name for name in STORY if name != "number")
            | self.old
            | {
                "shard": shard(newest.story),
                "head": newest.commit,
                "revisions": newest.revision,
            }
        )
        if live := self.live:
            content = texts[live.blob]
            first = next((each for each in self.added if each.version == 1), None)
            row |= {
                "live": live.version,
                "title": content["title"],
                "summary": content["summary"],
                "changed_at": int(live.created_at.timestamp()),
                "searched": live.blob,
            }
            if first:
                row["published_at"] = int(first.created_at.timestamp())
        return row


class Prepared(NamedTuple):
    """Rows to be written: revisions, stories, and for each story the words gone and come.

    `stood`: how many revisions each story had in the index then, or None.
    """

    stood: dict[str, int | None]
    revisions: list[tuple[object, ...]]
    stories: list[Row]
    words: list[tuple[str, str]]

    def extend(self, more: "Prepared") -> None:
        """Take in the rows of other stories."""
        self.stood.update(more.stood)
        self.revisions.extend(more.revisions)
        self.stories.extend(more.stories)
        self.words.extend(more.words)


def prepared(changed: list[Change], read: ReadFields) -> Prepared:
    blobs = dict.fromkeys(blob for change in changed for blob in change.texts() if blob)
    texts = dict(zip(blobs, read(list(blobs)), strict=True))
    return Prepared(
        {change.story: change.old.get("revisions") for change in changed},
        [revision_row(each) for change in changed for each in change.added],
        [change.row(texts) for change in changed],
        [_words(texts, *change.texts()) for change in changed],
    )


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
    changes = revision.changes
    return (
        revision.story,
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
        revision.commit,
        revision.blob,
        revision.sha256,
        ",".join(changes.sections),
        changes.words_added,
        changes.words_removed,
        revision.token,
        revision.idempotency_key,
    )


def revision_of(row: Row) -> Revision:
    fields = dict(row)
    author = Author.model_construct(
        name=fields.pop("author_name"), email=fields.pop("author_email")
    )
    sections = tuple(filter(None, fields.pop("sections").split(",")))
    changes = Changes(sections, fields.pop("words_added"), fields.pop("words_removed"))
    fields["state"], fields["kind"] = State(fields["state"]), Kind(fields["kind"])
    for name in ("created_at", "recorded_at"):
        fields[name] = datetime.fromtimestamp(fields[name], UTC)
    return Revision(**fields, author=author, changes=changes)


def story_of(row: Row) -> Story:
    return Story(
        row["id"],
        row["live"],
        row["title"],
        row["summary"],
        datetime.fromtimestamp(row["published_at"], UTC),
        datetime.fromtimestamp(row["changed_at"], UTC),
    )
