"""Bulk import: the same archive as revision by revision, and a kill loses little."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import ArchiveError, Moved, StoreFull
from repo_store.history.records import RevisionInput, State
from repo_store.write.bulk_import import Bulk
from tests.plain_git import git
from tests.samples import append, content, entry, ticking, title_of
from tests.store.dump import dump


def _entries(stories: int = 4, versions: int = 5) -> Iterator[RevisionInput]:
    """Interleaved, with a draft here and there."""
    for number in range(versions):
        for story in range(stories):
            state = State.DRAFT if number % 3 == 2 else State.PUBLISHED
            yield entry(content(title=f"{story} {number} 京都"), f"story-{story}", state=state)


def _titles(archive: Archive) -> dict[str, list[tuple[str, int | None]]]:
    return {
        story: [(title_of(archive, each), each.version) for each in archive.index.chain(story)]
        for story in sorted(archive.index.tips())
    }


def _check(archive: Archive, archive_path: Path) -> None:
    assert archive.verify().findings == ()
    before = dump(archive_path / "index.db")
    archive.reindex()
    assert dump(archive_path / "index.db") == before
    assert not any((archive_path / "imports").iterdir())
    assert git(archive_path, "for-each-ref", "refs/imports") == ""


def test_it_makes_the_same_archive_as_one_batch(
    archive: Archive, archive_path: Path, tmp_path: Path
) -> None:
    append(archive, entry(content(title="Before"), "story-1"))
    with archive.bulk("aa") as bulk:
        for each in _entries():
            bulk.append(each)
        assert bulk.tip("story-1").revisions == 6
        assert archive.index.tip("story-1").revisions == 1, "nothing shows before its end"
    assert archive.catch_up() == 20
    other = Archive.open(tmp_path / "other", ticking(), create=True)
    append(other, entry(content(title="Before"), "story-1"))
    append(other, *_entries())
    assert _titles(archive) == _titles(other)
    other.close()
    _check(archive, archive_path)


def test_a_bulk_import_reads_back_its_own_writes(archive: Archive) -> None:
    append(archive, entry(content(title="Before")))
    with archive.bulk("aa", cached_texts=1) as bulk:
        known = bulk.newest("library", State.PUBLISHED)
        assert known
        assert bulk.content(known).title == "Before"
        bulk.append(entry(content(title="Now")))
        bulk.append(entry(content(title="Elsewhere"), "other"))
        known = bulk.newest("library", State.PUBLISHED)
        assert known
        assert (known.revision, known.version, bulk.content(known).title) == (2, 2, "Now")
        assert bulk.newest("library", State.DRAFT) is None
        bulk.checkpoint()
        bulk.append(entry(content(title="Further"), "third"))
        assert bulk.content(known).title == "Now"


def test_an_error_leaves_nothing_visible_and_the_import_resumes_from_its_checkpoint(
    archive: Archive, archive_path: Path
) -> None:
    entries = list(_entries())
    with pytest.raises(KeyError), archive.bulk("aa") as bulk:
        for each in entries[:9]:
            bulk.append(each)
        bulk.position = {"line": 9}
        bulk.checkpoint()
        bulk.append(entry(content(title="Lost")))
        raise KeyError
    assert archive.catch_up() == 0
    with (archive_path / "imports" / "aa" / "journal").open("ab") as journal:
        journal.write(b'{"position": {"li')  # cut off by the kill
    with archive.bulk("aa") as bulk:
        assert bulk.position == {"line": 9}
        for each in entries[9:]:
            bulk.append(each)
    assert archive.catch_up() == 20
    assert [len(archive.index.chain(f"story-{n}")) for n in range(4)] == [5] * 4
    assert archive.index.tip("library").head is None
    _check(archive, archive_path)


def test_an_import_killed_after_the_refs_moved_resumes_too(
    archive: Archive, archive_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Bulk, "discard", lambda bulk: 1 / 0)
        with pytest.raises(ZeroDivisionError), archive.bulk("aa") as bulk:
            for each in _entries():
                bulk.append(each)
    with archive.bulk("aa") as bulk:
        assert bulk.written == 20
    assert archive.catch_up() == 20
    _check(archive, archive_path)


def test_another_writer_on_one_of_its_stories_is_a_conflict_and_nothing_shows(
    archive: Archive, archive_path: Path
) -> None:
    with pytest.raises(Moved, match="story-2"), archive.bulk("aa") as bulk:
        for each in _entries():
            bulk.append(each)
        append(archive, entry(content(title="Faster"), "story-2"))
    assert archive.index.tips().keys() == {"story-2"}
    assert archive.catch_up() == 0
    _check(archive, archive_path)


def test_the_same_name_twice_at_once_is_refused(archive: Archive) -> None:
    with (
        archive.bulk("aa"),
        pytest.raises(ArchiveError, match="by another process"),
        archive.bulk("aa"),
    ):
        pass


def test_if_git_dies_an_error_says_so_and_nothing_is_visible(
    archive: Archive, archive_path: Path
) -> None:
    with pytest.raises(ArchiveError, match="git fast-import failed"), archive.bulk("aa") as bulk:
        bulk.append(entry(content()))
        bulk._write(b"nonsense\n")
        bulk.checkpoint()
    assert list((archive_path / "stories.git").glob("fast_import_crash_*")) == []
    assert archive.catch_up() == 0


def test_a_full_disk_raises_store_full(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "git"
    fake.write_text("#!/bin/sh\necho 'fatal: sha1 file: No space left on device' >&2\nexit 128\n")
    fake.chmod(0o700)
    with pytest.raises(StoreFull, match="disk is full"), archive.bulk("aa") as bulk:
        monkeypatch.setattr("git.Git.GIT_PYTHON_GIT_EXECUTABLE", str(fake))
        bulk.append(entry(content()))
        bulk.checkpoint()


def test_the_stream_is_plain_git_s(archive: Archive, archive_path: Path) -> None:
    with archive.bulk("aa") as bulk:
        for each in _entries(2, 3):
            bulk.append(each)
    log = git(archive_path, "log", "--all", "--format=%s")
    assert sorted(log.splitlines()) == [
        f"story-{story}: {what}"
        for story in range(2)
        for what in ("draft, revision 3", "version 1, update", "version 2, update")
    ]
    assert git(archive_path, "fsck", "--full", "--strict") == ""
