"""The SQLite read model: what every list and look-up is answered from.

Nothing here is the truth; the file may be deleted at any time. The only module that imports
sqlite_utils. Each thread has a connection of its own; WAL lets readers and a writer work at once.
"""

import errno
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, cast

from sqlite_utils import Database

from repo_store import disk
from repo_store.records import Action, Record, Revision, State, Tip
from repo_store.rows import (
    INSERT_ACTION,
    INSERT_REVISION,
    INSERT_STORY,
    STORY,
    UPDATE_REVISION,
    Change,
    Prepared,
    ReadFields,
    Row,
    Story,
    action_of,
    prepared,
    revision_of,
    story_of,
)
from repo_store.schema import CORRECTS, FORMAT, STATEMENTS, TABLES
from repo_store.search import query
from repo_store.sqlite import connect
from repo_store.waiting import Filter, Waiting, waiting_of, waiting_sql

# The WAL is folded into the file at this size, and has so much room beforehand.
_WAL = 8 * 1024 * 1024

_SEARCHABLE = "insert into search (rowid, words) values (?, ?)"
_FORGET = "insert into search (search, rowid, words) values ('delete', ?, ?)"


class Index:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._path = str(path)
        self._lock = f"{path.parent}/locks/index"
        self._local = threading.local()

    @classmethod
    def create(cls, path: Path) -> "Index":
        with closing(sqlite3.connect(path)) as connection:
            db = Database(connection)
            db.enable_wal()
            for table, (columns, key) in TABLES.items():
                db.table(table).create(columns, pk=key)
            for statement in STATEMENTS:
                db.execute(statement)
            db.table("meta").insert({"format": FORMAT})
            connection.commit()
        return cls(path)

    def usable(self) -> bool:
        """Whether the file is there, readable, and of this format."""
        try:
            return list(self._db().query("select format from meta")) == [{"format": FORMAT}]
        except (sqlite3.DatabaseError, OSError):
            self.close()
            return False

    def present(self) -> bool:
        return self.path.exists()

    def close(self) -> None:
        """Close this thread's connection."""
        self._local.__dict__.pop("inode", None)
        db = self._local.__dict__.pop("db", None)
        if db is not None:
            db.close()

    def checkpoint(self) -> None:
        """Fold the WAL into the file, so that the file alone is the whole index."""
        self._db().execute("pragma wal_checkpoint(truncate)")

    def copy_to(self, path: Path) -> None:
        """Overwrite the index at `path` in one transaction; its readers see the old or the new."""
        with closing(sqlite3.connect(path, timeout=30)) as target:
            self._db().conn.backup(target)

    # Reading

    def tips(self, shards: Collection[str] | None = None) -> dict[str, Tip]:
        """Where every story stands, or every one of these shards."""
        where = "" if shards is None else f" where shard in ({','.join('?' * len(shards))})"
        cursor = self._db().execute(
            f"select id, head, places, revisions, live from story{where}", list(shards or ())
        )
        return {row[0]: Tip(*row[1:]) for row in cursor}

    def tip(self, story: str) -> Tip:
        row = self._one("select head, places, revisions, live from story where id = ?", story)
        return Tip(**row) if row else Tip()

    def head(self, story: str) -> str | None:
        """The newest commit of a story of which something is published: it changes when that does.

        Asked at every request for what is kept of the story, so no more is read.
        """
        sql = "select head from story where id = ? and live is not null"
        row = self._db().conn.execute(sql, [story]).fetchone()
        return row[0] if row else None

    def newest_records(self) -> tuple[object, ...]:
        """What was recorded last in the whole archive: it changes when anything does."""
        newest = '(select "commit" from {0} where rowid = (select max(rowid) from {0}))'
        sql = f"select {newest.format('revision')}, {newest.format('action')}"
        return tuple(self._db().conn.execute(sql).fetchone())

    def story(self, story: str) -> Story | None:
        row = self._one("select * from story where id = ? and live is not null", story)
        return story_of(row) if row else None

    def stories(self, words: str, before: tuple[int, str] | None, limit: int) -> list[Story]:
        """Published stories, last changed first; `words` must all stand in the live text.

        `before` is the (changed_at, id) of the last story already seen.
        """
        where = ["live is not null"]
        values: Row = {"limit": limit}
        if before:
            where.append("changed_at <= :at and (changed_at < :at or id > :id)")
            values |= dict(zip(("at", "id"), before, strict=True))
        if words.strip():
            if not (match := query(words)):
                return []
            values["match"] = match
            where.append("number in (select rowid from search where search match :match)")
        sql = f"select * from story where {' and '.join(where)}"
        ordered = f"{sql} order by changed_at desc, id limit :limit"
        return list(map(story_of, self._query(ordered, values)))

    def revision(self, story: str, revision: int) -> Revision | None:
        return self._revision("revision = ?", story, revision)

    def version(self, story: str, version: int) -> Revision | None:
        return self._revision("version = ?", story, version)

    def at(self, story: str, place: int) -> Record | None:
        """What stands at this place of a story's chain."""
        if found := self._revision("place = ?", story, place):
            return found
        row = self._one("select * from action where story = ? and place = ?", story, place)
        return action_of(row) if row else None

    def newest(self, story: str, state: State) -> Revision | None:
        """The newest revision in this state; of published ones the live version."""
        if state is State.PUBLISHED:
            where = "version is not null order by version desc limit 1"
            return self._revision(where, story)
        return self._revision("state = ? order by revision desc limit 1", story, state)

    def keyed(self, story: str, token: str, key: str) -> Revision | None:
        """The revision that this token wrote under this Idempotency-Key."""
        return self._revision("token = ? and idempotency_key = ?", story, token, key)

    def keyed_action(self, story: str, token: str, key: str) -> Action | None:
        sql = "select * from action where story = ? and token = ? and idempotency_key = ?"
        row = self._one(sql, story, token, key)
        return action_of(row) if row else None

    def actions(self, story: str, revision: int | None = None) -> list[Action]:
        """What was done about a revision, or about all of a story's, first to last."""
        where = "" if revision is None else " and revision = :revision"
        sql = f"select * from action where story = :story{where} order by place"
        values = {"story": story, "revision": revision}
        return list(map(action_of, self._query(sql, values)))

    def timeline(self, story: str, before: tuple[int, int] | None, limit: int) -> list[Record]:
        """Revisions and actions, newest first; `before` is a (place, revision) already seen.

        Both are needed: revisions are found by their number, actions by their place.
        """
        place, revision = before or (2**62, 2**62)
        revisions = self._page("revision", story, revision, limit)
        sql = "select * from action where story = ? and place < ? order by place desc limit ?"
        actions = map(action_of, self._query(sql, [story, place, limit]))
        both: list[Record] = [*revisions, *actions]
        return sorted(both, key=lambda each: each.place, reverse=True)[:limit]

    def waiting(self, chosen: Filter, after: Sequence[object] | None, limit: int) -> list[Waiting]:
        """Drafts that wait for someone to decide: facts changed first, slight edits last, then
        those that wait longest. `after`: the `order` of the last one seen.
        """
        sql, values = waiting_sql(chosen, after)
        rows = self._query(f"{sql} limit :limit", values | {"limit": limit})
        return list(map(waiting_of, rows))

    def waiting_authors(self, limit: int) -> list[str]:
        sql = (
            "select distinct author_name from revision where state = 'draft'"
            " and superseded_by is null order by author_name limit ?"
        )
        return [row["author_name"] for row in self._query(sql, [limit])]

    def versions(self, story: str, before: int | None, limit: int) -> list[Revision]:
        """Newest first, below version `before`."""
        return self._page("version", story, before, limit)

    def version_range(self, story: str, first: int, last: int) -> list[Revision]:
        """The versions numbered from `first` to `last`, oldest first."""
        sql = "select * from revision where story = ? and version between ? and ? order by version"
        return list(map(revision_of, self._query(sql, [story, first, last])))

    def published(self, limit: int) -> list[Revision]:
        """The newest versions of all stories, those of one story in their order."""
        sql = (
            "select * from revision where version is not null"
            " order by published_at desc, story, version desc limit ?"
        )
        return list(map(revision_of, self._query(sql, [limit])))

    def numbered(self, first: int, last: int) -> list[Story]:
        """The published ones of the stories that were recorded as number `first` to `last`."""
        sql = "select * from story where number between ? and ? and live is not null"
        return list(map(story_of, self._query(sql, [first, last])))

    def last_number(self) -> int:
        """The number of the last one recorded of the stories that are published; 0 if none is."""
        sql = "select number from story where live is not null order by number desc limit 1"
        row = self._one(sql)
        return int(row["number"]) if row else 0

    def corrections(self, story: str, limit: int) -> list[Revision]:
        """Versions that put something right, newest first."""
        sql = (
            "select * from revision indexed by corrected"
            f" where story = ? and {CORRECTS} order by version desc limit ?"
        )
        return list(map(revision_of, self._query(sql, [story, limit])))

    def revisions(self, story: str, before: int | None, limit: int) -> list[Revision]:
        """Newest first, below revision `before`, drafts too."""
        return self._page("revision", story, before, limit)

    def chain(self, story: str) -> list[Revision]:
        """Every revision of a story as it stands now, first to last."""
        sql = "select * from revision where story = ? order by revision"
        return list(map(revision_of, self._query(sql, [story])))

    def agrees(self, chain: list[Record], read: ReadFields) -> bool:
        """Whether a story's own row says what its whole chain of records does."""
        if not chain:
            return True
        story = chain[0].story
        row = self._rows([story]).get(story, {})
        change = Change({"id": story}, chain)
        _, live = change.texts()
        texts = dict(zip([live], read([live]), strict=True)) if live else {}
        expected = change.row(texts)
        return all(row.get(name) == expected.get(name) for name in STORY if name != "number")

    # Writing

    def make_room(self) -> None:
        """See that what git will have taken finds its place here too: OSError if it would not."""
        self._db()
        descriptor = os.open(f"{self._path}-wal", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC)
        try:
            if os.fstat(descriptor).st_size < _WAL:
                os.posix_fallocate(descriptor, 0, _WAL)
        except OSError as error:
            # Some file systems and C libraries cannot: then there is no more than the usual hope.
            if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
                raise
        finally:
            os.close(descriptor)

    def record(self, records: Iterable[Record], read: ReadFields) -> None:
        """Add records, each story's in order, all in one transaction. Repeating is harmless.

        `read` gives the contents of blobs as JSON values: for titles and the search.
        """
        added = list(records)
        self.apply(self.prepare(added, read), lambda: self.prepare(added, read))

    def prepare(self, records: Sequence[Record], read: ReadFields) -> Prepared:
        """What `record` is to write, made ready while nothing is locked."""
        groups = groupby(records, key=lambda record: record.story)
        added = {story: list(group) for story, group in groups}
        rows = self._rows(list(added))
        changed = (Change.of(rows.get(story, {"id": story}), added[story]) for story in added)
        return prepared([change for change in changed if change], read)

    def apply(self, prepared: Prepared, again: Callable[[], Prepared]) -> None:
        """Write what was made ready, in one transaction; `again` if another came between."""
        with self._writing() as db:
            conn = db.conn
            stood = conn.execute(
                "select id, places from story where id in (select value from json_each(?))",
                [json.dumps(list(prepared.stood))],
            )
            known = {story: places for story, places in prepared.stood.items() if places}
            if dict(stood.fetchall()) != known:
                prepared = again()
            conn.executemany(INSERT_REVISION, prepared.revisions)
            conn.executemany(INSERT_ACTION, prepared.actions)
            conn.executemany(UPDATE_REVISION, prepared.updates)
            if new := [row for row in prepared.stories if "number" not in row]:
                last = conn.execute("select coalesce(max(number), 0) from story").fetchone()[0]
                for number, row in enumerate(new, last + 1):
                    row["number"] = number
            conn.executemany(INSERT_STORY, prepared.stories)
            gone, come = [], []
            for row, (lost, found) in zip(prepared.stories, prepared.words, strict=True):
                gone += [(row["number"], lost)] if lost else []
                # FTS5 counts what comes and goes: with each that goes, one comes.
                come += [(row["number"], found)] if lost or found else []
            # FTS5 wants rows in their order, and merges what it got in one go.
            conn.executemany(_FORGET, sorted(gone))
            conn.executemany(_SEARCHABLE, sorted(come))

    def _rows(self, stories: list[str]) -> dict[str, Row]:
        sql = "select * from story where id in (select value from json_each(?))"
        return {row["id"]: row for row in self._query(sql, [json.dumps(stories)])}

    def seen(self) -> dict[str, str]:
        """The stamps of git's refs up to which this index has caught up."""
        return {row["shard"]: row["stamp"] for row in self._query("select shard, stamp from seen")}

    def see(self, stamps: Mapping[str, str]) -> None:
        with self._writing() as db:
            sql = "insert or replace into seen (shard, stamp) values (?, ?)"
            db.conn.executemany(sql, list(stamps.items()))

    @contextmanager
    def _writing(self) -> Iterator[Database]:
        """A transaction of the one writer.

        The lock is waited for in a queue; SQLite's own would be slept for and looked at again.
        """
        with disk.locked(self._lock):
            db = self._db()
            db.conn.execute("begin immediate")
            try:
                yield db
            except BaseException:
                db.rollback()
                raise
            db.commit()

    # Connections

    def _db(self) -> Database:
        """This thread's connection to the file that stands at the path now."""
        inode = os.stat(self._path).st_ino
        local = self._local.__dict__
        if local.get("inode") != inode or local["immutable"]:
            self.close()
            connection, immutable = connect(self.path, _WAL)
            local.update(db=Database(connection), inode=inode, immutable=immutable)
        return cast(Database, local["db"])

    def _query(self, sql: str, values: Iterable[Any] | Mapping[str, Any] = ()) -> Iterator[Row]:
        parameters = values if isinstance(values, dict) else list(values)
        cursor = self._db().conn.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    def _one(self, sql: str, *values: Any) -> Row | None:
        return next(iter(list(self._query(sql, values))), None)

    def _revision(self, where: str, *values: Any) -> Revision | None:
        row = self._one(f"select * from revision where story = ? and {where}", *values)
        return revision_of(row) if row else None

    def _page(self, number: str, story: str, before: int | None, limit: int) -> list[Revision]:
        sql = (
            f"select * from revision where story = :story and {number} < :before"
            f" order by {number} desc limit :limit"
        )
        values = {"story": story, "before": before or 2**62, "limit": limit}
        return list(map(revision_of, self._query(sql, values)))
