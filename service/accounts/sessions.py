"""Sessions of the desk, kept on our side: signing out, revoking or expiry ends them at once."""

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.accounts.database import Database, digest, new_secret, to_text, to_time
from service.accounts.tokens import Token, Tokens

IDLE = timedelta(hours=12)
WHOLE = timedelta(days=7)
_SEEN_NOTED = timedelta(minutes=1)


@dataclass(frozen=True)
class Session:
    """Someone who is signed in."""

    id: str
    token: Token
    began_at: datetime


class Sessions:
    def __init__(self, database: Database, tokens: Tokens) -> None:
        self._database = database
        self._tokens = tokens

    def begin(self, token: Token, now: datetime) -> str:
        """A new session's text, always another one: none can be put on someone beforehand."""
        text = new_secret()
        with self._database.connection() as connection:
            connection.execute(
                "delete from session where seen_at < ? or began_at < ?",
                [to_text(now - IDLE), to_text(now - WHOLE)],
            )
            row = (digest(text), token.id, to_text(now), to_text(now))
            connection.execute("insert into session values (?, ?, ?, ?)", row)
        return text

    def find(self, text: str, now: datetime) -> Session | None:
        """The session, if it has not ended and its token is still valid."""
        with self._database.connection() as connection:
            sql = "select * from session where sha256 = ?"
            row = connection.execute(sql, [digest(text)]).fetchone()
        if not row:
            return None
        began, seen = (datetime.fromisoformat(row[name]) for name in ("began_at", "seen_at"))
        token = self._tokens.by_id(row["token"], now)
        if not token or now - seen >= IDLE or now - began >= WHOLE:
            return None
        if now - seen >= _SEEN_NOTED:
            with suppress(sqlite3.OperationalError), self._database.connection() as connection:
                sql = "update session set seen_at = ? where sha256 = ?"
                connection.execute(sql, [to_text(now), row["sha256"]])
        return Session(row["sha256"], token, began)

    def end(self, text: str) -> None:
        with self._database.connection() as connection:
            connection.execute("delete from session where sha256 = ?", [digest(text)])

    def visit(self, session: Session, now: datetime) -> datetime | None:
        """Note a look at the queue; when it was last looked at in a session before this one."""
        with self._database.connection() as connection:
            sql = "select * from visit where token = ?"
            row = connection.execute(sql, [session.token.id]).fetchone()
            before = None
            if row:
                before = row["before"] if row["session"] == session.id else row["at"]
            connection.execute(
                "insert or replace into visit values (?, ?, ?, ?)",
                [session.token.id, to_text(now), before, session.id],
            )
        return to_time(before)
