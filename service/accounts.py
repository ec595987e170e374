"""Who may write: tokens and their roles, kept in `accounts.db` apart from the index.

A token is shown once, when it is made; only its SHA-256 is kept.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from repo_store.models import Author, parse

_SCHEMA = """
create table if not exists token (
    id text primary key, name text not null, role text not null, sha256 text not null unique,
    created_at text not null
) strict
"""


class Role(StrEnum):
    CONTRIBUTOR = "contributor"
    EDITOR = "editor"
    AUDITOR = "auditor"
    ADMIN = "admin"


WRITERS = frozenset({Role.CONTRIBUTOR, Role.EDITOR, Role.ADMIN})
PUBLISHERS = frozenset({Role.EDITOR, Role.ADMIN})


@dataclass(frozen=True)
class Token:
    """The holder of a token: `id` and `name` stand on what they write."""

    id: str
    name: str
    role: Role


class Forbidden(Exception):
    """The role does not allow this."""


class Accounts:
    def __init__(self, archive: Path) -> None:
        self._path = archive / "accounts.db"
        try:
            with self._connection() as connection:
                # Not WAL: that cannot be read on a disk that takes no writes.
                connection.execute("pragma journal_mode = delete")
                connection.execute(_SCHEMA)
            self._path.chmod(0o600)
        except (sqlite3.OperationalError, OSError):
            if not self._path.exists():
                raise

    def create(self, role: Role, name: str, now: datetime) -> str:
        """A new token's text: 256 random bits, shown only now. InvalidInput for a bad name."""
        name = parse(Author, {"name": name}).name
        text = secrets.token_urlsafe(32)
        row = (secrets.token_hex(4), name, role.value, _digest(text), now.isoformat())
        with self._connection() as connection:
            connection.execute("insert into token values (?, ?, ?, ?, ?)", row)
        return text

    def find(self, text: str) -> Token | None:
        sql = "select id, name, role from token where sha256 = ?"
        with self._connection() as connection:
            row = connection.execute(sql, [_digest(text)]).fetchone()
        return Token(row[0], row[1], Role(row[2])) if row else None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30)
        try:
            with connection:
                yield connection
        finally:
            connection.close()


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
