"""The tables of the search: documents with their tokens, and SQLite's FTS5 over them.

A document's id is its place, when it came there, and a number within that second; so the newest
have the highest ids, also after a rebuild. Tokens carry a mark of their place, so that each place
has a list of its own for each word.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from repo_store.index.search.documents import (
    PLACES,
    SEPARATOR,
    Document,
    Place,
    SearchChange,
    Standing,
)

COLUMNS: dict[str, Any] = {
    "id": int,
    "story": int,
    "place": int,
    "first": int,
    "last": int,
    "since": str,
    "tokens": str,
}
STATEMENTS = (
    "create index standing on document (story, place, first) where last is null",
    # The tokenizer leaves our tokens as they are: it splits at ASCII punctuation only.
    "create virtual table search using fts5"
    " (words, content='', columnsize=0, tokenize='ascii tokenchars ''.,''')",
    # Memory for the words of some thousands of stories, used only by a transaction that large.
    "insert into search (search, rank) values ('hashsize', 16777216)",
    "create virtual table word using fts5vocab(search, instance)",
)

_SLOT, _TIME = 23, 37
"""Bits of an id: of the number within a second, and of the second; above them is the place."""
_SECOND = 1 << _SLOT
_PLACE = _SLOT + _TIME
_MARKS = {Place.LIVE: "", Place.HISTORY: ".h", Place.DRAFTS: ".d", Place.SOURCES: ".s"}

_INSERT = "insert into document values (?, ?, ?, ?, ?, ?, ?)"
_ADD = "insert into search (rowid, words) values (?, ?)"
_REMOVE = "insert into search (search, rowid, words) values ('delete', ?, ?)"
_STANDING = "select id, place, tokens from document where story = ? and place = ? and last is null"


def marked(place: Place, tokens: str) -> str:
    """The tokens with the mark of their place; no token begins with a point."""
    mark = _MARKS[place]
    return f"{mark}{tokens.replace(' ', f' {mark}')}" if mark else tokens


def position(document: int) -> int:
    """Where a document with this id is in the order of all places, newest first."""
    place, moment = divmod(document, 1 << _PLACE)
    return moment * len(PLACES) + place


def ids_before(place: Place, before: int | None) -> tuple[int, int]:
    """The ids of a place's documents whose position is below `before`: from the first number up to,
    not including, the second.
    """
    number = PLACES.index(place)
    start = number << _PLACE
    if before is None:
        return start, start + (1 << _PLACE)
    moment, other = divmod(before, len(PLACES))
    return start, start + moment + (number < other)


def standing(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, Standing]:
    """What stands of the stories with these numbers; those without a live text are missing."""
    sql = (
        "select story, place, first, since, tokens from document"
        f" where story in (select value from json_each(?)) and place in ({_LIVE}, {_SOURCES})"
        " and last is null order by id"
    )
    found: dict[int, tuple[dict[str, int], dict[str, int]]] = {}
    for story, place, first, since, tokens in connection.execute(sql, [json.dumps(numbers)]):
        lines, sources = found.setdefault(story, ({}, {}))
        if place == _SOURCES:
            sources[tokens] = first
        else:
            lines |= zip(tokens.split(SEPARATOR), map(int, since.split()), strict=True)
    return {story: Standing(*both) for story, both in found.items()}


def write(connection: sqlite3.Connection, changes: Iterable[tuple[int, SearchChange]]) -> None:
    """Write the changes of stories, which are named by their numbers, in this transaction."""
    removed: list[tuple[int, str]] = []
    added: list[tuple[int, str]] = []
    rows: list[tuple[object, ...]] = []
    numbering = _Numbering(connection)
    for story, change in changes:
        if change.replaced:
            removed += _found(connection, _STANDING, story, _LIVE)
        for revision in change.published:
            removed += _found(connection, f"{_STANDING} and first = ?", story, _DRAFTS, revision)
        for tokens, first, last in change.ended:
            connection.execute(
                "update document set last = ? where story = ? and place = ? and first = ?"
                " and tokens = ? and last is null",
                [last, story, _SOURCES, first, tokens],
            )
        for each in change.added:
            number = numbering.next(each)
            place = PLACES.index(each.place)
            rows.append(
                (number, story, place, each.first, each.last, each.since or None, each.tokens)
            )
            added.append((number, marked(each.place, each.tokens)))
    _remove(connection, removed)
    # In the order of rowids, and all at once, FTS5 merges least.
    connection.executemany(_INSERT, sorted(rows))
    connection.executemany(_ADD, sorted(added))


def forget(connection: sqlite3.Connection, story: int) -> None:
    """Remove all documents of a story. Reads the whole table: no index leads to them."""
    sql = "select id, place, tokens from document where story = ?"
    _remove(connection, list(_found(connection, sql, story)))


def _found(connection: sqlite3.Connection, sql: str, *values: object) -> Iterator[tuple[int, str]]:
    for number, place, tokens in connection.execute(sql, values).fetchall():
        yield number, marked(PLACES[place], tokens)


def _remove(connection: sqlite3.Connection, documents: list[tuple[int, str]]) -> None:
    connection.executemany(_REMOVE, sorted(documents))
    connection.executemany("delete from document where id = ?", [each[:1] for each in documents])


class _Numbering:
    """Ids for new documents: the next free one of their place and second, or of a later second."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._next: dict[int, int] = {}

    def next(self, document: Document) -> int:
        moment = min(max(document.at, 0), (1 << _TIME) - 1)
        second = (PLACES.index(document.place) << _TIME) + moment
        while (number := self._free(second)) == (second + 1) * _SECOND:
            second += 1
        self._next[second] = number + 1
        return number

    def _free(self, second: int) -> int:
        """The id after the last one of this second."""
        if second not in self._next:
            start = second * _SECOND
            sql = "select max(id) from document where id >= ? and id < ?"
            [last] = self._connection.execute(sql, [start, start + _SECOND]).fetchone()
            self._next[second] = start if last is None else last + 1
        return self._next[second]


_LIVE, _DRAFTS, _SOURCES = map(PLACES.index, (Place.LIVE, Place.DRAFTS, Place.SOURCES))
