"""What waits for each webhook: a queue of its own, in which each story's events keep their order.

A message is kept as the place of a record in the archive, and made from it when it is sent: the
queue holds no text of a story.
"""

import logging
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from repo_store import NotFound, Record, StoreError
from service.accounts.database import Database, to_text
from service.webhooks.sending import Receiver

log = logging.getLogger(__name__)

LONGEST = 10_000
"""How many messages may wait for a webhook; with one more it is suspended."""
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
"""How long a message waits after each failure, as Standard Webhooks says; then it is given up."""
_LONGEST_PAUSE = 300
"""Seconds that a receiver is left alone after failures in a row: 1, 2, 4, and so on up to this."""


@dataclass(frozen=True)
class Delivery:
    """A message that is due: the event of the record at this `entry` of the story's chain."""

    number: int
    id: str
    receiver: Receiver
    story: str
    entry: int
    attempts: int


class Queue:
    """The queues of all webhooks, in `accounts.db`."""

    def __init__(self, database: Database, longest: int = LONGEST) -> None:
        self._database, self._longest = database, longest

    def notify(self, record: Record) -> None:
        """Queue the event of a record. A failure is logged, not raised: the record is stored."""
        try:
            self.add(record.story, record.entry, record.recorded_at)
        except (sqlite3.Error, OSError, StoreError) as error:
            log.error("%s: could not queue its webhook events: %s", record.story, error)

    def add(self, story: str, entry: int, now: datetime) -> None:
        """Queue the event for each webhook that subscribes to the story."""
        sql = (
            "select id, stories, suspended_at from webhook"
            " left join receiver on receiver.webhook = webhook.id"
        )
        with self._database.connection() as connection:
            for row in connection.execute(sql).fetchall():
                if row["stories"] and story not in row["stories"].split():
                    continue
                if row["suspended_at"]:
                    _note(connection, row["id"], "missed = missed + 1")
                elif self._is_full(connection, row["id"]):
                    reason = f"the limit of {self._longest:,} waiting messages was reached"
                    _suspend(connection, row["id"], reason, now)
                    _note(connection, row["id"], "missed = 1")
                else:
                    _insert(connection, row["id"], story, entry, now)

    def _is_full(self, connection: sqlite3.Connection, webhook: str) -> bool:
        sql = "select count(*) from message where webhook = ?"
        return bool(connection.execute(sql, [webhook]).fetchone()[0] >= self._longest)

    def ready(self, now: datetime) -> list[tuple[str, bool]]:
        """The webhooks that something is due for, and whether their last message failed; those that
        did not fail first.
        """
        sql = (
            "select webhook.id, coalesce(failures, 0) > 0 from webhook"
            " left join receiver on receiver.webhook = webhook.id"
            " where suspended_at is null and coalesce(resumes_at, '') <= ?1 and exists"
            " (select 1 from message where message.webhook = webhook.id and due_at <= ?1)"
            " order by failures, resumes_at"
        )
        return [(row[0], bool(row[1])) for row in self._database.run(sql, to_text(now))]

    def next(self, webhook: str, now: datetime) -> Delivery | None:
        """The message to send to it now, if any."""
        sql = (
            "select number, message.id, url, secret, private, story, entry, attempts from message"
            " join webhook on webhook.id = message.webhook"
            " left join receiver on receiver.webhook = webhook.id"
            " where message.webhook = ?1 and due_at <= ?2 and suspended_at is null"
            " and coalesce(resumes_at, '') <= ?2 order by due_at, number limit 1"
        )
        for row in self._database.run(sql, webhook, to_text(now)):
            receiver = Receiver(webhook, row["url"], row["secret"], bool(row["private"]))
            place = row["story"], row["entry"], row["attempts"]
            return Delivery(row["number"], row["id"], receiver, *place)
        return None

    def delivered(self, delivery: Delivery, now: datetime) -> None:
        with self._database.connection() as connection:
            _end(connection, delivery, now)
            done = "failures = 0, resumes_at = null, succeeded_at = ?"
            _note(connection, delivery.receiver.webhook, done, to_text(now))

    def drop(self, delivery: Delivery, now: datetime) -> None:
        """There is nothing to send."""
        with self._database.connection() as connection:
            _end(connection, delivery, now)

    def failed(self, delivery: Delivery, reason: str, now: datetime) -> None:
        """Schedule the next attempt, or give up, and leave the receiver alone for a while."""
        webhook, attempts = delivery.receiver.webhook, delivery.attempts + 1
        with self._database.connection() as connection:
            if given_up := attempts > len(RETRIES):
                _end(connection, delivery, now)
                _note(connection, webhook, "given_up = given_up + 1")
            else:
                due = to_text(now + RETRIES[delivery.attempts])
                sql = "update message set due_at = ?, attempts = ? where number = ?"
                connection.execute(sql, [due, attempts, delivery.number])
            noted = "failures = failures + 1, failed_at = ?, reason = ?"
            _note(connection, webhook, noted, to_text(now), reason)
            sql = "select failures from receiver where webhook = ?"
            [(failures,)] = connection.execute(sql, [webhook]).fetchall() or [(1,)]
            pause = timedelta(seconds=min(2 ** min(failures - 1, 30), _LONGEST_PAUSE))
            _note(connection, webhook, "resumes_at = ?", to_text(now + pause))
        what = "given up after" if given_up else "failed, attempt"
        log.warning("webhook %s: %s: %s %d: %s", webhook, delivery.id, what, attempts, reason)

    def suspend(self, webhook: str, reason: str, now: datetime) -> None:
        """Queue and send nothing more until it is resumed."""
        with self._database.connection() as connection:
            _suspend(connection, webhook, reason, now)

    def resume(self, webhook: str, now: datetime) -> int:
        """Go on with a webhook, at once; how many events it missed. NotFound if there is none."""
        with self._database.connection() as connection:
            sql = (
                "select coalesce(missed, 0) from webhook"
                " left join receiver on receiver.webhook = webhook.id where id = ?"
            )
            row = connection.execute(sql, [webhook]).fetchone()
            if not row:
                raise NotFound(f"There is no webhook with the id “{webhook}”.")
            fresh = "suspended_at = null, resumes_at = null, failures = 0, missed = 0"
            _note(connection, webhook, fresh)
            sql = "update message set due_at = ? where webhook = ? and due_at is not null"
            connection.execute(sql, [to_text(now), webhook])
        return int(row[0])


def _insert(
    connection: sqlite3.Connection, webhook: str, story: str, entry: int, now: datetime
) -> None:
    """Due now, or once all that waits of the same story is done: `due_at` is then null."""
    connection.execute(
        "insert into message (id, webhook, story, entry, due_at) select ?1, ?2, ?3, ?4, case when"
        " exists (select 1 from message where webhook = ?2 and story = ?3) then null else ?5 end",
        [f"msg_{secrets.token_urlsafe(18)}", webhook, story, entry, to_text(now)],
    )


def _end(connection: sqlite3.Connection, delivery: Delivery, now: datetime) -> None:
    """Nothing more happens with this message; the next one of its story is due."""
    connection.execute("delete from message where number = ?", [delivery.number])
    connection.execute(
        "update message set due_at = ?1 where due_at is null and number ="
        " (select min(number) from message where webhook = ?2 and story = ?3)",
        [to_text(now), delivery.receiver.webhook, delivery.story],
    )


def _note(connection: sqlite3.Connection, webhook: str, changes: str, *values: str) -> None:
    # Nothing is noted of a webhook that was removed meanwhile.
    sql = "insert or ignore into receiver (webhook) select id from webhook where id = ?"
    connection.execute(sql, [webhook])
    connection.execute(f"update receiver set {changes} where webhook = ?", [*values, webhook])


def _suspend(connection: sqlite3.Connection, webhook: str, reason: str, now: datetime) -> None:
    noted = "suspended_at = ?, failed_at = ?, reason = ?"
    _note(connection, webhook, noted, to_text(now), to_text(now), reason)
    log.error("webhook %s: suspended: %s; go on with “webhook resume %s”", webhook, reason, webhook)
