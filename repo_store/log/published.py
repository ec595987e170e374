"""The public log in the index: a leaf for each public event, and what its operator adds.

Leaves are numbered when a checkpoint is signed, in the order of the public events, so nothing of
drafts is in it: neither their number nor when they were written. The tree is RFC 6962's, as of the
private log; `heads` is the map of stories under each checkpoint.
"""

import json
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from repo_store.log import heads, merkle
from repo_store.log.checkpoint import Checkpoint, StoredCheckpoint
from repo_store.log.heads import Head, Heads
from repo_store.times import from_seconds, rfc3339

COLUMNS: dict[str, tuple[dict[str, Any], str | tuple[str, ...]]] = {
    "published_leaf": (
        {"number": int, "story": str, "version": int, "event": str, "body": str},
        "number",
    ),
    "published_checkpoint": ({"size": int, "commit": str, "note": str, "ties": str}, "size"),
}
STATEMENTS = (
    "create table published_node (level integer not null, number integer not null,"
    " hash blob not null, primary key (level, number)) without rowid",
    "create index published_ties on published_checkpoint (size) where ties is not null",
    "create index published_of on published_leaf (story, number) where story is not null",
    "create index published_other on published_leaf (event, number) where story is null",
    *heads.STATEMENTS,
)
_BATCH = 10_000
_encode = json.JSONEncoder(separators=(",", ":")).encode


class PublishedLeaf(NamedTuple):
    """`number` counts from 0; `story` and `version` are None of a leaf that the operator adds."""

    number: int
    story: str | None
    version: int | None
    event: str
    body: str


def leaf_line(event: str, **fields: str | int | None) -> str:
    """A leaf's line of ASCII JSON, without absent fields; its bytes are what is hashed."""
    return _encode({"event": event} | {k: v for k, v in fields.items() if v is not None})


class Published:
    """The public log as the index holds it. `connect` gives this thread's connection."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self.heads = Heads(connect)

    def size(self) -> int:
        return _size(self._connect())

    def node(self, level: int, number: int) -> bytes:
        """The hash of a complete subtree."""
        return _node(self._connect(), level, number)

    def nodes(self, level: int, start: int, end: int) -> bytes:
        """The hashes of complete subtrees of one level, joined."""
        sql = (
            "select hash from published_node where level = ? and number >= ? and number < ?"
            " order by number"
        )
        return b"".join(row[0] for row in self._connect().execute(sql, [level, start, end]))

    def root(self, size: int) -> bytes:
        return merkle.root(size, self.node)

    def inclusion(self, number: int, size: int) -> list[bytes]:
        return merkle.inclusion(number, size, self.node)

    def consistency(self, old: int, size: int) -> list[bytes]:
        return merkle.consistency(old, size, self.node)

    def leaves(self, start: int, end: int) -> Iterator[PublishedLeaf]:
        """The leaves numbered from `start` to before `end`."""
        sql = "select * from published_leaf where number >= ? and number < ? order by number"
        while start < end:
            stop = min(end, start + _BATCH)
            yield from map(PublishedLeaf._make, self._connect().execute(sql, [start, stop]))
            start = stop

    def of_story(self, story: str) -> list[PublishedLeaf]:
        sql = "select * from published_leaf where story = ? order by number"
        return list(map(PublishedLeaf._make, self._connect().execute(sql, [story])))

    def of_version(self, story: str, version: int) -> PublishedLeaf | None:
        """The leaf that says that a version was published."""
        sql = (
            "select * from published_leaf where story = ? and version = ? and event = 'published'"
            " order by number limit 1"
        )
        row = self._connect().execute(sql, [story, version]).fetchone()
        return PublishedLeaf(*row) if row else None

    def keys(self, size: int) -> list[PublishedLeaf]:
        """The leaves below `size` from which on another key signs."""
        sql = (
            "select * from published_leaf where story is null and event = 'key' and number < ?"
            " order by number"
        )
        return list(map(PublishedLeaf._make, self._connect().execute(sql, [size])))

    def last_tie(self, size: int) -> PublishedLeaf | None:
        """The newest leaf below `size` that ties in the private log; the first of all does."""
        sql = (
            "select * from published_leaf where story is null and event = ? and number < ?"
            " order by number desc limit 1"
        )
        for event in ("tie", "genesis"):
            if row := self._connect().execute(sql, [event, size]).fetchone():
                return PublishedLeaf(*row)
        return None

    def ties(self, size: int) -> list[str]:
        """What opens the first leaf below `size` that ties in the private log, and the last: a line
        of JSON each, or one if they are the same.
        """
        sql = (
            "select ties from published_checkpoint where ties is not null and size <= ?"
            " order by size {} limit 1"
        )
        found = (
            row[0]
            for order in ("asc", "desc")
            for row in self._connect().execute(sql.format(order), [size])
        )
        return [line for text in dict.fromkeys(found) for line in text.splitlines()]

    def newest_within(self, size: int) -> str | None:
        """The commit of the newest checkpoint without any event after the first `size` leaves of
        the private log; None if there is none.
        """
        later = "select min(published) from event where leaf >= ?"
        sql = (
            f'select "commit" from published_checkpoint where size <= coalesce(({later}), size)'
            " order by size desc limit 1"
        )
        row = self._connect().execute(sql, [size]).fetchone()
        return row[0] if row else None

    def goes_beyond(self, stories: Sequence[str], size: int) -> bool:
        """Whether it has an event of these stories after the first `size` leaves of the private
        log.
        """
        sql = (
            "select 1 from event where leaf >= ? and published is not null"
            " and story in (select value from json_each(?)) limit 1"
        )
        found = self._connect().execute(sql, [size, json.dumps(list(stories))])
        return found.fetchone() is not None

    def last_checkpoint(self) -> tuple[str, Checkpoint] | None:
        """The newest checkpoint, and its commit."""
        sql = 'select "commit", note from published_checkpoint order by size desc limit 1'
        row = self._connect().execute(sql).fetchone()
        return (row[0], Checkpoint.parse(row[1])) if row else None

    def is_due(self) -> bool:
        """Whether something public was recorded that is not in the log yet."""
        sql = "select 1 from event where published is null limit 1"
        return self._connect().execute(sql).fetchone() is not None

    def pending(self) -> int:
        """How many public events are not in the log yet."""
        sql = "select count(*) from event where published is null"
        return int(self._connect().execute(sql).fetchone()[0])


def append_events(connection: sqlite3.Connection) -> None:
    """Number and add a leaf for each public event that has none, in the open transaction."""
    start, number, rows = _size(connection), _size(connection), []
    last: dict[str, int] = {}
    sql = (
        "select number, story, version, event, at, text, record from event where published is null"
        " order by number"
    )
    marks = []
    for event, story, version, name, at, text, record in connection.execute(sql).fetchall():
        previous = last[story] if story in last else _last_of(connection, story)
        body = leaf_line(
            name,
            story=story,
            version=version,
            text=text and b64encode(bytes.fromhex(text)).decode(),
            record=record,
            previous=previous,
            time=rfc3339(from_seconds(at)),
        )
        rows.append(PublishedLeaf(number, story, version, name, body))
        marks.append((number, event))
        last[story] = number
        number += 1
    _insert(connection, rows)
    connection.executemany("update event set published = ? where number = ?", marks)
    update_heads(connection, start)


def append_others(connection: sqlite3.Connection, bodies: Sequence[str]) -> None:
    """Add leaves that are not of a story, in the open transaction."""
    load(connection, _size(connection), bodies)


def append_heads(connection: sqlite3.Connection, at: datetime) -> None:
    """Add the leaf that states the map of all leaves before it, in the open transaction."""
    root = b64encode(Heads(lambda: connection).root()).decode()
    body = leaf_line("heads", stories=_stories(connection), root=root, time=rfc3339(at))
    append_others(connection, [body])


def note_checkpoint(connection: sqlite3.Connection, stored: StoredCheckpoint) -> None:
    """Note a signed checkpoint, or one with further cosignatures, in the open transaction."""
    sql = (
        "insert into published_checkpoint values (?, ?, ?, ?) on conflict (size) do update set"
        ' "commit" = excluded."commit", note = excluded.note'
    )
    connection.execute(sql, (stored.size, stored.commit, stored.note, stored.ties or None))


def load(connection: sqlite3.Connection, start: int, bodies: Iterable[str]) -> None:
    """Add leaves as git has them to an index that holds just the ones numbered below `start`. The
    map is brought up to date by `update_heads`.
    """
    rows = []
    for number, body in enumerate(bodies, start):
        leaf = json.loads(body)
        rows.append(
            PublishedLeaf(number, leaf.get("story"), leaf.get("version"), leaf["event"], body)
        )
    _insert(connection, rows)


def reconcile(connection: sqlite3.Connection) -> None:
    """Mark the events whose leaves are in the log, as loaded from git: of one version and one sort
    the first event has the first leaf, and so on.
    """
    if connection.execute("select 1 from event where published is null limit 1").fetchone() is None:
        return
    order = "row_number() over (partition by story, version, event order by number)"
    connection.execute("drop table if exists temp.placed")
    connection.execute(
        f"create temp table placed as select number, story, version, event, {order} as place"
        " from published_leaf where story is not null"
    )
    connection.execute("create index temp.placed_of on placed (story, version, event, place)")
    connection.execute(
        "update event set published = placed.number from placed, (select number,"
        " row_number() over (partition by story, version, event order by entry) as place"
        " from event) as mine where mine.number = event.number and placed.story = event.story"
        " and placed.version = event.version and placed.event = event.event"
        " and placed.place = mine.place"
    )
    connection.execute("drop table placed")


def update_heads(connection: sqlite3.Connection, start: int) -> None:
    """Bring the map up to date with the leaves from `start` on, in the open transaction."""
    sql = (
        "select story, max(case event when 'published' then version end), max(number)"
        " from published_leaf where story {} group by story"
    )
    # Not by an index: SQLite would take the one of stories, and go through all of it.
    touched = (
        "select distinct story from published_leaf not indexed"
        " where number >= ? and story is not null"
    )
    stories = [row[0] for row in connection.execute(touched, [start])]
    if len(stories) * 10 > _stories(connection) + 1_000:
        rows = connection.execute(sql.format("is not null")).fetchall()
        heads.rebuild(connection, (Head(story, versions or 0, at) for story, versions, at in rows))
        return
    for story in stories:
        row = connection.execute(sql.format("= ?"), [story]).fetchone()
        heads.update(connection, [Head(row[0], row[1] or 0, row[2])])


def _insert(connection: sqlite3.Connection, rows: Sequence[PublishedLeaf]) -> None:
    nodes: dict[tuple[int, int], bytes] = {}

    def read(level: int, number: int) -> bytes:
        return nodes.get((level, number)) or _node(connection, level, number)

    for leaf in rows:
        hashed = merkle.leaf_hash(leaf.body.encode())
        for level, number, value in merkle.completed(leaf.number, hashed, read):
            nodes[level, number] = value
    connection.executemany("insert into published_leaf values (?, ?, ?, ?, ?)", rows)
    values = [(level, number, value) for (level, number), value in nodes.items()]
    connection.executemany("insert into published_node values (?, ?, ?)", values)


def _stories(connection: sqlite3.Connection) -> int:
    """How many stories the log has: as its last leaf of the map says, and those that came since."""
    sql = (
        "select number, body from published_leaf where story is null and event = 'heads'"
        " order by number desc limit 1"
    )
    number, body = connection.execute(sql).fetchone() or (-1, '{"stories":0}')
    first = (
        "select count(*) from published_leaf not indexed where number > ? and story is not null"
        " and instr(body, '\"previous\":') = 0"
    )
    since: int = connection.execute(first, [number]).fetchone()[0]
    return int(json.loads(body)["stories"]) + since


def _last_of(connection: sqlite3.Connection, story: str) -> int | None:
    sql = "select max(number) from published_leaf where story = ?"
    last: int | None = connection.execute(sql, [story]).fetchone()[0]
    return last


def _size(connection: sqlite3.Connection) -> int:
    [last] = connection.execute("select max(number) from published_leaf").fetchone()
    return 0 if last is None else int(last) + 1


def _node(connection: sqlite3.Connection, level: int, number: int) -> bytes:
    sql = "select hash from published_node where level = ? and number = ?"
    return bytes(connection.execute(sql, [level, number]).fetchone()[0])
