"""Files that survive a power cut.

The protocol: write under a temporary name, flush the file, rename it over its final name, flush the
folder. Many files can share the disk's flushes. What the disk rejects is raised in the store's own
terms by `disk_errors`.
"""

import errno
import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Self

from repo_store.errors import ArchiveError, Exhausted, StoreError, StoreFull, Unwritable

# For up to this many files, handing a flush to another thread costs more than it saves.
_SEQUENTIAL = 4
_THREADS = 8
PRIVATE = 0o600
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_UNWRITABLE = {errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
_EXHAUSTED = {
    errno.EMFILE: "too many open files: raise LimitNOFILE of the service (ulimit -n)",
    errno.ENFILE: "the system has too many open files: raise fs.file-max",
    errno.ENOMEM: "out of memory",
    errno.EAGAIN: "no process or thread can be started: raise TasksMax of the service (ulimit -u)",
}
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SQLITE = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_IOERR: errno.EIO,
}


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raises errors of the disk as StoreFull, Unwritable, Exhausted or ArchiveError."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        if known := translated(error):
            raise known from error
        if isinstance(error, OSError):
            raise ArchiveError(f"the archive's disk reports an error: {error}") from error
        raise Unwritable(f"the archive cannot be written to: {error}") from error


@contextmanager
def errors_at(place: str | Path) -> Iterator[None]:
    """Raises errors of the disk as those of this place, which need not be in an archive; what means
    nothing known is raised as it is.
    """
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        if known := translated(error, str(place)):
            raise known from error
        raise


def errors_of_temporary_files() -> AbstractContextManager[None]:
    return errors_at(f"the temporary directory {tempfile.gettempdir()}")


def translated(error: BaseException, place: str = "the archive") -> StoreError | None:
    """What an error of the disk or of SQLite means; None if it is neither, or means nothing known.

    Damage is none of them: a file that could not be opened says nothing about what is in it.
    """
    number = _number(error)
    if number in _FULL:
        return StoreFull(f"{place}'s disk is full: {error}")
    if number in _UNWRITABLE:
        return Unwritable(f"{place} cannot be written to: {error}")
    if number in _EXHAUSTED:
        return Exhausted(_EXHAUSTED[number])
    return None


def exhausted(error: BaseException) -> bool:
    """Whether an error is for want of open files, memory or processes."""
    return _number(error) in _EXHAUSTED


def is_full(error: BaseException) -> bool:
    """Whether an error is for want of room on a disk."""
    return _number(error) in _FULL


def is_damage(error: BaseException) -> bool:
    """Whether SQLite found that what is in a database file is damaged."""
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    extended = getattr(error, "sqlite_errorcode", 0)
    # A file, or its WAL, is shorter than another connection knows it: someone cut or deleted it.
    short = extended == sqlite3.SQLITE_IOERR_SHORT_READ
    return short or extended & 0xFF in _DAMAGE or "Could not decode to UTF-8" in str(error)


def _number(error: BaseException) -> int:
    if is_damage(error):
        return 0
    if isinstance(error, OSError):
        return error.errno or 0
    if not isinstance(error, sqlite3.OperationalError):
        return 0
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_CANTOPEN:
        # SQLite does not say why: if the process can open nothing at all, that is the reason.
        try:
            os.close(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
        except OSError as reason:
            return reason.errno or 0
    return _SQLITE.get(code, 0)


def private(path: str, flags: int) -> int:
    """For `open`, as its `opener`: a new file is for its owner alone, whatever the umask."""
    return os.open(path, flags | os.O_CLOEXEC, PRIVATE)


def make_private(path: str) -> None:
    """Create an empty file for its owner alone, unless it is there: for SQLite, which gives its
    other files the same mode.
    """
    os.close(private(path, os.O_WRONLY | os.O_CREAT))


def write_new(path: str, data: bytes, mode: int = PRIVATE, grown: set[str] | None = None) -> int:
    """Write a file that must not exist, not flushed; returns the open descriptor.

    Missing folders are created; the folders that got a new entry are added to `grown`.
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
    """Replace a whole file durably: after a crash it is the old or the new one."""
    temporary = f"{path}.new-{os.getpid()}"
    _remove(temporary)
    with StagedFiles() as files:
        files.add(temporary, path, data)
        files.store()


def check_room(folder: str, size: int) -> None:
    """Raises OSError unless a new file of so many bytes fits into the folder now.

    Room is allocated, not written: what a quota or a read-only disk rejects is noticed too.
    """
    path = f"{folder}/.room-{os.getpid()}-{threading.get_ident()}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        # Some file systems and C libraries can't do this.
        if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
            raise
    finally:
        os.close(descriptor)
        _remove(path)


def make_folder(path: str) -> None:
    """Create a folder whose entry in its parent is durable."""
    if grown := _make_folder(path):
        flush(grown)


def _make_folder(path: str) -> set[str]:
    """Create it and its parents; returns the folders that got an entry, still to be flushed."""
    if os.path.isdir(path):
        return set()
    parent = os.path.dirname(path)
    grown = _make_folder(parent)
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)
    return grown | {parent}


def flush(paths: Iterable[str]) -> None:
    """Flush files and folders to the disk, many in parallel."""
    descriptors: list[int] = []
    try:
        for path in set(paths):
            descriptors.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        if len(descriptors) <= _SEQUENTIAL:
            for descriptor in descriptors:
                os.fsync(descriptor)
        else:
            _Flush(descriptors).wait()
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


class StagedFiles:
    """New files under temporary names, renamed to their final names once they are flushed.

    Those not renamed when the context ends are removed.
    """

    def __init__(self) -> None:
        self._targets: dict[str, str] = {}
        self._open: list[int] = []
        self._grown: set[str] = set()
        self._changed: set[str] = set()
        self._flush: _Flush | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self.wait()
        for descriptor in self._open:
            os.close(descriptor)
        for temporary in self._targets:
            _remove(temporary)

    def add(self, temporary: str, path: str, data: bytes, mode: int = PRIVATE) -> None:
        """Raises FileExistsError if there is a file called `temporary`."""
        self._open.append(write_new(temporary, data, mode, self._grown))
        self._targets[temporary] = path

    def store(self) -> None:
        """Flush all, rename all, and make the names durable."""
        self.begin_flush()
        self.wait()
        self.rename()
        self.flush_folders()

    def begin_flush(self) -> None:
        """Flush in other threads while the caller does something else."""
        self._flush = _Flush(self._open)

    def wait(self) -> None:
        """Until all is flushed. Raises OSError if a file could not be."""
        flush, self._flush = self._flush, None
        if flush:
            flush.wait()

    def rename(self) -> None:
        self._changed |= {os.path.dirname(path) for path in self._targets.values()}
        for temporary, path in list(self._targets.items()):
            try:
                os.replace(temporary, path)
            except FileNotFoundError:
                self._grown |= _make_folder(os.path.dirname(path))
                os.replace(temporary, path)
            del self._targets[temporary]

    def flush_folders(self) -> None:
        """Make the new names durable."""
        try:
            flush(self._changed | self._grown)
        except FileNotFoundError:
            # Git packs refs and removes the folder that this leaves empty: what was in it is in a
            # file further up.
            parents = (parent for folder in self._changed for parent in Path(folder).parents[:4])
            flush(str(parent) for parent in parents if parent.is_dir())


class _Flush:
    """Open files and folders being flushed by other threads."""

    def __init__(self, descriptors: Sequence[int]) -> None:
        self._done: SimpleQueue[OSError | None] = SimpleQueue()
        self._shares = min(_THREADS, len(descriptors))
        for start in range(self._shares):
            _jobs().put((descriptors[start::_THREADS], self._done))

    def wait(self) -> None:
        """Until all are flushed; then raises the OSError of one that could not be."""
        errors = [self._done.get() for _ in range(self._shares)]
        for error in filter(None, errors):
            raise error


@cache
def _jobs() -> "SimpleQueue[tuple[Sequence[int], SimpleQueue[OSError | None]]]":
    """The queue of this process's flushing threads, which are started when first needed."""
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


# A forked process has none of these threads: it starts its own.
os.register_at_fork(after_in_child=_jobs.cache_clear)


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)
