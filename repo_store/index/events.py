"""What the public can see happen, in the order in which it was recorded, numbered from 1.

Drafts and what is done to them are not counted, so the numbers say nothing of them.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from repo_store.history.records import Action, Record, Revision, Verb
from repo_store.log.public_record import EVENT_BY_VERB, REDACTED, action_line, digest, version_line


class EventName(StrEnum):
    PUBLISHED = "published"
    EXPLAINED = "explained"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"
    ALIAS = "alias"


class Event(NamedTuple):
    """`version`: the one that it is about, the live one of a withdrawal and an alias. `at`: when it
    was recorded.
    """

    number: int
    event: EventName
    story: str
    version: int
    at: datetime


COLUMNS: dict[str, Any] = {
    "number": int,
    "story": str,
    "entry": int,
    "version": int,
    "event": str,
    "at": int,
    "leaf": int,
    "text": str,
    "record": str,
    "published": int,
}
"""`text`, `record`: the digests that its leaf in the public log has, see `log.public_record`;
`published`: that leaf's number.
"""
STATEMENTS = (
    "create unique index event_of on event (story, entry, version, event)",
    "create index event_leaf on event (leaf)",
    "create index event_unpublished on event (number) where published is null",
    "create index event_published on event (story, version, event, number)",
)


class EventRow(NamedTuple):
    """An event before it is numbered."""

    story: str
    entry: int
    version: int
    event: str
    at: int
    text: str | None = None
    record: str | None = None

    @property
    def plain(self) -> tuple[str, int, int, str, int]:
        """Without the digests, which a redaction changes."""
        return self[:5]


_BY_VERB = {verb: EventName(name) for verb, name in EVENT_BY_VERB.items()}
_BY_VERB[Verb.PUBLISH] = EventName.PUBLISHED
_FIRST_LEAF = "(select min(number) from leaf where leaf.story = {0} and leaf.entry = {1})"


def events_of(records: Sequence[Record], revisions: Sequence[Revision]) -> list[EventRow]:
    """The events among a story's records; `revisions`: those that they are about, as they are
    afterwards.
    """
    by_number = {each.revision: each for each in revisions}
    return [
        _row(record, revision, name)
        for record in records
        if (name := _name(record))
        for number in (record.revision, *(record.also if isinstance(record, Action) else ()))
        if (revision := by_number.get(number)) and _was_public(revision, record)
    ] + [
        _row(record, revision, REDACTED)
        for record in records
        if isinstance(record, Action) and record.redacts
        for revision in _shorn(record, records, revisions)
    ]


def _was_public(revision: Revision, record: Record) -> bool:
    """Whether it was a version when this was recorded, or became one by it."""
    return revision.version is not None and (revision.published_entry or 0) <= record.entry


def _row(record: Record, revision: Revision, name: str) -> EventRow:
    at = int(record.recorded_at.timestamp())
    text = revision.sha256 if name == EventName.PUBLISHED else None
    if isinstance(record, Action) and name != EventName.PUBLISHED:
        line = action_line(name, record, revision)
    else:
        line = version_line(revision)
    return EventRow(record.story, record.entry, revision.version or 0, name, at, text, digest(line))


def _shorn(
    removal: Action, records: Sequence[Record], revisions: Sequence[Revision]
) -> Iterator[Revision]:
    """The versions of which a removal took public words: the note, an explanation, a withdrawal's
    or an alias's. It comes with the whole chain.
    """
    redacted = set(removal.redacts)
    public = {each.entry for each in records if _name(each)}
    about = {each.revision for each in records if each.entry in redacted & public}
    for each in revisions:
        own = {each.entry} if each.redacted else set()
        if each.version and (each.revision in about or own & redacted):
            yield each


def _name(record: Record) -> EventName | None:
    if isinstance(record, Revision):
        return EventName.PUBLISHED if record.version else None
    if record.text_stays:
        return None  # a removal of notes, which are no versions
    return _BY_VERB.get(record.verb)


def append(connection: sqlite3.Connection, rows: Sequence[EventRow]) -> None:
    """Number and add events in the open transaction, after their leaves; those that are there keep
    their numbers.
    """
    leaf = _FIRST_LEAF.format("?1", "?2")
    sql = (
        "insert or ignore into event (story, entry, version, event, at, text, record, leaf)"
        f" values (?1, ?2, ?3, ?4, ?5, ?6, ?7, {leaf})"
    )
    connection.executemany(sql, rows)


def number_by_leaf(connection: sqlite3.Connection) -> None:
    """Number all events in the order of the log: a rebuilt index got them story by story."""
    names = ", ".join(name for name in COLUMNS if name != "number")
    connection.execute(f"create temp table ordered as select {names} from event")
    connection.execute("delete from event")
    connection.execute(
        f"insert into event ({names}) select {names} from ordered order by leaf, version"
    )
    connection.execute("drop table ordered")


def event_of(row: Mapping[str, Any]) -> Event:
    return Event(
        *(row["number"], EventName(row["event"]), row["story"], row["version"]),
        datetime.fromtimestamp(row["at"], UTC),
    )
