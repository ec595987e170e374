"""The log: one leaf for each commit of each chain, in the order in which the archive took them.

A leaf is a line of JSON that never changes. The tree over the leaves is RFC 6962's (`merkle`). What
a checkpoint was signed for is kept in git (`sealed`); the leaves after it stand in the index alone,
and are made anew from the chains if that is lost.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from repo_store.history.records import Record, Revision, State
from repo_store.log import merkle

COLUMNS: dict[str, tuple[dict[str, Any], str | tuple[str, ...]]] = {
    "leaf": (
        {"number": int, "story": str, "entry": int, "commit": str, "body": str},
        "number",
    ),
    "checkpoint": ({"size": int, "sealed": str, "text": str}, "size"),
}
STATEMENTS = (
    "create table node (level integer not null, number integer not null, hash blob not null,"
    " primary key (level, number)) without rowid",
    "create index leaf_of on leaf (story, entry, number)",
)
_AT_ONCE = 10_000


class Leaf(NamedTuple):
    """`number` counts from 0; `entry` is the record's place in its story's chain."""

    number: int
    story: str
    entry: int
    commit: str
    body: str


class Seed(NamedTuple):
    """What a record becomes a leaf of."""

    story: str
    entry: int
    revision: int
    action: str | None
    version: int | None
    removed: bool
    commit: str
    sha256: str | None
    digest: str
    time: str


def seed_of(record: Record) -> Seed:
    revision = record if isinstance(record, Revision) else None
    return Seed(
        record.story,
        record.entry,
        record.revision,
        None if isinstance(record, Revision) else record.verb.value,
        record.version,
        revision is not None and revision.state is State.REMOVED,
        record.commit,
        revision.sha256 if revision else None,
        record.digest,
        record.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def body_of(seed: Seed, sha256: str, was: str | None) -> str:
    """The leaf's line; what does not apply is left out. Its bytes are UTF-8, without a newline."""
    value = {
        "story": seed.story,
        "entry": seed.entry,
        "revision": seed.revision,
        "action": seed.action,
        "version": seed.version,
        "removed": seed.removed or None,
        "commit": seed.commit,
        "was": was,
        "sha256": sha256,
        "record": seed.digest,
        "time": seed.time,
    }
    present = {name: each for name, each in value.items() if each is not None}
    return json.dumps(present, separators=(",", ":"))


class Log:
    """The log as the index keeps it. `connect` gives this thread's connection."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect

    def size(self) -> int:
        return _size(self._connect())

    def root(self, size: int) -> bytes:
        return merkle.root(size, self._read)

    def inclusion(self, number: int, size: int) -> list[bytes]:
        return merkle.inclusion(number, size, self._read)

    def consistency(self, old: int, size: int) -> list[bytes]:
        return merkle.consistency(old, size, self._read)

    def leaf(self, number: int) -> Leaf | None:
        return next(self.leaves(number, number + 1), None)

    def leaves(self, start: int, end: int) -> Iterator[Leaf]:
        """Those from `start` to before `end`, in order."""
        while start < end:
            upto = min(end, start + _AT_ONCE)
            sql = "select * from leaf where number >= ? and number < ? order by number"
            yield from map(Leaf._make, self._connect().execute(sql, [start, upto]))
            start = upto

    def of_story(self, story: str, size: int = 2**62) -> list[Leaf]:
        """A story's leaves below `size`, in the log's order: those of rewritten commits too."""
        sql = "select * from leaf where story = ? and number < ? order by number"
        return list(map(Leaf._make, self._connect().execute(sql, [story, size])))

    def replaced(self) -> list[str]:
        """The commits in whose place another one came. Looks through the whole log."""
        sql = "select body from leaf where instr(body, '\"was\":')"
        return [json.loads(row[0])["was"] for row in self._connect().execute(sql)]

    def stories(self, size: int) -> list[str]:
        """All that have a leaf below `size`, in the order of their names."""
        sql = "select distinct story from leaf where number < ? order by story"
        return [row[0] for row in self._connect().execute(sql, [size])]

    def checkpoint(self, least: int, mark: str = "") -> tuple[int, str, str] | None:
        """The first signed checkpoint of at least this size that has this in its text, if there is
        one: its size, the commit that keeps it, its text.
        """
        sql = (
            "select size, sealed, text from checkpoint where size >= ? and instr(text, ?)"
            " order by size limit 1"
        )
        if row := self._connect().execute(sql, [least, mark]).fetchone():
            return tuple(row)
        return None

    def last_checkpoint(self) -> tuple[int, str, str] | None:
        sql = "select size, sealed, text from checkpoint order by size desc limit 1"
        row = self._connect().execute(sql).fetchone()
        return tuple(row) if row else None

    def _read(self, level: int, number: int) -> bytes:
        return _node(self._connect(), level, number)


def append(connection: sqlite3.Connection, seeds: Sequence[Seed]) -> None:
    """Add leaves of records that have none yet, in the transaction that is open.

    A record at a place that had another commit is one that was rewritten, and says what it was.
    """
    known = 'select "commit" from leaf where story = ? and entry = ? order by number desc limit 1'
    hashed = "select sha256 from revision where story = ? and revision = ?"
    size = _size(connection)
    rows: list[Leaf] = []
    here: dict[tuple[str, int], str] = {}
    for seed in seeds:
        if (seed.story, seed.entry) in here:
            was: str | None = here[seed.story, seed.entry]
        else:
            row = connection.execute(known, seed[:2]).fetchone()
            was = row[0] if row else None
        if was == seed.commit:
            continue
        here[seed.story, seed.entry] = seed.commit
        sha256 = (
            seed.sha256 or connection.execute(hashed, [seed.story, seed.revision]).fetchone()[0]
        )
        body = body_of(seed, sha256, was)
        rows.append(Leaf(size + len(rows), seed.story, seed.entry, seed.commit, body))
    _insert(connection, rows)


def load(connection: sqlite3.Connection, start: int, bodies: Iterable[str]) -> None:
    """Put leaves as they stand in git into an index that has those before `start` only."""
    rows = []
    for number, body in enumerate(bodies, start):
        told = json.loads(body)
        rows.append(Leaf(number, told["story"], told["entry"], told["commit"], body))
    _insert(connection, rows)


def _insert(connection: sqlite3.Connection, rows: Sequence[Leaf]) -> None:
    if not rows:
        return
    fresh: dict[tuple[int, int], bytes] = {}

    def read(level: int, number: int) -> bytes:
        return fresh.get((level, number)) or _node(connection, level, number)

    for leaf in rows:
        for level, number, value in merkle.completed(
            leaf.number, merkle.leaf_hash(leaf.body.encode()), read
        ):
            fresh[level, number] = value
    connection.executemany("insert into leaf values (?, ?, ?, ?, ?)", rows)
    nodes = [(*place, value) for place, value in fresh.items()]
    connection.executemany("insert into node values (?, ?, ?)", nodes)


def _size(connection: sqlite3.Connection) -> int:
    [last] = connection.execute("select max(number) from leaf").fetchone()
    return 0 if last is None else int(last) + 1


def _node(connection: sqlite3.Connection, level: int, number: int) -> bytes:
    sql = "select hash from node where level = ? and number = ?"
    return bytes(connection.execute(sql, [level, number]).fetchone()[0])
