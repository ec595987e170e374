"""The history of every sentence of every story, cached in `provenance.db`.

The file can be deleted at any time: a missing history is rebuilt from the versions, with one diff
each. It is extended from where it ended, so that a page does not cost the whole history each time.
If the disk cannot be written, the history is built in memory for that one call.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from repo_store import durable, scrub
from service.diffing import Page, compare
from service.provenance.lineage import follow
from service.provenance.sentences import Sentence, sentences

log = logging.getLogger(__name__)

_FORMAT = 1
_TABLES = f"""
create table story (
    id text primary key, version integer not null, "commit" text not null
) strict, without rowid;
create table form (
    story text not null, lineage integer not null, since integer not null, until integer,
    back integer, section text not null, block integer not null, field text not null,
    nth integer not null, text text not null, digest text not null, newest integer not null,
    primary key (story, lineage, since)
) strict, without rowid;
create index standing on form (story) where until is null;
create index gone on form (story, until desc, lineage) where newest and until is not null;
create index said on form (story, digest);
pragma user_version = {_FORMAT};
"""
_INSERT = "insert into form values (?, ?, ?, null, ?, ?, ?, ?, ?, ?, ?, 1)"


class Form(NamedTuple):
    """One wording of a sentence, in the versions from `since` to `until`; None: also in the last.

    `lineage`: the same number for all wordings of one sentence. `back`: if the same words were in
    the text before and came back, the last of those earlier versions.
    """

    lineage: int
    since: int
    until: int | None
    back: int | None
    section: str
    block: int
    field: str
    nth: int
    text: str

    @property
    def sentence(self) -> Sentence:
        return Sentence(*self[4:])


Read = Callable[[int], tuple[str, Page]]
"""From a version's number to its commit and its page."""
_COLUMNS = ", ".join(Form._fields)


class SentenceHistory:
    """The sentences of one story, up to one version."""

    def __init__(self, connection: sqlite3.Connection, story: str) -> None:
        self._connection, self._story = connection, story

    def current(self) -> list[Form]:
        """The sentences of the last version."""
        return self._forms("until is null")

    def forms(self, lineage: int, limit: int) -> tuple[Form, list[Form]]:
        """A sentence's first form, and of those before its last up to `limit` newest ones, oldest
        first.
        """
        [first] = self._forms("lineage = ? order by since limit 1", lineage)
        newest = self._forms("lineage = ? order by since desc limit ?", lineage, limit + 1)
        return first, newest[:0:-1]

    def removed(self, before: tuple[int, int] | None, limit: int) -> list[Form]:
        """The last forms of sentences that are gone, last gone first.

        `before`: `until` and lineage of the last item of the page before.
        """
        until, lineage = before or (2**62, 0)
        return self._forms(
            "newest and until is not null and until <= ? and (until < ? or lineage > ?)"
            " order by until desc, lineage limit ?",
            until,
            until,
            lineage,
            limit,
        )

    def all_texts(self) -> Iterator[tuple[str, int, int | None]]:
        """Text, `since` and `until` of each form."""
        sql = "select text, since, until from form where story = ?"
        yield from self._connection.execute(sql, [self._story])

    def _forms(self, where: str, *values: object) -> list[Form]:
        sql = f"select {_COLUMNS} from form where story = ? and {where}"
        return [Form(*row) for row in self._connection.execute(sql, [self._story, *values])]


class Ledger:
    """`batch`: how many versions are added in one transaction."""

    def __init__(self, path: Path, batch: int = 50) -> None:
        self._path, self._batch = path, batch

    @contextmanager
    def history(self, story: str, version: int, read: Read) -> Iterator[SentenceHistory]:
        """A story's sentences up to `version`, which must be its live one."""
        with closing(self._caught_up(story, version, read)) as connection:
            yield SentenceHistory(connection, story)

    def forget(self, story: str) -> None:
        """Delete a story's sentences from the disk; the next call of `history` rebuilds them."""
        if not self._path.exists():
            return
        try:
            with closing(sqlite3.connect(self._path, timeout=30)) as connection:
                with connection:
                    _prepare(connection)
                    for table, column in (("story", "id"), ("form", "story")):
                        connection.execute(f"delete from {table} where {column} = ?", [story])
                scrub(connection)
        except sqlite3.DatabaseError as error:
            if not durable.is_damage(error):
                raise
            self._discard(error)

    def _caught_up(self, story: str, version: int, read: Read) -> sqlite3.Connection:
        for path in (self._path, ":memory:"):
            connection = None
            try:
                connection = sqlite3.connect(path, timeout=30)
                with connection:
                    _prepare(connection)
                done = False
                while not done:
                    with connection:
                        done = _catch_up(connection, story, version, read, self._batch)
                return connection
            except BaseException as error:
                if connection:
                    connection.close()
                if path == ":memory:":
                    raise
                if durable.is_damage(error):
                    self._discard(error)
                # The disk may be read-only or full.
                elif not isinstance(error, sqlite3.OperationalError):
                    raise
        raise AssertionError

    def _discard(self, error: BaseException) -> None:
        """Delete a damaged file: all that is in it can be worked out again."""
        log.warning("%s: %s: deleted, to be made anew", self._path, error)
        for suffix in ("-wal", "-shm", ""):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)


def _prepare(connection: sqlite3.Connection) -> None:
    """Create the tables; replace those of another format."""
    if connection.execute("pragma user_version").fetchone()[0] == _FORMAT:
        return
    connection.execute("pragma journal_mode = wal")
    connection.executescript(
        f"begin immediate; drop table if exists story; drop table if exists form; {_TABLES} commit;"
    )


def _catch_up(
    connection: sqlite3.Connection, story: str, version: int, read: Read, batch: int
) -> bool:
    """Add up to `batch` versions; whether `version` is reached.

    Batches let other writers in between, and a crash loses only the last one.
    """
    known = 'select version, "commit" from story where id = ?'
    row = connection.execute(known, [story]).fetchone()
    if row and row[0] == version and read(version)[0] == row[1]:
        return True
    connection.execute("begin immediate")
    row = connection.execute(known, [story]).fetchone()
    if row and (row[0] > version or read(row[0])[0] != row[1]):
        # Not the chain that this history was built from.
        connection.execute("delete from form where story = ?", [story])
        row = None
    done = row[0] if row else 0
    writer = _Writer(connection, story)
    page: Page | None = read(done)[1] if done else None
    last = min(version, done + batch)
    for number in range(done + 1, last + 1):
        commit, new = read(number)
        writer.step(number, page, new)
        page = new
        connection.execute("insert or replace into story values (?, ?, ?)", [story, number, commit])
    return last == version


class _Writer:
    """Adds versions to a story's history, one after the other."""

    def __init__(self, connection: sqlite3.Connection, story: str) -> None:
        self._connection, self._story = connection, story
        self._current = SentenceHistory(connection, story).current()
        sql = "select coalesce(max(lineage), 0) from form where story = ?"
        self._last = int(connection.execute(sql, [story]).fetchone()[0])

    def step(self, number: int, old: Page | None, new: Page) -> None:
        now = sentences(new)
        by_place = {form.sentence[:4]: form for form in self._current}
        was = sentences(old) if old else []
        links = follow(compare(old, new), was, now) if old else {}
        forms = {j: by_place[was[i][:4]] for j, i in links.items()}
        kept = {form.lineage for j, form in forms.items() if form.text == now[j].text}
        for form in self._current:
            if form.lineage not in kept:
                self._run(
                    "update form set until = ? where story = ? and lineage = ? and since = ?",
                    number - 1,
                    self._story,
                    form.lineage,
                    form.since,
                )
        self._current = [
            self._added(number, sentence, forms.get(j)) for j, sentence in enumerate(now)
        ]

    def _added(self, number: int, sentence: Sentence, was: Form | None) -> Form:
        """The sentence's form in version `number`; `was`: its form in the version before."""
        if was and was.text == sentence.text:
            if was.sentence != sentence:
                self._run(
                    "update form set section = ?, block = ?, field = ?, nth = ?"
                    " where story = ? and lineage = ? and since = ?",
                    *sentence[:4],
                    self._story,
                    was.lineage,
                    was.since,
                )
            return Form(was.lineage, was.since, None, was.back, *sentence)
        lineage, back = self._lineage(number, sentence, was)
        form = Form(lineage, number, None, back, *sentence)
        mine = "story = ? and lineage = ?"
        self._run(f"update form set newest = 0 where {mine} and newest", self._story, lineage)
        values = (self._story, lineage, number, back, *sentence, _digest(sentence.text))
        self._run(_INSERT, *values)
        return form

    def _lineage(self, number: int, sentence: Sentence, was: Form | None) -> tuple[int, int | None]:
        """The lineage that a new form belongs to, and the last earlier version with its words."""
        mine = "story = ? and digest = ? and until is not null"
        where = f"{mine} and lineage = ?" if was else f"{mine} and newest and since < ?"
        row = self._run(
            f"select lineage, until from form where {where} order by until desc limit 1",
            self._story,
            _digest(sentence.text),
            was.lineage if was else number,
        ).fetchone()
        if row:
            return row[0], row[1]
        if was:
            return was.lineage, None
        self._last += 1
        return self._last, None

    def _run(self, sql: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(sql, values)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
