"""Persons and their tokens. A token is shown once, when it is created; only its SHA-256 is kept.

A token's name names the person who holds it, unless the person is given. Two tokens of one person
are one person, whatever their roles.
"""

import secrets
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from repo_store import AuthorFields, FieldError, InvalidInput, NotFound, parse
from service.accounts.database import Database, digest, new_secret, to_text, to_time
from service.accounts.permissions import Gate, Role
from service.accounts.person import Person, name_key
from service.accounts.removal_requests import withdraw_those_of

_USE_RECORDED = timedelta(minutes=1)
"""How precisely the last use is known: any finer, and each read would be a write."""
# A release from before there were persons leaves `token.person` empty: such a token has a person of
# its own.
_TOKENS = """
    select token.*, coalesce(person.id, token.id) as person_id,
        coalesce(person.name, token.name) as person_name
    from token left join person on person.id = token.person
"""


@dataclass(frozen=True)
class Token:
    """A credential, what it is called, and the person who holds it."""

    id: str
    name: str
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
        self,
        role: Role,
        name: str,
        now: datetime,
        expires_at: datetime | None = None,
        person: str = "",
        gate: Gate | None = None,
    ) -> str:
        """The text of a new token, 256 random bits: it cannot be shown again.

        `person`: the id or the name of the person who holds it, if it is not the one with this
        `name`, who is a new person if there is none. `gate`: how its publications are checked, if
        not as its role and the archive say. InvalidInput for a bad name, or if there is no such
        person.
        """
        name = parse(AuthorFields, {"name": name}).name
        text, token = new_secret(), secrets.token_hex(4)
        with self._database.connection() as connection:
            if not person:
                # A person's id is that of their first token.
                row = (token, name, name_key(name))
                connection.execute("insert or ignore into person values (?, ?, ?)", row)
            holder = connection.execute(
                "select id from person where id = ? or key = ? order by id = ? desc",
                [person, name_key(person or name), person],
            ).fetchone()
            if holder is None:
                message = f"there is no person “{person}”; the list of tokens shows all"
                raise InvalidInput([FieldError("person", message)])
            connection.execute(
                "insert into token (id, name, role, sha256, created_at, expires_at, person, gate)"
                " values (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    *(token, name, role.value, digest(text), to_text(now)),
                    *(to_text(expires_at) if expires_at else None, holder["id"], gate),
                ],
            )
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

    def holder(self, token: str, now: datetime) -> Person | None:
        """The person who holds the token with this id, if it is active."""
        found = self._active("id", token, now)
        return found.person if found else None

    def all(self) -> list[Token]:
        """Newest first."""
        rows = self._database.run(f"{_TOKENS} order by created_at desc, token.rowid desc")
        return list(map(_token, rows))

    def revoke(self, token: str, now: datetime) -> Token:
        """End a token now, with its sessions and the orders to remove texts that were given with it
        and wait for a second person. NotFound if there is no token with this id.
        """
        with self._database.connection() as connection:
            connection.execute(
                "update token set revoked_at = coalesce(revoked_at, ?) where id = ?",
                [to_text(now), token],
            )
            connection.execute("delete from session where token = ?", [token])
            withdraw_those_of(connection, token, now)
            row = connection.execute(f"{_TOKENS} where token.id = ?", [token]).fetchone()
        if not row:
            raise NotFound(f"There is no token with the id “{token}”.")
        return _token(row)

    def _active(self, column: str, value: str, now: datetime) -> Token | None:
        rows = self._database.run(f"{_TOKENS} where token.{column} = ?", value)
        tokens = map(_token, rows)
        return next((token for token in tokens if token.state(now) == "active"), None)


def _token(row: sqlite3.Row) -> Token:
    gate = Gate(row["gate"]) if row["gate"] else None
    person = Person(row["person_id"], row["person_name"], Role(row["role"]), row["id"], gate)
    created_at = datetime.fromisoformat(row["created_at"])
    times = (to_time(row[name]) for name in ("expires_at", "used_at", "revoked_at"))
    return Token(row["id"], row["name"], person, created_at, *times)
