"""Power cuts: the disk as it would be found had the power failed at any moment.

A process works under strace; its system calls are then played on a model of a disk that keeps only
what was flushed: a file's bytes by fsync of the file, a name in a folder by fsync of that folder
(POSIX promises no more). At moments in between, chance decides of each thing that was not flushed
whether it is on the disk (as ALICE does, Pillai et al., OSDI 2014). Each such disk is written out,
opened by the store and checked.
"""

import os
import random
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Union

from repo_store.archive import Archive
from service.wiring import now
from tests.chance import seeded
from tests.samples import append, content, entry
from tests.torture import strace
from tests.torture.check import Acknowledged, faults
from tests.torture.kills import apart, forked

Node = Union["File", "Folder"]


class File:
    """A file's bytes, as a program sees them and as they are on the disk."""

    def __init__(self, data: bytes = b"") -> None:
        self.data, self.kept = bytearray(data), bytes(data)
        self.at = 0

    def write(self, at: int, data: bytes) -> None:
        self.data.extend(b"\0" * (at - len(self.data)))
        self.data[at : at + len(data)] = data

    def flush(self) -> None:
        self.kept = bytes(self.data)


class Folder:
    """A folder's names, as a program sees them and as they are on the disk."""

    def __init__(self) -> None:
        self.names: dict[str, Node] = {}
        self.kept: dict[str, Node] = {}

    def flush(self) -> None:
        self.kept = dict(self.names)


class Disk:
    """Begins with what is in a folder, all of it flushed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.top = _loaded(root)

    def play(self, call: strace.Call) -> bool:
        """Do what the call did, if it is about this folder; whether it flushed something."""
        if call.failed:
            return False
        nodes = [self._find(path) for path in call.paths()]
        if any(node is None for node in nodes):
            return False
        act = getattr(self, f"_{call.name}", None)
        return bool(act and act(call, *nodes))

    def _find(self, path: str) -> tuple[Folder, str] | None:
        try:
            parts = Path(path.removesuffix(" (deleted)")).relative_to(self._root).parts
        except ValueError:
            return None
        folder = self.top
        for part in parts[:-1]:
            inside = folder.names.get(part)
            if not isinstance(inside, Folder):
                return None
            folder = inside
        return folder, parts[-1] if parts else ""

    def _openat(self, call: strace.Call, place: tuple[Folder, str]) -> None:
        folder, name = place
        if "O_CREAT" in call.arguments and name not in folder.names:
            folder.names[name] = File()
        known = folder.names.get(name)
        if isinstance(known, File) and re.search("O_WRONLY|O_RDWR", call.arguments):
            if "O_TRUNC" in call.arguments:
                known.data.clear()
            known.at = len(known.data) if "O_APPEND" in call.arguments else 0

    def _write(self, call: strace.Call, place: tuple[Folder, str]) -> None:
        known = place[0].names.get(place[1])
        if isinstance(known, File):
            data = _bytes(call)
            known.write(known.at, data)
            known.at += len(data)

    def _lseek(self, call: strace.Call, place: tuple[Folder, str]) -> None:
        known = place[0].names.get(place[1])
        if isinstance(known, File):
            known.at = int(call.result)

    def _read(self, call: strace.Call, place: tuple[Folder, str]) -> None:
        known = place[0].names.get(place[1])
        if isinstance(known, File):
            known.at += int(call.result)

    def _pwrite64(self, call: strace.Call, place: tuple[Folder, str]) -> None:
        known = place[0].names.get(place[1])
        if isinstance(known, File):
            known.write(int(call.arguments.rsplit(", ", 1)[1]), _bytes(call))

    def _ftruncate(self, call: strace.Call, place: tuple[Folder, str]) -> None:
        known = place[0].names.get(place[1])
        if isinstance(known, File):
            size = int(call.arguments.rsplit(", ", 1)[1])
            del known.data[size:]
            known.data.extend(b"\0" * (size - len(known.data)))

    def _fsync(self, call: strace.Call, place: tuple[Folder, str]) -> bool:
        folder, name = place
        known = folder.names.get(name) if name else self.top
        if known is not None:
            known.flush()
        return known is not None

    _fdatasync = _fsync

    def _rename(self, _: strace.Call, old: tuple[Folder, str], new: tuple[Folder, str]) -> None:
        new[0].names[new[1]] = old[0].names.pop(old[1])

    _renameat = _renameat2 = _rename

    def _link(self, _: strace.Call, old: tuple[Folder, str], new: tuple[Folder, str]) -> None:
        new[0].names[new[1]] = old[0].names[old[1]]

    _linkat = _link

    def _unlink(self, _: strace.Call, place: tuple[Folder, str]) -> None:
        place[0].names.pop(place[1], None)

    _unlinkat = _rmdir = _unlink

    def _mkdir(self, _: strace.Call, place: tuple[Folder, str]) -> None:
        place[0].names[place[1]] = Folder()

    _mkdirat = _mkdir

    def after_a_cut(self, path: Path, chance: random.Random | None) -> None:
        """Write out what is on the disk; with `chance`, some of what was not flushed as well."""
        _write_out(self.top, path, chance)


def _loaded(path: Path) -> Folder:
    folder = Folder()
    for each in path.iterdir():
        folder.names[each.name] = _loaded(each) if each.is_dir() else File(each.read_bytes())
    folder.flush()
    return folder


def _write_out(folder: Folder, path: Path, chance: random.Random | None) -> None:
    path.mkdir(parents=True, exist_ok=True)
    names = dict(folder.kept)
    if chance:
        for name in folder.names.keys() | folder.kept.keys():
            if folder.names.get(name) is not folder.kept.get(name) and chance.random() < 0.5:
                names.pop(name, None)
                if name in folder.names:
                    names[name] = folder.names[name]
    for name, node in names.items():
        if name.endswith("-shm"):
            continue  # memory that SQLite's connections share: there is none after a cut
        if isinstance(node, Folder):
            _write_out(node, path / name, chance)
        else:
            seen = chance and node.kept != node.data and chance.random() < 0.5
            (path / name).write_bytes(bytes(node.data) if seen else node.kept)


def _bytes(call: strace.Call) -> bytes:
    found = re.search(r'"([^"]*)"', call.arguments)
    data = strace.data(found[1]) if found else b""
    return data[: int(call.result)]


@dataclass
class Counts:
    """`moments`: the flushes and acknowledgements that were stopped at."""

    moments: int = 0
    cuts: int = 0
    calls: int = 0
    faults: list[str] = field(default_factory=list)


def run(
    seed: int,
    by_chance: int = 2,
    step: int = 1,
    progress: Callable[[Counts], None] = lambda _: None,
) -> Counts:
    """Cut the power at each flush of a workload, plainly and `by_chance` times more."""
    counts = Counts()
    with tempfile.TemporaryDirectory(prefix="story-history-powercuts-") as name:
        folder = Path(name)
        archive_path = folder / "disk" / "archive"
        Archive.open(archive_path, now, create=True).close()
        disk = Disk(archive_path.parent)
        log = _traced(folder, archive_path)
        acknowledged: list[Acknowledged] = []
        for moment in _moments(disk, log, acknowledged, counts):
            if moment % step:
                continue
            counts.moments += 1
            chances = [None, *(seeded(f"{seed} {moment} {n}") for n in range(by_chance))]
            for number, chance in enumerate(chances):
                found = folder / f"cut-{moment}-{number}"
                disk.after_a_cut(found, chance)
                told = apart(partial(faults, found / "archive", list(acknowledged)))
                counts.faults += [f"cut {moment}.{number}: {each}" for each in told]
                counts.cuts += 1
                _remove(found)
            progress(counts)
    return counts


def _moments(
    disk: Disk, log: Path, acknowledged: list[Acknowledged], counts: Counts
) -> Iterator[int]:
    moment = 0
    for call in strace.calls(log):
        counts.calls += 1
        told = call.name == "write" and call.paths()[0].startswith("pipe:")
        if told and (lines := _bytes(call)).startswith(b"ack "):
            acknowledged += [
                (story, title)
                for story, title in (
                    line.removeprefix("ack ").split("\t") for line in lines.decode().splitlines()
                )
            ]
        elif not disk.play(call):
            continue
        moment += 1
        yield moment


def _traced(folder: Path, archive_path: Path) -> Path:
    gone, going = os.pipe()
    telling, told = os.pipe()
    pid = forked(partial(_work, archive_path, gone, told))
    os.read(telling, 1)
    with strace.attached(pid, folder / "log", "-e", f"trace={strace.CALLS},{strace.MOVES}"):
        os.write(going, b".")
        if not strace.wait_until_gone(pid, 120):
            raise TimeoutError("the workload did not end")
    for each in (gone, going, telling, told):
        os.close(each)
    return folder / "log"


def _work(archive_path: Path, go: int, told: int) -> None:
    """Each way to write: one revision, several stories at once, a large batch, a bulk, packing."""
    archive = Archive.open(archive_path, now)
    os.write(told, b".")
    os.read(go, 1)

    def acknowledge(*pairs: Acknowledged) -> None:
        os.write(told, "".join(f"ack {story}\t{title}\n" for story, title in pairs).encode())

    def write(*pairs: Acknowledged) -> None:
        append(archive, *(entry(content(title=title), story) for story, title in pairs))
        acknowledge(*pairs)

    for number in range(4):
        write((f"story-{number % 2}", f"single {number}"))
    write(*((f"story-{number}", "together") for number in range(3)))
    write(*(("story-1", f"batch {number}") for number in range(6)))
    archive.maintain()
    write(("story-0", "after packing"), ("story-4", "after packing"))
    pairs = [(f"bulk-{number % 3}", f"bulk {number}") for number in range(9)]
    with archive.bulk("ab") as bulk:
        for place, (story, title) in enumerate(pairs):
            bulk.append(entry(content(title=title), story))
            if place == 4:
                bulk.checkpoint()
    acknowledge(*pairs)
    archive.catch_up()
    write(("bulk-1", "after the bulk"))
    archive.index.checkpoint()
    archive.maintain(full=True)
    write(("story-0", "last"))
    archive.close()
    os._exit(0)


def _remove(path: Path) -> None:
    for each in sorted(path.rglob("*"), reverse=True):
        each.rmdir() if each.is_dir() else each.unlink()
    path.rmdir()
