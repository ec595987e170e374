"""Repacking while the archive is in use: nothing is lost, and it takes less space."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import ArchiveError, Moved
from repo_store.maintenance.repack import RepositorySize, packs_to_merge
from tests.plain_git import git
from tests.samples import append, content, entry, ticking

LONG = ["The council voted nine to six to keep the library open for another year. " * 20] * 3


def _fill(archive: Archive, stories: int, versions: int, start: int = 0) -> None:
    for version in range(start, start + versions):
        for story in range(stories):
            text = [*LONG, f"Figure {version * 7919 % 1000} of {story}."]
            append(archive, entry(content(overview=text), f"story-{story}"))


def _texts(archive: Archive) -> list[str]:
    return [
        archive.raw("blob", [each.blob])[0].decode()
        for story in sorted(archive.index.tips())
        for each in archive.index.chain(story)
    ]


def test_loose_objects_are_packed_and_no_answer_changes(
    archive: Archive, archive_path: Path
) -> None:
    _fill(archive, 5, 4)
    texts = _texts(archive)
    done = archive.maintain()
    assert (done.before.loose, done.before.packs, done.before.loose_refs) == (61, 0, 5)
    assert (done.after.loose, done.after.packs, done.after.loose_refs) == (0, 1, 0)
    assert done.after.bytes < done.before.bytes / 2
    assert _texts(archive) == texts
    again = Archive.open(archive_path, ticking())
    assert _texts(again) == texts
    again.close()
    assert archive.verify().findings == ()
    assert git(archive_path, "multi-pack-index", "verify") == ""
    assert git(archive_path, "commit-graph", "verify") == ""
    _fill(archive, 5, 1, start=4)
    assert len(_texts(archive)) == 25


def test_packs_grow_geometrically(archive: Archive) -> None:
    sizes = []
    for round_ in range(9):
        _fill(archive, 3, 2, start=round_ * 2)
        sizes.append(archive.maintain().after.packs)
    assert max(sizes) <= 4, sizes
    assert sizes[0] == 1
    full = archive.maintain(full=True).after
    assert (full.packs, full.loose) == (1, 0)
    assert len(_texts(archive)) == 54
    assert archive.verify().findings == ()


def test_with_nothing_to_do_it_does_nothing(archive: Archive, archive_path: Path) -> None:
    assert archive.maintain().removed == 0
    _fill(archive, 2, 1)
    first = archive.maintain().after
    assert archive.maintain().after == first


def test_a_story_s_versions_are_stored_as_deltas_of_each_other(
    archive: Archive, archive_path: Path
) -> None:
    """Plain git sees one path, `story.json`, and looks for likes among texts of one size."""
    _fill(archive, 40, 6)
    ours = archive.maintain().after.bytes
    git(archive_path, "repack", "-adfq")
    assert ours <= 1.1 * RepositorySize.of(archive_path / "stories.git").bytes


def test_stale_files_are_deleted_once_they_are_old(archive: Archive, archive_path: Path) -> None:
    _fill(archive, 1, 1)
    objects = archive_path / "stories.git" / "objects"
    (objects / "ab").mkdir(exist_ok=True)
    leftovers = [
        objects / "ab" / "tmp_obj_1-2_ff",
        objects / "pack" / "tmp_pack_x",
        archive_path / "stories.git" / "fast_import_crash_9",
        archive_path / "index.db.9-9.new",
        archive_path / "stories.git" / "refs" / "stories" / "ab" / "gone.lock",
    ]
    for path in leftovers:
        path.parent.mkdir(exist_ok=True)
        path.write_text("left")
    assert archive.maintain().removed == 0, "someone may still be at it"
    for path in leftovers:
        os.utime(path, (10**9, 10**9))
    assert archive.maintain().removed == len(leftovers)
    assert not any(path.exists() for path in leftovers)


def test_opening_deletes_the_stale_files_of_a_dead_process(
    archive: Archive, archive_path: Path
) -> None:
    _fill(archive, 1, 1)
    archive.close()
    gone = subprocess.run(["sh", "-c", "echo $$"], check=True, capture_output=True, text=True)
    repository, dead, own = archive_path / "stories.git", int(gone.stdout), os.getpid()

    def files(pid: int) -> list[Path]:
        return [
            repository / "objects" / "pack" / f"tmp_obj_{pid}-1_ff",
            repository / "objects" / "pack" / f"tmp_pack_{pid}-1",
            repository / f"fast_import_crash_{pid}",
            archive_path / f"index.db.{pid}-1.new-wal",
            archive_path / f"pending-moves.new-{pid}",
        ]

    lock = next(repository.glob("refs/stories/*/story-0")).with_name("story-0.lock")
    for path in [*files(dead), *files(own), lock]:
        path.write_text("left")
    Archive.open(archive_path, ticking()).close()
    assert all(path.exists() for path in [*files(dead), *files(own), lock]), "just made"
    for path in [*files(dead), *files(own), lock]:
        os.utime(path, (time.time() - 120, time.time() - 120))
    Archive.open(archive_path, ticking()).close()
    assert not any(path.exists() for path in [*files(dead), lock])
    assert all(path.exists() for path in files(own)), "that process lives"


def test_only_one_at_a_time(archive: Archive, archive_path: Path) -> None:
    other = Archive.open(archive_path, ticking())

    def step(_: str) -> None:
        with pytest.raises(ArchiveError, match="another process is maintaining"):
            other.maintain()

    archive.maintain(step=step)
    other.close()


def test_a_running_import_keeps_its_packs(archive: Archive, archive_path: Path) -> None:
    _fill(archive, 4, 4)
    with archive.bulk("aa") as bulk:
        for number in range(20):
            bulk.append(entry(content(title=f"Title {number}"), "bulk"))
            if number % 5 == 4:
                bulk.checkpoint()
        packs = archive.maintain().after.packs
        assert packs >= 4
        bulk.append(entry(content(title="Last"), "bulk"))
    archive.catch_up()
    assert len(archive.index.chain("bulk")) == 21
    assert archive.maintain().after.packs < packs
    assert archive.verify().findings == ()


def test_readers_and_writers_go_on_meanwhile(archive: Archive, archive_path: Path) -> None:
    _fill(archive, 6, 3)
    done = threading.Event()
    failed: list[BaseException] = []

    def work(act: str) -> None:
        own = Archive.open(archive_path, ticking())
        number = 0
        try:
            while not done.is_set():
                number += 1
                if act == "read":
                    _texts(own)
                    continue
                try:
                    append(own, entry(content(title=f"{act} {number}"), f"story-{number % 6}"))
                except Moved:
                    continue
        except BaseException as error:
            failed.append(error)
        finally:
            own.close()

    threads = [threading.Thread(target=work, args=[act]) for act in ("read", "one", "two")]
    for thread in threads:
        thread.start()
    for _ in range(6):
        archive.maintain()
    done.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert archive.verify().findings == ()


@pytest.mark.parametrize(
    ("counts", "merged"),
    [
        ([], []),
        ([9], []),
        ([2, 4], []),
        ([2, 3], [2, 3]),
        ([2, 3, 10], [2, 3]),
        ([2, 3, 9], [2, 3, 9]),
        ([1, 2, 6, 11], [1, 2, 6, 11]),
    ],
)
def test_a_pack_stays_if_it_is_twice_as_large_as_all_smaller_ones(
    tmp_path: Path, counts: list[int], merged: list[int]
) -> None:
    for count in counts:
        (tmp_path / f"{count}.pack").write_bytes(b"PACK\0\0\0\2" + count.to_bytes(4, "big"))
    assert [int(path.stem) for path in packs_to_merge(tmp_path)] == merged
    assert [int(path.stem) for path in packs_to_merge(tmp_path, full=True)] == counts
