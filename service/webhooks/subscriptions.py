"""Webhooks: who subscribes to the events of which stories, and how that goes."""

import base64
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from repo_store import NotFound, story_id
from service.accounts.database import Database, to_text, to_time
from service.outbound.addresses import resolve
from service.outbound.urls import Resolve, check_url
from service.webhooks.sending import Receiver


@dataclass(frozen=True)
class Webhook:
    """`stories`: ids; empty for all stories. `private`: the URL may be on a private network.

    `waiting` and `failed`: how many messages are queued, and how many were given up. `missed`: how
    many events happened since it is suspended. `reason`: of the last failure. `resumes_at`: no
    attempt is made before.
    """

    id: str
    url: str
    stories: tuple[str, ...]
    private: bool
    created_at: datetime
    state: str = "active"
    waiting: int = 0
    failed: int = 0
    missed: int = 0
    delivered_at: datetime | None = None
    failed_at: datetime | None = None
    reason: str | None = None
    resumes_at: datetime | None = None


class Webhooks:
    """The subscriptions in `accounts.db`."""

    def __init__(self, database: Database, resolver: Resolve = resolve) -> None:
        self._database, self._resolve = database, resolver

    def add(
        self, url: str, stories: tuple[str, ...], now: datetime, private: bool = False
    ) -> tuple[Webhook, str]:
        """Subscribe a URL; returns the webhook and the secret that signs its messages, which cannot
        be shown again.

        InvalidInput for a bad URL or id, and for an address that no message would be sent to. A
        name that cannot be resolved yet is taken.
        """
        for story in stories:
            story_id(story)
        check_url(url, private, self._resolve)
        webhook = Webhook(f"wh_{secrets.token_hex(4)}", url, stories, private, now)
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        row = (webhook.id, url, " ".join(stories), secret, int(private), to_text(now))
        self._database.run("insert into webhook values (?, ?, ?, ?, ?, ?)", *row)
        return webhook, secret

    def all(self) -> list[Webhook]:
        """In the order in which they were added."""
        sql = (
            "select webhook.*, receiver.*, (select count(*) from message"
            " where message.webhook = webhook.id) as waiting from webhook"
            " left join receiver on receiver.webhook = webhook.id order by webhook.rowid"
        )
        return list(map(_webhook, self._database.run(sql)))

    def receiver(self, webhook: str) -> Receiver:
        """Where its messages go. NotFound if there is no webhook with this id."""
        for row in self._database.run("select * from webhook where id = ?", webhook):
            return Receiver(webhook, row["url"], row["secret"], bool(row["private"]))
        raise _unknown(webhook)

    def remove(self, webhook: str) -> None:
        """With its queue. NotFound if there is no webhook with this id."""
        if not self._database.run("delete from webhook where id = ? returning id", webhook):
            raise _unknown(webhook)


def _unknown(webhook: str) -> NotFound:
    return NotFound(f"There is no webhook with the id “{webhook}”.")


def _webhook(row: sqlite3.Row) -> Webhook:
    failing = "failing" if row["failures"] else "active"
    return Webhook(
        row["id"],
        row["url"],
        tuple(row["stories"].split()),
        bool(row["private"]),
        datetime.fromisoformat(row["created_at"]),
        "suspended" if row["suspended_at"] else failing,
        row["waiting"],
        row["given_up"] or 0,
        row["missed"] or 0,
        to_time(row["succeeded_at"]),
        to_time(row["failed_at"]),
        row["reason"],
        to_time(row["resumes_at"]),
    )
