"""Opening an archive, and refusing a directory that is not one."""

import errno
import os
import shutil
import threading
from contextlib import closing
from pathlib import Path

import pytest

from repo_store import layout
from repo_store.archive import Archive
from repo_store.errors import ArchiveError, Unwritable
from repo_store.git.repository import FORMAT_REF, Repository
from repo_store.maintenance import stale_files
from service.usecases.takedown import finish_pending_takedowns
from tests.plain_git import add_object, git, mirror
from tests.redactions import CANARY, removal, remove, traces
from tests.samples import append, content, entry, ticking


def _open(path: Path, create: bool = False) -> None:
    Archive.open(path, ticking(), create=create).close()


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*"))


def test_an_archive_is_made_where_there_is_nothing(tmp_path: Path) -> None:
    _open(tmp_path / "a" / "b", create=True)
    assert sorted(each.name for each in (tmp_path / "a" / "b").iterdir()) == [
        ".git",
        "index.db",
        "locks",
        "stories.git",
    ]
    _open(tmp_path / "a" / "b")


def _left_by_a_killed_restore(path: Path) -> Path:
    left = path / ".new-killed"
    pack = left / "stories.git" / "objects" / "pack"
    pack.mkdir(parents=True)
    (pack / "pack-1.pack").write_text(CANARY)
    for each in (pack / "pack-1.pack", left):
        os.utime(each, (10**9, 10**9))
    return left


def test_what_a_killed_restore_left_goes_when_an_archive_is_made_there(tmp_path: Path) -> None:
    left = _left_by_a_killed_restore(tmp_path)
    layout.create(tmp_path)
    assert not left.exists()


def test_what_a_killed_restore_left_goes_when_the_archive_is_opened(tmp_path: Path) -> None:
    _open(tmp_path, create=True)
    left = _left_by_a_killed_restore(tmp_path)
    with closing(Archive.open(tmp_path, ticking())) as archive:
        assert not left.exists()
        assert archive.maintain().removed == 0


def test_one_archive_is_made_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "archive"

    def fill(folder: Path) -> None:
        second.start()
        second.join(0.2)
        assert folder.is_dir(), "the other one waits, and removes nothing"
        Repository.create(folder / "stories.git").close()

    second = threading.Thread(target=layout.create, args=[path])
    assert layout.make(path, fill)
    second.join()
    assert not layout.make(path, fill)


def test_a_stale_file_that_cannot_be_removed_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(Archive.open(tmp_path, ticking(), create=True)) as archive:
        append(archive, entry(content()), entry(content(title=f"Two {CANARY}")))
    left = _left_by_a_killed_restore(tmp_path)
    stale = tmp_path / "stories.git" / "objects" / "pack" / "tmp_pack_folder"
    stale.mkdir()
    os.utime(stale, (10**9, 10**9))
    (tmp_path / "index.db").unlink()

    def reject(path: Path, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(shutil, "rmtree", reject)
    with closing(Archive.open(tmp_path, ticking())) as archive:
        assert archive.index.tip("library").revisions == 2, "it caught up"
        archive.remove(removal(2))
        finish_pending_takedowns(archive, [])
        assert archive.purge_due() == ["library"], "the text may be in what is left"
        for each in (left, stale):
            assert str(each) in caplog.text
        monkeypatch.undo()
        stale.rmdir()
        finish_pending_takedowns(archive, [])
        assert archive.purge_due() == []
        assert traces(tmp_path) == []


def test_a_removal_leaves_nothing_that_a_killed_restore_left(
    archive: Archive, archive_path: Path
) -> None:
    append(archive, entry(content()), entry(content(title=f"Two {CANARY}")))
    left = _left_by_a_killed_restore(archive_path)
    os.utime(left)
    remove(archive, removal(2))
    assert traces(archive_path) == []


def test_a_missing_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="there is no archive here"):
        _open(tmp_path / "nowhere")
    assert _files(tmp_path) == []


@pytest.mark.parametrize("create", [True, False])
def test_a_directory_of_something_else_is_refused_and_left_alone(
    tmp_path: Path, create: bool
) -> None:
    (tmp_path / "thesis.txt").write_text("draft")
    with pytest.raises(ArchiveError, match="not a story-history archive"):
        _open(tmp_path, create)
    assert _files(tmp_path) == [tmp_path / "thesis.txt"]


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for create in (True, False):
        with pytest.raises(ArchiveError):
            _open(tmp_path / "file", create)


def test_another_git_repository_is_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "stories.git")
    with pytest.raises(ArchiveError, match="not a story-history archive"):
        _open(tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("story-history archive, format 5\n", "has format 5; this story-history reads up to 4"),
        ("story-history archive, format x\n", "not a story-history archive"),
        ("something else\n", "not a story-history archive"),
    ],
)
def test_a_newer_format_is_refused_never_misread(
    archive: Archive, archive_path: Path, text: str, told: str
) -> None:
    append(archive, entry(content()))
    git(archive_path, "update-ref", FORMAT_REF, add_object(archive_path, text))
    with pytest.raises(ArchiveError, match=told):
        _open(archive_path, create=True)


def test_a_mirror_made_with_plain_git_is_an_archive(
    archive: Archive, archive_path: Path, tmp_path: Path
) -> None:
    append(archive, entry(content()), entry(content(title="Two")))
    copy = tmp_path / "copy" / "stories.git"
    mirror(archive_path / "stories.git", copy)
    restored = Archive.open(copy.parent, ticking())
    assert restored.index.chain("library") == archive.index.chain("library")
    assert restored.verify().findings == ()
    restored.close()


def test_a_disk_that_rejects_writes_does_not_keep_anyone_from_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reject(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with closing(Archive.open(tmp_path, ticking(), create=True)) as archive:
        append(archive, entry(content()))
    monkeypatch.setattr(stale_files, "clear", reject)
    with closing(Archive.open(tmp_path, ticking())) as archive:
        assert archive.index.tip("library").revisions == 1
    (tmp_path / "index.db").unlink()
    with pytest.raises(Unwritable):
        _open(tmp_path)
