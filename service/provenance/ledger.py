"""The account of every sentence of every story, and of the values that its versions corrected, in
`provenance.db`.

The file can be deleted at any time: an account is made again from the versions, with one diff each.
No diff is computed while anything is locked: each version is worked out first and then written in
one short transaction, which checks that it still continues the same account of the same chain.
Readers see the last whole version (WAL) and never wait for a writer.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from repo_store import ArchiveError, durable
from service.diffing import Corrected, Page, corrected, difference, with_facts
from service.provenance import corrections
from service.provenance.lineage import Effort, follow
from service.provenance.sentences import Sentence, split, texts

log = logging.getLogger(__name__)

_FORMAT = 3
_TABLES = f"""
create table story (
    id text primary key, version integer not null, stamp text not null, coarse integer not null
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
create table due (
    story text primary key, asked integer not null, place integer not null
) strict, without rowid;
create index turn on due (asked desc, place);
create table log (size integer not null) strict;
{corrections.TABLES}
pragma user_version = {_FORMAT};
"""
_INSERT = "insert into form values (?, ?, ?, null, ?, ?, ?, ?, ?, ?, ?, 1)"
_WAIT = 0.25
"""Seconds to wait for another writer; each holds the file for milliseconds."""
_WAIT_TO_FORGET = 5
_AT_ONCE = 1_000
"""Rows deleted in one transaction."""
PER_VERSION = 2_000
"""What a version costs besides its characters, in characters."""


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


class Source(NamedTuple):
    """The versions of one story. `stamp`: of a version by its number; another one once its text, or
    any other of the story, was removed or replaced. `page`: a version's text. `at`: when it went
    live, in seconds.
    """

    stamp: Callable[[int], str]
    page: Callable[[int], Page]
    at: Callable[[int], int] = lambda _: 0


class _Account(NamedTuple):
    """How far it goes. `coarse`: somewhere, too much differed to follow each sentence."""

    version: int
    stamp: str
    coarse: bool


class Unusable(Exception):
    """The file cannot be written. `busy`: only now, since others write; else its disk is full or
    read-only.
    """

    def __init__(self, error: sqlite3.Error | OSError) -> None:
        super().__init__(f"provenance.db: {error}")
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        self.busy = code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


_COLUMNS = ", ".join(Form._fields)


class SentenceHistory:
    """The sentences of one story, up to one version."""

    def __init__(self, connection: sqlite3.Connection, story: str, coarse: bool = False) -> None:
        self._connection, self._story, self.coarse = connection, story, coarse

    def current(self) -> list[Form]:
        """The sentences of the last version."""
        return self._forms("until is null")

    def forms(self, lineage: int, limit: int) -> tuple[Form, list[Form]]:
        """A sentence's first form, and of those before its last up to `limit` newest ones, oldest
        first.
        """
        return self.first(lineage), self.newest(lineage, limit + 1)[:0:-1]

    def first(self, lineage: int) -> Form:
        """A sentence's first form."""
        [first] = self._forms("lineage = ? order by since limit 1", lineage)
        return first

    def newest(self, lineage: int, limit: int) -> list[Form]:
        """A sentence's forms, newest first; none if there is no such sentence."""
        return self._forms("lineage = ? order by since desc limit ?", lineage, limit)

    def removed(self, before: tuple[int, int] | None) -> Iterator[Form]:
        """The last forms of sentences that are gone, last gone first.

        `before`: `until` and lineage of the last item of the page before.
        """
        until, lineage = before or (2**62, 0)
        return self._each(
            "newest and until is not null and until <= ? and (until < ? or lineage > ?)"
            " order by until desc, lineage",
            until,
            until,
            lineage,
        )

    def all_texts(self) -> Iterator[tuple[str, int, int | None]]:
        """Text, `since` and `until` of each form, those of the youngest sentences first."""
        sql = "select text, since, until from form where story = ? order by lineage desc"
        yield from self._connection.execute(sql, [self._story])

    def _forms(self, where: str, *values: object) -> list[Form]:
        return list(self._each(where, *values))

    def _each(self, where: str, *values: object) -> Iterator[Form]:
        sql = f"select {_COLUMNS} from form where story = ? and {where}"
        return map(Form._make, self._connection.execute(sql, [self._story, *values]))


class Ledger:
    """`refused`: why the disk took no writes at this process's last attempt to build, if so."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.refused: Exception | None = None

    @contextmanager
    def history(self, story: str, version: int, stamp: str) -> Iterator[SentenceHistory | None]:
        """A story's sentences up to just this version; None if its account is not there yet."""
        with self.reading() as connection:
            account = _account(connection, story) if connection else None
            if connection and account and account[:2] == (version, stamp):
                yield SentenceHistory(connection, story, account.coarse)
            else:
                yield None

    def version(self, story: str) -> int:
        """Up to which version the account of a story goes; 0 if there is none."""
        with self.reading() as connection:
            account = connection and _account(connection, story)
            return account.version if account else 0

    def extend(
        self, story: str, live: int, source: Source, allowed: int, first: bool = False
    ) -> bool:
        """Continue a story's account; whether it reaches version `live` now.

        Stops after `allowed`: the characters of the versions that are compared, and PER_VERSION for
        each; `first`: but not before the first one. Unusable if the disk takes no writes.
        """
        with self.writable() as connection:
            return _Extension(connection, story, source).run(live, allowed, first)

    @contextmanager
    def in_memory(
        self, story: str, live: int, source: Source, allowed: int
    ) -> Iterator[SentenceHistory | None]:
        """The account made for this one call; None if it would take more than `allowed`."""
        with closing(sqlite3.connect(":memory:")) as connection:
            _prepare(connection)
            done = _Extension(connection, story, source).run(live, allowed)
            account = _account(connection, story)
            yield SentenceHistory(connection, story, account.coarse) if done and account else None

    def forget(self, story: str) -> None:
        """Delete a story's account from the disk. ArchiveError if readers or writers hold the file
        for too long: then ask again.
        """
        if not self._path.exists():
            return
        try:
            with self.writable(_WAIT_TO_FORGET) as connection:
                _delete(connection, story)
                connection.execute("delete from due where story = ?", [story])
                # What is deleted is overwritten (`secure_delete`): only the log holds it still.
                busy = connection.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
        except Unusable as error:
            raise ArchiveError(str(error)) from None
        if busy:
            raise ArchiveError(f"{self._path.name} is in use, so that old pages stay in its log")

    # What is due

    def ask(self, story: str) -> None:
        """Put a story first that someone waits for; behind those that were asked for before."""
        with self.reading() as connection:
            known = (
                connection
                and connection.execute("select asked from due where story = ?", [story]).fetchone()
            )
        if not (known and known[0]):
            with self.writable() as connection, transaction(connection):
                _enqueue(connection, story, asked=True)

    def take_in(self, size: int, stories_of: Callable[[int, int], list[str]]) -> None:
        """Note as due the stories that the log names since the last time. Its present size is
        `size`; the first time, stories that are there already wait until someone asks.
        """
        with self.reading() as connection:
            row = connection and connection.execute("select size from log").fetchone()
        if row and row[0] == size:
            return
        if row:
            size = min(size, row[0] + _AT_ONCE)
        stories = stories_of(row[0], size) if row else []
        with self.writable() as connection, transaction(connection):
            for story in stories:
                _enqueue(connection, story, asked=False)
            connection.execute("delete from log")
            connection.execute("insert into log values (?)", [size])

    def next_due(self) -> str | None:
        with self.reading() as connection:
            sql = "select story from due order by asked desc, place limit 1"
            row = connection and connection.execute(sql).fetchone()
            return row[0] if row else None

    def turn_over(self, story: str, done: bool) -> None:
        """After a story had its turn: forget that it was due, or let others go before it."""
        with self.writable() as connection, transaction(connection):
            sql = "select asked from due where story = ?"
            row = connection.execute(sql, [story]).fetchone()
            connection.execute("delete from due where story = ?", [story])
            if row and not done:
                _enqueue(connection, story, asked=bool(row[0]))

    # Connections

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """A snapshot; None if the file is missing, or of another format."""
        uri = f"{self._path.absolute().as_uri()}?mode=ro"
        try:
            connection = sqlite3.connect(uri, uri=True, timeout=_WAIT, isolation_level=None)
        except sqlite3.OperationalError:
            yield None
            return
        with closing(connection):
            try:
                connection.execute("begin")
                [found] = connection.execute("pragma user_version").fetchone()
            except sqlite3.DatabaseError:
                found = None
            yield connection if found == _FORMAT else None

    @contextmanager
    def writable(self, wait: float = _WAIT) -> Iterator[sqlite3.Connection]:
        try:
            self._create()
            with closing(sqlite3.connect(self._path, wait, isolation_level=None)) as connection:
                _prepare(connection)
                yield connection
        except sqlite3.DatabaseError as error:
            if durable.is_damage(error):
                self._discard(error)
            raise Unusable(error) from error

    def _create(self) -> None:
        if not self._path.exists():
            try:
                durable.make_private(str(self._path))
            except OSError as error:
                raise Unusable(error) from error

    def _discard(self, error: BaseException) -> None:
        """Delete a damaged file: all that is in it can be worked out again."""
        log.warning("%s: %s: deleted, to be made anew", self._path, error)
        for suffix in ("-wal", "-shm", ""):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)


def _prepare(connection: sqlite3.Connection) -> None:
    """Create the tables; replace those of another format."""
    connection.execute("pragma synchronous = normal")
    connection.execute("pragma secure_delete = on")
    if connection.execute("pragma user_version").fetchone()[0] == _FORMAT:
        return
    connection.execute("pragma journal_mode = wal")
    old = ("story", "form", "due", "log", *corrections.DROPPED)
    dropped = " ".join(f"drop table if exists {table};" for table in old)
    connection.executescript(f"begin immediate; {dropped} {_TABLES} commit;")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _account(connection: sqlite3.Connection, story: str) -> _Account | None:
    sql = "select version, stamp, coarse from story where id = ?"
    row = connection.execute(sql, [story]).fetchone()
    return _Account(row[0], row[1], bool(row[2])) if row else None


def _enqueue(connection: sqlite3.Connection, story: str, asked: bool) -> None:
    connection.execute(
        "insert into due values (?, ?, (select coalesce(max(place), 0) + 1 from due))"
        " on conflict (story) do update set asked = 1, place = excluded.place"
        " where excluded.asked and not asked",
        [story, asked],
    )


def _delete(connection: sqlite3.Connection, story: str) -> None:
    """Delete an account, in several short transactions; readers don't see it from the first on."""
    with transaction(connection):
        connection.execute("delete from story where id = ?", [story])
        corrections.forget(connection, story)
    rows = "select lineage, since from form where story = ? limit ?"
    sql = f"delete from form where story = ? and (lineage, since) in ({rows})"
    deleted = _AT_ONCE
    while deleted == _AT_ONCE:
        with transaction(connection):
            deleted = connection.execute(sql, [story, story, _AT_ONCE]).rowcount


class _Extension:
    """Adds versions to a story's account, one after the other."""

    def __init__(self, connection: sqlite3.Connection, story: str, source: Source) -> None:
        self._connection, self._story, self._source = connection, story, source
        self._account: _Account | None = None
        self._page: Page | None = None
        self._current: list[Form] = []
        self._last = 0

    def run(self, live: int, allowed: int, first: bool = False) -> bool:
        self._begin(live)
        while (done := self._account.version if self._account else 0) < live:
            stamp = self._source.stamp(
                done + 1
            )  # before the text, so that it cannot be of a later one
            new = self._source.page(done + 1)
            if done and self._page is None:
                self._page = self._source.page(done)
            allowed -= PER_VERSION + _characters(new)
            allowed -= _characters(self._page) if self._page else 0
            if allowed < 0 and not first:
                return False
            first = False
            if not self._step(done + 1, stamp, new):
                self._begin(live)  # another process was faster, or a text was removed
        return True

    def _begin(self, live: int) -> None:
        account = _account(self._connection, self._story)
        known = account and account.version <= live and self._source.stamp(account.version)
        if not account or known != account.stamp:
            # None yet, or not of the chain that is there now.
            _delete(self._connection, self._story)
            account = None
        self._account, self._page = account, None
        self._current = SentenceHistory(self._connection, self._story).current()
        sql = "select coalesce(max(lineage), 0) from form where story = ?"
        self._last = int(self._run(sql, self._story).fetchone()[0])

    def _step(self, number: int, stamp: str, new: Page) -> bool:
        """Add a version; False if the account was changed by another, or the chain."""
        old = self._page
        now, coarse = split(new)
        links: dict[int, int] = {}
        was: list[Sentence] = []
        changes: list[Corrected] = []
        if old is not None:
            was, were_coarse = split(old)
            diff, effort = difference(old, new), Effort()
            links = follow(diff, was, now, effort)
            rough = any(block.coarse for part in diff.sections for block in part.changes)
            coarse = coarse or were_coarse or effort.coarse or rough
            changes = corrected(old, new, with_facts(diff, old, new))
        by_place = {form.sentence[:4]: form for form in self._current}
        forms = {j: by_place[was[i][:4]] for j, i in links.items()}
        account = _Account(
            number, stamp, coarse or (self._account is not None and self._account.coarse)
        )
        with transaction(self._connection):
            if _account(self._connection, self._story) != self._account:
                return False
            # What was read above must be there still: a removed text is never written back.
            if self._source.stamp(number) != stamp:
                return False
            if self._account and self._source.stamp(number - 1) != self._account.stamp:
                return False
            self._write(number, now, forms)
            corrections.add(self._connection, self._story, number, self._source.at(number), changes)
            self._run("insert or replace into story values (?, ?, ?, ?)", self._story, *account)
        self._account, self._page = account, new
        return True

    def _write(self, number: int, now: list[Sentence], forms: dict[int, Form]) -> None:
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


def _characters(page: Page) -> int:
    """The characters of a page's texts."""
    return sum(map(len, texts(page)))
