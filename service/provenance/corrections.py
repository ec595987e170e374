"""The values that a story's versions corrected, and where live texts still say the old ones.

Both are rows of `provenance.db`, kept with the account of the same story and forgotten with it. A
text asks for the corrections of what it says, by key: so it costs what the text is long, however
many corrections there are.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from service.diffing import Corrected, FactKind, Said, Statement, is_rare, undone

TABLES = """
create table correction (
    story text not null, version integer not null, nth integer not null, at integer not null,
    key text not null, old text not null, new text not null,
    rare integer not null, searched integer not null,
    primary key (story, version, nth)
) strict, without rowid;
create index corrected on correction (story, key, version desc);
create index corrected_lately on correction (key, at desc) where rare;
create index unsearched on correction (story) where not searched;
create table repeat (
    story text not null, section text not null, block integer not null, field text not null,
    start integer not null, text text not null, sentence text not null, stamp text not null,
    corrected_in text not null, version integer not null, nth integer not null, waiver integer,
    primary key (story, section, block, field, start)
) strict, without rowid;
create index repeated on repeat (corrected_in, version, nth);
create index still_open on repeat (story, stamp) where waiver is null;
create table checked (story text primary key, stamp text not null) strict, without rowid;
"""
DROPPED = ("correction", "repeat", "checked")
MOST = 100
"""Repeats that are kept of one text, and corrections of one version: more is another text."""
_MOST_ELSEWHERE = 20
"""The newest corrections of a value in other stories that a text is compared with."""
_MOST_EARLIER = 100
"""Earlier corrections of a value in a story that a later one may undo, or a text repeat."""


class Correction(NamedTuple):
    """What version `version` of a story put another value for; `nth`: of those it did."""

    story: str
    version: int
    nth: int
    change: Corrected

    @property
    def number(self) -> tuple[str, int, int]:
        return self.story, self.version, self.nth


class Repeat(NamedTuple):
    """A place of a live text that says the old value. `stamp`: of that text. `waiver`: the entry of
    the action that lets it stand.
    """

    story: str
    section: str
    block: int
    field: str
    start: int
    text: str
    sentence: str
    stamp: str
    corrected_in: str
    version: int
    nth: int
    waiver: int | None

    @property
    def by(self) -> tuple[str, int, int]:
        """The number of the correction."""
        return self.corrected_in, self.version, self.nth

    @classmethod
    def at(
        cls, story: str, place: Said, stamp: str, by: Correction, waiver: int | None
    ) -> "Repeat":
        where = (place.section, place.block, place.field, place.start)
        said = (place.statement.text, place.sentence, stamp)
        return cls(story, *where, *said, by.story, by.version, by.nth, waiver)


_KINDS: dict[str, Any] = {str(kind): kind for kind in FactKind}
_REPEAT = ", ".join(Repeat._fields)
_FIND = "select story, version, nth, old, new from correction where "


def add(
    connection: sqlite3.Connection, story: str, version: int, at: int, changes: list[Corrected]
) -> None:
    """Note what a version corrected; it takes back what it made right again."""
    for change in changes:
        for earlier in _of(connection, "story = ? and key = ?", [story, change.new.key]):
            if undone(earlier.change, change):
                _take_back(connection, earlier)
    sql = "insert into correction values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    for nth, change in enumerate(changes[:MOST]):
        key, elsewhere = change.old.key, is_rare(change.old)
        texts = _written(change.old), _written(change.new)
        values = (story, version, nth, at, key, *texts, elsewhere, not elsewhere)
        connection.execute(sql, values)


def concerning(
    connection: sqlite3.Connection, story: str, found: Collection[Said]
) -> tuple[list[Correction], list[Correction]]:
    """The corrections of the values that a story's text says, newest first: its own, and of rare
    values the newest ones of other stories.
    """
    keys = dict.fromkeys(each.statement.key for each in found)
    where = "story = ? and key = ?"
    own = [each for key in keys for each in _of(connection, where, [story, key])]
    keys = dict.fromkeys(each.statement.key for each in found if is_rare(each.statement))
    where, order = "rare and key = ? and story <> ?", "at desc"
    others = [
        each
        for key in keys
        for each in _of(connection, where, [key, story], _MOST_ELSEWHERE, order)
    ]
    return sorted(own, key=_newest_first), others


def unsearched(connection: sqlite3.Connection, story: str) -> Correction | None:
    """A correction that other stories were not searched for yet, the newest first."""
    where = "story = ? and not searched"
    return next(iter(_of(connection, where, [story], 1, "version desc, nth")), None)


def known(connection: sqlite3.Connection, number: tuple[str, int, int]) -> Correction | None:
    """The correction with a number, unless it was taken back or forgotten."""
    return next(iter(_of(connection, "story = ? and version = ? and nth = ?", number)), None)


def note_searched(connection: sqlite3.Connection, correction: Correction) -> None:
    sql = "update correction set searched = 1 where story = ? and version = ? and nth = ?"
    connection.execute(sql, correction.number)


# Repeats


def keep(connection: sqlite3.Connection, story: str, stamp: str, found: list[Repeat]) -> None:
    """Replace what was found in a story's text by what is found in its present one."""
    connection.execute("delete from repeat where story = ?", [story])
    add_repeats(connection, found)
    connection.execute("insert or replace into checked values (?, ?)", [story, stamp])


def add_repeats(connection: sqlite3.Connection, found: Iterable[Repeat]) -> None:
    marks = ", ".join("?" * len(Repeat._fields))
    connection.executemany(f"insert or ignore into repeat ({_REPEAT}) values ({marks})", found)


def is_searched(connection: sqlite3.Connection, story: str, stamp: str) -> bool:
    """Whether a story's present text was searched."""
    row = connection.execute("select stamp from checked where story = ?", [story]).fetchone()
    return row is not None and row[0] == stamp


def repeats_in(connection: sqlite3.Connection, story: str, stamp: str) -> list[Repeat]:
    """What stands in a story's present text, whichever story corrected it."""
    return _repeats(connection, "story = ? and stamp = ?", [story, stamp])


def repeats_of(connection: sqlite3.Connection, story: str) -> list[Repeat]:
    """What other stories said of what this one corrected."""
    return _repeats(connection, "corrected_in = ? and story <> ?", [story, story])


def open_count(connection: sqlite3.Connection, story: str, stamp: str) -> int:
    sql = "select count(*) from repeat where story = ? and stamp = ? and waiver is null"
    return int(connection.execute(sql, [story, stamp]).fetchone()[0])


def forget(connection: sqlite3.Connection, story: str) -> None:
    """Delete all that was taken from a story's texts, and what it says of others'."""
    connection.execute("delete from repeat where story = ? or corrected_in = ?", [story, story])
    connection.execute("delete from correction where story = ?", [story])
    connection.execute("delete from checked where story = ?", [story])


def _repeats(connection: sqlite3.Connection, where: str, values: Sequence[str]) -> list[Repeat]:
    sql = f"select {_REPEAT} from repeat where {where} limit {MOST}"
    return list(map(Repeat._make, connection.execute(sql, values)))


def _take_back(connection: sqlite3.Connection, correction: Correction) -> None:
    for table, story in (("repeat", "corrected_in"), ("correction", "story")):
        sql = f"delete from {table} where {story} = ? and version = ? and nth = ?"
        connection.execute(sql, correction.number)


def _of(
    connection: sqlite3.Connection,
    where: str,
    values: Sequence[object],
    limit: int = _MOST_EARLIER,
    order: str = "version desc",
) -> list[Correction]:
    rows = connection.execute(f"{_FIND} {where} order by {order} limit {limit}", values)
    return [
        Correction(story, version, nth, Corrected(_read(old), _read(new)))
        for story, version, nth, old, new in rows
    ]


def _newest_first(correction: Correction) -> tuple[int, int]:
    return -correction.version, correction.nth


def _written(statement: Statement) -> str:
    sets = {"words": sorted(statement.words), "names": sorted(statement.names)}
    return json.dumps(statement._asdict() | sets, ensure_ascii=False)


def _read(text: str) -> Statement:
    fields: dict[str, Any] = json.loads(text)
    fields |= {name: frozenset(fields[name]) for name in ("words", "names")}
    return Statement(**fields | {"kind": _KINDS[fields["kind"]]})
