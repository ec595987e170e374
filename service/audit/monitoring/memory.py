"""What a monitor has seen: a copy of the log, what follows from it, and what it found.

The leaves are the truth; all else that is derived from them is made again from them.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Self

from repo_store import Head, heads_map, log_files, merkle, rfc3339

_FILE = "monitor.db"
_FORMAT = 1
_DERIVED = ("story", "version", "leaf_fault", "head", "head_node", "tile_hash")
_SCHEMA = (
    "create table meta (name text primary key, value text not null) without rowid",
    "create table leaf (number integer primary key, body blob not null)",
    # The hashes of complete subtrees that a tile above the lowest level has.
    "create table tile_hash (level integer not null, number integer not null, hash blob not null,"
    " primary key (level, number)) without rowid",
    "create table checkpoint (size integer primary key, root blob not null, note text not null,"
    " at text not null)",
    # `dirty`: its head is not in the map yet. `compared`: its last leaf when the site was compared.
    "create table story (story text primary key, versions integer not null, last integer not null,"
    " dirty integer not null, compared integer not null default -1) without rowid",
    "create index story_to_compare on story (story) where last > compared",
    "create index story_dirty on story (story) where dirty",
    "create table version (story text not null, version integer not null, text text not null,"
    " removed integer not null default 0, primary key (story, version)) without rowid",
    "create table leaf_fault (number integer not null, what text not null,"
    " primary key (number, what)) without rowid",
    "create table suspect (story text not null, what text not null, since text not null,"
    " primary key (story, what)) without rowid",
    "create table finding (id integer primary key, what text unique not null, kind text not null,"
    " first_seen text not null, last_seen text not null, told integer not null default 0)",
    *heads_map.STATEMENTS,
)


class BadMemory(Exception):
    """The folder holds something that cannot be used; the message says what."""


class Story(NamedTuple):
    story: str
    versions: int
    last: int


class Seen(NamedTuple):
    """A checkpoint that was verified."""

    size: int
    root: bytes
    note: str


class Finding(NamedTuple):
    id: int
    what: str
    kind: str
    first_seen: datetime
    last_seen: datetime


class Memory:
    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self.connection, self.folder = connection, folder
        self._heads = heads_map.Heads(lambda: connection)

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, site: str) -> Iterator[Self]:
        """In a folder, which is made if it is not there, for one site. Raises BadMemory."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / _FILE
        try:
            with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as connection:
                # The lock is held until the end: one monitor at a time.
                connection.execute("pragma locking_mode = exclusive")
                connection.execute("begin immediate")
                if connection.execute("pragma user_version").fetchone() == (0,):
                    for statement in _SCHEMA:
                        connection.execute(statement)
                    connection.execute(f"pragma user_version = {_FORMAT}")
                connection.execute("commit")
                made = cls(connection, folder)
                if connection.execute("pragma user_version").fetchone() != (_FORMAT,):
                    raise BadMemory(f"{path}: made by another release of story-history")
                if made.noted("site", site) != site:
                    raise BadMemory(f"{folder}: it is of another site, {made.noted('site', '')}")
                with made.change():
                    made.note("site", site)
                yield made
        except sqlite3.Error as error:
            raise BadMemory(f"{path}: {error}") from None

    @contextmanager
    def change(self) -> Iterator[None]:
        """All of it, or nothing."""
        self.connection.execute("begin")
        try:
            yield
        except BaseException:
            self.connection.execute("rollback")
            raise
        self.connection.execute("commit")

    def noted(self, name: str, default: str) -> str:
        sql = "select value from meta where name = ?"
        row = self.connection.execute(sql, [name]).fetchone()
        return str(row[0]) if row else default

    def note(self, name: str, value: str) -> None:
        self.connection.execute("insert or replace into meta values (?, ?)", [name, value])

    # The log

    def size(self) -> int:
        """How many leaves there are, of which a checkpoint may not cover the last ones yet."""
        [last] = self.connection.execute("select max(number) from leaf").fetchone()
        return 0 if last is None else int(last) + 1

    def leaves(self, start: int, end: int) -> Iterator[bytes]:
        sql = "select body from leaf where number >= ? and number < ? order by number"
        return (bytes(row[0]) for row in self.connection.execute(sql, [start, end]))

    def root(self, size: int) -> bytes:
        """Of the first leaves, each hashed again."""
        edge: list[tuple[int, bytes]] = []
        for body in self.leaves(0, size):
            merkle.grow(edge, merkle.leaf_hash(body))
        return merkle.root_of_edge(edge)

    def subtree(self, level: int, number: int) -> bytes:
        """The hash over all 256 to the power of `level` leaves, as a tile has it."""
        if level == 0:
            [body] = self.leaves(number, number + 1)
            return merkle.leaf_hash(body)
        sql = "select hash from tile_hash where level = ? and number = ?"
        if row := self.connection.execute(sql, [level, number]).fetchone():
            return bytes(row[0])
        width, edge = log_files.WIDTH, list[tuple[int, bytes]]()
        for each in range(number * width, (number + 1) * width):
            merkle.grow(edge, self.subtree(level - 1, each))
        value = merkle.root_of_edge(edge)
        self.connection.execute("insert into tile_hash values (?, ?, ?)", [level, number, value])
        return value

    def newest(self) -> Seen | None:
        sql = "select size, root, note from checkpoint order by size desc limit 1"
        row = self.connection.execute(sql).fetchone()
        return Seen(row[0], bytes(row[1]), row[2]) if row else None

    def keep(self, seen: Seen, at: datetime) -> None:
        """A checkpoint that covers all leaves; with more signatures if it was seen before."""
        row = (*seen, rfc3339(at))
        self.connection.execute("insert or replace into checkpoint values (?, ?, ?, ?)", row)

    def cut(self, size: int) -> None:
        """Forget the leaves from `size` on, which no checkpoint covers; what is derived from all
        leaves is emptied, to be replayed.
        """
        self.connection.execute("delete from leaf where number >= ?", [size])
        self.connection.execute("delete from meta where name like 'derived %'")
        for table in _DERIVED:
            self.connection.execute(f"delete from {table}")

    # Stories

    def story(self, story: str) -> Story | None:
        sql = "select story, versions, last from story where story = ?"
        row = self.connection.execute(sql, [story]).fetchone()
        return Story(*row) if row else None

    def put(self, story: Story) -> None:
        sql = (
            "insert into story (story, versions, last, dirty) values (?1, ?2, ?3, 1) on conflict"
            " (story) do update set versions = ?2, last = ?3, dirty = 1"
        )
        self.connection.execute(sql, story)

    def stories(self) -> int:
        return int(self.connection.execute("select count(*) from story").fetchone()[0])

    def map_root(self) -> bytes:
        """Of the map of all stories, brought up to date."""
        sql = "select story, versions, last from story where dirty"
        dirty = [Head(*row) for row in self.connection.execute(sql)]
        known = self.stories()
        if len(dirty) * 10 > known + 1_000:
            rows = self.connection.execute("select story, versions, last from story").fetchall()
            heads_map.rebuild(self.connection, (Head(*row) for row in rows))
        else:
            heads_map.update(self.connection, dirty)
        self.connection.execute("update story set dirty = 0 where dirty")
        return self._heads.root()

    def versions(self, story: str) -> dict[int, tuple[str, bool]]:
        """The digest of each version's text, and whether a leaf says that it was removed."""
        sql = "select version, text, removed from version where story = ?"
        return {
            number: (text, bool(removed))
            for number, text, removed in self.connection.execute(sql, [story])
        }

    def to_compare(self, most: int, others: int) -> list[str]:
        """Stories with leaves since they were last compared, and `others`, drawn by lot."""
        sql = "select story from story where last > compared limit ?"
        rows = self.connection.execute(sql, [most]).fetchall()
        sql = "select story from story where last <= compared order by random() limit ?"
        rows += self.connection.execute(sql, [min(others, most - len(rows))]).fetchall()
        return [row[0] for row in rows]

    def compared(self, story: str) -> None:
        self.connection.execute("update story set compared = last where story = ?", [story])

    # What was found

    def leaf_faults(self) -> list[str]:
        sql = "select what from leaf_fault order by number, what"
        return [row[0] for row in self.connection.execute(sql)]

    def suspected(self, story: str, now: Mapping[str, datetime]) -> dict[str, datetime]:
        """Note all that is wrong with a story at the moment, and may be about to be put right, by
        when it began as far as is known; returns since when each has been so.
        """
        sql = "select what, since from suspect where story = ?"
        rows = self.connection.execute(sql, [story]).fetchall()
        before = {what: datetime.fromisoformat(since) for what, since in rows}
        since = {what: min(at, before.get(what, at)) for what, at in now.items()}
        self.connection.execute("delete from suspect where story = ?", [story])
        values = [(story, what, rfc3339(at)) for what, at in since.items()]
        self.connection.executemany("insert into suspect values (?, ?, ?)", values)
        return since

    def suspects(self) -> list[str]:
        """The stories of which something is suspected."""
        rows = self.connection.execute("select distinct story from suspect order by story")
        return [row[0] for row in rows]

    def found(self, kind: str, what: str, at: datetime) -> None:
        sql = (
            "insert into finding (what, kind, first_seen, last_seen) values (?1, ?2, ?3, ?3)"
            " on conflict (what) do update set last_seen = ?3"
        )
        self.connection.execute(sql, [what, kind, rfc3339(at)])

    def findings(self, untold: bool = False, most: int = 100) -> list[Finding]:
        """Newest first."""
        sql = (
            "select id, what, kind, first_seen, last_seen from finding where told = 0 or not ?"
            " order by first_seen desc, id desc limit ?"
        )
        return [
            Finding(row[0], row[1], row[2], *map(datetime.fromisoformat, row[3:]))
            for row in self.connection.execute(sql, [untold, most])
        ]

    def told(self, findings: Iterable[Finding]) -> None:
        ids = [(each.id,) for each in findings]
        self.connection.executemany("update finding set told = 1 where id = ?", ids)
