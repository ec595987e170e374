"""Backup and restore with plain git, as docs/store.md gives the commands."""

import tracemalloc
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import Damaged
from repo_store.git.objects import git_object, loose
from repo_store.maintenance import backup
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
    kept = tmp_path / "backup.git"
    _fill(archive)
    mirror(archive_path / "stories.git", kept)
    _fill(archive, 3)
    archive.maintain()
    _fill(archive, 6)
    git(kept, "fetch", "--quiet", "origin", "+refs/*:refs/*")
    restored = tmp_path / "restored"
    mirror(kept, restored / "stories.git")
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


def test_an_object_that_unpacks_to_very_much_is_checked_in_little_memory() -> None:
    item = git_object("blob", bytes(64 * 2**20))
    data, name = loose(item), f"{item.id[:2]}/{item.id[2:]}"
    tracemalloc.start()
    try:
        backup._check_loose(name, data)
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()
    with pytest.raises(Damaged):
        backup._check_loose(name, data[:-1])
