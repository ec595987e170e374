"""The index: a copy that can always be rebuilt, and its queries."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import Damaged
from repo_store.history.records import State, Verb
from repo_store.index.read_model import Index
from repo_store.index.schema import FORMAT, STATEMENTS, TABLES
from repo_store.story.content import Content
from tests.redactions import removal, remove
from tests.samples import action, append, content, entry, matches, ticking
from tests.store.dump import dump


def _fill(archive: Archive) -> None:
    append(archive, entry(content(), note="One\n\nTwo"))
    append(archive, entry(content(title="Second"), base_version=1, token="t", idempotency_key="k"))
    append(archive, entry(content(title="A draft"), state=State.DRAFT, base_version=2))
    append(archive, entry(content(title="Other"), "other"), entry(content(), "third"))


def _dump(archive_path: Path) -> str:
    return dump(archive_path / "index.db")


def _reopened(archive_path: Path) -> Archive:
    return Archive.open(archive_path, ticking())


@pytest.mark.parametrize("damage", ["missing", "garbage", "empty", "older", "newer", "another"])
def test_an_unusable_index_is_rebuilt(archive: Archive, archive_path: Path, damage: str) -> None:
    _fill(archive)
    archive.close()
    before = _dump(archive_path)
    index = archive_path / "index.db"
    if damage in ("older", "newer"):
        with sqlite3.connect(index) as connection:
            connection.execute("update meta set format = ?", [0 if damage == "older" else 99])
        connection.close()
    else:
        for file in archive_path.glob("index.db*"):
            file.unlink()
        if damage == "another":
            connection = sqlite3.connect(index)
            connection.execute("create table meta (something)")
            connection.close()
        elif damage != "missing":
            index.write_bytes(b"no database at all" * 500 if damage == "garbage" else b"")
    _reopened(archive_path).close()
    assert _dump(archive_path) == before


@pytest.mark.parametrize(
    "change",
    [
        "alter table revision rename to other; create view revision as select * from other",
        "create trigger more after insert on revision begin delete from story; end",
        "create index more on revision (note)",
        "drop index story_id",
        "alter table story add column more as (hex(zeroblob(id)))",
    ],
)
def test_an_index_with_other_tables_than_ours_is_named_and_rebuilt(
    archive: Archive, archive_path: Path, change: str
) -> None:
    """What is in place of a table or beside it may take for ever, or do something else."""
    _fill(archive)
    archive.close()
    with closing(sqlite3.connect(archive_path / "index.db")) as connection:
        connection.executescript(change)
    found = Archive.open_as_found(archive_path, ticking())
    what = "the index was made by another release: run reindex"
    assert [each.what for each in found.verify().findings] == [what]
    found.close()
    mended = _reopened(archive_path)
    assert mended.index.fault() is None
    assert mended.verify().findings == ()
    mended.close()


def test_the_lag_is_how_many_stories_git_is_ahead(archive: Archive, archive_path: Path) -> None:
    _fill(archive)
    archive.close()
    index = archive_path / "index.db"
    before = index.read_bytes()
    with closing(_reopened(archive_path)) as writer:
        append(writer, entry(content(title="Third"), base_version=2), entry(content(), "new"))
        assert writer.lag() == 0
    index.write_bytes(before)
    with closing(Archive.open_as_found(archive_path, ticking())) as behind:
        assert behind.lag() == 2
        assert behind.lag() == 2, "asking mends nothing"
        behind.catch_up()
        assert behind.lag() == 0


def test_deleting_it_under_an_open_archive_changes_no_answer(
    archive: Archive, archive_path: Path
) -> None:
    _fill(archive)
    before = archive.index.chain("library"), archive.index.stories(None, 10)
    for file in archive_path.glob("index.db*"):
        file.unlink()
    assert (archive.index.chain("library"), archive.index.stories(None, 10)) == before
    append(archive, entry(content(title="Third"), base_version=2))
    assert archive.index.tip("library").live == 3


def test_reindexing_gives_the_same_index(archive: Archive, archive_path: Path) -> None:
    _fill(archive)
    before = _dump(archive_path)
    assert archive.reindex() == 5
    assert _dump(archive_path) == before


def test_opening_catches_up_with_git(archive: Archive, archive_path: Path, tmp_path: Path) -> None:
    _fill(archive)
    archive.close()
    shutil.copy(archive_path / "index.db", tmp_path / "old.db")
    second = _reopened(archive_path)
    append(second, entry(content(title="Third")), entry(content(), "new"))
    second.close()
    after = _dump(archive_path)
    for file in archive_path.glob("index.db*"):
        file.unlink()
    shutil.copy(tmp_path / "old.db", archive_path / "index.db")
    _reopened(archive_path).close()
    assert _dump(archive_path) == after


@pytest.mark.parametrize("heads", ["moved back", "gone", "rewritten"])
def test_an_index_that_knows_more_than_git_is_damage_and_stays(
    archive: Archive, archive_path: Path, heads: str
) -> None:
    _fill(archive)
    chain = archive.index.chain("library")
    archive.close()
    ref = next((archive_path / "stories.git").glob("refs/stories/*/library"))
    if heads == "gone":
        ref.unlink()
    else:
        ref.write_text(f"{chain[0].commit}\n")
    if heads == "rewritten":
        (archive_path / "index.db").unlink()
        rewriting = _reopened(archive_path)
        append(rewriting, entry(content(title="Forged")), entry(content(title="Forged again")))
        rewriting.close()
        forged = ref.read_text()
        ref.write_text(f"{chain[-1].commit}\n")
        _reopened_anew(archive_path)
        ref.write_text(forged)
    with pytest.raises(Damaged, match="library"):
        _reopened(archive_path)
    assert "revision ('library'" in _dump(archive_path)


def _reopened_anew(archive_path: Path) -> None:
    for file in archive_path.glob("index.db*"):
        file.unlink()
    _reopened(archive_path).close()


def test_drafts_show_in_no_public_list(archive: Archive) -> None:
    append(archive, entry(content(title="Hidden canary"), "secret", state=State.DRAFT))
    append(archive, entry(content(), "library"))
    append(archive, entry(content(title="Hidden canary"), "library", state=State.DRAFT))
    assert [story.id for story in archive.index.stories(None, 10)] == ["library"]
    assert matches(archive, "canary") == []
    assert archive.index.story("secret") is None
    assert [found.version for found in archive.index.versions("library", None, 10)] == [1]
    assert [found.revision for found in archive.index.revisions("library", None, 10)] == [2, 1]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("council", True),
        ("COUNCIL nine", True),
        ("coun", False),
        ("coun*", True),
        ("uncil*", False),
        ("council absent", False),
        ("地铁", True),
        ("四号线", True),
        ("号地", False),
        ("号", True),
        ('"', False),
        ('"nine to six"', True),
        ("nine OR absent", False),
        ("NEAR(nine six)", False),
        ('"nine six"', False),
        ('"nine to', True),
        ("*", False),
        ("nine *", True),
        ("-nine", True),
        ("^nine", True),
        ("nine AND NOT six", False),
        ("title:council", False),
        ("a\0b", False),
        (" ", False),
        ("nine " * 500, True),
        ("(" * 10_000, False),
    ],
)
def test_a_search_takes_words_as_they_are(archive: Archive, words: str, found: bool) -> None:
    append(archive, entry(content(analysis=["地铁四号线通车"])))
    assert bool(matches(archive, words)) == found


def test_a_search_finds_no_word_that_left_the_live_version(archive: Archive) -> None:
    append(archive, entry(content(title="Zeppelin")))
    append(archive, entry(content(title="Balloon")))
    assert matches(archive, "zeppelin") == []
    assert matches(archive, "balloon")


def test_paging_through_stories_meets_each_once(archive: Archive) -> None:
    names = {f"story-{number}" for number in range(25)}
    append(archive, *(entry(content(), name) for name in names))
    seen: list[str] = []
    before: tuple[int, str] | None = None
    while page := archive.index.stories(before, 4):
        seen += [story.id for story in page]
        before = (int(page[-1].changed_at.timestamp()), page[-1].id)
    assert sorted(seen) == sorted(names)


def test_paging_through_versions_meets_each_once_newest_first(archive: Archive) -> None:
    append(archive, *(entry(content(title=f"Title {number}")) for number in range(1, 24)))
    seen: list[int] = []
    while page := archive.index.versions("library", seen[-1] if seen else None, 5):
        seen += [found.version or 0 for found in page]
    assert seen == list(range(23, 0, -1))


def test_prepared_rows_are_prepared_again_after_another_write(
    archive: Archive, archive_path: Path
) -> None:
    """As when an opening process finds in git what its writer is about to record."""
    append(archive, entry(content(title="One")))
    append(archive, entry(content(title="Two")))
    chain = archive.index.chain("library")
    contents = {
        each.blob: content(title=title) for each, title in zip(chain, ("One", "Two"), strict=True)
    }

    def read(blobs: list[str]) -> list[Content]:
        return [contents[blob] for blob in blobs]

    (archive_path / "other").mkdir()
    index = Index.create(archive_path / "other" / "index.db")
    index.record(chain[:1], read)
    stale = index.prepare(chain, read)
    index.record(chain, read)
    for _ in range(2):
        index.apply(stale, lambda: index.prepare(chain, read))
    index.set_seen(archive.index.seen())
    assert dump(index.path) == _dump(archive_path)
    index.close()


def test_words_come_and_go_many_times_over(archive: Archive, archive_path: Path) -> None:
    """SQLite counts a text's words in and out, and calls an index corrupt whose count is off."""
    for number in range(12):
        words = " ".join(f"word{each}" for each in range(number % 3 * 40))
        append(archive, entry(content(title=f"Title {number}", summary=words)))
    assert matches(archive, "word79")
    append(archive, entry(content(title="Plain")))
    assert matches(archive, "word79") == []
    before = _dump(archive_path)
    archive.reindex()
    assert _dump(archive_path) == before


def test_removals_are_counted_for_each_story(archive: Archive) -> None:
    append(archive, *(entry(content(title=f"No {number}"), "a") for number in range(3)))
    append(archive, entry(content(), "b"), entry(content(), "c", state=State.DRAFT))
    assert [archive.index.removals_of(story) for story in "abc"] == [0, 0, None]
    for revision in (1, 2):
        remove(archive, removal(revision, story="a"))
    assert [archive.index.removals_of(story) for story in "abc"] == [2, 0, None]


def test_a_story_is_touched_when_it_is_written_decided_or_published(archive: Archive) -> None:
    first, second, third = (datetime(2026, 5, day, tzinfo=UTC) for day in (1, 2, 3))
    drafts = ("approved", "published", "waiting")
    append(
        archive,
        entry(content(), "at-once", created_at=first),
        *(entry(content(), story, state=State.DRAFT, created_at=first) for story in drafts),
    )
    with archive.batch() as batch:
        batch.act(action(1, Verb.APPROVE, story="approved", created_at=second))
        batch.act(action(1, Verb.PUBLISH, story="published", created_at=second))
    touched = archive.index.touched
    assert touched(None, None) == {"at-once", *drafts}
    assert touched(first, second) == {"at-once", *drafts}, "the end is left out"
    assert touched(second, third) == {"approved", "published"}, "the start is not"
    assert touched(third, None) == set()


def test_the_newest_draft_is_the_last_one_written(archive: Archive) -> None:
    _fill(archive)
    append(archive, entry(content(title="Another"), state=State.DRAFT, base_version=2))
    newest = archive.index.newest("library", State.DRAFT)
    assert newest
    assert newest.revision == 4


def test_new_versions_of_one_moment_are_listed_by_story(archive: Archive) -> None:
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    for number in (1, 2):
        new = content(title=f"Number {number}")
        append(archive, *(entry(new, story, created_at=moment) for story in "ab"))
    listed = [(each.story, each.version) for each in archive.index.published(3)]
    assert listed == [("a", 2), ("a", 1), ("b", 2)]


def test_other_tables_have_another_format() -> None:
    """Or an index that an older release made would be taken for a current one."""
    tables = sha256(repr((TABLES, STATEMENTS)).encode()).hexdigest()[:16]
    assert (FORMAT, tables) == (18, "2e536472f82eb330"), "raise FORMAT, and pin both here"


def test_reindex_counts_revisions_and_not_the_actions_on_them(archive: Archive) -> None:
    append(archive, entry(content(), state=State.DRAFT))
    with archive.batch() as batch:
        batch.act(action(1, Verb.COMMENT, "Why?"))
    assert archive.reindex() == 1
