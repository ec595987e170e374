"""The file `accounts.db`: its tables, and a connection for each use."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

# Each step leads from one `user_version` to the next; the first makes what the first release had.
_STEPS = (
    """
    create table if not exists token (
        id text primary key, name text not null, role text not null, sha256 text not null unique,
        created_at text not null
    ) strict;
    """,
    """
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
    """
    create table removal_order (
        story text not null, revisions text not null, token text not null, name text not null,
        note text not null, reason text not null, reference text not null, at text not null,
        primary key (story, revisions)
    ) strict;
    """,
)


class Database:
    """Connections to one `accounts.db`, made and brought up to date when this is."""

    def __init__(self, archive: Path) -> None:
        self.path = archive / "accounts.db"
        try:
            with self.connection() as connection:
                # Not WAL: that cannot be read on a disk that takes no writes.
                connection.execute("pragma journal_mode = delete")
            self._migrate()
            self.path.chmod(0o600)
        except (sqlite3.OperationalError, OSError):
            if not self.path.exists():
                raise

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, undone by an exception."""
        connection = sqlite3.connect(self.path, timeout=30)
        connection.row_factory = sqlite3.Row
        try:
            connection.execute("pragma foreign_keys = on")
            with connection:
                yield connection
        finally:
            connection.close()

    def scrub(self) -> None:
        """See that nothing of what was deleted is left in the file."""
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            connection.execute("vacuum")

    def secret(self, name: str) -> bytes:
        """32 random bytes, made the first time and the same ever after."""
        sql = "select value from secret where name = ?"
        with self.connection() as connection:
            if not (row := connection.execute(sql, [name]).fetchone()):
                made = (name, os.urandom(32))
                # Of two that make it at once, both go on with the first.
                connection.execute("insert or ignore into secret values (?, ?)", made)
                row = connection.execute(sql, [name]).fetchone()
        value: bytes = row["value"]
        return value

    def _migrate(self) -> None:
        with self.connection() as connection:
            connection.isolation_level = None
            connection.execute("begin immediate")
            done = connection.execute("pragma user_version").fetchone()[0]
            for number, step in enumerate(_STEPS[done:], done + 1):
                for statement in step.split(";"):
                    connection.execute(statement)
                connection.execute(f"pragma user_version = {number}")
            connection.execute("commit")


def new_secret() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)


def digest(text: str) -> str:
    """What is kept of a secret."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def to_text(moment: datetime) -> str:
    """In UTC, so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def to_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
