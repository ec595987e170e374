"""Refs as files: git reads them as this package does."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import Damaged
from repo_store.git.refs import SHARDS, Refs, story_ref
from repo_store.ids import shard
from tests.plain_git import git
from tests.samples import append, content, entry

NAMES = [f"story-{number}" for number in range(300)]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--bare", "git")
    return tmp_path / "git"


def _oid(number: int) -> str:
    return f"{number:040x}"


def _git_says(bare: Path) -> dict[str, str]:
    lines = git(bare, "for-each-ref", "--format=%(objectname) %(refname)", "refs/stories")
    return {name.split("/")[3]: oid for oid, name in map(str.split, lines.splitlines())}


def _commits(bare: Path, count: int) -> list[str]:
    tree = git(bare, "mktree").strip()
    return [git(bare, "commit-tree", tree, "-m", str(n)).strip() for n in range(count)]


@pytest.mark.parametrize("packed", [False, True])
def test_git_sees_each_ref_that_was_moved(bare: Path, packed: bool) -> None:
    refs, (one, two) = Refs(bare), _commits(bare, 2)
    refs.move(dict.fromkeys(NAMES[:5], (None, one)))
    if packed:
        git(bare, "pack-refs", "--all")
    refs.move({NAMES[0]: (one, two), "new": (None, two)})
    expected = dict.fromkeys(NAMES[1:5], one) | {NAMES[0]: two, "new": two}
    assert refs.heads(SHARDS) == _git_says(bare) == expected
    assert [refs.head(name) for name in [*expected, "nowhere"]] == [*expected.values(), None]
    assert git(bare, "fsck") is not None


def test_very_many_refs_go_into_one_file_and_git_reads_it(bare: Path) -> None:
    refs, (one, two, three) = Refs(bare, files_at_most=10), _commits(bare, 3)
    git(bare, "tag", "-a", "-m", "peeled", "before", one)
    refs.move({"loose": (None, one), "stays": (None, one)})
    git(bare, "pack-refs", "--all")
    refs.move({"loose": (one, two), "zebra": (None, one)})
    refs.move({"loose": (two, three)} | dict.fromkeys(NAMES, (None, two)))
    expected = dict.fromkeys(NAMES, two) | {"loose": three, "stays": one, "zebra": one}
    assert refs.heads(SHARDS) == expected
    assert _git_says(bare) == expected
    assert git(bare, "rev-parse", "before^{commit}").strip() == one
    for name, head in expected.items():
        assert refs.head(name) == head


def test_every_ref_of_a_packed_file_is_found_and_no_other(bare: Path) -> None:
    refs = Refs(bare)
    lines = [f"{_oid(n)} {story_ref(name)}" for n, name in enumerate(NAMES)]
    lines.sort(key=lambda line: line[41:])
    header = "# pack-refs with: peeled fully-peeled sorted \n"
    tag = f"{_oid(1)} refs/tags/a\n^{_oid(2)}\n"
    heads = {name: _oid(n) for n, name in enumerate(NAMES)}
    for text in (
        header + "\n".join(lines) + "\n",
        header + "\n".join(lines) + f"\n{tag}",
        # As very old git wrote it: no promise that it is in order.
        "\n".join(reversed(lines)) + "\n",
    ):
        (bare / "packed-refs").write_text(text)
        assert {name: refs.head(name) for name in NAMES} == heads
        assert refs.heads(SHARDS) == heads
        some = [each for each in SHARDS if each < "20"]
        expected = {name: head for name, head in heads.items() if shard(name) in some}
        assert refs.heads(some) == expected
        for name in ("a", "story", "story-0-0", "story-99999", "zzz"):
            assert refs.head(name) is None


@pytest.mark.parametrize("text", ["", "# pack-refs with: peeled fully-peeled sorted \n"])
def test_an_empty_packed_file_holds_nothing(bare: Path, text: str) -> None:
    (bare / "packed-refs").write_text(text)
    assert Refs(bare).head("a") is None
    assert Refs(bare).heads(SHARDS) == {}


def test_a_stale_lock_is_waited_for_then_removed(bare: Path) -> None:
    refs = Refs(bare)
    lock = bare / f"{story_ref('a')}.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("half")
    start = time.monotonic()
    refs.move({"a": (None, _oid(1))})
    assert 0.5 < time.monotonic() - start < 3
    assert refs.head("a") == _oid(1)
    assert not lock.exists()


def test_an_old_lock_is_not_waited_for(bare: Path) -> None:
    lock = bare / f"{story_ref('a')}.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("half")
    os.utime(lock, (1, 1))
    start = time.monotonic()
    Refs(bare).move({"a": (None, _oid(1))})
    assert time.monotonic() - start < 0.5


def test_a_lock_that_git_holds_for_a_moment_is_respected(bare: Path) -> None:
    refs = Refs(bare)
    lock = bare / f"{story_ref('a')}.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("")
    threading.Timer(0.3, lock.unlink).start()
    refs.move({"a": (None, _oid(1))})
    assert refs.head("a") == _oid(1)


def test_a_ref_of_garbage_is_damage(bare: Path) -> None:
    path = bare / story_ref("a")
    path.parent.mkdir(parents=True)
    for text in ("", "ref: refs/heads/main\n", "xyz\n", "é" * 40, "a" * 100_000):
        path.write_text(text)
        with pytest.raises(Damaged, match="a: its ref cannot be read"):
            Refs(bare).head("a")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_ref_that_is_no_file_is_damage_and_is_not_waited_for(
    bare: Path, make: Callable[[Path], None]
) -> None:
    path = bare / story_ref("a")
    path.parent.mkdir(parents=True)
    make(path)
    for read in (lambda: Refs(bare).head("a"), lambda: Refs(bare).heads(SHARDS)):
        with pytest.raises(Damaged, match="a: its ref cannot be read"):
            read()


def test_packing_refs_with_git_meanwhile_loses_none(bare: Path) -> None:
    refs, commits = Refs(bare), _commits(bare, 40)
    done = threading.Event()

    def pack() -> None:
        while not done.is_set():
            with contextlib.suppress(subprocess.CalledProcessError):
                git(bare, "pack-refs", "--all")

    packing = threading.Thread(target=pack)
    packing.start()
    try:
        heads: dict[str, str] = {}
        for commit in commits:
            refs.move({name: (heads.get(name), commit) for name in NAMES[:10]})
            heads = dict.fromkeys(NAMES[:10], commit)
            assert {name: refs.head(name) for name in NAMES[:10]} == heads
    finally:
        done.set()
        packing.join()
    assert refs.heads(SHARDS) == _git_says(bare) == heads


def test_stamps_change_with_the_refs_and_not_otherwise(bare: Path) -> None:
    refs = Refs(bare)
    commit = _commits(bare, 1)[0]
    refs.move({"a": (None, commit)})
    own = shard("a")
    assert refs.stamps()[own] == "", "too fresh to tell a change that comes right now"
    folder = bare / "refs" / "stories" / own
    os.utime(folder, (10**9, 10**9))
    before = refs.stamps()
    assert before[own]
    assert refs.stamps() == before
    refs.move({"a": (commit, commit)})
    assert refs.stamps() != before


def test_an_archive_s_refs_are_those_that_git_lists(archive: Archive, archive_path: Path) -> None:
    append(archive, *(entry(content(), name) for name in NAMES[:30]))
    assert Refs(archive_path / "stories.git").heads(SHARDS) == _git_says(archive_path)
