"""Tokens and their roles. A token is shown once, when it is made; only its SHA-256 is kept."""

import secrets
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from repo_store import AuthorFields, NotFound, parse
from service.accounts.database import Database, digest, new_secret, to_text, to_time

# How exactly the last use is known: less would be a write with each reading.
_USE_NOTED = timedelta(minutes=1)


class Role(StrEnum):
    CONTRIBUTOR = "contributor"
    EDITOR = "editor"
    AUDITOR = "auditor"
    ADMIN = "admin"


WRITERS = frozenset({Role.CONTRIBUTOR, Role.EDITOR, Role.ADMIN})
PUBLISHERS = frozenset({Role.EDITOR, Role.ADMIN})


class Forbidden(Exception):
    """The role does not allow this."""


@dataclass(frozen=True)
class Token:
    """The holder of a token: `id` and `name` stand on what they write."""

    id: str
    name: str
    role: Role
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= now else "active"


class Tokens:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, role: Role, name: str, now: datetime, expires_at: datetime | None = None
    ) -> str:
        """A new token's text: 256 random bits, shown only now. InvalidInput for a bad name."""
        name = parse(AuthorFields, {"name": name}).name
        text = new_secret()
        expires = to_text(expires_at) if expires_at else None
        row = (secrets.token_hex(4), name, role.value, digest(text), to_text(now), expires)
        with self._database.connection() as connection:
            connection.execute(
                "insert into token (id, name, role, sha256, created_at, expires_at)"
                " values (?, ?, ?, ?, ?, ?)",
                row,
            )
        return text

    def find(self, text: str, now: datetime) -> Token | None:
        """Whose token this is, if it is valid; notes its use."""
        token = self._valid("sha256", digest(text), now)
        if token and (not token.used_at or now - token.used_at >= _USE_NOTED):
            # A disk that takes no writes keeps nobody out.
            with suppress(sqlite3.OperationalError), self._database.connection() as connection:
                sql = "update token set used_at = ? where id = ?"
                connection.execute(sql, [to_text(now), token.id])
        return token

    def by_id(self, token: str, now: datetime) -> Token | None:
        """The holder with this id, if the token is valid."""
        return self._valid("id", token, now)

    def all(self) -> list[Token]:
        """Newest first."""
        with self._database.connection() as connection:
            sql = "select * from token order by created_at desc, rowid desc"
            return [token_of(row) for row in connection.execute(sql)]

    def revoke(self, token: str, now: datetime) -> Token:
        """End a token and its sessions, from now on. NotFound for an id that is none."""
        with self._database.connection() as connection:
            connection.execute(
                "update token set revoked_at = coalesce(revoked_at, ?) where id = ?",
                [to_text(now), token],
            )
            connection.execute("delete from session where token = ?", [token])
            row = connection.execute("select * from token where id = ?", [token]).fetchone()
        if not row:
            raise NotFound(f"There is no token with the id “{token}”.")
        return token_of(row)

    def _valid(self, column: str, value: str, now: datetime) -> Token | None:
        with self._database.connection() as connection:
            sql = f"select * from token where {column} = ?"
            row = connection.execute(sql, [value]).fetchone()
        token = token_of(row) if row else None
        return token if token and token.state(now) == "active" else None


def token_of(row: sqlite3.Row) -> Token:
    created_at = datetime.fromisoformat(row["created_at"])
    times = (to_time(row[name]) for name in ("expires_at", "used_at", "revoked_at"))
    return Token(row["id"], row["name"], Role(row["role"]), created_at, *times)
