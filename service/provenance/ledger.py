"""The account of every sentence of every story, kept in `provenance.db`.

It can be deleted at any time: what is missing is made anew from the versions, one difference each.
A story's account goes on from where it ended, so a page costs what it shows, not its whole history.
Where the disk takes no writes, the account is made in memory and forgotten.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from repo_store import scrub
from service.diffing import Page, compare
from service.provenance.lineage import follow
from service.provenance.sentences import Sentence, sentences

_FORMAT = 1
_AT_ONCE = 50
"""Versions that one transaction accounts for."""
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
    """One wording of a sentence. It stood from version `since` to `until`; None: it still stands.

    `back`: the version up to which the same words had stood before, if they came back.
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
"""By number of a version: its commit and its page."""
_COLUMNS = ", ".join(Form._fields)


class Account:
    """What is known of one story, up to one version."""

    def __init__(self, connection: sqlite3.Connection, story: str) -> None:
        self._connection, self._story = connection, story

    def current(self) -> list[Form]:
        return self._forms("until is null")

    def forms(self, lineage: int, limit: int) -> tuple[Form, list[Form]]:
        """The first form of a sentence, and the newest ones before its last, oldest first."""
        [first] = self._forms("lineage = ? order by since limit 1", lineage)
        newest = self._forms("lineage = ? order by since desc limit ?", lineage, limit + 1)
        return first, newest[:0:-1]

    def removed(self, before: tuple[int, int] | None, limit: int) -> list[Form]:
        """The last forms of sentences that stand no more, those that went last first.

        `before`: version and lineage of the last one already seen.
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
        """Text, since and until of each form."""
        sql = "select text, since, until from form where story = ?"
        yield from self._connection.execute(sql, [self._story])

    def _forms(self, where: str, *values: object) -> list[Form]:
        sql = f"select {_COLUMNS} from form where story = ? and {where}"
        return [Form(*row) for row in self._connection.execute(sql, [self._story, *values])]


class Ledger:
    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def account(self, story: str, version: int, read: Read) -> Iterator[Account]:
        """The account of a story up to this version, its live one."""
        with closing(self._caught_up(story, version, read)) as connection:
            yield Account(connection, story)

    def forget(self, story: str) -> None:
        """Take a story's account off the disk; it is made anew when it is asked for."""
        if not self._path.exists():
            return
        with closing(sqlite3.connect(self._path, timeout=30)) as connection:
            with connection:
                _prepare(connection)
                for table, column in (("story", "id"), ("form", "story")):
                    connection.execute(f"delete from {table} where {column} = ?", [story])
            scrub(connection)

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
                        done = _catch_up(connection, story, version, read)
                return connection
            except BaseException as error:
                if connection:
                    connection.close()
                # The disk may take no writes, or have no room; the memory always does.
                if path == ":memory:" or not isinstance(error, sqlite3.OperationalError):
                    raise
        raise AssertionError


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables; of another format, anew."""
    if connection.execute("pragma user_version").fetchone()[0] == _FORMAT:
        return
    connection.execute("pragma journal_mode = wal")
    connection.executescript(
        f"begin immediate; drop table if exists story; drop table if exists form; {_TABLES} commit;"
    )


def _catch_up(connection: sqlite3.Connection, story: str, version: int, read: Read) -> bool:
    """Go on with the account; whether it has come to its end.

    Not all of a long history at once: others write in the meantime, and what is done is kept.
    """
    known = 'select version, "commit" from story where id = ?'
    row = connection.execute(known, [story]).fetchone()
    if row and row[0] == version and read(version)[0] == row[1]:
        return True
    connection.execute("begin immediate")
    row = connection.execute(known, [story]).fetchone()
    if row and (row[0] > version or read(row[0])[0] != row[1]):
        # Not the history that was accounted for.
        connection.execute("delete from form where story = ?", [story])
        row = None
    done = row[0] if row else 0
    writer = _Writer(connection, story)
    page: Page | None = read(done)[1] if done else None
    last = min(version, done + _AT_ONCE)
    for number in range(done + 1, last + 1):
        commit, new = read(number)
        writer.step(number, page, new)
        page = new
        connection.execute("insert or replace into story values (?, ?, ?)", [story, number, commit])
    return last == version


class _Writer:
    """Writes what one version after the other makes of a story's sentences."""

    def __init__(self, connection: sqlite3.Connection, story: str) -> None:
        self._connection, self._story = connection, story
        self._standing = Account(connection, story).current()
        sql = "select coalesce(max(lineage), 0) from form where story = ?"
        self._last = int(connection.execute(sql, [story]).fetchone()[0])

    def step(self, number: int, old: Page | None, new: Page) -> None:
        now = sentences(new)
        by_place = {form.sentence[:4]: form for form in self._standing}
        was = sentences(old) if old else []
        links = follow(compare(old, new), was, now) if old else {}
        forms = {j: by_place[was[i][:4]] for j, i in links.items()}
        kept = {form.lineage for j, form in forms.items() if form.text == now[j].text}
        for form in self._standing:
            if form.lineage not in kept:
                self._run(
                    "update form set until = ? where story = ? and lineage = ? and since = ?",
                    number - 1,
                    self._story,
                    form.lineage,
                    form.since,
                )
        self._standing = [
            self._taken(number, sentence, forms.get(j)) for j, sentence in enumerate(now)
        ]

    def _taken(self, number: int, sentence: Sentence, was: Form | None) -> Form:
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
        lineage, back = self._before(number, sentence, was)
        form = Form(lineage, number, None, back, *sentence)
        mine = "story = ? and lineage = ?"
        self._run(f"update form set newest = 0 where {mine} and newest", self._story, lineage)
        values = (self._story, lineage, number, back, *sentence, _digest(sentence.text))
        self._run(_INSERT, *values)
        return form

    def _before(self, number: int, sentence: Sentence, was: Form | None) -> tuple[int, int | None]:
        """The lineage that a form belongs to, and up to which version it had stood before."""
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
