"""Requests to remove texts that wait for a second person."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from repo_store import Author, Ground, Removal
from service.accounts.database import Database, to_text


@dataclass(frozen=True)
class RemovalRequest:
    """`revisions`: those whose texts are to go. `person` and `name`: the id and name of
    who requested it first."""

    story: str
    revisions: tuple[int, ...]
    person: str
    name: str
    note: str
    removal: Removal
    at: datetime

    @property
    def author(self) -> Author:
        return Author(self.name)


class RemovalRequests:
    """The requests in `accounts.db`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, request: RemovalRequest) -> None:
        """Store it, unless there is one for the same revisions: that one stays as it is."""
        row = (
            request.story,
            _text(request.revisions),
            request.person,
            request.name,
            request.note,
            request.removal.ground.value,
            request.removal.reference,
            to_text(request.at),
        )
        sql = "insert or ignore into removal_order values (?, ?, ?, ?, ?, ?, ?, ?)"
        self._database.run(sql, *row)

    def find(self, story: str, revisions: tuple[int, ...]) -> RemovalRequest | None:
        sql = "select * from removal_order where story = ? and revisions = ?"
        rows = self._database.run(sql, story, _text(revisions))
        return _request(rows[0]) if rows else None

    def all(self) -> list[RemovalRequest]:
        """Oldest first."""
        rows = self._database.run("select * from removal_order order by at, rowid")
        return list(map(_request, rows))

    def delete(self, story: str, revisions: tuple[int, ...]) -> None:
        """Because it was carried out, or withdrawn."""
        sql = "delete from removal_order where story = ? and revisions = ?"
        self._database.run(sql, story, _text(revisions))


def _request(row: sqlite3.Row) -> RemovalRequest:
    return RemovalRequest(
        row["story"],
        tuple(map(int, row["revisions"].split())),
        row["token"],
        row["name"],
        row["note"],
        Removal(Ground(row["reason"]), row["reference"]),
        datetime.fromisoformat(row["at"]),
    )


def _text(revisions: tuple[int, ...]) -> str:
    return " ".join(map(str, revisions))
