"""The index: a copy that can always be made anew, and what is asked of it."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from repo_store.archive import Archive
from repo_store.errors import Damaged
from repo_store.history.records import State
from repo_store.index.read_model import Index
from tests.samples import append, content, entry, story, ticking
from tests.store.dump import dump


def _fill(store: Archive) -> None:
    append(store, entry(content(), note="One\n\nTwo"))
    append(store, entry(content(title="Second"), base_version=1, token="t", idempotency_key="k"))
    append(store, entry(content(title="A draft"), state=State.DRAFT, base_version=2))
    append(store, entry(content(title="Other"), "other"), entry(content(), "third"))


def _dump(archive: Path) -> str:
    return dump(archive / "index.db")


def _reopened(archive: Path) -> Archive:
    return Archive.open(archive, ticking())


@pytest.mark.parametrize("damage", ["missing", "garbage", "empty", "older", "newer", "another"])
def test_an_index_that_cannot_be_used_is_made_anew(
    store: Archive, archive: Path, damage: str
) -> None:
    _fill(store)
    store.close()
    before = _dump(archive)
    index = archive / "index.db"
    if damage in ("older", "newer"):
        with sqlite3.connect(index) as connection:
            connection.execute("update meta set format = ?", [0 if damage == "older" else 99])
        connection.close()
    else:
        for file in archive.glob("index.db*"):
            file.unlink()
        if damage == "another":
            connection = sqlite3.connect(index)
            connection.execute("create table meta (something)")
            connection.close()
        elif damage != "missing":
            index.write_bytes(b"no database at all" * 500 if damage == "garbage" else b"")
    _reopened(archive).close()
    assert _dump(archive) == before


def test_deleting_it_under_an_open_archive_changes_no_answer(store: Archive, archive: Path) -> None:
    _fill(store)
    before = store.index.chain("library"), store.index.stories("", None, 10)
    for file in archive.glob("index.db*"):
        file.unlink()
    assert (store.index.chain("library"), store.index.stories("", None, 10)) == before
    append(store, entry(content(title="Third"), base_version=2))
    assert store.index.tip("library").live == 3


def test_reindexing_gives_the_same_index(store: Archive, archive: Path) -> None:
    _fill(store)
    before = _dump(archive)
    assert store.reindex() == 5
    assert _dump(archive) == before


def test_what_is_missing_is_caught_up_on_opening(
    store: Archive, archive: Path, tmp_path: Path
) -> None:
    _fill(store)
    store.close()
    shutil.copy(archive / "index.db", tmp_path / "old.db")
    second = _reopened(archive)
    append(second, entry(content(title="Third")), entry(content(), "new"))
    second.close()
    after = _dump(archive)
    for file in archive.glob("index.db*"):
        file.unlink()
    shutil.copy(tmp_path / "old.db", archive / "index.db")
    _reopened(archive).close()
    assert _dump(archive) == after


@pytest.mark.parametrize("heads", ["moved back", "gone", "rewritten"])
def test_an_index_that_knows_more_than_git_is_damage_and_stays(
    store: Archive, archive: Path, heads: str
) -> None:
    _fill(store)
    chain = store.index.chain("library")
    store.close()
    ref = next((archive / "stories.git").glob("refs/stories/*/library"))
    if heads == "gone":
        ref.unlink()
    else:
        ref.write_text(f"{chain[0].commit}\n")
    if heads == "rewritten":
        (archive / "index.db").unlink()
        rewriting = _reopened(archive)
        append(rewriting, entry(content(title="Forged")), entry(content(title="Forged again")))
        rewriting.close()
        forged = ref.read_text()
        ref.write_text(f"{chain[-1].commit}\n")
        _reopened_anew(archive)
        ref.write_text(forged)
    with pytest.raises(Damaged, match="library"):
        _reopened(archive)
    assert "revision ('library'" in _dump(archive)


def _reopened_anew(archive: Path) -> None:
    for file in archive.glob("index.db*"):
        file.unlink()
    _reopened(archive).close()


def test_drafts_show_in_no_public_list(store: Archive) -> None:
    append(store, entry(content(title="Hidden canary"), "secret", state=State.DRAFT))
    append(store, entry(content(), "library"))
    append(store, entry(content(title="Hidden canary"), "library", state=State.DRAFT))
    assert [story.id for story in store.index.stories("", None, 10)] == ["library"]
    assert store.index.stories("canary", None, 10) == []
    assert store.index.story("secret") is None
    assert [found.version for found in store.index.versions("library", None, 10)] == [1]
    assert [found.revision for found in store.index.revisions("library", None, 10)] == [2, 1]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("council", True),
        ("COUNCIL nine", True),
        ("coun", True),
        ("uncil", False),
        ("council absent", False),
        ("地铁", True),
        ("四号线", True),
        ("号地", False),
        ('"', False),
        ('"nine to six"', True),
        ("nine OR absent", False),
        ("NEAR(nine six)", False),
        ("-nine", True),
        ("title:council", False),
        ("a\0b", False),
        (" ", True),
        ("nine " * 500, True),
    ],
)
def test_a_search_takes_words_as_they_are(store: Archive, words: str, found: bool) -> None:
    append(store, entry(content(analysis=["地铁四号线通车"])))
    assert bool(store.index.stories(words, None, 10)) == found


def test_the_search_forgets_what_the_live_version_no_longer_says(store: Archive) -> None:
    append(store, entry(content(title="Zeppelin")))
    append(store, entry(content(title="Balloon")))
    assert store.index.stories("zeppelin", None, 10) == []
    assert store.index.stories("balloon", None, 10)


def test_paging_through_stories_meets_each_once(store: Archive) -> None:
    names = {f"story-{number}" for number in range(25)}
    append(store, *(entry(content(), name) for name in names))
    seen: list[str] = []
    before: tuple[int, str] | None = None
    while page := store.index.stories("", before, 4):
        seen += [story.id for story in page]
        before = (int(page[-1].changed_at.timestamp()), page[-1].id)
    assert sorted(seen) == sorted(names)


def test_paging_through_versions_meets_each_once_newest_first(store: Archive) -> None:
    append(store, *(entry(content(title=f"Title {number}")) for number in range(1, 24)))
    seen: list[int] = []
    while page := store.index.versions("library", seen[-1] if seen else None, 5):
        seen += [found.version or 0 for found in page]
    assert seen == list(range(23, 0, -1))


def test_rows_made_ready_before_another_came_are_made_ready_anew(
    store: Archive, archive: Path
) -> None:
    """As when an opening process finds in git what its writer is about to record."""
    append(store, entry(content(title="One")))
    append(store, entry(content(title="Two")))
    chain = store.index.chain("library")
    fields = {chain[0].blob: story(title="One"), chain[1].blob: story(title="Two")}

    def read(blobs: list[str]) -> list[dict[str, Any]]:
        return [fields[blob] for blob in blobs]

    (archive / "other").mkdir()
    index = Index.create(archive / "other" / "index.db")
    index.record(chain[:1], read)
    stale = index.prepare(chain, read)
    index.record(chain, read)
    for _ in range(2):
        index.apply(stale, lambda: index.prepare(chain, read))
    index.see(store.index.seen())
    assert dump(index.path) == _dump(archive)
    index.close()


def test_words_come_and_go_many_times_over(store: Archive, archive: Path) -> None:
    """SQLite counts a text's words in and out, and calls an index corrupt whose count is off."""
    for number in range(12):
        words = " ".join(f"word{each}" for each in range(number % 3 * 40))
        append(store, entry(content(title=f"Title {number}", summary=words)))
    assert store.index.stories("word79", None, 10)
    append(store, entry(content(title="Plain")))
    assert store.index.stories("word79", None, 10) == []
    before = _dump(archive)
    store.reindex()
    assert _dump(archive) == before
