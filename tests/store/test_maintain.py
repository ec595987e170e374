"""Packing while the archive is in use: nothing is lost, and it takes less."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import ArchiveError, Moved
from repo_store.maintenance.repack import RepositorySize
from tests.samples import append, content, entry, ticking
from tests.store.test_git import git

LONG = ["The council voted nine to six to keep the library open for another year. " * 20] * 3


def _fill(store: Archive, stories: int, versions: int, start: int = 0) -> None:
    for version in range(start, start + versions):
        for story in range(stories):
            text = [*LONG, f"Figure {version * 7919 % 1000} of {story}."]
            append(store, entry(content(overview=text), f"story-{story}"))


def _texts(store: Archive) -> list[str]:
    return [
        store.raw("blob", [each.blob])[0].decode()
        for story in sorted(store.index.tips())
        for each in store.index.chain(story)
    ]


def test_it_packs_what_is_loose_and_changes_no_answer(store: Archive, archive: Path) -> None:
    _fill(store, 5, 4)
    texts = _texts(store)
    done = store.maintain()
    assert (done.before.loose, done.before.packs, done.before.loose_refs) == (61, 0, 5)
    assert (done.after.loose, done.after.packs, done.after.loose_refs) == (0, 1, 0)
    assert done.after.bytes < done.before.bytes / 2
    assert _texts(store) == texts
    again = Archive.open(archive, ticking())
    assert _texts(again) == texts
    again.close()
    assert store.verify().findings == ()
    assert git(archive, "multi-pack-index", "verify") == ""
    assert git(archive, "commit-graph", "verify") == ""
    _fill(store, 5, 1, start=4)
    assert len(_texts(store)) == 25


def test_packs_grow_geometrically(store: Archive) -> None:
    sizes = []
    for round_ in range(9):
        _fill(store, 3, 2, start=round_ * 2)
        sizes.append(store.maintain().after.packs)
    assert max(sizes) <= 4, sizes
    assert sizes[0] == 1
    full = store.maintain(full=True).after
    assert (full.packs, full.loose) == (1, 0)
    assert len(_texts(store)) == 54
    assert store.verify().findings == ()


def test_with_nothing_to_do_it_does_nothing(store: Archive, archive: Path) -> None:
    assert store.maintain().removed == 0
    _fill(store, 2, 1)
    first = store.maintain().after
    assert store.maintain().after == first


def test_a_story_s_versions_are_packed_by_their_likeness(store: Archive, archive: Path) -> None:
    """Plain git sees one path, `story.json`, and looks for likes among texts of one size."""
    _fill(store, 40, 6)
    ours = store.maintain().after.bytes
    git(archive, "repack", "-adfq")
    assert ours <= 1.1 * RepositorySize.of(archive / "stories.git").bytes


def test_leftovers_of_dead_processes_are_removed_once_they_are_old(
    store: Archive, archive: Path
) -> None:
    _fill(store, 1, 1)
    objects = archive / "stories.git" / "objects"
    (objects / "ab").mkdir(exist_ok=True)
    leftovers = [
        objects / "ab" / "tmp_obj_1-2_ff",
        objects / "pack" / "tmp_pack_x",
        archive / "stories.git" / "fast_import_crash_9",
        archive / "index.db.9-9.new",
        archive / "stories.git" / "refs" / "stories" / "ab" / "gone.lock",
    ]
    for path in leftovers:
        path.parent.mkdir(exist_ok=True)
        path.write_text("left")
    assert store.maintain().removed == 0, "someone may still be at it"
    for path in leftovers:
        os.utime(path, (10**9, 10**9))
    assert store.maintain().removed == len(leftovers)
    assert not any(path.exists() for path in leftovers)


def test_opening_removes_what_a_process_that_is_gone_left_there(
    store: Archive, archive: Path
) -> None:
    _fill(store, 1, 1)
    store.close()
    gone = subprocess.run(["sh", "-c", "echo $$"], check=True, capture_output=True, text=True)
    repository, dead, own = archive / "stories.git", int(gone.stdout), os.getpid()

    def files(pid: int) -> list[Path]:
        return [
            repository / "objects" / "pack" / f"tmp_obj_{pid}-1_ff",
            repository / "objects" / "pack" / f"tmp_pack_{pid}-1",
            repository / f"fast_import_crash_{pid}",
            archive / f"index.db.{pid}-1.new-wal",
            archive / f"pending-moves.new-{pid}",
        ]

    lock = next(repository.glob("refs/stories/*/story-0")).with_name("story-0.lock")
    for path in [*files(dead), *files(own), lock]:
        path.write_text("left")
    Archive.open(archive, ticking()).close()
    assert all(path.exists() for path in [*files(dead), *files(own), lock]), "just made"
    for path in [*files(dead), *files(own), lock]:
        os.utime(path, (time.time() - 120, time.time() - 120))
    Archive.open(archive, ticking()).close()
    assert not any(path.exists() for path in [*files(dead), lock])
    assert all(path.exists() for path in files(own)), "that process lives"


def test_only_one_at_a_time(store: Archive, archive: Path) -> None:
    other = Archive.open(archive, ticking())

    def step(_: str) -> None:
        with pytest.raises(ArchiveError, match="another process maintains"):
            other.maintain()

    store.maintain(step=step)
    other.close()


def test_a_running_import_keeps_its_packs(store: Archive, archive: Path) -> None:
    _fill(store, 4, 4)
    with store.bulk("aa") as bulk:
        for number in range(20):
            bulk.append(entry(content(title=f"Title {number}"), "bulk"))
            if number % 5 == 4:
                bulk.checkpoint()
        packs = store.maintain().after.packs
        assert packs >= 4
        bulk.append(entry(content(title="Last"), "bulk"))
    store.follow()
    assert len(store.index.chain("bulk")) == 21
    assert store.maintain().after.packs < packs
    assert store.verify().findings == ()


def test_readers_and_writers_go_on_meanwhile(store: Archive, archive: Path) -> None:
    _fill(store, 6, 3)
    done = threading.Event()
    failed: list[BaseException] = []

    def work(act: str) -> None:
        own = Archive.open(archive, ticking())
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
        store.maintain()
    done.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert store.verify().findings == ()
