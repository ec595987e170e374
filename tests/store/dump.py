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
        " section, published_at, changed_at, recorded_at, searched from story order by id"
    ),
    "correction": (
        "select story.id, entry, version, kind, at, delay, story_since, correction.section, listed,"
        " tokens, correction.id >> 23 from correction join story on number = story order by 1, 2"
    ),
    "correction search": (
        "select story.id, entry, term, offset from temp.corrected"
        " join correction on correction.id = doc join story on number = story order by 1, 2, 4"
    ),
    "astray correction": (
        "select term from temp.corrected where doc not in (select id from correction where listed)"
    ),
    "silent_edit": "select * from silent_edit order by story, revision",
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
        connection.execute(
            "create virtual table temp.corrected"
            " using fts5vocab('main', 'correction_search', 'instance')"
        )
        return "\n".join(
            f"{name} {row!r}" for name, sql in _TABLES.items() for row in connection.execute(sql)
        )
