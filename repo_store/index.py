"""The SQLite read model: what every list and look-up is answered from.

Nothing here is the truth; the file may be deleted at any time. The only module that imports
sqlite_utils. Each thread has a connection of its own; WAL lets readers and a writer work at once.
"""

import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, cast

from sqlite_utils import Database

from repo_store.models import Author, Changes, Content, Kind, Revision, State

FORMAT = 1

Row = dict[str, Any]
ReadContent = Callable[[Revision], Content]

_REVISION = {
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
_STORY = {
    "number": int,
    "id": str,
    "head": str,
    "revisions": int,
    "live": int,
    "title": str,
    "summary": str,
    "published_at": int,
    "changed_at": int,
}


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


class Index:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()

    @classmethod
    def create(cls, path: Path) -> "Index":
        with closing(sqlite3.connect(path)) as connection:
            db = Database(connection)
            db.enable_wal()
            db.table("meta").create({"format": int})
            db.table("meta").insert({"format": FORMAT})
            db.table("revision").create(_REVISION, pk=("story", "revision"))
            db.table("revision").create_index(["story", "version"], unique=True)
            db.table("revision").create_index(["story", "token", "idempotency_key"])
            db.table("story").create(_STORY, pk="number")
            db.table("story").create_index(["id"], unique=True)
            db.execute(
                "create index story_changed on story (changed_at desc, id) where live is not null"
            )
            db.execute("create virtual table search using fts5 (words)")
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

    def tips(self) -> dict[str, Tip]:
        """Where every story stands."""
        rows = self._query("select id, head, revisions, live from story")
        return {row["id"]: Tip(row["head"], row["revisions"], row["live"]) for row in rows}

    def tip(self, story: str) -> Tip:
        row = self._one("select head, revisions, live from story where id = ?", story)
        return Tip(**row) if row else Tip()

    def story(self, story: str) -> Story | None:
        row = self._one("select * from story where id = ? and live is not null", story)
        return _story(row) if row else None

    def stories(self, words: str, before: tuple[int, str] | None, limit: int) -> list[Story]:
        """Published stories, last changed first; `words` must all stand in the live text.

        `before` is the (changed_at, id) of the last story already seen.
        """
        where = ["live is not null"]
        values: Row = {"limit": limit}
        if before:
            where.append("(changed_at < :at or (changed_at = :at and id > :id))")
            values |= dict(zip(("at", "id"), before, strict=True))
        if words.strip():
            if not (match := _match(words)):
                return []
            where.append("number in (select rowid from search where search match :match)")
            values["match"] = match
        sql = f"select * from story where {' and '.join(where)}"
        return list(
            map(_story, self._query(f"{sql} order by changed_at desc, id limit :limit", values))
        )

    def revision(self, story: str, revision: int) -> Revision | None:
        return self._revision("revision = ?", story, revision)

    def version(self, story: str, version: int) -> Revision | None:
        return self._revision("version = ?", story, version)

    def newest(self, story: str, state: State) -> Revision | None:
        return self._revision("state = ? order by revision desc limit 1", story, state)

    def keyed(self, story: str, token: str, key: str) -> Revision | None:
        """The revision that this token wrote under this Idempotency-Key."""
        return self._revision("token = ? and idempotency_key = ?", story, token, key)

    def versions(self, story: str, before: int | None, limit: int) -> list[Revision]:
        """Newest first, below version `before`."""
        return self._page("version", story, before, limit)

    def revisions(self, story: str, before: int | None, limit: int) -> list[Revision]:
        """Newest first, below revision `before`, drafts too."""
        return self._page("revision", story, before, limit)

    def chain(self, story: str) -> list[Revision]:
        """Every revision of a story, first to last."""
        sql = "select * from revision where story = ? order by revision"
        return list(map(_revision, self._query(sql, [story])))

    # Writing

    def record(self, revisions: Iterable[Revision], read: ReadContent) -> None:
        """Add revisions, each story's in order, all in one transaction. Repeating is harmless.

        `read` gives the content of a story's live version, for its title and the search.
        """
        with self._writing() as db:
            for story, group in groupby(revisions, key=lambda revision: revision.story):
                db.table("revision").insert_all(map(_row, group), replace=True)
                self._summarise(db, story, read)

    def _summarise(self, db: Database, story: str, read: ReadContent) -> None:
        """The story's own row and its words, from its newest revisions."""
        newest = _revision(_only(db, "order by revision desc limit 1", story))
        row: Row = {"id": story, "head": newest.commit, "revisions": newest.revision}
        if first := _only(db, "and version = 1", story):
            live = _revision(_only(db, "and version > 0 order by version desc limit 1", story))
            content = read(live)
            row |= {
                "live": live.version,
                "title": content.title,
                "summary": content.summary,
                "published_at": first["created_at"],
                "changed_at": int(live.created_at.timestamp()),
            }
            words = searchable(_text(content))
            number = self._save(db, row)
            # By its number: FTS5 would look for a story's id in every row.
            db.execute(
                "insert or replace into search (rowid, words) values (?, ?)", [number, words]
            )
        else:
            self._save(db, row)

    def _save(self, db: Database, row: Row) -> int:
        """Add or update a story's row; its number, which stays the same."""
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        updates = ", ".join(f"{name} = excluded.{name}" for name in row)
        saved = db.execute(
            f"insert into story ({names}) values ({values})"
            f" on conflict (id) do update set {updates} returning number",
            row,
        )
        return int(saved.fetchone()[0])

    @contextmanager
    def _writing(self) -> Iterator[Database]:
        """A transaction that waits for the write lock at its start.

        One that began as a reader would fail at once if another writer came between.
        """
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
        inode = os.stat(self.path).st_ino
        local = self._local.__dict__
        if local.get("inode") != inode:
            self.close()
            uri = f"{self.path.absolute().as_uri()}?mode=rw"
            connection = sqlite3.connect(uri, uri=True, timeout=30)
            # The truth is in git and the index catches up after a crash, so no flush is waited for.
            connection.execute("pragma synchronous = normal")
            local.update(db=Database(connection), inode=inode)
        return cast(Database, local["db"])

    def _query(self, sql: str, values: Iterable[Any] | Mapping[str, Any] = ()) -> Iterator[Row]:
        parameters = values if isinstance(values, dict) else list(values)
        return self._db().query(sql, parameters)

    def _one(self, sql: str, *values: Any) -> Row | None:
        return next(iter(list(self._query(sql, values))), None)

    def _revision(self, where: str, *values: Any) -> Revision | None:
        row = self._one(f"select * from revision where story = ? and {where}", *values)
        return _revision(row) if row else None

    def _page(self, number: str, story: str, before: int | None, limit: int) -> list[Revision]:
        sql = (
            f"select * from revision where story = :story and {number} < :before"
            f" order by {number} desc limit :limit"
        )
        values = {"story": story, "before": before or 2**62, "limit": limit}
        return list(map(_revision, self._query(sql, values)))


def _only(db: Database, rest: str, story: str) -> Row:
    sql = f"select * from revision where story = ? {rest}"
    return next(iter(list(db.query(sql, [story]))), {})


def _row(revision: Revision) -> Row:
    own = {name: getattr(revision, name) for name in _REVISION if hasattr(revision, name)}
    return own | {
        "author_name": revision.author.name,
        "author_email": revision.author.email,
        "created_at": int(revision.created_at.timestamp()),
        "recorded_at": int(revision.recorded_at.timestamp()),
        "sections": ",".join(revision.changes.sections),
        "words_added": revision.changes.words_added,
        "words_removed": revision.changes.words_removed,
    }


def _revision(row: Row) -> Revision:
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


def _story(row: Row) -> Story:
    return Story(
        row["id"],
        row["live"],
        row["title"],
        row["summary"],
        datetime.fromtimestamp(row["published_at"], UTC),
        datetime.fromtimestamp(row["changed_at"], UTC),
    )


# Search. FTS5 cuts words at spaces, so scripts written without them are spaced out by character,
# in the text and in the query alike: a query is then a phrase of characters.
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])"
)


_MOST_TERMS = 32


def searchable(text: str) -> str:
    return _UNSPACED.sub(r" \1 ", text)


def _match(words: str) -> str:
    """A query in FTS5's language: every term must stand in the text, as the start of a word."""
    terms = words.replace("\0", " ").split()[:_MOST_TERMS]
    phrases = (" ".join(searchable(term).split()) for term in terms)
    quoted = ('"' + phrase.replace('"', '""') + '"*' for phrase in phrases)
    return " ".join(quoted)


def _text(content: Content) -> str:
    return "\n".join(
        [
            content.title,
            content.summary,
            *content.overview,
            *content.analysis,
            *(source.name for source in content.sources),
            *(f"{entry.question} {entry.answer}" for entry in content.faq),
        ]
    )
