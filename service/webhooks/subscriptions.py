"""Webhooks: who is to be told of what happens to stories, and what is still to be delivered.

Signed and tried again as Standard Webhooks says (https://www.standardwebhooks.com).
"""

import base64
import json
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from repo_store import FieldError, InvalidInput, NotFound, story_id
from service.accounts.database import Database, to_text
from service.present import times

RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long after each failure it is tried again; after the last it is given up."""


@dataclass(frozen=True)
class Webhook:
    """`stories`: the ids that it is told of; empty: all. `private`: it may be on a private network.

    `waiting` and `failed` count deliveries that are to be tried again, or were given up.
    """

    id: str
    url: str
    stories: tuple[str, ...]
    private: bool
    created_at: datetime
    waiting: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Event:
    """Something that happened to a story; `data` are JSON values."""

    story: str
    type: str
    at: datetime
    data: dict[str, Any]

    def body(self) -> str:
        value = {"type": self.type, "timestamp": times.rfc3339(self.at), "data": self.data}
        return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class Delivery:
    """One event for one webhook; `id` stays the same each time that it is tried."""

    id: str
    webhook: str
    url: str
    secret: str
    private: bool
    body: str
    attempts: int


class Webhooks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, url: str, stories: tuple[str, ...], now: datetime, private: bool = False
    ) -> tuple[Webhook, str]:
        """A new one, and the secret that signs what it gets, shown only now. InvalidInput names
        what is wrong with the URL or an id.
        """
        for story in stories:
            story_id(story)
        _check(url)
        made = Webhook(f"wh_{secrets.token_hex(4)}", url, stories, private, now)
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        row = (made.id, url, " ".join(stories), secret, int(private), to_text(now))
        with self._database.connection() as connection:
            connection.execute("insert into webhook values (?, ?, ?, ?, ?, ?)", row)
        return made, secret

    def all(self) -> list[Webhook]:
        sql = (
            "select webhook.*, count(due_at) as waiting,"
            " count(delivery.id) - count(due_at) as failed"
            " from webhook left join delivery on delivery.webhook = webhook.id"
            " group by webhook.id order by webhook.rowid"
        )
        with self._database.connection() as connection:
            return [_webhook(row) for row in connection.execute(sql)]

    def remove(self, webhook: str) -> None:
        """NotFound for an id that is none. What waits for it is dropped."""
        with self._database.connection() as connection:
            done = connection.execute("delete from webhook where id = ?", [webhook])
            if not done.rowcount:
                raise NotFound(f"There is no webhook with the id “{webhook}”.")

    def enqueue(self, event: Event) -> None:
        """Note the event for each webhook that is to be told."""
        with self._database.connection() as connection:
            sql = "select id, stories from webhook"
            told = [
                row["id"]
                for row in connection.execute(sql)
                if not row["stories"] or event.story in row["stories"].split()
            ]
            body, due = event.body(), to_text(event.at)
            connection.executemany(
                "insert into delivery values (?, ?, ?, ?, 0, null)",
                [(f"msg_{secrets.token_urlsafe(18)}", each, body, due) for each in told],
            )

    def forget(self, story: str) -> None:
        """Drop what was not delivered of a story: it may quote what was removed."""
        with self._database.connection() as connection:
            rows = connection.execute("select id, body from delivery").fetchall()
            gone = [row["id"] for row in rows if json.loads(row["body"])["data"]["story"] == story]
            connection.executemany("delete from delivery where id = ?", [(each,) for each in gone])
        self._database.scrub()

    def due(self, now: datetime, limit: int) -> list[Delivery]:
        sql = (
            "select delivery.id, webhook, url, secret, private, body, attempts from delivery"
            " join webhook on webhook.id = webhook where due_at <= ? order by due_at limit ?"
        )
        with self._database.connection() as connection:
            rows = connection.execute(sql, [to_text(now), limit]).fetchall()
        return [Delivery(**{**dict(row), "private": bool(row["private"])}) for row in rows]

    def delivered(self, delivery: Delivery) -> None:
        with self._database.connection() as connection:
            connection.execute("delete from delivery where id = ?", [delivery.id])

    def failed(self, delivery: Delivery, error: str, now: datetime) -> None:
        """To be tried again later, or given up."""
        tried = delivery.attempts
        due = to_text(now + RETRIES[tried]) if tried < len(RETRIES) else None
        with self._database.connection() as connection:
            connection.execute(
                "update delivery set due_at = ?, attempts = ?, error = ? where id = ?",
                [due, tried + 1, error, delivery.id],
            )


def _webhook(row: sqlite3.Row) -> Webhook:
    return Webhook(
        row["id"],
        row["url"],
        tuple(row["stories"].split()),
        bool(row["private"]),
        datetime.fromisoformat(row["created_at"]),
        row["waiting"],
        row["failed"],
    )


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not url.isascii() or not url.isprintable() or " " in url or parts.username:
        message = "must be an http or https URL in ASCII, without spaces or a password"
        raise InvalidInput([FieldError("url", message)])
