"""Writing: numbering, atomic batches, and many writers at once."""

import errno
import os
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from repo_store import locks
from repo_store.archive import Archive
from repo_store.errors import Moved, StoreFull
from repo_store.git.refs import story_ref
from repo_store.history.records import State, Verb
from repo_store.index.read_model import Index
from tests.samples import NOON, action, append, content, entry, ticking, title_of


def test_revisions_and_versions_are_counted_apart(archive: Archive) -> None:
    states = [State.DRAFT, State.PUBLISHED, State.DRAFT, State.PUBLISHED]
    for number, state in enumerate(states):
        append(archive, entry(content(title=f"Title {number}"), state=state))
    chain = archive.index.chain("library")
    assert [(each.revision, each.version) for each in chain] == [
        (1, None),
        (2, 1),
        (3, None),
        (4, 2),
    ]
    tip = archive.index.tip("library")
    assert (tip.revisions, tip.live, tip.head) == (4, 2, chain[-1].commit)


def test_a_batch_sees_its_own_additions(archive: Archive) -> None:
    with archive.batch() as batch:
        batch.append(entry(content(title="One")))
        live = batch.newest("library", State.PUBLISHED)
        assert live
        assert title_of(batch, live) == "One"
        assert batch.tip("library").live == 1
        assert archive.index.tip("library").live is None


def test_an_error_in_a_batch_leaves_nothing(archive: Archive) -> None:
    append(archive, entry(content()))
    before = archive.index.chain("library")
    with pytest.raises(RuntimeError, match="midway"), archive.batch() as batch:
        batch.append(entry(content(title="Two")))
        batch.append(entry(content(), "other"))
        raise RuntimeError("midway")
    assert archive.index.chain("library") == before
    assert archive.index.tip("other").head is None
    assert archive.verify().findings == ()


def test_times_are_kept_in_utc_and_whole_seconds(archive: Archive) -> None:
    moment = datetime.fromisoformat("2026-05-01T12:00:00.900+03:00")
    append(archive, entry(content(), created_at=moment))
    assert archive.index.chain("library")[0].created_at == datetime(2026, 5, 1, 9, tzinfo=UTC)


def test_the_second_writer_gets_a_conflict_and_an_up_to_date_index(
    archive: Archive, archive_path: Path
) -> None:
    append(archive, entry(content()))
    other = Archive.open(archive_path, ticking())
    with pytest.raises(Moved, match="library"), archive.batch() as batch:
        batch.append(entry(content(title="Slow")))
        append(other, entry(content(title="Fast")))
    other.close()
    assert [title_of(archive, each) for each in archive.index.chain("library")][1:] == ["Fast"]
    assert archive.index.tip("library").live == 2
    assert archive.verify().findings == ()


@pytest.mark.parametrize("look", ["tip", "newest"])
def test_a_write_decided_on_an_old_tip_is_refused(
    archive: Archive, archive_path: Path, look: str
) -> None:
    append(archive, entry(content()))
    other = Archive.open(archive_path, ticking())
    with pytest.raises(Moved, match="library"), archive.batch() as batch:
        _ = batch.tip("library") if look == "tip" else batch.newest("library", State.PUBLISHED)
        append(other, entry(content(title="Fast")))
        batch.append(entry(content(title="Slow")))
    other.close()
    assert [title_of(archive, each) for each in archive.index.chain("library")][1:] == ["Fast"]


def test_a_revision_is_found_by_its_writer_s_key(archive: Archive) -> None:
    append(archive, entry(content(), token="t1", idempotency_key="k"))
    assert archive.index.keyed("library", "t1", "k") == archive.index.chain("library")[0]
    assert archive.index.keyed("library", "t2", "k") is None
    assert archive.index.keyed("other", "t1", "k") is None


_WRITER = """
import sys
from pathlib import Path
from repo_store.errors import Moved
from repo_store.archive import Archive
from tests.samples import append, content, entry, ticking

store = Archive.open(Path(sys.argv[1]), ticking())
for number in range(12):
    for story in ("shared", f"own-{sys.argv[2]}"):
        title = f"{sys.argv[2]} {number}"
        while True:
            try:
                append(store, entry(content(title=title), story))
                break
            except Moved:
                continue
        print(story, title, flush=True)
"""


def test_processes_that_write_at_once_lose_nothing(archive: Archive, archive_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", _WRITER, str(archive_path)]
    writers = [
        subprocess.Popen([*command, str(n)], stdout=subprocess.PIPE, text=True) for n in range(4)
    ]
    acknowledged = sorted(line for each in writers for line in each.communicate()[0].splitlines())
    assert [each.returncode for each in writers] == [0] * 4
    chains = {story: archive.index.chain(story) for story in archive.index.tips()}
    titles = [
        f"{story} {title_of(archive, each)}" for story, chain in chains.items() for each in chain
    ]
    assert sorted(titles) == acknowledged
    assert len(chains["shared"]) == 48
    for chain in chains.values():
        assert [each.revision for each in chain] == list(range(1, len(chain) + 1))
    assert archive.verify().findings == ()


def test_threads_that_write_at_once_lose_nothing(archive: Archive) -> None:
    def write(name: int) -> None:
        for number in range(8):
            while True:
                try:
                    append(archive, entry(content(title=f"{name} {number}")))
                    break
                except Moved:
                    continue

    threads = [threading.Thread(target=write, args=[name]) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    titles = {title_of(archive, each) for each in archive.index.chain("library")}
    assert titles == {f"{name} {number}" for name in range(4) for number in range(8)}
    assert archive.verify().findings == ()


def test_writers_who_say_the_same_at_once_hinder_nobody(archive_path: Path) -> None:
    """Their commits are the same; one wins, and who only came along is served."""
    archive = Archive.open(archive_path, lambda: NOON, create=True)
    append(archive, entry(content()))
    outcomes: list[str] = []

    def write(story: str) -> None:
        try:
            with archive.batch() as batch:
                if story == "library":
                    batch.act(action(1, Verb.EXPLAIN, "It was 14."))
                else:
                    batch.append(entry(content(), story))
            outcomes.append("stored")
        except Moved:
            outcomes.append("moved")

    commits = archive._commits
    stories = "library", "library", "other"
    writers = [threading.Thread(target=write, args=(story,)) for story in stories]
    with commits._leader:  # until all wait, to be written as one group
        for each in writers:
            each.start()
        while len(commits._queue) < 3:
            threading.Event().wait(0.01)
    for each in writers:
        each.join()
    assert sorted(outcomes) == ["moved", "stored", "stored"]
    assert archive.verify().findings == ()
    archive.close()


def test_an_index_that_runs_out_of_space_catches_up_once_there_is_some(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(archive, entry(content()))
    with monkeypatch.context() as patch, pytest.raises(StoreFull):
        patch.setattr(Index, "apply", _full)
        append(archive, entry(content(title="Second"), base_version=1))
    with pytest.raises(Moved):
        append(archive, entry(content(title="Another second"), base_version=1))
    assert [each.version for each in archive.index.chain("library")] == [1, 2]
    assert not archive.verify().findings


def _full(*_: object) -> None:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    raise error


def test_there_is_room_for_the_index_before_git_takes_anything(
    archive: Archive, archive_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(archive, entry(content()))
    assert (archive_path / "index.db-wal").stat().st_size >= 1024 * 1024
    heads = dict(archive.index.tips())
    archive.close()
    with monkeypatch.context() as patch, pytest.raises(StoreFull):
        patch.setattr(os, "posix_fallocate", _no_space)
        append(archive, entry(content(title="Second"), base_version=1))
    archive.catch_up()
    assert archive.index.tips() == heads
    append(archive, entry(content(title="Second"), base_version=1))


def test_a_file_system_that_keeps_no_room_takes_writes_all_the_same(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "posix_fallocate", unsupported)
    append(archive, entry(content()))
    assert archive.index.tip("library").live == 1


def _no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_writer_waits_while_another_finishes_a_dead_ones_moves(archive: Archive) -> None:
    append(archive, entry(content(title="One")))
    one = archive.index.tip("library").head
    # Written and then taken back: as a batch leaves it that dies before its refs move.
    append(archive, entry(content(title="Two")))
    two = archive.index.tip("library").head
    ref = archive.path / "stories.git" / story_ref("library")
    ref.write_text(f"{one}\n")
    (archive.path / "pending-moves").write_text(f"library {one} {two}\n")
    refused: list[Moved] = []

    def write() -> None:
        try:
            append(archive, entry(content(title="Three")))
        except Moved as error:
            refused.append(error)

    writer = threading.Thread(target=write)
    # Another process has begun to finish them, and is not at the story's shard yet.
    with locks.locked(str(archive.path / "locks" / "batch")):
        writer.start()
        writer.join(0.3)
        assert writer.is_alive()
        assert ref.read_text() == f"{one}\n"
    writer.join(10)
    assert not writer.is_alive()
    assert not (archive.path / "pending-moves").exists()
    titles = [title_of(archive, each) for each in archive.index.chain("library")]
    assert titles == (["One", "Two"] if refused else ["One", "Two", "Three"])
    assert archive.verify().findings == ()


def test_an_empty_note_of_moves_is_deleted(archive: Archive) -> None:
    (archive.path / "pending-moves").touch()
    append(archive, entry(content()), entry(content(), "other"))
    assert not (archive.path / "pending-moves").exists()


@pytest.mark.parametrize("stories", [["a"], ["a", "b"]])
def test_a_batch_does_not_need_its_texts_to_stay_cached(
    archive: Archive, stories: list[str]
) -> None:
    with archive.batch() as batch:
        for story in stories:
            batch.append(entry(content(title="Tram"), story))
        archive.purge()  # by another thread, after a removal: no text stays in memory
    for story in stories:
        assert archive.index.tip(story).revisions == 1
    assert not archive.verify().findings
