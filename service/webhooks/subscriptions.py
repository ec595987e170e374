"""Webhooks: who subscribes to the events of which stories, and the queue of deliveries."""

import base64
import json
import logging
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from repo_store import FieldError, InvalidInput, NotFound, Record, StoreError, story_id
from service.accounts.database import Database, to_text
from service.webhooks.events import Event, event_of
from service.webhooks.retries import retry_at

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Webhook:
    """`stories`: ids; empty for all stories. `private`: the URL may be on a private network.

    `waiting` and `failed`: how many deliveries are queued, and how many were given up.
    """

    id: str
    url: str
    stories: tuple[str, ...]
    private: bool
    created_at: datetime
    waiting: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Delivery:
    """One event for one webhook; each retry has the same `id`."""

    id: str
    webhook: str
    url: str
    secret: str
    private: bool
    body: str
    attempts: int


class Webhooks:
    """The subscriptions and the delivery queue in `accounts.db`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, url: str, stories: tuple[str, ...], now: datetime, private: bool = False
    ) -> tuple[Webhook, str]:
        """Subscribe a URL; returns the webhook and the secret that signs its messages, which cannot
        be shown again. InvalidInput for a bad URL or id.
        """
        for story in stories:
            story_id(story)
        _check(url)
        webhook = Webhook(f"wh_{secrets.token_hex(4)}", url, stories, private, now)
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        row = (webhook.id, url, " ".join(stories), secret, int(private), to_text(now))
        self._database.run("insert into webhook values (?, ?, ?, ?, ?, ?)", *row)
        return webhook, secret

    def all(self) -> list[Webhook]:
        sql = (
            "select webhook.*, count(due_at) as waiting,"
            " count(delivery.id) - count(due_at) as failed"
            " from webhook left join delivery on delivery.webhook = webhook.id"
            " group by webhook.id order by webhook.rowid"
        )
        return list(map(_webhook, self._database.run(sql)))

    def remove(self, webhook: str) -> None:
        """With its queued deliveries. NotFound if there is no webhook with this id."""
        if not self._database.run("delete from webhook where id = ? returning id", webhook):
            raise NotFound(f"There is no webhook with the id “{webhook}”.")

    def notify(self, record: Record) -> None:
        """Queue the event of a record. A failure is logged, not raised: the record is stored."""
        try:
            self.enqueue(event_of(record))
        except (sqlite3.Error, OSError, StoreError) as error:
            log.error("%s: could not queue its webhook events: %s", record.story, error)

    def enqueue(self, event: Event) -> None:
        """Queue the event for each webhook that subscribes to its story."""
        with self._database.connection() as connection:
            sql = "select id, stories from webhook"
            subscribed = [
                row["id"]
                for row in connection.execute(sql)
                if not row["stories"] or event.story in row["stories"].split()
            ]
            body, due = event.body(), to_text(event.at)
            connection.executemany(
                "insert into delivery values (?, ?, ?, ?, 0, null)",
                [(f"msg_{secrets.token_urlsafe(18)}", each, body, due) for each in subscribed],
            )

    def forget(self, story: str) -> None:
        """Delete a story's queued deliveries: they may quote a removed text."""
        with self._database.connection() as connection:
            rows = connection.execute("select id, body from delivery").fetchall()
            gone = [
                (row["id"],)
                for row in rows
                if json.loads(row["body"])["data"].get("story") == story
            ]
            connection.executemany("delete from delivery where id = ?", gone)
        self._database.scrub()

    def due(self, now: datetime, limit: int) -> list[Delivery]:
        """The deliveries to attempt by `now`, those due first at the front."""
        sql = (
            "select delivery.id, webhook, url, secret, private, body, attempts from delivery"
            " join webhook on webhook.id = webhook where due_at <= ? order by due_at limit ?"
        )
        rows = self._database.run(sql, to_text(now), limit)
        return [Delivery(**{**dict(row), "private": bool(row["private"])}) for row in rows]

    def delivered(self, delivery: Delivery) -> None:
        self._database.run("delete from delivery where id = ?", delivery.id)

    def failed(self, delivery: Delivery, error: str, now: datetime) -> None:
        """Schedule the next retry; after the last one, give up."""
        retry = retry_at(delivery.attempts, now)
        sql = "update delivery set due_at = ?, attempts = ?, error = ? where id = ?"
        due = to_text(retry) if retry else None
        self._database.run(sql, due, delivery.attempts + 1, error, delivery.id)


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
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid or not url.isascii() or not url.isprintable() or " " in url or parts.username:
        message = "must be an http or https URL in ASCII, without spaces or a password"
        raise InvalidInput([FieldError("url", message)])
