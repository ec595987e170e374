"""The tables of the index, and by what they are looked up."""

from collections.abc import Mapping
from typing import Any

from repo_store.index.columns import ACTION, REVISION, STORY
from repo_store.index.review_queue import WAITING_INDEX
from repo_store.index.search import TOKENIZER
from repo_store.log import leaves

FORMAT = 7

CORRECTS = "version is not null and kind in ('correction', 'clarification', 'retraction')"

TABLES: Mapping[str, tuple[dict[str, Any], str | tuple[str, ...] | None]] = {
    "meta": ({"format": int}, None),
    "revision": (REVISION, ("story", "revision")),
    "action": (ACTION, ("story", "entry")),
    "story": (STORY, "number"),
    "seen": ({"shard": str, "stamp": str}, "shard"),
    **leaves.COLUMNS,
}
"""Columns by table, and the primary key."""

STATEMENTS = (
    *leaves.STATEMENTS,
    "create unique index version on revision (story, version) where version is not null",
    "create index keyed on revision (story, token, idempotency_key)"
    " where idempotency_key is not null",
    WAITING_INDEX,
    f"create index corrected on revision (story, version) where {CORRECTS}",
    "create index published on revision (published_at desc, story, version desc)"
    " where version is not null",
    "create index removal on action (story, entry) where verb = 'remove'",
    "create index acted on action (story, revision, entry)",
    "create index action_keyed on action (story, token, idempotency_key)"
    " where idempotency_key is not null",
    "create unique index story_id on story (id)",
    "create index story_shard on story (shard)",
    "create index story_changed on story (changed_at desc, id) where live is not null",
    # The tokens alone, by story: no text, no places.
    "create virtual table search using fts5"
    f" (words, content='', columnsize=0, detail=none, tokenize='{TOKENIZER}')",
    # Room for the words of some thousands of stories, taken only by a transaction as large.
    "insert into search (search, rank) values ('hashsize', 16777216)",
)
