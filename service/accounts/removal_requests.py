"""Orders to remove texts that wait for a second person, and those that were withdrawn."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from repo_store import Author, Ground, Removal
from service.accounts.database import Database, to_text
from service.accounts.person import Person

_COLUMNS = "story, revisions, token, name, note, reason, reference, at"
_ADD = f"insert or ignore into removal_order ({_COLUMNS})"
# A token that no person has stands for itself, as in `tokens`.
_WAITING, _WITHDRAWN = (
    f"select *, coalesce((select person from token where id = {table}.token), {table}.token)"
    f" as person from {table}"
    for table in ("removal_order", "withdrawn_order")
)


class Targets(NamedTuple):
    """What is to go of a story, in ascending order: the texts of these revisions, and the notes of
    these entries, whose texts stay.
    """

    revisions: tuple[int, ...]
    entries: tuple[int, ...] = ()

    def overlap(self, other: "Targets") -> bool:
        both = zip(self, other, strict=True)
        return any(not set(some).isdisjoint(others) for some, others in both)


@dataclass(frozen=True)
class RemovalRequest:
    """`person`, `token` and `name`: the ids of who requested it first and of the token that they
    used, and their name.
    """

    story: str
    targets: Targets
    person: str
    token: str
    name: str
    note: str
    removal: Removal
    at: datetime

    @property
    def author(self) -> Author:
        return Author(self.name)


@dataclass(frozen=True)
class WithdrawnRequest:
    """`by`: the name of who withdrew it; None if it ended because its token was revoked."""

    request: RemovalRequest
    at: datetime
    by: str | None


class RemovalRequests:
    """The requests in `accounts.db`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, request: RemovalRequest) -> RemovalRequest:
        """Store it, unless there is one for the same revisions: the one that is stored then."""
        row = _row(request)
        with self._database.connection() as connection:
            connection.execute(f"{_ADD} values (?, ?, ?, ?, ?, ?, ?, ?)", row)
            sql = f"{_WAITING} where story = ? and revisions = ?"
            [stored] = connection.execute(sql, row[:2])
        return _request(stored)

    def all(self) -> list[RemovalRequest]:
        """Those that wait, oldest first."""
        return list(map(_request, self._database.run(f"{_WAITING} order by at, rowid")))

    def take(self, request: RemovalRequest) -> bool:
        """Delete it, to carry it out; False if it does not wait any more."""
        sql = "delete from removal_order where story = ? and revisions = ? and token = ? and at = ?"
        row = (request.story, _text(request.targets), request.token, to_text(request.at))
        with self._database.connection() as connection:
            return connection.execute(sql, row).rowcount > 0

    def put_back(self, request: RemovalRequest) -> None:
        """It was taken and could not be carried out. Not if its token was revoked meanwhile."""
        revoked = "select 1 from token where id = ? and revoked_at is not null"
        sql = f"{_ADD} select ?, ?, ?, ?, ?, ?, ?, ? where not exists ({revoked})"
        self._database.run(sql, *_row(request), request.token)

    def end(self, story: str, gone: Targets) -> None:
        """Delete the requests to remove one of these, which can never be carried out any more, and
        the notes of those that were withdrawn: they may quote what was removed.
        """
        for each in self.all():
            if each.story == story and each.targets.overlap(gone):
                self.take(each)
        with self._database.connection() as connection:
            sql = "select rowid, revisions from withdrawn_order where story = ? and note <> ''"
            for rowid, targets in connection.execute(sql, [story]).fetchall():
                if _targets(targets).overlap(gone):
                    blank = "update withdrawn_order set note = '' where rowid = ?"
                    connection.execute(blank, [rowid])

    def withdraw(self, story: str, targets: Targets, person: Person, now: datetime) -> bool:
        """End a request that waits, and keep who did so and when; False if there is none."""
        which = ("story = ? and revisions = ?", [story, _text(targets)])
        with self._database.connection() as connection:
            return _withdraw(connection, *which, now, person) > 0

    def withdrawn(self, story: str) -> list[WithdrawnRequest]:
        """Of one story, newest first."""
        order = "order by withdrawn_at desc, rowid desc"
        rows = self._database.run(f"{_WITHDRAWN} where story = ? {order}", story)
        return [
            WithdrawnRequest(
                _request(row), datetime.fromisoformat(row["withdrawn_at"]), row["by_name"]
            )
            for row in rows
        ]


def withdraw_those_of(connection: sqlite3.Connection, token: str, now: datetime) -> None:
    """End what was requested with a token that is being revoked: nobody vouches for it any more."""
    _withdraw(connection, "token = ?", [token], now, None)


def _withdraw(
    connection: sqlite3.Connection,
    where: str,
    values: list[str],
    now: datetime,
    person: Person | None,
) -> int:
    ended = (to_text(now), person.id if person else None, person.name if person else None)
    connection.execute(
        f"insert into withdrawn_order ({_COLUMNS}, withdrawn_at, by_person, by_name)"
        f" select {_COLUMNS}, ?, ?, ? from removal_order where {where}",
        [*ended, *values],
    )
    return connection.execute(f"delete from removal_order where {where}", values).rowcount


def _request(row: sqlite3.Row) -> RemovalRequest:
    return RemovalRequest(
        row["story"],
        _targets(row["revisions"]),
        row["person"],
        row["token"],
        row["name"],
        row["note"],
        Removal(Ground(row["reason"]), row["reference"]),
        datetime.fromisoformat(row["at"]),
    )


def _row(request: RemovalRequest) -> tuple[str, ...]:
    return (
        request.story,
        _text(request.targets),
        request.token,
        request.name,
        request.note,
        request.removal.ground.value,
        request.removal.reference,
        to_text(request.at),
    )


def _text(targets: Targets) -> str:
    """Such as “2 5 n7”: revisions, and entries after an n."""
    return " ".join([*map(str, targets.revisions), *(f"n{entry}" for entry in targets.entries)])


def _targets(text: str) -> Targets:
    numbers = text.split()
    entries = (each.removeprefix("n") for each in numbers if each.startswith("n"))
    revisions = (each for each in numbers if not each.startswith("n"))
    return Targets(tuple(map(int, revisions)), tuple(map(int, entries)))
