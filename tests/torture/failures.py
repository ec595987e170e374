"""Each system call of a write made to fail once, by strace."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from repo_store import durable
from repo_store.archive import Archive
from service.wiring import now
from tests.samples import append, content, entry
from tests.torture import strace
from tests.torture.check import Acknowledged, faults
from tests.torture.kills import apart, forked

ERRORS = ("EIO", "ENOSPC")


@dataclass
class Counts:
    """`refused`: writes that told their writer of the failure; `survived`: that went on over it."""

    failures: int = 0
    refused: int = 0
    survived: int = 0
    faults: list[str] = field(default_factory=list)


def run(step: int = 1, progress: Callable[[Counts], None] = lambda _: None) -> Counts:
    """Fail each call of a write on one story, and of one on three; or only every `step`th."""
    counts = Counts()
    for stories in (["library"], ["library", "other", "third"]):
        made = _calls_of(stories)
        due = [(name, at, error) for name in made for at in range(made[name]) for error in ERRORS]
        for name, at, error in due[::step]:
            inject = f"inject={name}:error={error}:when={at + 1}"
            with tempfile.TemporaryDirectory(prefix="story-history-failures-") as folder:
                refused, found = _one(Path(folder), stories, "-e", inject)
            counts.failures += 1
            counts.refused += refused
            counts.survived += not refused
            counts.faults += [f"{name} {at + 1} {error}: {each}" for each in found]
            progress(counts)
    return counts


def _calls_of(stories: list[str]) -> dict[str, int]:
    """How often a write makes each call."""
    made: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="story-history-failures-") as folder:
        _one(Path(folder), stories)
        for call in strace.calls(Path(folder) / "log"):
            made[call.name] = made.get(call.name, 0) + 1
    return made


def _one(folder: Path, stories: list[str], *options: str) -> tuple[bool, list[str]]:
    """A write under strace; whether it was refused, and what is wrong afterwards."""
    archive_path = folder / "archive"
    gone, going = os.pipe()
    telling, told = os.pipe()
    pid = forked(partial(_write, archive_path, stories, gone, told))
    os.read(telling, 1)
    with strace.attached(pid, folder / "log", "-e", f"trace={strace.CALLS}", *options):
        os.write(going, b".")
        ended = strace.wait_until_gone(pid, 30)
    os.close(told)
    with os.fdopen(telling, "rb") as pipe:
        lines = pipe.read().decode().splitlines()
    os.close(gone)
    os.close(going)
    acknowledged: list[Acknowledged] = [("library", "first")]
    acknowledged += [(story, title) for story, title in (line.split("\t") for line in lines)]
    found = apart(partial(faults, archive_path, acknowledged))
    if not ended:
        found.append("the writer hung")
    return not any(title == "second" for _, title in acknowledged), found


def _write(archive_path: Path, stories: list[str], go: int, told: int) -> None:
    # One thread that flushes, so that a call counted by strace is the same each time.
    durable._THREADS = 1
    archive = Archive.open(archive_path, now, create=True)
    append(archive, entry(content(title="first")))
    os.write(told, b".")
    os.read(go, 1)
    for title in ("second", "third"):
        try:
            append(archive, *(entry(content(title=title), story) for story in stories))
        except Exception:  # noqa: S112 what it was is of no matter here
            continue
        os.write(told, "".join(f"{story}\t{title}\n" for story in stories).encode())
    os._exit(0)
