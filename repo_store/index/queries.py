"""The index's queries: lists and look-ups of what is recorded."""

import json
import math
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from repo_store.history.records import Action, Record, Revision, State, Tip
from repo_store.index import buckets, corrections, version_filter
from repo_store.index.buckets import Bucket
from repo_store.index.corrections import (
    CorrectionCounts,
    CorrectionFilter,
    CorrectionPlace,
    Span,
)
from repo_store.index.events import Event, EventName, event_of
from repo_store.index.mapping import (
    Listed,
    Row,
    StorySummary,
    action_of,
    revision_of,
    story_of,
)
from repo_store.index.review_queue import WAITS, QueuedDraft, QueueFilter, waiting_of, waiting_sql
from repo_store.index.schema import ACTION, ADDS, CORRECTS, REVISION, TO_EXPLAIN
from repo_store.index.search.documents import Place
from repo_store.index.search.lookup import IS_SEARCHED, Hits, search
from repo_store.index.search.query import Query
from repo_store.index.version_filter import Condition, VersionFilter, condition
from repo_store.log.public_record import REDACTED

_TIP = ", ".join(("id", *Tip._fields))


class Queries:
    """The reading half of `Index`."""

    def connection(self) -> sqlite3.Connection:
        """This thread's connection to the file that is at the path now."""
        raise NotImplementedError

    def tips(self, shards: Collection[str] | None = None) -> dict[str, Tip]:
        """The tips of all stories, or of those in these shards."""
        where = "" if shards is None else f" where shard in ({','.join('?' * len(shards))})"
        cursor = self.connection().execute(f"select {_TIP} from story{where}", list(shards or ()))
        return {row[0]: Tip(*row[1:]) for row in cursor}

    def tip(self, story: str) -> Tip:
        row = (
            self.connection().execute(f"select {_TIP} from story where id = ?", [story]).fetchone()
        )
        return Tip(*row[1:]) if row else Tip()

    def head(self, story: str) -> str | None:
        """The newest commit of a story that has a version: it changes whenever the story does.

        Asked to validate each cached answer about the story, so nothing more is read.
        """
        sql = "select head from story where id = ? and live is not null"
        row = self.connection().execute(sql, [story]).fetchone()
        return row[0] if row else None

    def additions_of(self, story: str) -> int | None:
        """How many removals and explanations there were in a story; None if it has no version.

        Asked to validate each cached answer about its versions.
        """
        return self._acted_on(story, ADDS)

    def removals_of(self, story: str) -> int | None:
        """How many removals there were in a story; None if it has no version."""
        return self._acted_on(story, "verb = 'remove'")

    def _acted_on(self, story: str, which: str) -> int | None:
        sql = (
            f"select (select count(*) from action where story = id and {which})"
            " from story where id = ? and live is not null"
        )
        row = self.connection().execute(sql, [story]).fetchone()
        return row[0] if row else None

    def newest_records(self) -> tuple[object, ...]:
        """The newest commits in the whole archive: they change when anything does."""
        newest = '(select "commit" from {0} where rowid = (select max(rowid) from {0}))'
        sql = f"select {newest.format('revision')}, {newest.format('action')}"
        return tuple(self.connection().execute(sql).fetchone())

    def story(self, story: str) -> StorySummary | None:
        row = self._one("select * from story where id = ? and live is not null", story)
        return story_of(row) if row else None

    def stories(self, before: tuple[int, str] | None, limit: int) -> list[StorySummary]:
        """Published stories, last changed first.

        `before` is the (changed_at, id) of the last story already listed.
        """
        where = [IS_SEARCHED]
        values: Row = {"limit": limit}
        if before:
            where.append("changed_at <= :at and (changed_at < :at or id > :id)")
            values |= dict(zip(("at", "id"), before, strict=True))
        sql = f"select * from story where {' and '.join(where)}"
        ordered = f"{sql} order by changed_at desc, id limit :limit"
        return list(map(story_of, self._query(ordered, values)))

    def search(
        self, query: Query, places: Collection[Place], before: int | None, limit: int
    ) -> Hits:
        """What has all terms of a query in these places, newest first; see `search.lookup`."""
        return search(self.connection(), query, places, before, limit)

    def revision(self, story: str, revision: int) -> Revision | None:
        return self._revision("revision = ?", story, revision)

    def version(self, story: str, version: int) -> Revision | None:
        return self._revision("version = ?", story, version)

    def live_at(self, story: str, moment: datetime) -> Revision | None:
        """The highest-numbered version whose time is not after this one; None if there is none.

        The times of versions that are in order never decrease, so the last of them is the highest.
        """
        version = self._last_until(story, math.floor(moment.timestamp()))
        return self.version(story, version) if version else None

    def _last_until(self, story: str, seconds: int) -> int:
        """The highest version whose time is not after this one; 0 if there is none."""
        sql = (
            "select max(version) from (select version from (select version from revision"
            " where story = :story and version is not null and not out_of_order"
            " and published_at <= :at order by published_at desc, version desc limit 1)"
            " union all select version from (select version from revision indexed by disorder"
            " where story = :story and out_of_order and published_at <= :at"
            " order by version desc limit 1))"
        )
        return self._number(sql, {"story": story, "at": seconds}) or 0

    def _first_since(self, story: str, seconds: int) -> int | None:
        """The lowest version whose time is not before this one."""
        sql = (
            "select min(version) from (select version from (select version from revision"
            " where story = :story and version is not null and not out_of_order"
            " and published_at >= :at order by published_at, version limit 1)"
            " union all select version from (select version from revision indexed by disorder"
            " where story = :story and out_of_order and published_at >= :at"
            " order by version limit 1))"
        )
        return self._number(sql, {"story": story, "at": seconds})

    def live_until(self, story: str, version: int) -> datetime | None:
        """When a later version first claims to be live; None for the newest. By these times a
        version may never have been live at all.
        """
        sql = (
            "select min(published_at) from (select published_at from (select published_at"
            " from revision where story = :story and version > :version and not out_of_order"
            " order by version limit 1) union all select min(published_at)"
            " from revision indexed by disorder"
            " where story = :story and version > :version and out_of_order)"
        )
        seconds = self._number(sql, {"story": story, "version": version})
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

    def alias(self, alias: str) -> str | None:
        """The story that another id leads to: the first that took it. An id that has a chain of its
        own is that story's alone.
        """
        sql = (
            "select story from action where alias = ? and not exists"
            " (select 1 from story where id = alias) order by recorded_at, story limit 1"
        )
        row = self.connection().execute(sql, [alias]).fetchone()
        return row[0] if row else None

    def alias_given(self, alias: str, story: str) -> Action | None:
        """The action that made another id lead to a story; None if it does not lead there."""
        if self.alias(alias) != story:
            return None
        sql = "select * from action where alias = ? and story = ? order by entry limit 1"
        row = self._one(sql, alias, story)
        return action_of(row) if row else None

    def resolve(self, story: str) -> str:
        """The id of the story that an id leads to: itself, unless it is an alias."""
        return self.alias(story) or story

    def aliases(self, story: str) -> list[str]:
        """The other ids that lead to a story, in the order in which it took them."""
        sql = "select alias from action where story = ? and alias is not null order by entry"
        taken = dict.fromkeys(row[0] for row in self.connection().execute(sql, [story]))
        # Another story may have begun under one, or taken it, at the same moment.
        return [each for each in taken if self.alias(each) == story]

    def at(self, story: str, entry: int) -> Record | None:
        """The record that is this entry of a story's chain."""
        if found := self._revision("entry = ?", story, entry):
            return found
        row = self._one("select * from action where story = ? and entry = ?", story, entry)
        return action_of(row) if row else None

    def newest(self, story: str, state: State) -> Revision | None:
        """The newest revision in this state; of published ones, the live version."""
        if state is State.PUBLISHED:
            where = "version is not null order by version desc limit 1"
            return self._revision(where, story)
        return self._revision("state = ? order by revision desc limit 1", story, state)

    def keyed(self, story: str, token: str | None, key: str) -> Revision | None:
        """The revision that this token, or an import without one, wrote under this key."""
        return self._revision("token is ? and idempotency_key = ?", story, token, key)

    def keyed_action(self, story: str, token: str | None, key: str) -> Action | None:
        sql = "select * from action where story = ? and token is ? and idempotency_key = ?"
        row = self._one(sql, story, token, key)
        return action_of(row) if row else None

    def actions(self, story: str, revision: int | None = None) -> list[Action]:
        """The actions on a revision, or on all of a story's, oldest first."""
        where = "" if revision is None else " and revision = :revision"
        sql = f"select * from action where story = :story{where} order by entry"
        values = {"story": story, "revision": revision}
        return list(map(action_of, self._query(sql, values)))

    def timeline(self, story: str, before: tuple[int, int] | None, limit: int) -> list[Record]:
        """Revisions and actions, newest first; `before` is the last (entry, revision) listed.

        It takes both: revisions are looked up by their number, actions by their entry.
        """
        entry, revision = before or (2**62, 2**62)
        revisions = self._page("revision", story, revision, limit)
        sql = "select * from action where story = ? and entry < ? order by entry desc limit ?"
        actions = map(action_of, self._query(sql, [story, entry, limit]))
        both: list[Record] = [*revisions, *actions]
        return sorted(both, key=lambda each: each.entry, reverse=True)[:limit]

    def waiting(
        self, chosen: QueueFilter, after: Sequence[object] | None, limit: int
    ) -> list[QueuedDraft]:
        """Drafts to review: those with changed facts first, cosmetic edits last, then the oldest.

        `after` is the `queue_order` of the last one listed.
        """
        sql, values = waiting_sql(chosen, after)
        rows = self._query(f"{sql} limit :limit", values | {"limit": limit})
        return list(map(waiting_of, rows))

    def waiting_count(self) -> tuple[int, datetime | None]:
        """How many drafts wait for review, and when the oldest of them was written."""
        sql = f"select count(*), min(created_at) from revision where {WAITS.format('')}"
        count, oldest = self.connection().execute(sql).fetchone()
        return count, None if oldest is None else datetime.fromtimestamp(oldest, UTC)

    def to_explain(self, after: tuple[int, str, int] | None, limit: int) -> list[Revision]:
        """Versions that changed facts without telling readers why, the newest first; `after` is the
        time, story and revision of the last one listed.
        """
        before = " and (published_at, story, revision) < (?, ?, ?)" if after else ""
        sql = (
            f"select * from revision indexed by to_explain where {TO_EXPLAIN}{before}"
            " order by published_at desc, story desc, revision desc limit ?"
        )
        return list(map(revision_of, self._query(sql, [*(after or ()), limit])))

    def to_explain_count(self, limit: int) -> int:
        """How many versions are to be explained; `limit` stands for any more."""
        sql = (
            "select count(*) from (select 1 from revision indexed by to_explain"
            f" where {TO_EXPLAIN} limit ?)"
        )
        return int(self.connection().execute(sql, [limit]).fetchone()[0])

    def waiting_of(self, person: str, limit: int) -> int:
        """How many drafts of a person wait for review; `limit` stands for any more."""
        sql = (
            "select count(*) from (select 1 from revision indexed by waiting_of"
            f" where person = ? and {WAITS.format('')} limit ?)"
        )
        return int(self.connection().execute(sql, [person, limit]).fetchone()[0])

    def waiting_authors(self, limit: int) -> list[str]:
        sql = (
            f"select distinct author_name from revision where {WAITS.format('')}"
            " order by author_name limit ?"
        )
        return [row["author_name"] for row in self._query(sql, [limit])]

    def versions(self, story: str, before: int | None, limit: int) -> list[Revision]:
        """Newest first, below version `before`."""
        return self._page("version", story, before, limit)

    def versions_where(
        self, story: str, chosen: VersionFilter, before: int | None, limit: int
    ) -> tuple[list[Revision], int | None]:
        """Newest first, below version `before`; and the `before` of the next page, None at the end.

        SCANNED versions are looked at, at most: a page may be short, even empty, and have a next.
        """
        where = condition(chosen)
        low, high = self._span(story, where)
        high = min(before - 1, high) if before else high
        floor = max(low, high - version_filter.SCANNED + 1)
        found = list(map(revision_of, self._chosen("*", where, story, (floor, high), limit + 1)))
        if len(found) > limit:
            return found[:limit], found[limit - 1].version
        return found, floor if low < floor else None

    def neighbours(
        self, story: str, version: int, chosen: VersionFilter
    ) -> tuple[int | None, int | None]:
        """The nearest of these versions below and above one, among SCANNED on either side."""
        where = condition(chosen)
        low, high = self._span(story, where)
        below = max(low, version - version_filter.SCANNED), min(high, version - 1)
        above = max(low, version + 1), min(high, version + version_filter.SCANNED)
        older = list(self._chosen("version", where, story, below, 1))
        newer = list(self._chosen("version", where, story, above, 1, "asc"))
        return (
            older[0]["version"] if older else None,
            newer[0]["version"] if newer else None,
        )

    def _span(self, story: str, where: Condition) -> tuple[int, int]:
        """The first and the last version that a filter's times allow."""
        low: int | None = 1
        high = self.tip(story).live or 0
        if "since" in where.values:
            low = self._first_since(story, where.values["since"])
        if "until" in where.values:
            high = self._last_until(story, where.values["until"] - 1)
        return low or high + 1, high

    def _chosen(
        self,
        columns: str,
        where: Condition,
        story: str,
        span: tuple[int, int],
        limit: int,
        order: str = "desc",
    ) -> Iterator[Row]:
        sql = (
            f"select {columns} from revision indexed by {where.indexed_by} where story = :story"
            f" and version between :low and :high and {where.where}"
            f" order by version {order} limit :limit"
        )
        ends = dict(zip(("low", "high"), span, strict=True))
        return self._query(sql, {"story": story, "limit": limit, **ends, **where.values})

    def buckets(self, story: str, count: int) -> list[Bucket]:
        """All versions of a story in so many buckets, oldest first. Of more than LOOKED_AT versions
        some of each bucket stand for the rest.
        """
        spans = buckets.ranges(self.tip(story).live or 0, count)
        values = {"story": story, "ranges": buckets.looked_at(spans)}
        execute = self.connection().execute
        words = {key: most for key, *most in execute(buckets.MOST_WORDS, values)}
        corrections = dict(execute(buckets.CORRECTIONS, values).fetchall())
        ends = json.dumps([version for span in spans for version in span])
        times = dict(execute(buckets.TIMES, {"story": story, "versions": ends}).fetchall())
        return [
            Bucket(
                *span,
                corrections.get(at, 0),
                *words[at],
                *(datetime.fromtimestamp(times[version], UTC) for version in span),
            )
            for at, span in enumerate(spans)
        ]

    def version_range(self, story: str, first: int, last: int) -> list[Revision]:
        """The versions numbered from `first` to `last`, oldest first."""
        sql = "select * from revision where story = ? and version between ? and ? order by version"
        return list(map(revision_of, self._query(sql, [story, first, last])))

    def published(self, limit: int) -> list[Revision]:
        """The newest versions of all stories, newest first."""
        sql = (
            "select * from revision where version is not null"
            " order by published_at desc, story, version desc limit ?"
        )
        return list(map(revision_of, self._query(sql, [limit])))

    def numbered(self, first: int, last: int) -> list[StorySummary]:
        """Published stories among those that were recorded as number `first` to `last`."""
        sql = "select * from story where number between ? and ? and searched is not null"
        return list(map(story_of, self._query(sql, [first, last])))

    def last_number(self) -> int:
        """The highest number of a published story; 0 if there is none."""
        sql = "select number from story where searched is not null order by number desc limit 1"
        row = self._one(sql)
        return int(row["number"]) if row else 0

    def public_ids(self, after: str, limit: int) -> list[str]:
        """The ids of stories that have a version, in their order, those after one of them."""
        sql = "select id from story where id > ? and live is not null order by id limit ?"
        return [row[0] for row in self.connection().execute(sql, [after, limit])]

    def list_corrections(
        self, chosen: CorrectionFilter, query: Query | None, before: int | None, limit: int
    ) -> tuple[list[CorrectionPlace], int | None]:
        """Corrections of all listed stories, newest first; see `corrections.listed`."""
        return corrections.listed(self.connection(), chosen, query, before, limit)

    def correction_sections(self, limit: int) -> list[str]:
        """The sections of the paper that have corrections, in their order."""
        return corrections.sections(self.connection(), limit)

    def count_corrections(self, parts: Sequence[Span], bounds: Sequence[int]) -> CorrectionCounts:
        """What is counted of a period; see `corrections.counts`."""
        return corrections.counts(self.connection(), parts, bounds)

    def time_span(self) -> tuple[datetime, datetime] | None:
        """When the first story was published, and the newest version; None if there is none."""
        return corrections.time_span(self.connection())

    def corrections(self, story: str, limit: int) -> list[Revision]:
        """Versions that correct something, or were explained afterwards, newest first."""
        sql = (
            "select * from revision indexed by corrected"
            f" where story = ? and {CORRECTS} order by version desc limit ?"
        )
        return list(map(revision_of, self._query(sql, [story, limit])))

    def revisions(self, story: str, before: int | None, limit: int) -> list[Revision]:
        """Newest first, below revision `before`, drafts too."""
        return self._page("revision", story, before, limit)

    def chain(self, story: str) -> list[Revision]:
        """All revisions of a story in their present state, oldest first."""
        sql = "select * from revision where story = ? order by revision"
        return list(map(revision_of, self._query(sql, [story])))

    def touched(self, since: datetime | None, until: datetime | None) -> set[str]:
        """The stories in which something was written, decided, published or recorded in this time
        span.

        Scans everything recorded.
        """
        ends = (int(since.timestamp()) if since else 0, int(until.timestamp()) if until else 2**62)
        span = "{} >= ? and {} < ?"
        sql = " union ".join(
            f"select story from {table} where {span.format(column, column)}"
            for table, column in (
                ("revision", "created_at"),
                ("revision", "published_at"),
                ("revision", "recorded_at"),
                ("action", "created_at"),
                ("action", "recorded_at"),
            )
        )
        return {row[0] for row in self.connection().execute(sql, ends * 5)}

    def objects(self) -> Iterator[tuple[str, str]]:
        """The commit and the blob of every record."""
        for table in ("revision", "action"):
            yield from self.connection().execute(f'select "commit", blob from {table}')

    def removals(self, story: str | None = None) -> list[Action]:
        """Removals, in a story or in all, oldest first."""
        where = "verb = 'remove'" + ("" if story is None else " and story = :story")
        sql = f"select * from action where {where} order by recorded_at, story, entry"
        return list(map(action_of, self._query(sql, {"story": story})))

    def withdrawals(self, story: str, limit: int, revision: int | None = None) -> list[Action]:
        """The actions that took a story off its page, or those that did while a revision was live;
        newest first.
        """
        sql = (
            "select * from action indexed by withdrawal where story = :story and verb = 'withdraw'"
            f"{'' if revision is None else ' and revision = :revision'}"
            " order by entry desc limit :limit"
        )
        values = {"story": story, "revision": revision, "limit": limit}
        return list(map(action_of, self._query(sql, values)))

    def waivers(self, story: str, limit: int) -> list[Action]:
        """The actions that let an old value stand in a story, newest first."""
        sql = (
            "select * from action indexed by waiver where story = ? and verb = 'waive'"
            " order by entry desc limit ?"
        )
        return list(map(action_of, self._query(sql, [story, limit])))

    def listed(self, stories: list[str]) -> dict[str, Listed]:
        """All that the index lists of each of these stories, for comparing."""
        found = {story: Listed({}, {}, row, set()) for story, row in self._rows(stories).items()}
        for story in stories:
            found.setdefault(story, Listed({}, {}, {}, set()))
        within = "where story in (select value from json_each(?))"
        for table, columns in (("revision", REVISION), ("action", ACTION)):
            names = ", ".join(f'"{name}"' for name in columns)
            sql = f"select {names} from {table} {within}"
            for row in self.connection().execute(sql, [json.dumps(stories)]):
                rows = found[row[0]]
                (rows.revisions if table == "revision" else rows.actions)[row[1]] = row
        sql = f"select story, entry, version, event, at from event {within}"
        for row in self.connection().execute(sql, [json.dumps(stories)]):
            found[row[0]].events.add(tuple(row))
        return found

    def events(self, after: int, limit: int) -> list[Event]:
        """The public events numbered above `after`, in the order in which they were recorded."""
        where = f"number > ? and event <> '{REDACTED}'"
        sql = f"select * from event where {where} order by number limit ?"
        return list(map(event_of, self._query(sql, [after, limit])))

    def newest_events(self, names: Sequence[EventName], limit: int) -> list[Event]:
        """The newest public events of these sorts, newest first."""
        where = f"where event in ({','.join('?' * len(names))})"
        sql = f"select * from event {where} order by number desc limit ?"
        return list(map(event_of, self._query(sql, [*names, limit])))

    def build(self) -> str:
        """Which build of the index this is: another one may number unsigned events otherwise."""
        return str(self.connection().execute("select build from meta").fetchone()[0])

    def last_signed_event(self) -> int:
        """The number of the last event that a checkpoint covers, whose place never changes."""
        sql = (
            "select number from event where leaf < (select max(size) from checkpoint)"
            " order by leaf desc, number desc limit 1"
        )
        row = self.connection().execute(sql).fetchone()
        return int(row[0]) if row else 0

    def seen(self) -> dict[str, str]:
        """The stamps of git's refs when this index last caught up."""
        return {row["shard"]: row["stamp"] for row in self._query("select shard, stamp from seen")}

    def _rows(self, stories: list[str]) -> dict[str, Row]:
        sql = "select * from story where id in (select value from json_each(?))"
        return {row["id"]: row for row in self._query(sql, [json.dumps(stories)])}

    def _query(self, sql: str, values: Iterable[Any] | Mapping[str, Any] = ()) -> Iterator[Row]:
        parameters = values if isinstance(values, dict) else list(values)
        cursor = self.connection().execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    def _number(self, sql: str, values: Mapping[str, Any]) -> int | None:
        [number] = self.connection().execute(sql, values).fetchone()
        return None if number is None else int(number)

    def _one(self, sql: str, *values: Any) -> Row | None:
        return next(iter(list(self._query(sql, values))), None)

    def _revision(self, where: str, *values: Any) -> Revision | None:
        row = self._one(f"select * from revision where story = ? and {where}", *values)
        return revision_of(row) if row else None

    def _page(self, number: str, story: str, before: int | None, limit: int) -> list[Revision]:
        sql = (
            f"select * from revision where story = :story and {number} < :before"
            f" order by {number} desc limit :limit"
        )
        values = {"story": story, "before": before or 2**62, "limit": limit}
        return list(map(revision_of, self._query(sql, values)))
