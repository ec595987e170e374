"""The file `accounts.db`: its tables, their migrations, and a connection for each thread."""

import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import cast

import sqlite_utils
from sqlite_utils import Migrations

from service.accounts.person import name_key

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


class Database:
    """One `accounts.db`, which is created and migrated when this is. Safe to use from many threads,
    each of which has its own connection.
    """

    def __init__(self, archive: Path) -> None:
        self.path = archive / "accounts.db"
        self._local = threading.local()
        try:
            with self.connection() as connection:
                # Not WAL: on a read-only disk that cannot even be read.
                connection.execute("pragma journal_mode = delete")
                self._migrate(connection)
            self.path.chmod(0o600)
        except (sqlite3.OperationalError, OSError):
            if not self.path.exists():
                raise

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, rolled back on an exception."""
        try:
            connection = self._connection()
            with connection:
                yield connection
        except sqlite3.Error:
            # What made it fail may have changed by the next use: a disk that was read-only, say.
            self.close()
            raise

    def close(self) -> None:
        """Close this thread's connection; the next use opens it again."""
        connection = self._local.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()

    def run(self, sql: str, *parameters: object) -> list[sqlite3.Row]:
        """The rows of one statement, which is a transaction of its own."""
        with self.connection() as connection:
            return connection.execute(sql, parameters).fetchall()

    def scrub(self) -> None:
        """Leave nothing of what was deleted in the file."""
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            connection.execute("vacuum")

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
            connection = sqlite3.connect(self.path, timeout=30)
            connection.row_factory = sqlite3.Row
            connection.execute("pragma foreign_keys = on")
            local.update(connection=connection, file=_identity(self.path))
        return cast(sqlite3.Connection, local["connection"])

    def _migrate(self, connection: sqlite3.Connection) -> None:
        db = sqlite_utils.Database(connection, execute_plugins=False)
        if _MIGRATIONS.pending(db):
            # Of several processes one migrates; the others wait, and then find nothing to do.
            connection.execute("begin immediate")
            _MIGRATIONS.apply(db)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is; None if there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


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
