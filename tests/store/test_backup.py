"""Backup and restore with plain git, as docs/store.md gives the commands."""

from pathlib import Path

from repo_store.archive import Archive
from tests.plain_git import git, mirror
from tests.samples import append, content, entry, ticking
from tests.store.dump import dump


def _fill(archive: Archive, start: int = 0) -> None:
    for number in range(start, start + 3):
        append(archive, *(entry(content(title=f"{n} {number}"), f"story-{n}") for n in range(3)))


def _answers(archive_path: Path) -> str:
    restored = Archive.open(archive_path, ticking())
    try:
        assert restored.verify().findings == ()
        texts = [
            restored.raw("blob", [each.blob])[0].decode()
            for story in sorted(restored.index.tips())
            for each in restored.index.chain(story)
        ]
    finally:
        restored.close()
    return "\n".join([dump(archive_path / "index.db"), *texts])


def test_a_mirror_is_kept_up_to_date_and_restored(
    archive: Archive, archive_path: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.git"
    _fill(archive)
    mirror(archive_path / "stories.git", backup)
    _fill(archive, 3)
    archive.maintain()
    _fill(archive, 6)
    git(backup, "fetch", "--quiet", "origin", "+refs/*:refs/*")
    restored = tmp_path / "restored"
    mirror(backup, restored / "stories.git")
    assert _answers(restored) == _answers(archive_path)
    again = Archive.open(restored, ticking())
    _fill(again, 9)
    assert again.maintain(full=True).after.packs == 1
    again.close()
    assert len(_answers(restored)) > len(_answers(archive_path))


def test_a_full_and_an_incremental_bundle_restore_the_archive(
    archive: Archive, archive_path: Path, tmp_path: Path
) -> None:
    repository = archive_path / "stories.git"
    _fill(archive)
    git(repository, "bundle", "create", tmp_path / "whole.bundle", "--all")
    heads = [f"^{head}" for head in archive._refs.heads_of(list(archive.index.tips())).values()]
    _fill(archive, 3)
    git(repository, "bundle", "create", tmp_path / "since.bundle", "--all", *heads)
    restored = tmp_path / "restored" / "stories.git"
    mirror(tmp_path / "whole.bundle", restored)
    git(restored, "fetch", "--quiet", tmp_path / "since.bundle", "+refs/*:refs/*")
    assert _answers(restored.parent) == _answers(archive_path)
