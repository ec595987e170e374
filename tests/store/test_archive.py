"""Opening an archive, and refusing a directory that is not one."""

import errno
from contextlib import closing
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import ArchiveError, Unwritable
from repo_store.git.repository import FORMAT_REF
from repo_store.maintenance import stale_files
from tests.plain_git import add_object, git, mirror
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


def test_a_half_created_archive_left_by_a_crash_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / ".new-crashed" / "stories.git").mkdir(parents=True)
    _open(tmp_path, create=True)


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
        ("story-history archive, format 4\n", "has format 4; this story-history reads up to 3"),
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
