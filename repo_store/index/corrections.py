"""The corrections of all stories: listed newest first, searched, and counted.

A correction's id begins with its time, so that the newest have the highest ids, also after a
rebuild. Nothing grows with the number of stories but the counts, which read one narrow index.
"""

import math
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from repo_store.history.corrections import SilentEdit, corrections_of, silent_edit_of
from repo_store.history.records import Kind, Record, Revision
from repo_store.index.search.documents import SEPARATOR
from repo_store.index.search.lookup import MAX_WORK, Vocabulary, work_of
from repo_store.index.search.query import Query, Term
from repo_store.index.search.tokens import tokens
from repo_store.story.content import Content

Row = Mapping[str, Any]

COLUMNS: dict[str, Any] = {
    "id": int,
    "story": int,
    "entry": int,
    "version": int,
    "kind": str,
    "at": int,
    "delay": int,
    "story_since": int,
    "section": str,
    "listed": int,
    "tokens": str,
}
"""`delay`: seconds since the text that it corrects was published, where that is known;
`story_since`: when the story was; `section`: of the story's live version, as it is compared;
`listed`: whether lists have the story; `tokens`: of the note and the story's title.
"""
SILENT: dict[str, Any] = {"story": str, "revision": int, "at": int, "explained": int}
STATEMENTS = (
    "create index correction_of on correction (story)",
    "create index correction_listed on correction (id) where listed",
    "create index correction_kind on correction (kind) where listed",
    "create index correction_section on correction (section) where listed",
    "create index correction_both on correction (section, kind) where listed",
    "create index correction_figures on correction (at, kind, delay, listed)",
    "create index correction_share on correction (story_since, story)",
    "create index first_version on revision (published_at) where version = 1",
    "create index silent_edit_at on silent_edit (at, explained)",
    "create virtual table correction_search using fts5"
    " (words, content='', columnsize=0, tokenize='ascii tokenchars ''.,''')",
    "create virtual table correction_word using fts5vocab(correction_search, instance)",
)

_SLOT = 23
"""Bits of an id that tell corrections of the same second apart."""
_INSERT = f"insert into correction values ({', '.join('?' * len(COLUMNS))})"
_ADD = "insert into correction_search (rowid, words) values (?, ?)"
_REMOVE = "insert into correction_search (correction_search, rowid, words) values ('delete', ?, ?)"
_VOCABULARY = Vocabulary("correction_word")


class CorrectionRow(NamedTuple):
    """A correction before it is numbered. `tokens`: of its note."""

    entry: int
    version: int
    kind: str
    at: int
    delay: int | None
    tokens: str


class CorrectionChange(NamedTuple):
    """What records change of a story's corrections. `relisted`: whether what lists say of the story
    is another, of which earlier corrections have a copy.
    """

    relisted: bool
    added: list[CorrectionRow]
    silent: list[SilentEdit]


class CorrectionFilter(NamedTuple):
    """Which corrections to list; None means any. `section`: of the paper. `until` is not in it."""

    kind: Kind | None = None
    section: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class CorrectionPlace(NamedTuple):
    """Where a correction is, and what its story is called. `position`: in the list's order."""

    position: int
    story: str
    title: str
    section: str
    version: int
    entry: int


class Span(NamedTuple):
    """From a time up to, not including, another; in seconds since 1970."""

    start: int
    end: int

    @classmethod
    def of(cls, since: datetime | None, until: datetime | None) -> "Span":
        start = 0 if since is None else _seconds(since)
        return cls(start, _LAST if until is None else _seconds(until))


_LAST = (1 << 62 - _SLOT) - 1


class CorrectionCounts(NamedTuple):
    """`by_kind`: by the position of a part of the period and the kind. `unlisted`: those of
    stories that lists leave out. `delays`: how many came within each of the given bounds; `median`:
    of all delays, in seconds. `stories`: first published in the period; `corrected`: how many of
    them were, at any time. `explained` and `unexplained`: by part, the silent edits that were let
    through.
    """

    by_kind: dict[tuple[int, Kind], int]
    unlisted: int
    delays: tuple[int, ...]
    delayed: int
    median: float | None
    stories: int
    corrected: int
    explained: dict[int, int]
    unexplained: dict[int, int]


def section_of(content: Content) -> str:
    """The section of the paper that an article is in; empty if it names none."""
    section = content.fields.get("section")
    return section if isinstance(section, str) else ""


def change_of(
    old: Row,
    new: Row,
    added: Sequence[Record],
    earlier: Sequence[Revision],
    revisions: Sequence[Revision],
) -> CorrectionChange:
    """`old`, `new`: the story's row before and after the records; `revisions`: all that they add or
    change, as they are afterwards, `earlier` those of them that were there before.
    """
    entries = {each.entry for each in added}
    published = {each.version: int(each.created_at.timestamp()) for each in added if each.version}
    if old.get("live"):
        published[old["live"]] = old["changed_at"]
    rows = []
    for revision in revisions:
        for each in corrections_of(revision):
            if each.entry not in entries:
                continue
            at = int(each.at.timestamp())
            since = published.get(each.version - 1)
            if each.added:
                since = int(revision.live_since.timestamp())
            delay = at - since if since is not None and since <= at else None
            words = tokens(each.note)
            rows.append(CorrectionRow(each.entry, each.version, each.kind, at, delay, words))
    flagged = {each.revision for each in added if each.version and each.unexplained}
    flagged |= {each.revision for each in earlier if each.unexplained}
    silent = (silent_edit_of(each, each.revision in flagged) for each in revisions)
    relisted = bool(old.get("live")) and _shown(old) != _shown(new)
    return CorrectionChange(relisted, rows, [each for each in silent if each])


def write(connection: sqlite3.Connection, changes: Iterable[tuple[Row, CorrectionChange]]) -> None:
    """Write the changes of stories, each with its row, in this transaction."""
    for story, change in changes:
        if change.relisted:
            _relist(connection, story)
        for each in change.added:
            words = SEPARATOR.join((each.tokens, tokens(story["title"] or story["id"])))
            _insert(connection, _next_id(connection, each.at), each, story, words)
        connection.executemany(
            "insert or replace into silent_edit values (?, ?, ?, ?)",
            [(*each[:2], int(each.at.timestamp()), each.explained) for each in change.silent],
        )


def forget(connection: sqlite3.Connection, number: int, story: str) -> None:
    """Remove all of a story."""
    _unsearch(connection, _of_story(connection, number))
    connection.execute("delete from correction where story = ?", [number])
    connection.execute("delete from silent_edit where story = ?", [story])


def listed(
    connection: sqlite3.Connection,
    chosen: CorrectionFilter,
    query: Query | None,
    before: int | None,
    limit: int,
) -> tuple[list[CorrectionPlace], int | None]:
    """One page, newest first, below the position `before`, and where the next page begins; None
    if there is none. With a query the page may be short, and still have a next.
    """
    found: list[CorrectionPlace] = []
    last = work = 0
    cursor, unverified = _select(connection, chosen, query, before)
    for *place, text in cursor:
        if len(found) == limit or work >= MAX_WORK:
            return found, last
        each = CorrectionPlace(*place)
        last = each.position
        if unverified:
            work += work_of(text, unverified)
        if all(term.is_in(text) for term in unverified):
            found.append(each._replace(title=each.title or each.story))
    return found, None


def sections(connection: sqlite3.Connection, limit: int) -> list[str]:
    """The sections of listed corrections, as they are written; the first ones in their order."""
    found: list[str] = []
    key = ""
    while len(found) < limit:
        # One by one: to tell them apart, SQLite would go through the whole index.
        row = connection.execute(
            "select correction.section, story.section from correction indexed by correction_section"
            " join story on number = correction.story where listed and correction.section > ?"
            " order by correction.section, correction.id limit 1",
            [key],
        ).fetchone()
        if row is None:
            break
        key, label = row
        found.append(label)
    return found


def time_span(connection: sqlite3.Connection) -> tuple[datetime, datetime] | None:
    """When the first story was published, and the newest version; None if there is none."""
    ends = [
        connection.execute(
            f"select published_at from revision where version {which} limit 1"
        ).fetchone()
        for which in ("= 1 order by published_at", "is not null order by published_at desc")
    ]
    if None in ends:
        return None
    first, last = (datetime.fromtimestamp(at, UTC) for (at,) in ends)
    return first, last


def counts(
    connection: sqlite3.Connection, parts: Sequence[Span], bounds: Sequence[int]
) -> CorrectionCounts:
    """What is counted of a period. `parts`: those that it consists of, one after the other;
    `bounds`: seconds of delay, ascending.
    """
    span = Span(parts[0].start, parts[-1].end)
    rows = ", ".join(f"({at}, ?, ?)" for at in range(len(parts)))
    by_part = f"with part (position, first, next) as (values {rows}) select position"
    edges = [edge for part in parts for edge in part]
    within = "indexed by correction_figures where at >= ? and at < ?"
    by_kind: dict[tuple[int, Kind], int] = {}
    unlisted = 0
    for part, kind, count, shown in connection.execute(
        f"{by_part}, kind, count(*), sum(listed) from part cross join correction"
        " indexed by correction_figures where at >= first and at < next group by position, kind",
        edges,
    ):
        by_kind[part, Kind(kind)] = count
        unlisted += count - shown
    sums = "".join(f", coalesce(sum(delay < {bound:d}), 0)" for bound in bounds)
    [delayed, *delays] = connection.execute(
        f"select count(delay){sums} from correction {within}", span
    ).fetchone()
    [median] = connection.execute(
        f"select avg(delay) from (select delay from correction {within} and delay is not null"
        " order by delay limit ? offset ?)",
        [*span, 2 - delayed % 2, max(0, delayed - 1) // 2],
    ).fetchone()
    [stories] = connection.execute(
        "select count(*) from revision indexed by first_version"
        " where version = 1 and published_at >= ? and published_at < ?",
        span,
    ).fetchone()
    [corrected] = connection.execute(
        "select count(distinct story) from correction indexed by correction_share"
        " where story_since >= ? and story_since < ?",
        span,
    ).fetchone()
    silent: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for part, explained, count in connection.execute(
        f"{by_part}, explained, count(*) from part cross join silent_edit"
        " indexed by silent_edit_at where at >= first and at < next group by position, explained",
        edges,
    ):
        silent[explained][part] = count
    unexplained, explained_later = silent
    return CorrectionCounts(
        *(by_kind, unlisted, tuple(delays), delayed, median, stories, corrected),
        *(explained_later, unexplained),
    )


def _select(
    connection: sqlite3.Connection,
    chosen: CorrectionFilter,
    query: Query | None,
    before: int | None,
) -> tuple[Iterable[Any], Sequence[Term]]:
    """The rows that fit, and the terms that they may lack."""
    span = Span.of(chosen.since, chosen.until)
    filters: dict[str, str | None] = {"kind": chosen.kind}
    if chosen.section is not None:
        filters["section"] = tokens(chosen.section)
        if not filters["section"]:
            return (), ()
    named = {name: value for name, value in filters.items() if value is not None}
    end = span.end << _SLOT
    values: dict[str, Any] = {
        **named,
        "start": span.start << _SLOT,
        "end": end if before is None else min(end, before),
    }
    phrases: Sequence[str] = ()
    unverified: Sequence[Term] = ()
    if query:
        wanted = _VOCABULARY.wanted(connection, query.terms)
        if wanted is None:
            return (), ()
        phrases, unverified = wanted
    if phrases:
        marks = (f'"{_mark(*each)}"' for each in named.items())
        values["match"] = " AND ".join([*phrases, *marks])
        sql = _MATCHING
    else:
        where = "".join(f" and correction.{name} = :{name}" for name in named)
        sql = _LISTED.format(_INDEXES[tuple(named)], where)
    return connection.execute(sql, values), unverified


_ROWS = (
    "select {0}, story.id, title, story.section, version, entry, tokens from {1}"
    " cross join story on story.number = correction.story"
    " where {2} and {0} >= :start and {0} < :end order by {0} desc"
)
_LISTED = _ROWS.format("correction.id", "correction indexed by {}", "listed{}")
_MATCHING = _ROWS.format(
    "correction_search.rowid",
    "correction_search cross join correction on correction.id = correction_search.rowid",
    "correction_search match :match",
)
_INDEXES = {
    (): "correction_listed",
    ("kind",): "correction_kind",
    ("section",): "correction_section",
    ("kind", "section"): "correction_both",
}


def _mark(name: str, value: str) -> str:
    """What stands for a filter among the words of the search: no word begins with a point."""
    return f".{name}{sha256(value.encode()).hexdigest()[:16]}"


def _searched(kind: str, section: str, words: str) -> str:
    return f"{_mark('kind', kind)} {_mark('section', section)}{SEPARATOR}{words}"


def _shown(story: Row) -> tuple[object, ...]:
    return story.get("title"), story.get("section"), story.get("searched") is None


def _insert(
    connection: sqlite3.Connection, number: int, each: CorrectionRow, story: Row, words: str
) -> None:
    """`number`: the correction's id; `words`: its tokens with the story's title."""
    section, shown = tokens(story["section"] or ""), story["searched"] is not None
    about = each.entry, each.version, each.kind, each.at, each.delay
    row = (number, story["number"], *about, story["published_at"], section, shown, words)
    connection.execute(_INSERT, row)
    if shown:
        connection.execute(_ADD, (number, _searched(each.kind, section, words)))


def _next_id(connection: sqlite3.Connection, at: int) -> int:
    """The next free one of this second."""
    start = min(max(at, 0), _LAST) << _SLOT
    sql = "select max(id) from correction where id >= ? and id < ?"
    [last] = connection.execute(sql, [start, start + (1 << _SLOT)]).fetchone()
    return start if last is None else int(last) + 1


def _of_story(connection: sqlite3.Connection, number: int) -> list[Row]:
    cursor = connection.execute(
        "select * from correction indexed by correction_of where story = ? order by id", [number]
    )
    return [dict(zip(COLUMNS, row, strict=True)) for row in cursor]


def _relist(connection: sqlite3.Connection, story: Row) -> None:
    """Give a story's corrections the title and section that it has now; take them off the lists if
    it is off them.
    """
    rows = _of_story(connection, story["number"])
    _unsearch(connection, rows)
    connection.execute("delete from correction where story = ?", [story["number"]])
    title = tokens(story["title"] or story["id"])
    for row in rows:
        note = row["tokens"].partition(SEPARATOR)[0]
        each = CorrectionRow._make(row[name] for name in CorrectionRow._fields)
        _insert(connection, row["id"], each, story, SEPARATOR.join((note, title)))


def _unsearch(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    for row in rows:
        if row["listed"]:
            words = _searched(row["kind"], row["section"], row["tokens"])
            connection.execute(_REMOVE, (row["id"], words))


def _seconds(moment: datetime) -> int:
    """The first second that is not before it, in the range that ids have."""
    return min(max(math.ceil(moment.timestamp()), 0), _LAST)
