"""The columns of the index's tables of records, and how rows are written."""

from collections.abc import Mapping

REVISION = {
    "story": str,
    "entry": int,
    "revision": int,
    "version": int,
    "base_version": int,
    "state": str,
    "kind": str,
    "note": str,
    "author_name": str,
    "author_email": str,
    "created_at": int,
    "recorded_at": int,
    "published_at": int,
    "published_entry": int,
    "commit": str,
    "blob": str,
    "sha256": str,
    "digest": str,
    "sections": str,
    "words_added": int,
    "words_removed": int,
    "facts": str,
    "slight": int,
    "supersedes": int,
    "superseded_by": int,
    "override": str,
    "token": str,
    "idempotency_key": str,
}
ACTION = {
    "story": str,
    "entry": int,
    "revision": int,
    "verb": str,
    "version": int,
    "kind": str,
    "note": str,
    "author_name": str,
    "author_email": str,
    "created_at": int,
    "recorded_at": int,
    "commit": str,
    "blob": str,
    "digest": str,
    "section": str,
    "block": int,
    "override": str,
    "token": str,
    "idempotency_key": str,
    "reason": str,
    "reference": str,
    "confirmed_by": str,
    "also": str,
}
STORY = {
    "number": int,
    "id": str,
    "shard": str,
    "head": str,
    "entries": int,
    "revisions": int,
    "live": int,
    "title": str,
    "summary": str,
    "published_at": int,
    "changed_at": int,
    "searched": str,
}


def _insert(table: str, columns: Mapping[str, type]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f"insert or replace into {table} ({names}) values ({', '.join('?' * len(columns))})"


INSERT_REVISION = _insert("revision", REVISION)
INSERT_ACTION = _insert("action", ACTION)
UPDATE_REVISION = (
    "update revision set"
    " state = case state when 'removed' then state else coalesce(:state, state) end,"
    " version = coalesce(:version, version),"
    " kind = coalesce(:kind, kind), note = coalesce(:note, note),"
    " published_at = coalesce(:published_at, published_at),"
    " published_entry = coalesce(:published_entry, published_entry),"
    " override = coalesce(:override, override),"
    " superseded_by = coalesce(:superseded_by, superseded_by)"
    " where story = :story and revision = :revision"
)
# Naming a column that is in an index would write that, too.
_LASTING = {"number", "id", "shard"}
INSERT_STORY = "insert into story ({}) values ({}) on conflict (number) do update set {}".format(
    ", ".join(STORY),
    ", ".join(f":{name}" for name in STORY),
    ", ".join(
        f"{name} = excluded.{name}" for name in STORY if name not in ("number", "id", "shard")
    ),
)
