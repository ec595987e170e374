"""All that an index says, as text: two that say the same are the same, byte for byte."""

import sqlite3
from contextlib import closing
from pathlib import Path

_TABLES = {
    "meta": "select format from meta",
    "revision": "select * from revision order by story, revision",
    "action": "select * from action order by story, entry",
    # Their numbers are the index's own affair; the words they lead to are not.
    "story": (
        "select id, shard, head, entries, revisions, live, latest, withdrawn, title, summary,"
        " published_at, changed_at, recorded_at, searched from story order by id"
    ),
    "event": "select story, entry, version, event, at from event order by story, entry, version",
    "document": (
        "select story.id, place, first, last, since, tokens, document.id >> 23 from document"
        " join story on number = story order by 1, 2, 3, 4, 6, 7"
    ),
    "search": (
        "select story.id, place, tokens, term, offset, first, last from temp.word"
        " join document on document.id = doc join story on number = story order by 1, 2, 6, 7, 3, 5"
    ),
    "astray": "select term from temp.word where doc not in (select id from document)",
    "stray document": "select id from document where story not in (select number from story)",
}


def dump(index: Path) -> str:
    with closing(sqlite3.connect(index)) as connection:
        connection.execute(
            "create virtual table temp.word using fts5vocab('main', 'search', 'instance')"
        )
        return "\n".join(
            f"{name} {row!r}" for name, sql in _TABLES.items() for row in connection.execute(sql)
        )
