"""The file `accounts.db`: its tables, their migrations, and a connection for each thread."""

import logging
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import cast

import sqlite_utils
from sqlite_utils import Migrations

from repo_store import ArchiveError, durable, printable
from service.accounts.person import name_key

log = logging.getLogger(__name__)

_MIGRATIONS = Migrations("accounts")
# The releases before `Migrations` counted these in `user_version`. It is still set, so that those
# releases can open the file.
_COUNTED = {
    "tokens": """
    create table if not exists token (
        id text primary key, name text not null, role text not null, sha256 text not null unique,
        created_at text not null
    ) strict;
    """,
    "sessions_watches_and_webhooks": """
    alter table token add column expires_at text;
    alter table token add column used_at text;
    alter table token add column revoked_at text;
    create table secret (name text primary key, value blob not null) strict;
    create table session (
        sha256 text primary key, token text not null references token, began_at text not null,
        seen_at text not null
    ) strict;
    create table visit (
        token text primary key references token, at text not null, before text, session text
    ) strict;
    create table watch (
        token text not null references token, story text not null, primary key (token, story)
    ) strict, without rowid;
    create table feed (
        token text primary key references token, sha256 text not null unique
    ) strict;
    create table webhook (
        id text primary key, url text not null, stories text not null, secret text not null,
        private integer not null, created_at text not null
    ) strict;
    create table delivery (
        id text primary key, webhook text not null references webhook on delete cascade,
        body text not null, due_at text, attempts integer not null, error text
    ) strict;
    create index due on delivery (due_at);
    """,
    "removal_requests": """
    create table removal_order (
        story text not null, revisions text not null, token text not null, name text not null,
        note text not null, reason text not null, reference text not null, at text not null,
        primary key (story, revisions)
    ) strict;
    """,
}


def _register(name: str, user_version: int, script: str) -> None:
    @_MIGRATIONS(name=name)
    def migrate(db: sqlite_utils.Database) -> None:
        if db.execute("pragma user_version").fetchone()[0] < user_version:
            for statement in script.split(";"):
                db.execute(statement)
            db.execute(f"pragma user_version = {user_version}")


for _number, (_name, _script) in enumerate(_COUNTED.items(), 1):
    _register(_name, _number, _script)


@_MIGRATIONS()
def persons(db: sqlite_utils.Database) -> None:
    """Tokens with the same name become those of one person, whose id is that of the first of them.

    So what was recorded before under that token's id is still that person's, and `token` in the
    tables `watch` and `visit`, which refers to a token, can hold a person's id.
    """
    db.execute(
        "create table person (id text primary key, name text not null, key text not null unique)"
        " strict"
    )
    db.execute("alter table token add column person text references person")
    found = db.execute("select id, name from token order by created_at, rowid").fetchall()
    for token, name in found:
        row = (token, name, name_key(name))
        db.execute("insert or ignore into person values (?, ?, ?)", row)
        sql = "update token set person = (select id from person where key = ?) where id = ?"
        db.execute(sql, [name_key(name), token])
    holder = "(select person from token where token.id = {}.token)"
    db.execute(f"insert or ignore into watch select {holder.format('watch')}, story from watch")
    # What is newest stands: rows replace each other in this order.
    db.execute(
        f"insert or replace into visit select {holder.format('visit')}, at, before, session"
        " from visit order by at"
    )
    for table in ("watch", "visit"):
        db.execute(f"delete from {table} where token not in (select id from person)")


@_MIGRATIONS()
def withdrawn_orders(db: sqlite_utils.Database) -> None:
    """Orders to remove texts that were withdrawn; by nobody if their token was revoked."""
    db.execute(
        "create table withdrawn_order (story text not null, revisions text not null,"
        " token text not null, name text not null, note text not null, reason text not null,"
        " reference text not null, at text not null, withdrawn_at text not null, by_person text,"
        " by_name text) strict"
    )


@_MIGRATIONS()
def webhook_queues(db: sqlite_utils.Database) -> None:
    """A queue for each webhook, of places in the archive; what waited as text is dropped."""
    db.execute(
        "create table receiver (webhook text primary key references webhook on delete cascade,"
        " failures integer not null default 0, resumes_at text, succeeded_at text, failed_at text,"
        " reason text, suspended_at text, missed integer not null default 0,"
        " given_up integer not null default 0) strict"
    )
    db.execute(
        "insert into receiver (webhook, given_up) select id, (select count(*) from delivery"
        " where delivery.webhook = webhook.id and due_at is null) from webhook"
    )
    db.execute("pragma secure_delete = on")
    db.execute("delete from delivery")
    db.execute(
        "create table message (number integer primary key autoincrement, id text not null,"
        " webhook text not null references webhook on delete cascade, story text not null,"
        " entry integer not null, due_at text, attempts integer not null default 0) strict"
    )
    db.execute("create index message_story on message (webhook, story, number)")
    db.execute("create index message_due on message (webhook, due_at) where due_at is not null")


@_MIGRATIONS()
def quotas(db: sqlite_utils.Database) -> None:
    """Bytes that persons have stored, or may still store without asking again, by day in UTC."""
    db.execute(
        "create table spent (person text not null, day text not null, bytes integer not null,"
        " primary key (person, day)) strict, without rowid"
    )


@_MIGRATIONS()
def name_keys(db: sqlite_utils.Database) -> None:
    """The keys of names as they are made now. Persons whose keys would be the same stay two: the
    later ones keep the key that they have.
    """
    for person, name in db.execute("select id, name from person order by rowid").fetchall():
        db.execute("update or ignore person set key = ? where id = ?", [name_key(name), person])


@_MIGRATIONS()
def gates(db: sqlite_utils.Database) -> None:
    """How the publications of some tokens are checked for silent edits."""
    db.execute("alter table token add column gate text")


@_MIGRATIONS()
def held_edits(db: sqlite_utils.Database) -> None:
    """How many publications the check for silent edits held back, by day in UTC; nothing of what
    they were.
    """
    db.execute(
        "create table held_edit (day text primary key, count integer not null)"
        " strict, without rowid"
    )


class AccountsUnavailable(ArchiveError):
    """`accounts.db` is missing or cannot be used. Only a person replaces it by an empty one;
    readers are served without it.
    """

    def __init__(self, what: str) -> None:
        self.what = f"accounts.db {printable(what)}"
        super().__init__(f"{self.what}; {WAYS_ON}")


WAYS_ON = (
    "put back the one of a backup (story-history accounts restore BACKUP), or begin with a new,"
    " empty one (story-history accounts new)"
)


class Database:
    """One `accounts.db`, which is created and migrated when this is. Safe to use from many threads,
    each of which has its own connection.

    `expected`: the archive has had one, so that a missing or empty file is a loss. Every use raises
    AccountsUnavailable then, until there is one again.
    """

    def __init__(self, archive: Path, expected: bool = False) -> None:
        self.path = archive / "accounts.db"
        self._uri = f"{self.path.absolute().as_uri()}?mode=rw"
        self._expected = expected
        self._local = threading.local()
        self._prepared: tuple[int, int] | None = None
        self._checked: tuple[int, ...] = ()
        with suppress(AccountsUnavailable), self.connection():
            pass

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, rolled back on an exception.

        Raises AccountsUnavailable.
        """
        try:
            with self._explained():
                connection = self._connection()
                with connection:
                    yield connection
        except (sqlite3.Error, AccountsUnavailable):
            # What made it fail may have changed by the next use: a disk that was read-only, say.
            self.close()
            raise

    def check(self) -> None:
        """Raises AccountsUnavailable if the file is missing or its structure is damaged."""
        with self.connection():
            found = self.path.stat()
            state = (found.st_ino, found.st_mtime_ns, found.st_size)
            if state == self._checked:
                return
            # A connection that has nothing of the file in memory.
            with closing(self._open()) as connection:
                fault = str(connection.execute("pragma quick_check(1)").fetchone()[0])
                if fault != "ok":
                    raise AccountsUnavailable(f"is damaged ({fault})")
                if not has_tables(connection):
                    raise AccountsUnavailable("has no accounts in it")
            self._checked = state

    def close(self) -> None:
        """Close this thread's connection; the next use opens it again."""
        connection = self._local.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()

    def run(self, sql: str, *parameters: object) -> list[sqlite3.Row]:
        """The rows of one statement, which is a transaction of its own."""
        with self.connection() as connection:
            return connection.execute(sql, parameters).fetchall()

    def secret(self, name: str) -> bytes:
        """32 random bytes, created at the first call and the same ever after."""
        sql = "select value from secret where name = ?"
        with self.connection() as connection:
            if not (row := connection.execute(sql, [name]).fetchone()):
                created = (name, os.urandom(32))
                # If two processes create it at once, both use the first.
                connection.execute("insert or ignore into secret values (?, ?)", created)
                row = connection.execute(sql, [name]).fetchone()
        value: bytes = row["value"]
        return value

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection to the file that is at the path now: another may have been put
        there, from a backup.
        """
        local = self._local.__dict__
        if "connection" not in local or local["file"] != _identity(self.path):
            self.close()
            if not self._expected:
                with suppress(FileExistsError):
                    os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            connection = self._open()
            if self._prepared is None or self._prepared != _identity(self.path):
                self._prepare(connection)
            local.update(connection=connection, file=_identity(self.path))
        return cast(sqlite3.Connection, local["connection"])

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._uri, uri=True, timeout=30)
        connection.row_factory = sqlite3.Row
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma secure_delete = on")
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Bring the tables up to date."""
        if self._expected and not has_tables(connection):
            raise AccountsUnavailable("has no accounts in it")
        if unknown := unknown_migrations(connection):
            raise AccountsUnavailable(f"was made by a newer release ({unknown[-1]})")
        # A disk that rejects writes does not keep anyone from reading.
        with suppress(sqlite3.OperationalError, OSError):
            # Not WAL: on a read-only disk that cannot even be read.
            connection.execute("pragma journal_mode = delete")
            with connection:
                self._migrate(connection)
            self.path.chmod(0o600)
        has_tables(connection)  # shows what else is wrong with the file
        self._expected, self._prepared = True, _identity(self.path)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Raises AccountsUnavailable for a file that is missing, damaged or someone else's."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if durable.is_damage(error):
                raise AccountsUnavailable(f"is damaged ({error})") from error
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_ERROR and self._emptied():
                raise AccountsUnavailable("has no accounts in it") from error
            if code != sqlite3.SQLITE_CANTOPEN or durable.exhausted(error):
                raise
            if not self.path.is_file():
                what = "is not a file" if self.path.exists() else "is missing"
                raise AccountsUnavailable(what) from error
            raise AccountsUnavailable("may not be opened by this user") from error

    def _emptied(self) -> bool:
        connection = self._local.__dict__.get("connection")
        with suppress(sqlite3.Error):
            return connection is not None and not has_tables(connection)
        return False

    def _migrate(self, connection: sqlite3.Connection) -> None:
        db = sqlite_utils.Database(connection, execute_plugins=False)
        if _MIGRATIONS.pending(db):
            # Of several processes one migrates; the others wait, and then find nothing to do.
            connection.execute("begin immediate")
            if has_tables(connection) and (pending := _MIGRATIONS.pending(db)):
                kept = self._keep_copy(pending[0].name)
                log.warning(
                    "accounts.db: upgrading it (%s), which older releases cannot undo; for a way"
                    " back the file as it was is kept as %s",
                    *(", ".join(each.name for each in pending), kept),
                )
            _MIGRATIONS.apply(db)

    def _keep_copy(self, migration: str) -> Path:
        """Copy the file as it is before a migration, without messages that may quote a story."""
        copy = self.path.with_name(f"accounts.db.before-{migration}")
        copy.unlink(missing_ok=True)
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(self._open()) as original, closing(sqlite3.connect(copy)) as new:
            original.backup(new)
            if new.execute("select 1 from sqlite_master where name = 'delivery'").fetchone():
                new.execute("delete from delivery")
                new.commit()
            new.execute("vacuum")
        durable.flush([str(copy), str(copy.parent.absolute())])
        return copy


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is; None if there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def has_tables(connection: sqlite3.Connection) -> bool:
    """Whether this is a file of accounts at all."""
    sql = "select 1 from sqlite_master where type = 'table' and name = 'token'"
    return connection.execute(sql).fetchone() is not None


def unknown_migrations(connection: sqlite3.Connection) -> list[str]:
    """The migrations of a newer release."""
    db = sqlite_utils.Database(connection, execute_plugins=False)
    known = _MIGRATIONS.pending(sqlite_utils.Database(memory=True, execute_plugins=False))
    return sorted({each.name for each in _MIGRATIONS.applied(db)} - {each.name for each in known})


def new_secret() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)


def digest(text: str) -> str:
    """SHA-256: what is stored of a secret."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def to_text(moment: datetime) -> str:
    """In UTC, so that text sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def to_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
