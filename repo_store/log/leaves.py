"""The log in the index: one leaf for each commit of each chain, in the order they were recorded.

A leaf is a line of JSON that never changes; the tree over the leaves is RFC 6962's (`merkle`). In a
leaf of version 2 `record` is of what no redaction takes, and `words` of all but the parents; one
without `words` is of version 1.
Leaves up to the newest signed checkpoint are in git too (`checkpoint_commits`); later ones are only
in the index, and are rebuilt from the chains if it is lost.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from repo_store.history.records import Record, Revision, State
from repo_store.log import merkle
from repo_store.log.checkpoint import Checkpoint
from repo_store.times import rfc3339

COLUMNS: dict[str, tuple[dict[str, Any], str | tuple[str, ...]]] = {
    "leaf": (
        {"number": int, "story": str, "entry": int, "commit": str, "body": str},
        "number",
    ),
    "checkpoint": ({"size": int, "commit": str, "note": str}, "size"),
}
STATEMENTS = (
    "create table node (level integer not null, number integer not null, hash blob not null,"
    " primary key (level, number)) without rowid",
    "create index leaf_of on leaf (story, entry, number)",
)
_BATCH = 10_000
_NODES = 4_096
"""Hashes of subtrees that are remembered while many proofs are made."""


class Leaf(NamedTuple):
    """`number` counts the log's leaves from 0, `entry` the commits of the story's chain from 1."""

    number: int
    story: str
    entry: int
    commit: str
    body: str


LeafFields = dict[str, Any]
"""A leaf's fields in their order, before the log numbers it; None: not known yet, or absent."""


def leaf_fields(record: Record) -> LeafFields:
    revision = record if isinstance(record, Revision) else None
    return {
        "story": record.story,
        "entry": record.entry,
        "revision": record.revision,
        "action": None if isinstance(record, Revision) else record.verb.value,
        "version": record.version,
        "removed": (revision and revision.state is State.REMOVED) or None,
        "redacted": record.redacted is not None or None,
        "commit": record.commit,
        "was": None,
        "sha256": revision and revision.sha256,
        "record": record.bare,
        "words": record.digest,
        "time": rfc3339(record.recorded_at),
    }


# Made once: `json.dumps` makes one at each call.
_encode = json.JSONEncoder(separators=(",", ":")).encode


def leaf_body(fields: LeafFields, sha256: str, replaced: LeafFields | None) -> str:
    """The leaf's line, without absent fields; its UTF-8 bytes are what is hashed.

    `sha256` is of the revision's text. `replaced` is the leaf that stood at this entry before a
    redaction: the hash of the words is still the one of what they were.
    """
    known = fields | {"sha256": sha256}
    if replaced:
        known |= {"was": replaced["commit"], "words": words_of(replaced)}
    return _line(known)


def leaf_body_1(fields: LeafFields, sha256: str, replaced: LeafFields | None) -> str:
    """The line of a leaf of version 1, as earlier releases wrote it: `record` is of all but the
    parents, words included, and a redaction changes it.
    """
    was = replaced and replaced["commit"]
    return _line(fields | {"sha256": sha256, "was": was, "record": fields["words"], "words": None})


def _line(fields: LeafFields) -> str:
    return _encode({name: value for name, value in fields.items() if value is not None})


def words_of(leaf: LeafFields) -> str:
    """The SHA-256 of the commit without its parents, words included, as the leaf has it."""
    return str(leaf.get("words", leaf["record"]))


_SAME = ("story", "entry", "revision", "action", "version", "sha256", "time")


def fault_of_replacement(old: LeafFields, new: LeafFields) -> str:
    """What is wrong with a leaf that replaces another of its entry; empty if nothing is.

    Whether a removal allows it is not looked at. Under version 1 `record` is not bound.
    """
    if any(old.get(name) != new.get(name) for name in _SAME):
        return "its leaf says something else than the one that it replaces"
    if any(old.get(name) and not new.get(name) for name in ("removed", "redacted")):
        return "its leaf brings back what a removal took"
    if "words" not in new:
        return "its leaf is of an older version than the one that it replaces" * ("words" in old)
    if new["words"] != words_of(old):
        return "its leaf has another hash of its words than the one that it replaces"
    if "words" in old and new["record"] != old["record"]:
        return "more of it was changed than a removal takes"
    return ""


class Log:
    """The log as the index holds it. `connect` gives this thread's connection."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect

    def size(self) -> int:
        return _size(self._connect())

    def root(self, size: int) -> bytes:
        return merkle.root(size, self._node)

    def inclusion(self, number: int, size: int) -> list[bytes]:
        return merkle.inclusion(number, size, self._node)

    def proofs(self, numbers: Iterable[int], size: int) -> Iterator[list[bytes]]:
        """The same of many, which share most of their paths."""
        node = lru_cache(_NODES)(self._node)
        return (merkle.inclusion(number, size, node) for number in numbers)

    def consistency(self, old: int, size: int) -> list[bytes]:
        return merkle.consistency(old, size, self._node)

    def leaf(self, number: int) -> Leaf | None:
        return next(self.leaves(number, number + 1), None)

    def leaves(self, start: int, end: int) -> Iterator[Leaf]:
        """The leaves numbered from `start` to before `end`."""
        while start < end:
            stop = min(end, start + _BATCH)
            sql = "select * from leaf where number >= ? and number < ? order by number"
            yield from map(Leaf._make, self._connect().execute(sql, [start, stop]))
            start = stop

    def stories_of(self, start: int, end: int) -> list[str]:
        """The stories of the leaves numbered from `start` to before `end`, each once."""
        sql = "select distinct story from leaf where number >= ? and number < ?"
        return [row[0] for row in self._connect().execute(sql, [start, end])]

    def of_story(self, story: str, size: int = 2**62) -> list[Leaf]:
        """A story's leaves numbered below `size`, those of replaced commits included."""
        sql = "select * from leaf where story = ? and number < ? order by number"
        return list(map(Leaf._make, self._connect().execute(sql, [story, size])))

    def standing(self, start: int, end: int) -> list[Leaf]:
        """The leaves numbered from `start` to before `end` that no redaction has replaced."""
        sql = (
            "select * from leaf as one where number >= ? and number < ? and not exists (select 1"
            " from leaf where story = one.story and entry = one.entry and number > one.number)"
            " order by number"
        )
        return list(map(Leaf._make, self._connect().execute(sql, [start, end])))

    def standing_of(self, story: str, before: int, limit: int) -> list[Leaf]:
        """The same of a story's entries below `before`, newest entry first."""
        sql = (
            'select max(number), story, entry, "commit", body from leaf'
            " where story = ? and entry < ? group by story, entry order by entry desc limit ?"
        )
        return list(map(Leaf._make, self._connect().execute(sql, [story, before, limit])))

    def commits_at(self, story: str, entries: Iterable[int]) -> dict[int, str | None]:
        """The commits that are these entries of a story now; None where there is none."""
        sql = 'select "commit" from leaf where story = ? and entry = ? order by number desc limit 1'
        rows = {each: self._connect().execute(sql, [story, each]).fetchone() for each in entries}
        return {entry: row[0] if row else None for entry, row in rows.items()}

    def of_stories(self, stories: Sequence[str]) -> dict[str, list[Leaf]]:
        """The leaves of each of these stories."""
        found: dict[str, list[Leaf]] = {story: [] for story in stories}
        sql = (
            "select * from leaf where story in (select value from json_each(?))"
            " order by story, number"
        )
        for leaf in map(Leaf._make, self._connect().execute(sql, [json.dumps(stories)])):
            found[leaf.story].append(leaf)
        return found

    def replaced_commits(self) -> list[str]:
        """The commits that redactions replaced. Scans the whole log."""
        sql = "select body from leaf where instr(body, '\"was\":')"
        return [json.loads(row[0])["was"] for row in self._connect().execute(sql)]

    def stories(self, size: int) -> list[str]:
        """The ids of all stories with a leaf numbered below `size`, sorted."""
        sql = "select distinct story from leaf where number < ? order by story"
        return [row[0] for row in self._connect().execute(sql, [size])]

    def first_checkpoint(self, size: int, signature: str = "") -> tuple[str, Checkpoint] | None:
        """The first checkpoint of at least this size with this text in its note, and its commit."""
        sql = (
            'select "commit", note from checkpoint where size >= ? and instr(note, ?)'
            " order by size limit 1"
        )
        return _checkpoint(self._connect().execute(sql, [size, signature]))

    def last_checkpoint(self) -> tuple[str, Checkpoint] | None:
        sql = 'select "commit", note from checkpoint order by size desc limit 1'
        return _checkpoint(self._connect().execute(sql))

    def _node(self, level: int, number: int) -> bytes:
        return _node(self._connect(), level, number)


def append(connection: sqlite3.Connection, leaves: Sequence[LeafFields]) -> None:
    """Number and add leaves in the open transaction; records that have their leaf are skipped.

    An entry that had another commit before was redacted, and its new leaf names the old commit.
    """
    known = "select body from leaf where story = ? and entry = ? order by number desc limit 1"
    hashed = "select sha256 from revision where story = ? and revision = ?"
    size = _size(connection)
    rows: list[Leaf] = []
    added: dict[tuple[str, int], str] = {}
    for leaf in leaves:
        story, entry, commit = leaf["story"], leaf["entry"], leaf["commit"]
        before = added.get((story, entry))
        if before is None and (row := connection.execute(known, (story, entry)).fetchone()):
            before = row[0]
        replaced = json.loads(before) if before else None
        if replaced and replaced["commit"] == commit:
            continue
        sha256 = leaf["sha256"]
        if sha256 is None:
            [sha256] = connection.execute(hashed, (story, leaf["revision"])).fetchone()
        body = leaf_body(leaf, sha256, replaced)
        added[story, entry] = body
        rows.append(Leaf(size + len(rows), story, entry, commit, body))
    _insert(connection, rows)


def load(connection: sqlite3.Connection, start: int, bodies: Iterable[str]) -> None:
    """Add leaves as git has them to an index that holds just the ones numbered below `start`."""
    rows = []
    for number, body in enumerate(bodies, start):
        leaf = json.loads(body)
        rows.append(Leaf(number, leaf["story"], leaf["entry"], leaf["commit"], body))
    _insert(connection, rows)


def _insert(connection: sqlite3.Connection, rows: Sequence[Leaf]) -> None:
    if not rows:
        return
    nodes: dict[tuple[int, int], bytes] = {}

    def read(level: int, number: int) -> bytes:
        return nodes.get((level, number)) or _node(connection, level, number)

    for leaf in rows:
        for level, number, value in merkle.completed(
            leaf.number, merkle.leaf_hash(leaf.body.encode()), read
        ):
            nodes[level, number] = value
    connection.executemany("insert into leaf values (?, ?, ?, ?, ?)", rows)
    values = [(level, number, value) for (level, number), value in nodes.items()]
    connection.executemany("insert into node values (?, ?, ?)", values)


def _checkpoint(found: sqlite3.Cursor) -> tuple[str, Checkpoint] | None:
    row = found.fetchone()
    return (row[0], Checkpoint.parse(row[1])) if row else None


def _size(connection: sqlite3.Connection) -> int:
    [last] = connection.execute("select max(number) from leaf").fetchone()
    return 0 if last is None else int(last) + 1


def _node(connection: sqlite3.Connection, level: int, number: int) -> bytes:
    sql = "select hash from node where level = ? and number = ?"
    return bytes(connection.execute(sql, [level, number]).fetchone()[0])
