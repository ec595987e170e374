"""kill -9 at random moments, under the load of four writers."""

import os
import random
import select
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from repo_store.archive import Archive
from repo_store.errors import Moved
from service.wiring import now
from tests.chance import seeded
from tests.samples import append, content, entry
from tests.torture.check import Acknowledged, faults

WRITERS = 4
# After so many rounds a new archive is begun: checking an old one takes longer each time.
_ROUNDS = 20


@dataclass
class Counts:
    kills: int = 0
    acknowledged: int = 0
    rounds: int = 0
    faults: list[str] = field(default_factory=list)


def run(kills: int, seed: int, progress: Callable[[Counts], None] = lambda _: None) -> Counts:
    """Kill so many writers, and check the archive after every four."""
    chance = seeded(seed)
    counts = Counts()
    while counts.kills < kills and not counts.faults:
        with tempfile.TemporaryDirectory(prefix="story-history-kills-") as folder:
            archive_path = Path(folder) / "archive"
            Archive.open(archive_path, now, create=True).close()
            acknowledged: list[Acknowledged] = []
            for _ in range(_ROUNDS):
                if counts.kills >= kills or counts.faults:
                    break
                new = _round(archive_path, counts, chance)
                acknowledged += new
                counts.acknowledged += len(new)
                counts.rounds += 1
                counts.faults += apart(partial(faults, archive_path, acknowledged))
                progress(counts)
    return counts


def _round(archive_path: Path, counts: Counts, chance: random.Random) -> list[Acknowledged]:
    reading, writing = os.pipe()
    names = [f"{counts.rounds}-{number}" for number in range(WRITERS)]
    writers = [forked(partial(_write, archive_path, name, writing)) for name in names]
    os.close(writing)
    if chance.random() < 0.5:
        select.select([reading], [], [], 20)  # not before the first of them has written
    time.sleep(0.03 + chance.random() * 0.25)
    for pid in chance.sample(writers, len(writers)):
        os.kill(pid, signal.SIGKILL)
        counts.kills += 1
        if chance.random() < 0.5:
            time.sleep(chance.random() * 0.02)
    for pid in writers:
        os.waitpid(pid, 0)
    with os.fdopen(reading, "rb") as pipe:
        lines = pipe.read().decode().splitlines()
    return [(story, title) for story, title in (line.split("\t") for line in lines)]


def _write(archive_path: Path, name: str, acknowledge: int) -> None:
    """Write until killed: now a story of one's own, now one that all write, now several at once."""
    archive = Archive.open(archive_path, now)
    number = 0
    while True:
        number += 1
        title = f"{name} {number}"
        own = f"own-{name[-1]}"
        stories = [["shared"], [own], ["shared", own, "third"]][number % 3]
        try:
            append(archive, *(entry(content(title=title), story) for story in stories))
        except Moved:
            continue
        # One write to a pipe, whole or not at all.
        os.write(acknowledge, "".join(f"{story}\t{title}\n" for story in stories).encode())


def forked(work: Callable[[], object]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
    finally:
        os._exit(1)


def apart(work: Callable[[], list[str]]) -> list[str]:
    """The lines that a forked process found: its threads and files end with it."""
    reading, writing = os.pipe()

    def tell() -> None:
        try:
            lines = work()
        except BaseException as error:
            lines = [f"{type(error).__name__}: {error}"]
        with os.fdopen(writing, "wb") as pipe:
            pipe.write("\n".join(lines).encode())
        os._exit(0)

    pid = forked(tell)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        lines = pipe.read().decode().splitlines()
    os.waitpid(pid, 0)
    return lines
