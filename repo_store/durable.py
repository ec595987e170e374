"""Files that survive a power cut, locks that no dead process holds, and a disk that is full."""

import errno
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Self

from repo_store.errors import ArchiveError, StoreFull, Unwritable

# Up to here, handing a flush to another thread costs more than it saves.
_ONE_BY_ONE = 4
_THREADS = 8
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_UNWRITABLE = {errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}


@contextmanager
def told() -> Iterator[None]:
    """What the disk refuses, in the store's terms: StoreFull or Unwritable."""
    try:
        yield
    except OSError as error:
        raise _told(error.errno, error) from error
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        number = {sqlite3.SQLITE_FULL: errno.ENOSPC, sqlite3.SQLITE_READONLY: errno.EROFS}
        raise _told(number.get(code, errno.EIO), error) from error


def _told(number: int | None, error: Exception) -> Exception:
    if number in _FULL:
        return StoreFull(f"the archive's disk is full: {error}")
    if number in _UNWRITABLE:
        return Unwritable(f"the archive cannot be written to: {error}")
    return ArchiveError(f"the archive's disk refuses: {error}")


def write_new(path: str, data: bytes, mode: int = 0o666, grown: set[str] | None = None) -> int:
    """A file that must not be there yet, not flushed; its descriptor, for the caller to close.

    Its folder is made if it is missing; `grown` gets the folders in which one was made.
    """
    while True:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            break
        except FileNotFoundError:  # again, if git removes the folder while it is empty
            made = _make_folder(os.path.dirname(path))
            if grown is not None:
                grown |= made
    try:
        written = os.write(descriptor, data)
        while written < len(data):
            written += os.write(descriptor, data[written:])
    except BaseException:
        os.close(descriptor)
        _remove(path)
        raise
    return descriptor


def replace(path: str, data: bytes) -> None:
    """Put a whole file in another's place, durably: after a crash it is the old or the new."""
    unfinished = f"{path}.new-{os.getpid()}"
    _remove(unfinished)
    with Staged() as files:
        files.add(unfinished, path, data)
        files.flush()
        files.place()


def make_folder(path: str) -> None:
    """A folder whose entry in its parent is durable."""
    if grown := _make_folder(path):
        flush(grown)


def _make_folder(path: str) -> set[str]:
    """Make it and what is missing above it; the folders that got an entry, yet to be flushed."""
    if os.path.isdir(path):
        return set()
    parent = os.path.dirname(path)
    grown = _make_folder(parent)
    with suppress(FileExistsError):
        os.mkdir(path)
    return grown | {parent}


def flush(paths: Iterable[str]) -> None:
    """Flush files and folders to the disk; many side by side, so that they share its flushes."""
    descriptors: list[int] = []
    try:
        for path in set(paths):
            descriptors.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        if len(descriptors) <= _ONE_BY_ONE:
            for descriptor in descriptors:
                os.fsync(descriptor)
        else:
            Flushing(descriptors).wait()
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


class Staged:
    """New files under other names, to be put in their places once they are flushed.

    What is not in its place at the end of the context is removed.
    """

    def __init__(self) -> None:
        self._places: dict[str, str] = {}
        self._open: list[int] = []
        self._grown: set[str] = set()
        self._changed: set[str] = set()
        self._flushing: Flushing | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self.wait()
        for descriptor in self._open:
            os.close(descriptor)
        for unfinished in self._places:
            _remove(unfinished)

    def add(self, unfinished: str, path: str, data: bytes, mode: int = 0o666) -> None:
        """FileExistsError if there is one of the name `unfinished`."""
        self._open.append(write_new(unfinished, data, mode, self._grown))
        self._places[unfinished] = path

    def flush(self) -> None:
        self.begin_flush()
        self.wait()

    def begin_flush(self) -> None:
        """Flush, by other threads, while the caller does something else."""
        self._flushing = Flushing(self._open)

    def wait(self) -> None:
        """Until all is flushed; OSError if a file could not be."""
        flushing, self._flushing = self._flushing, None
        if flushing:
            flushing.wait()

    def place(self) -> None:
        """Rename all, durably."""
        self.rename()
        self.settle()

    def rename(self) -> None:
        """Put all in their places, for `settle` to make durable."""
        self._changed |= {os.path.dirname(path) for path in self._places.values()}
        for unfinished, path in list(self._places.items()):
            try:
                os.replace(unfinished, path)
            except FileNotFoundError:
                self._grown |= _make_folder(os.path.dirname(path))
                os.replace(unfinished, path)
            del self._places[unfinished]

    def settle(self) -> None:
        """Flush the folders in which the files now are."""
        try:
            flush(self._changed | self._grown)
        except FileNotFoundError:
            # Git packs refs and removes a folder that this leaves empty: what was there is in a
            # file further up.
            parents = (parent for folder in self._changed for parent in Path(folder).parents[:4])
            flush(str(parent) for parent in parents if parent.is_dir())


class Flushing:
    """Open files and folders on their way to the disk, flushed by other threads."""

    def __init__(self, descriptors: Sequence[int]) -> None:
        self._done: SimpleQueue[OSError | None] = SimpleQueue()
        self._shares = min(_THREADS, len(descriptors))
        for start in range(self._shares):
            _jobs().put((descriptors[start::_THREADS], self._done))

    def wait(self) -> None:
        """Until all are flushed, then OSError for one that could not be."""
        errors = [self._done.get() for _ in range(self._shares)]
        for error in filter(None, errors):
            raise error


@cache
def _jobs() -> "SimpleQueue[tuple[Sequence[int], SimpleQueue[OSError | None]]]":
    """Where the flushing threads of this process, started when first needed, get their work."""
    jobs: SimpleQueue[tuple[Sequence[int], SimpleQueue[OSError | None]]] = SimpleQueue()

    def work() -> None:
        while True:
            descriptors, done = jobs.get()
            try:
                for descriptor in descriptors:
                    os.fsync(descriptor)
                done.put(None)
            except OSError as error:
                done.put(error)

    for _ in range(2 * _THREADS):
        threading.Thread(target=work, name="flush", daemon=True).start()
    return jobs


# A forked process has none of them: it starts its own.
os.register_at_fork(after_in_child=_jobs.cache_clear)


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)
