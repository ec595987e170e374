"""Random sequences of writing, removing and maintaining, each cut short by kill -9."""

import os
import signal
import subprocess
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from repo_store import locks
from repo_store.archive import Archive
from repo_store.errors import Moved
from repo_store.history.records import Ground, Removal, Revision, State, Verb
from service.wiring import now
from tests.chance import seeded
from tests.samples import action, append, checkpoint, content, entry, title_of
from tests.torture.kills import apart, forked

STORIES = ("one", "two")
_ROUNDS = 3
_STEPS = 12


@dataclass
class Counts:
    sequences: int = 0
    kills: int = 0
    written: int = 0
    removed: int = 0
    faults: list[str] = field(default_factory=list)


def run(sequences: int, seed: int, progress: Callable[[Counts], None] = lambda _: None) -> Counts:
    """So many sequences, each on an archive of its own, checked after every kill."""
    chance = seeded(seed)
    counts = Counts()
    while counts.sequences < sequences and not counts.faults:
        with tempfile.TemporaryDirectory(prefix="story-history-removals-") as folder:
            archive_path = Path(folder) / "archive"
            Archive.open(archive_path, now, create=True).close()
            said: list[str] = []
            for _ in range(_ROUNDS):
                said += _round(archive_path, chance.random(), counts)
                found = apart(partial(faults, archive_path, said))
                counts.faults += [f"{fault} (sequence {counts.sequences})" for fault in found]
        counts.sequences += 1
        counts.written += sum(line.startswith("wrote") for line in said)
        counts.removed += sum(line.startswith("removed") for line in said)
        progress(counts)
    return counts


def _round(archive_path: Path, luck: float, counts: Counts) -> list[str]:
    reading, writing = os.pipe()
    pid = forked(partial(_work, archive_path, luck, writing))
    os.close(writing)
    time.sleep(0.02 + luck * 0.5)
    os.kill(pid, signal.SIGKILL)
    counts.kills += 1
    os.waitpid(pid, 0)
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read().decode().splitlines()


def _work(archive_path: Path, luck: float, acknowledge: int) -> None:
    """Until killed, or done. What is acknowledged is told by a line."""
    chance = seeded(luck)
    archive = opened(archive_path)

    def tell(line: str) -> None:
        os.write(acknowledge, f"{line}\n".encode())

    for step in range(_STEPS):
        deed, story = chance.random(), chance.choice(STORIES)
        there = [each for each in archive.index.chain(story) if each.state is not State.REMOVED]
        if deed < 0.55 or not there:
            word = f"canary{int(luck * 1e9):x}x{step}z"
            state = chance.choice([State.PUBLISHED, State.DRAFT])
            try:
                append(archive, entry(content(title=word), story, state=state, note=f"On {word}"))
            except Moved:
                continue
            tell(f"wrote {story} {word}")
        elif deed < 0.75:
            some = chance.sample(there, min(len(there), chance.choice([1, 1, 2, 9])))
            words = [title_of(archive, each) for each in some]
            checkpoint_if_any(archive)
            _remove(archive, story, [each.revision for each in some])
            for word in words:
                tell(f"removed {story} {word}")
        elif deed < 0.9:
            archive.maintain(full=chance.random() < 0.3)
        else:
            checkpoint_if_any(archive)


def _remove(archive: Archive, story: str, numbers: list[int]) -> None:
    removal = Removal(Ground.PRIVACY, "A file", None, tuple(numbers[1:]))
    archive.remove(action(numbers[0], Verb.REMOVE, "By law", story=story, removal=removal))
    settle(archive)


def settle(archive: Archive) -> None:
    if due := archive.purge_due():
        archive.purge()
        archive.purged(due)


def opened(archive_path: Path) -> Archive:
    """As the service opens it: what a crash left of a removal is ended."""
    archive = Archive.open(archive_path, now)
    settle(archive)
    return archive


def checkpoint_if_any(archive: Archive) -> None:
    if archive.index.log.size():
        checkpoint(archive)


def faults(archive_path: Path, said: Iterable[str]) -> list[str]:
    """What is wrong with the archive, given what was acknowledged."""
    archive = opened(archive_path)
    with locks.locked_file(f"{archive_path}/locks/packing"):
        pass  # a git whose parent was killed has come to its end
    try:
        found = [str(finding) for finding in archive.verify().findings]
        standing: dict[str, set[str]] = {}
        for story in STORIES:
            chain = [each for each in archive.index.chain(story) if isinstance(each, Revision)]
            there = [each for each in chain if each.state is not State.REMOVED]
            standing[story] = {title_of(archive, each) for each in there}
        lines = [line.split() for line in said]
        gone = {(story, word) for verb, story, word in lines if verb == "removed"}
        for _, story, word in lines:
            if (story, word) in gone and word in standing[story]:
                found.append(f"{word} was removed, and stands")
        lost = {
            (story, word)
            for verb, story, word in lines
            if verb == "wrote" and word not in standing[story]
        }
        # A removal that was not acknowledged may have happened: then it is whole.
        data = b"\n".join(_everything(archive_path))
        found += [
            f"{word} was removed from {story}, and is on the disk"
            for story, word in sorted(lost | gone)
            if word.encode() in data
        ]
        checkpoint_if_any(archive)
        found += [f"afterwards: {finding}" for finding in archive.verify().findings]
        before = archive.index.chain("one")
        archive.reindex()
        if archive.index.chain("one") != before:
            found.append("the index is not what a rebuilt one is")
    finally:
        archive.close()
    return found


def _everything(archive_path: Path) -> Iterator[bytes]:
    """All that is on the disk, as it is and unpacked."""
    for path in archive_path.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            yield data
            if "objects" in path.parts and len(path.parent.name) == 2:
                yield zlib.decompress(data)
    git = ["git", "-C", str(archive_path / "stories.git")]
    every = ["cat-file", "--batch-all-objects", "--batch", "--unordered"]
    yield subprocess.run([*git, *every], capture_output=True, check=True).stdout
    fsck = subprocess.run(
        [*git, "fsck", "--full", "--strict", "--no-dangling"],
        capture_output=True,
        text=True,
        check=False,
    )
    if fsck.returncode:
        raise AssertionError(f"git fsck: {fsck.stdout} {fsck.stderr}")
