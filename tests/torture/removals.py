"""Random sequences of writing, removing and maintaining, each cut short by kill -9."""

import base64
import os
import random
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
from service.app import now
from tests.samples import action, append, content, entry
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
    chance = random.Random(seed)  # noqa: S311 not a secret
    counts = Counts()
    while counts.sequences < sequences and not counts.faults:
        with tempfile.TemporaryDirectory(prefix="story-history-removals-") as folder:
            archive = Path(folder) / "archive"
            Archive.open(archive, now, create=True).close()
            said: list[str] = []
            for _ in range(_ROUNDS):
                said += _round(archive, chance.random(), counts)
                found = apart(partial(faults, archive, said))
                counts.faults += [f"{fault} (sequence {counts.sequences})" for fault in found]
        counts.sequences += 1
        counts.written += sum(line.startswith("wrote") for line in said)
        counts.removed += sum(line.startswith("removed") for line in said)
        progress(counts)
    return counts


def _round(archive: Path, luck: float, counts: Counts) -> list[str]:
    reading, writing = os.pipe()
    pid = forked(partial(_work, archive, luck, writing))
    os.close(writing)
    time.sleep(0.02 + luck * 0.5)
    os.kill(pid, signal.SIGKILL)
    counts.kills += 1
    os.waitpid(pid, 0)
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read().decode().splitlines()


def _work(archive: Path, luck: float, acknowledge: int) -> None:
    """Until killed, or done. What is acknowledged is told by a line."""
    chance = random.Random(luck)  # noqa: S311 not a secret
    store = opened(archive)

    def tell(line: str) -> None:
        os.write(acknowledge, f"{line}\n".encode())

    for step in range(_STEPS):
        deed, story = chance.random(), chance.choice(STORIES)
        there = [each for each in store.index.chain(story) if each.state is not State.REMOVED]
        if deed < 0.55 or not there:
            word = f"canary{int(luck * 1e9):x}x{step}z"
            state = chance.choice([State.PUBLISHED, State.DRAFT])
            try:
                append(store, entry(content(title=word), story, state=state, note=f"On {word}"))
            except Moved:
                continue
            tell(f"wrote {story} {word}")
        elif deed < 0.75:
            some = chance.sample(there, min(len(there), chance.choice([1, 1, 2, 9])))
            words = [store.content(each).title for each in some]
            seal(store)
            _remove(store, story, [each.revision for each in some])
            for word in words:
                tell(f"removed {story} {word}")
        elif deed < 0.9:
            store.maintain(full=chance.random() < 0.3)
        else:
            seal(store)


def _remove(store: Archive, story: str, numbers: list[int]) -> None:
    removal = Removal(Ground.PRIVACY, "A file", None, tuple(numbers[1:]))
    store.remove(action(numbers[0], Verb.REMOVE, "By law", story=story, removal=removal))
    settle(store)


def settle(store: Archive) -> None:
    if due := store.purge_due():
        store.purge()
        store.purged(due)


def opened(archive: Path) -> Archive:
    """As the service opens it: what a crash left of a removal is ended."""
    store = Archive.open(archive, now)
    settle(store)
    return store


def seal(store: Archive) -> None:
    if store.index.log.size():
        store.seal(_sign, lambda known: known)


def _sign(size: int, root: bytes) -> tuple[str, None]:
    return f"torture\n{size}\n{base64.b64encode(root).decode()}\n\n— x y\n", None


def faults(archive: Path, said: Iterable[str]) -> list[str]:
    """What is wrong with the archive, given what was acknowledged."""
    store = opened(archive)
    with locks.locked_file(f"{archive}/locks/packing"):
        pass  # a git whose parent was killed has come to its end
    try:
        found = [str(finding) for finding in store.verify().findings]
        standing: dict[str, set[str]] = {}
        for story in STORIES:
            chain = [each for each in store.index.chain(story) if isinstance(each, Revision)]
            there = [each for each in chain if each.state is not State.REMOVED]
            standing[story] = {store.content(each).title for each in there}
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
        data = b"\n".join(_everything(archive))
        found += [
            f"{word} was removed from {story}, and is on the disk"
            for story, word in sorted(lost | gone)
            if word.encode() in data
        ]
        seal(store)
        found += [f"afterwards: {finding}" for finding in store.verify().findings]
        before = store.index.chain("one")
        store.reindex()
        if store.index.chain("one") != before:
            found.append("the index is not what a rebuilt one is")
    finally:
        store.close()
    return found


def _everything(archive: Path) -> Iterator[bytes]:
    """All that is on the disk, as it is and unpacked."""
    for path in archive.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            yield data
            if "objects" in path.parts and len(path.parent.name) == 2:
                yield zlib.decompress(data)
    git = ["git", "-C", str(archive / "stories.git")]
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
