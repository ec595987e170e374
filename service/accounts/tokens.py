"""Tokens: the credentials of persons. A token is shown once, when it is created; only its SHA-256
is kept.
"""

import secrets
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from repo_store import AuthorFields, NotFound, parse
from service.accounts.database import Database, digest, new_secret, to_text, to_time
from service.accounts.permissions import Role
from service.accounts.person import Person

_USE_RECORDED = timedelta(minutes=1)
"""How precisely the last use is known: any finer, and each read would be a write."""


@dataclass(frozen=True)
class Token:
    """A credential, and the person who holds it."""

    id: str
    person: Person
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
    """The tokens in `accounts.db`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, role: Role, name: str, now: datetime, expires_at: datetime | None = None
    ) -> str:
        """The text of a new token, 256 random bits: it cannot be shown again. InvalidInput for a
        bad name.
        """
        name = parse(AuthorFields, {"name": name}).name
        text = new_secret()
        expires = to_text(expires_at) if expires_at else None
        row = (secrets.token_hex(4), name, role.value, digest(text), to_text(now), expires)
        sql = "insert into token (id, name, role, sha256, created_at, expires_at)"
        self._database.run(f"{sql} values (?, ?, ?, ?, ?, ?)", *row)
        return text

    def find(self, text: str, now: datetime) -> Token | None:
        """The token with this text, if it is active; records its use."""
        token = self._active("sha256", digest(text), now)
        if token and (not token.used_at or now - token.used_at >= _USE_RECORDED):
            # A read-only disk must not lock anyone out.
            with suppress(sqlite3.OperationalError):
                sql = "update token set used_at = ? where id = ?"
                self._database.run(sql, to_text(now), token.id)
        return token

    def person(self, person: str, now: datetime) -> Person | None:
        """The person with this id, if their token is active."""
        token = self._active("id", person, now)
        return token.person if token else None

    def all(self) -> list[Token]:
        """Newest first."""
        rows = self._database.run("select * from token order by created_at desc, rowid desc")
        return list(map(_token, rows))

    def revoke(self, token: str, now: datetime) -> Token:
        """End a token and its sessions now. NotFound if there is no token with this id."""
        with self._database.connection() as connection:
            connection.execute(
                "update token set revoked_at = coalesce(revoked_at, ?) where id = ?",
                [to_text(now), token],
            )
            connection.execute("delete from session where token = ?", [token])
            row = connection.execute("select * from token where id = ?", [token]).fetchone()
        if not row:
            raise NotFound(f"There is no token with the id “{token}”.")
        return _token(row)

    def _active(self, column: str, value: str, now: datetime) -> Token | None:
        rows = self._database.run(f"select * from token where {column} = ?", value)
        tokens = map(_token, rows)
        return next((token for token in tokens if token.state(now) == "active"), None)


def _token(row: sqlite3.Row) -> Token:
    person = Person(row["id"], row["name"], Role(row["role"]))
    created_at = datetime.fromisoformat(row["created_at"])
    times = (to_time(row[name]) for name in ("expires_at", "used_at", "revoked_at"))
    return Token(row["id"], person, created_at, *times)
