"""Public events, numbered in the order in which they were recorded."""

from pathlib import Path

from repo_store.archive import Archive
from repo_store.history.records import State, Verb
from tests.redactions import removal
from tests.samples import action, append, checkpoint, content, entry


def _all(archive: Archive) -> list[tuple[int, str, str, int]]:
    found = archive.index.events(0, 99)
    return [(each.number, each.event.value, each.story, each.version) for each in found]


def test_they_are_numbered_as_they_happen_and_drafts_are_none(archive: Archive) -> None:
    append(archive, entry(content(), "second"), entry(content(title="D"), state=State.DRAFT))
    append(archive, entry(content()))
    with archive.batch() as batch:
        batch.act(action(1, Verb.COMMENT, "Hm"))
        batch.act(action(2, Verb.EXPLAIN, "Why."))
        batch.act(action(1, Verb.PUBLISH))
        batch.act(action(1, Verb.ALIAS, alias="lib"))
        batch.act(action(1, Verb.WITHDRAW, "Gone."))
    archive.remove(removal(2, also=(1,)))
    assert _all(archive) == [
        (1, "published", "second", 1),
        (2, "published", "library", 1),
        (3, "explained", "library", 1),
        (4, "published", "library", 2),
        (5, "alias", "library", 2),
        (6, "withdrawn", "library", 2),
        (7, "removed", "library", 1),
        (8, "removed", "library", 2),
    ]
    assert [each.number for each in archive.index.events(5, 2)] == [6, 7]


def test_a_removed_draft_is_no_public_event(archive: Archive) -> None:
    append(archive, entry(content(), state=State.DRAFT))
    archive.remove(removal(1))
    assert _all(archive) == []


def test_a_rebuilt_index_has_the_order_that_is_signed(archive: Archive, archive_path: Path) -> None:
    for name in ("zebra", "ant", "moth"):
        append(archive, entry(content(), name))
    checkpoint(archive)
    before = _all(archive)
    assert [name for _, _, name, _ in before] == ["zebra", "ant", "moth"]
    archive.reindex()
    assert _all(archive) == before
    assert archive.index.last_signed_event() == 3
    assert archive.verify().findings == ()


def test_verify_misses_an_event(archive: Archive) -> None:
    append(archive, entry(content()))
    archive.index.connection().execute("delete from event")
    archive.index.connection().commit()
    [found] = archive.verify().findings
    assert "public events" in found.what
