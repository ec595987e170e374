"""Verifying under the load of two writers and `maintain`: there is no damage, and none is found."""

import os
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from repo_store.archive import Archive
from repo_store.errors import Moved
from service.wiring import now
from tests.bench.news import News
from tests.chance import seeded
from tests.samples import append, content, entry
from tests.torture.kills import forked

_VERSIONS = 10


@dataclass
class Counts:
    looks: int = 0
    revisions: int = 0
    faults: list[str] = field(default_factory=list)


def run(
    looks: int, stories: int, seed: int, progress: Callable[[Counts], None] = lambda _: None
) -> Counts:
    """Verify an archive of so many stories so many times while it is written to."""
    counts = Counts()
    with tempfile.TemporaryDirectory(prefix="story-history-verifying-") as folder:
        archive_path = Path(folder) / "archive"
        with closing(Archive.open(archive_path, now, create=True)) as archive:
            with archive.bulk("ab") as bulk:
                for each in News().entries(stories, _VERSIONS):
                    bulk.append(each)
            archive.catch_up()
            archive.maintain()
        works = [partial(_write, archive_path, seed + each, stories) for each in range(2)]
        running = [forked(work) for work in (*works, partial(_maintain, archive_path))]
        try:
            while counts.looks < looks and not counts.faults:
                with closing(Archive.open_as_found(archive_path, now)) as archive:
                    report = archive.verify()
                counts.looks += 1
                counts.revisions += report.revisions
                counts.faults += [f"while written to: {each}" for each in report.findings]
                progress(counts)
        finally:
            for pid in running:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
    return counts


def _write(archive_path: Path, seed: int, stories: int) -> None:
    chance = seeded(seed)
    archive = Archive.open(archive_path, now)
    number = 0
    while True:
        number += 1
        new = f"new-{seed}-{number}"
        story = new if number % 3 == 0 else f"story-{chance.randrange(stories)}"
        try:
            append(archive, entry(content(title=f"{seed} {number}"), story))
        except Moved:
            continue


def _maintain(archive_path: Path) -> None:
    archive = Archive.open(archive_path, now)
    while True:
        archive.maintain()
        time.sleep(0.5)
