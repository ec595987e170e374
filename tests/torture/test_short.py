"""A short form of each crash test, and the order in which a write reaches the disk."""

import os
from pathlib import Path

import pytest

from repo_store import durable
from repo_store.archive import Archive
from repo_store.git.refs import story_ref
from service.wiring import now
from tests.samples import append, content, entry
from tests.torture import failures, kills, powercuts, removals, soak, strace, tampering, verifying
from tests.torture.kills import forked

# Few enough for each test run; `make torture` does them all.
SEED = 20261124
# Nothing is held across a fork: a forked process opens its own store.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


def test_kills() -> None:
    done = kills.run(12, SEED)
    assert done.faults == []
    assert (done.kills, done.rounds) == (12, 3)
    assert done.acknowledged > 5, "the writers did write"


def test_removals() -> None:
    done = removals.run(8, SEED)
    assert done.faults == []
    assert (done.sequences, done.kills) == (8, 24)
    assert done.removed > 5, "something was removed"


def test_flipped_bytes() -> None:
    done = tampering.run(step=797)
    assert done.faults == []
    assert done.flips > 30


def test_mixed_load_with_kills() -> None:
    done = soak.run(10, SEED)
    assert done.faults == []
    assert done.kills
    assert any(done.acknowledged.values()), "the writers did write"


def test_verifying_while_it_is_written_to() -> None:
    done = verifying.run(2, 60, SEED)
    assert done.faults == []
    assert done.revisions > 1_000


def test_failing_system_calls() -> None:
    done = failures.run(step=47)
    assert done.faults == []
    assert done.refused > 2


def test_power_cuts() -> None:
    done = powercuts.run(SEED, by_chance=1, step=19)
    assert done.faults == []
    assert done.cuts > 12


def test_a_disk_that_forgets_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The torment itself: a store that does not flush folders must not come through."""
    monkeypatch.setattr(durable, "flush", lambda paths: None)
    done = powercuts.run(SEED, by_chance=0, step=19)
    assert any("lost:" in fault for fault in done.faults), done


def _calls_of_one_write(folder: Path) -> list[strace.Call]:
    gone, going = os.pipe()
    telling, told = os.pipe()

    def work() -> None:
        archive = Archive.open(folder / "archive", now, create=True)
        append(archive, entry(content(title="first")))
        os.write(told, b".")
        os.read(gone, 1)
        append(archive, entry(content(title="second")))
        os.write(told, b"acknowledged")
        os._exit(0)

    pid = forked(work)
    os.read(telling, 1)
    with strace.attached(pid, folder / "log", "-e", f"trace={strace.CALLS}"):
        os.write(going, b".")
        assert strace.wait_until_gone(pid, 30)
    for each in (gone, going, telling, told):
        os.close(each)
    return [call for call in strace.calls(folder / "log") if not call.failed]


def test_objects_then_ref_then_index_then_acknowledgement(tmp_path: Path) -> None:
    calls = _calls_of_one_write(tmp_path)
    repository = tmp_path / "archive" / "stories.git"
    ref = str(repository / story_ref("library"))

    def places(name: str, path: str) -> list[int]:
        return [
            at for at, call in enumerate(calls) if call.name == name and call.paths()[-1] == path
        ]

    renames: list[tuple[int, str, str]] = []
    for at, call in enumerate(calls):
        if call.name == "rename":
            old, new = call.paths()
            renames.append((at, old, new))
    objects = [each for each in renames if "/objects/" in each[2]]
    assert len(objects) == 3, "a text, a tree, a commit"
    (moved,) = [at for at, _, new in renames if new == ref]
    for at, unfinished, path in objects:
        (flushed,) = places("fsync", unfinished)
        assert flushed < at, "an object has its name only once its bytes are flushed"
        named = [each for each in places("fsync", str(Path(path).parent)) if each > at]
        assert named, "the folder is flushed"
        assert named[0] < moved, "before the ref leads to the object"
    (locked,) = places("fsync", f"{ref}.lock")
    assert locked < moved
    (settled,) = [each for each in places("fsync", str(Path(ref).parent)) if each > moved]
    index = [
        at
        for at, call in enumerate(calls)
        if call.name.startswith("pwrite")
        and call.paths()[-1:] == [f"{tmp_path}/archive/index.db-wal"]
    ]
    assert settled < min(index)
    told = [at for at, call in enumerate(calls) if call.paths()[0].startswith("pipe:")]
    assert max(index) < max(told)
