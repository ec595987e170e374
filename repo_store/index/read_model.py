"""The SQLite read model, which answers every list and look-up.

It is never the truth: the file may be deleted at any time and is rebuilt. Each thread has its own
connection; WAL lets readers and one writer work at the same time.
"""

import errno
import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import cast

from sqlite_utils import Database

from repo_store import durable, locks
from repo_store.history.records import Record
from repo_store.index import corrections, events
from repo_store.index.connection import connect, scrub
from repo_store.index.mapping import (
    PreparedRows,
    ReadContents,
    Row,
    StoryUpdate,
    earlier_revisions,
    prepare,
)
from repo_store.index.queries import Queries
from repo_store.index.schema import (
    FORMAT,
    INSERT_ACTION,
    INSERT_REVISION,
    INSERT_STORY,
    STATEMENTS,
    TABLES,
    UPDATE_REVISION,
)
from repo_store.index.search import tables as search_tables
from repo_store.index.search.documents import NOTHING, Standing
from repo_store.index.static_files import StaticFiles
from repo_store.log import leaves, published
from repo_store.log.checkpoint import StoredCheckpoint

_WAL = 8 * 1024 * 1024
"""Bytes that are allocated for the WAL beforehand. SQLite checkpoints it at half of that, after the
transaction that passes it: the rest is for this one, or a disk could be full halfway.
"""

# In the table `seen`, beside the shards: the newest commit of each log that the index has, and the
# newest intent to sign the private one.
LOG, PUBLISHED, NEXT = "log", "published", "log-next"


@dataclass
class Publication:
    """The public log while it grows; `stored` is set to the checkpoint that ends it."""

    _connection: sqlite3.Connection
    log: published.Published
    stored: StoredCheckpoint | None = None

    def load(self, checkpoint: StoredCheckpoint) -> None:
        """Add the leaves of a checkpoint as git has them."""
        published.load(self._connection, checkpoint.start, checkpoint.leaves)
        published.update_heads(self._connection, checkpoint.start)
        published.reconcile(self._connection)

    def add(self, bodies: Sequence[str], at: datetime) -> None:
        """Add these leaves, then one for each public event that has none, then the map's."""
        published.append_others(self._connection, bodies)
        published.append_events(self._connection)
        published.append_heads(self._connection, at)


class Index(Queries):
    def __init__(self, path: Path) -> None:
        self.path = path
        self._path = str(path)
        self._lock = f"{path.parent}/locks/index"
        self._local = threading.local()
        self.log = leaves.Log(self.connection)
        self.public_log = published.Published(self.connection)
        self.static = StaticFiles(path.parent)

    @classmethod
    def create(cls, path: Path) -> "Index":
        durable.make_private(str(path))
        with closing(sqlite3.connect(path)) as connection:
            db = Database(connection)
            db.enable_wal()
            _create_tables(db)
            db.table("meta").insert({"format": FORMAT, "build": secrets.token_hex(4)})
            connection.commit()
        return cls(path)

    def fault(self) -> str | None:
        """Why the file has to be rebuilt: it is missing, damaged, of another format or another
        user's. OSError or sqlite3.Error if it could not be looked at, which says nothing of it.
        """
        if not self.present():
            return "the index is not a file" if self.path.exists() else "the index is missing"
        if not os.access(self.path, os.R_OK | os.W_OK) and os.access(self.path.parent, os.W_OK):
            return "the index belongs to another user"
        try:
            db = self._db()
            # First what the tables are: a view in place of one could take for ever to read.
            if _schema(db.conn) == _our_schema() and _formats(db) == [FORMAT]:
                return None
        except sqlite3.DatabaseError as error:
            self.close()
            if durable.is_damage(error):
                return "the index is damaged"
            if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_ERROR:  # “no such table”
                raise
        return "the index was made by another release"

    def present(self) -> bool:
        return self.path.is_file()

    def inode(self) -> int | None:
        """Which file is at the path now; None if there is none."""
        try:
            return os.stat(self._path).st_ino
        except FileNotFoundError:
            return None

    def connected(self) -> int | None:
        """Which file this thread has a connection to, or would get one to."""
        inode: int | None = self._local.__dict__.get("inode")
        return self.inode() if inode is None else inode

    def close(self) -> None:
        """Close this thread's connection."""
        self._local.__dict__.pop("inode", None)
        db = self._local.__dict__.pop("db", None)
        if db is not None:
            db.close()

    def checkpoint(self) -> None:
        """Checkpoint the WAL, so that the file alone is the whole index."""
        self._db().execute("pragma wal_checkpoint(truncate)")

    def copy_to(self, path: Path) -> None:
        """Overwrite the index at `path` in one transaction: readers see the old or the new."""
        with self.static.changing(None), closing(sqlite3.connect(path, timeout=30)) as target:
            self._db().conn.backup(target)

    def replace_by(self, path: Path) -> None:
        """Put the file at `path`, which needs no WAL, in place of this one.

        Whoever has the old one open turns to the new one at the next query.
        """
        with self.static.changing(None), locks.locked(self._lock):
            if self.path.is_dir():
                self.path.rename(f"{self._path}.{time.time_ns()}.not-a-file")
            # A WAL of the old one must never be read as one of the new one.
            for suffix in ("-wal", "-shm"):
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)
            path.replace(self.path)

    # Writing

    def allocate(self) -> None:
        """Allocate disk space for the next transaction. Raises OSError if there is none.

        Called before git is written to, so that a full disk is noticed in time.
        """
        self._db()
        descriptor = durable.private(f"{self._path}-wal", os.O_WRONLY | os.O_CREAT)
        try:
            if os.fstat(descriptor).st_size < _WAL:
                os.posix_fallocate(descriptor, 0, _WAL)
        except OSError as error:
            # Some file systems and C libraries can't do this.
            if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
                raise
        finally:
            os.close(descriptor)

    def record(self, records: Iterable[Record], read: ReadContents) -> None:
        """Add records, each story's in order, all in one transaction. Idempotent."""
        added = list(records)
        self.apply(self.prepare(added, read), lambda: self.prepare(added, read))

    def prepare(self, records: Sequence[Record], read: ReadContents) -> PreparedRows:
        """The rows that `record` writes, worked out while nothing is locked."""
        groups = groupby(records, key=lambda record: record.story)
        added = {story: list(group) for story, group in groups}
        rows = self._rows(list(added))
        numbers = [row["number"] for row in rows.values()]
        standing = search_tables.standing(self.connection(), numbers)
        updates = (
            self._update(row, added[each], standing.get(row.get("number", 0), NOTHING))
            for each in added
            for row in [rows.get(each, {"id": each})]
        )
        return prepare([update for update in updates if update.added], read)

    def _update(self, row: Row, records: Sequence[Record], standing: Standing) -> StoryUpdate:
        added = [each for each in records if each.entry > (row.get("entries") or 0)]
        numbers = earlier_revisions(added)
        earlier = (self.revision(row["id"], number) for number in numbers)
        return StoryUpdate(row, added, [each for each in earlier if each], standing)

    def apply(self, prepared: PreparedRows, again: Callable[[], PreparedRows]) -> None:
        """Write prepared rows in one transaction; `again` prepares them once more if another writer
        was faster.
        """
        with self.static.changing(prepared.entries_before), self._writing() as db:
            conn = db.conn
            entries = conn.execute(
                "select id, entries from story where id in (select value from json_each(?))",
                [json.dumps(list(prepared.entries_before))],
            )
            known = {story: count for story, count in prepared.entries_before.items() if count}
            if dict(entries.fetchall()) != known:
                prepared = again()
            _write(conn, prepared)

    def rewrite(self, records: Sequence[Record], read: ReadContents) -> None:
        """Replace all rows of a story by those of its redacted chain, in one transaction."""
        story = records[0].story
        with self.static.changing([story]), self._writing() as db:
            [row] = self._rows([story]).values()
            search_tables.forget(db.conn, row["number"])
            corrections.forget(db.conn, row["number"], story)
            for table in ("revision", "action"):
                db.conn.execute(f"delete from {table} where story = ?", [story])
            db.conn.execute("delete from story where id = ?", [story])
            old = {"id": story, "number": row["number"]}
            _write(db.conn, prepare([StoryUpdate(old, list(records))], read))

    def number_events(self) -> None:
        """Give events the order of the log, once all of a rebuilt index is there."""
        with self._writing() as db:
            events.number_by_leaf(db.conn)
            published.reconcile(db.conn)

    def scrub(self) -> None:
        """Leave nothing of what was deleted or overwritten in the file or its WAL.

        Takes time in proportion to the index; writers wait.
        """
        with locks.locked(self._lock):
            connection = self._db().conn
            for table in ("search", "correction_search"):
                connection.execute(f"insert into {table} ({table}) values ('optimize')")
            connection.commit()
            scrub(connection)

    def set_seen(self, stamps: Mapping[str, str]) -> None:
        with self._writing() as db:
            _see(db.conn, stamps)

    def add_checkpoint(self, stored: StoredCheckpoint) -> bool:
        """Add a checkpoint from git and its leaves; False if the leaves here differ from them.

        The leaves here were then never published, and the index has to be rebuilt.
        """
        with self._writing() as db:
            if not self._load_leaves(db.conn, stored):
                return False
            row = (stored.size, stored.commit, stored.note)
            db.conn.execute("insert or replace into checkpoint values (?, ?, ?)", row)
            _see(db.conn, {LOG: stored.commit})
        return True

    def add_leaves(self, stored: StoredCheckpoint) -> bool:
        """The same of a checkpoint that was not signed yet: its leaves alone."""
        with self._writing() as db:
            return self._load_leaves(db.conn, stored)

    def _load_leaves(self, conn: sqlite3.Connection, stored: StoredCheckpoint) -> bool:
        here = [each.body for each in self.log.leaves(stored.start, stored.size)]
        if list(stored.leaves[: len(here)]) != here or self.log.size() < stored.start:
            return False
        leaves.load(conn, stored.start + len(here), stored.leaves[len(here) :])
        return True

    def add_published(self, checkpoints: Iterable[StoredCheckpoint]) -> bool:
        """Add checkpoints of the public log from git, and their leaves; False if they do not follow
        the leaves here.
        """
        with self._writing() as db:
            start = self.public_log.size()
            for stored in checkpoints:
                if stored.start != self.public_log.size():
                    return False
                published.load(db.conn, stored.start, stored.leaves)
                published.note_checkpoint(db.conn, stored)
                _see(db.conn, {PUBLISHED: stored.commit})
            published.update_heads(db.conn, start)
            published.reconcile(db.conn)
        return True

    @contextmanager
    def reading(self) -> Iterator[None]:
        """All that this thread reads is of one moment."""
        connection = self.connection()
        connection.execute("begin")
        try:
            yield
        finally:
            connection.rollback()

    @contextmanager
    def publishing(self) -> Iterator[Publication]:
        """Add leaves and the checkpoint over them to the public log, in one transaction."""
        with self._writing() as db:
            publication = Publication(db.conn, self.public_log)
            yield publication
            if publication.stored:
                published.note_checkpoint(db.conn, publication.stored)
                _see(db.conn, {PUBLISHED: publication.stored.commit})

    @contextmanager
    def _writing(self) -> Iterator[Database]:
        """A transaction of the one writer.

        Writers queue for our lock; SQLite's own they would have to poll.
        """
        with locks.locked(self._lock):
            db = self._db()
            if self._local.immutable:
                self.allocate()  # says why the disk rejects writes, which SQLite does not
            db.conn.execute("begin immediate")
            try:
                yield db
            except BaseException:
                db.rollback()
                raise
            db.commit()

    # Connections

    def connection(self) -> sqlite3.Connection:
        return self._db().conn

    def _db(self) -> Database:
        """This thread's connection to the file that is at the path now."""
        inode = os.stat(self._path).st_ino
        local = self._local.__dict__
        if local.get("inode") != inode or local["immutable"]:
            self.close()
            connection, immutable = connect(self.path, _WAL // 2)
            local.update(db=Database(connection), inode=inode, immutable=immutable)
        return cast(Database, local["db"])


def _create_tables(db: Database) -> None:
    for table, (columns, key) in TABLES.items():
        db.table(table).create(columns, pk=key)
    for statement in STATEMENTS:
        db.execute(statement)


def _schema(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    # The tables in which FTS5 keeps its data are SQLite's own affair, apart from being tables.
    sql = "select type, name, tbl_name, iif(name glob '*search_*', '', sql) from sqlite_master"
    return set(connection.execute(sql))


@cache
def _our_schema() -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        _create_tables(Database(connection))
        return _schema(connection)


def _formats(db: Database) -> list[int]:
    return [number for (number,) in db.execute("select format from meta")]


def _see(connection: sqlite3.Connection, stamps: Mapping[str, str]) -> None:
    sql = "insert or replace into seen (shard, stamp) values (?, ?)"
    connection.executemany(sql, list(stamps.items()))


def _write(conn: sqlite3.Connection, prepared: PreparedRows) -> None:
    conn.executemany(INSERT_REVISION, prepared.revisions)
    conn.executemany(INSERT_ACTION, prepared.actions)
    conn.executemany(UPDATE_REVISION, prepared.changed)
    if new := [row for row in prepared.stories if "number" not in row]:
        last = conn.execute("select coalesce(max(number), 0) from story").fetchone()[0]
        for number, row in enumerate(new, last + 1):
            row["number"] = number
    conn.executemany(INSERT_STORY, prepared.stories)
    numbers = [row["number"] for row in prepared.stories]
    search_tables.write(conn, zip(numbers, prepared.search, strict=True))
    corrections.write(conn, zip(prepared.stories, prepared.corrections, strict=True))
    leaves.append(conn, prepared.leaves)
    events.append(conn, prepared.events)
