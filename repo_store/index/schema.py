"""The tables of the index, the indexes that look-ups use, and the statements that write rows."""

from collections.abc import Mapping
from typing import Any

from repo_store.history import trailers
from repo_store.history.records import CORRECTING
from repo_store.history.trailers import Table
from repo_store.index import corrections, events
from repo_store.index.mapping import LATER, STORY
from repo_store.index.review_queue import WAITING_INDEX, WAITS
from repo_store.index.search import tables as search_tables
from repo_store.log import leaves, published

FORMAT = 18

CORRECTS = (
    f"version is not null and (kind in {tuple(map(str, CORRECTING))} or explanations is not null)"
)
TO_EXPLAIN = "unexplained <> '' and state = 'published'"
"""The versions that changed facts without telling readers why."""

ADDS = "verb in ('remove', 'explain')"
"""The actions that change what is shown of a version."""


def _columns(table: Table) -> dict[str, type]:
    return {field.name: field.type.sql for field in table.fields}


REVISION, ACTION = _columns(trailers.REVISION), _columns(trailers.ACTION)
TABLES: Mapping[str, tuple[dict[str, Any], str | tuple[str, ...] | None]] = {
    "meta": ({"format": int, "build": str}, None),
    "revision": (REVISION, ("story", "revision")),
    "action": (ACTION, ("story", "entry")),
    "story": (dict(STORY), "number"),
    "seen": ({"shard": str, "stamp": str}, "shard"),
    "document": (search_tables.COLUMNS, "id"),
    **leaves.COLUMNS,
    **published.COLUMNS,
    "event": (events.COLUMNS, "number"),
    "correction": (corrections.COLUMNS, "id"),
    "silent_edit": (corrections.SILENT, ("story", "revision")),
}
"""Columns by table, and the primary key."""

STATEMENTS = (
    *leaves.STATEMENTS,
    *published.STATEMENTS,
    *events.STATEMENTS,
    "create unique index version on revision (story, version) where version is not null",
    "create index keyed on revision (story, token, idempotency_key)"
    " where idempotency_key is not null",
    WAITING_INDEX,
    f"create index waiting_of on revision (person) where {WAITS.format('')}",
    # What versions are chosen by, and drawn from: a long history is looked through in it alone.
    "create index listed on revision"
    " (story, version, published_at, sections, facts, words_added, words_removed)"
    " where version is not null",
    f"create index corrected on revision (story, version) where {CORRECTS}",
    f"create index to_explain on revision (published_at, story, revision) where {TO_EXPLAIN}",
    "create index published on revision (published_at desc, story, version desc)"
    " where version is not null",
    "create index in_order on revision (story, published_at, version)"
    " where version is not null and not out_of_order",
    "create index disorder on revision (story, version) where out_of_order",
    "create index removal on action (story, entry) where verb = 'remove'",
    f"create index addition on action (story) where {ADDS}",
    "create index alias_of on action (alias, recorded_at, story) where alias is not null",
    "create index waiver on action (story, entry) where verb = 'waive'",
    "create index withdrawal on action (story, entry) where verb = 'withdraw'",
    "create index acted on action (story, revision, entry)",
    "create index action_keyed on action (story, token, idempotency_key)"
    " where idempotency_key is not null",
    "create unique index story_id on story (id)",
    "create index story_shard on story (shard)",
    "create index story_changed on story (changed_at desc, id) where live is not null",
    *search_tables.STATEMENTS,
    *corrections.STATEMENTS,
)


def _insert(table: str, columns: Mapping[str, type]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f"insert or replace into {table} ({names}) values ({', '.join('?' * len(columns))})"


INSERT_REVISION = _insert("revision", REVISION)
INSERT_ACTION = _insert("action", ACTION)
UPDATE_REVISION = (
    f"update revision set {', '.join(f'{field.name} = ?' for field in LATER.fields)}"
    " where story = ? and revision = ?"
)
_LASTING = ("number", "id", "shard")
# Naming a column that is in an index would write that index, too.
INSERT_STORY = "insert into story ({}) values ({}) on conflict (number) do update set {}".format(
    ", ".join(STORY),
    ", ".join(f":{name}" for name in STORY),
    ", ".join(f"{name} = excluded.{name}" for name in STORY if name not in _LASTING),
)
