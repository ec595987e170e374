"""Sessions at the desk, kept on the server: signing out, revoking or expiry ends them at once."""

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.accounts.database import Database, digest, new_secret, to_text, to_time
from service.accounts.person import Person
from service.accounts.tokens import Tokens

IDLE = timedelta(hours=12)
"""A session ends when it has not been used for so long."""
LIFETIME = timedelta(days=7)
"""A session ends then in any case."""
_USE_RECORDED = timedelta(minutes=1)


@dataclass(frozen=True)
class Session:
    """Someone who is signed in."""

    id: str
    person: Person
    began_at: datetime


class Sessions:
    """The sessions in `accounts.db`."""

    def __init__(self, database: Database, tokens: Tokens) -> None:
        self._database = database
        self._tokens = tokens

    def begin(self, person: Person, now: datetime) -> str:
        """The secret of a new session. It is never reused, which rules out session fixation."""
        text = new_secret()
        with self._database.connection() as connection:
            connection.execute(
                "delete from session where seen_at < ? or began_at < ?",
                [to_text(now - IDLE), to_text(now - LIFETIME)],
            )
            row = (digest(text), person.token, to_text(now), to_text(now))
            connection.execute("insert into session values (?, ?, ?, ?)", row)
        return text

    def find(self, text: str, now: datetime) -> Session | None:
        """The session with this secret, if neither it nor the token it began with has ended."""
        rows = self._database.run("select * from session where sha256 = ?", digest(text))
        if not rows:
            return None
        [row] = rows
        began, seen = (datetime.fromisoformat(row[name]) for name in ("began_at", "seen_at"))
        person = self._tokens.holder(row["token"], now)
        if not person or now - seen >= IDLE or now - began >= LIFETIME:
            return None
        if now - seen >= _USE_RECORDED:
            with suppress(sqlite3.OperationalError):
                sql = "update session set seen_at = ? where sha256 = ?"
                self._database.run(sql, to_text(now), row["sha256"])
        return Session(row["sha256"], person, began)

    def end(self, text: str) -> None:
        self._database.run("delete from session where sha256 = ?", digest(text))

    def visit(self, session: Session, now: datetime) -> datetime | None:
        """Record a person's visit to the queue; returns the last one in an earlier session."""
        with self._database.connection() as connection:
            sql = "select * from visit where token = ?"
            row = connection.execute(sql, [session.person.id]).fetchone()
            before = None
            if row:
                before = row["before"] if row["session"] == session.id else row["at"]
            connection.execute(
                "insert or replace into visit values (?, ?, ?, ?)",
                [session.person.id, to_text(now), before, session.id],
            )
        return to_time(before)
