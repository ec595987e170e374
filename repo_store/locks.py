"""Locks that no dead process holds: flock on files that stay and mean nothing by themselves."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO


@contextmanager
def locked(*paths: str) -> Iterator[None]:
    """Hold the locks, waiting for each in the order of their names, so that nobody deadlocks.

    A folder that is there can be locked, too. The kernel releases them when the process dies.
    """
    with ExitStack() as stack:
        for path in sorted(set(paths)):
            descriptor = _open(path)
            stack.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextmanager
def locked_if_free(path: str) -> Iterator[bool]:
    """Try to hold the lock without waiting; whether it is held now."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        free = True
    except BlockingIOError:
        free = False
    try:
        yield free
    finally:
        os.close(descriptor)


@contextmanager
def locked_file(path: str) -> Iterator[IO[bytes]]:
    """Hold the lock; gives its file, to write and read. A process that inherits it holds it too."""
    with open(_open(path, os.O_RDWR), "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _open(path: str, how: int = os.O_RDONLY) -> int:
    flags = how | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o600)
    except IsADirectoryError:
        return os.open(path, how | os.O_CLOEXEC)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        return os.open(path, flags, 0o600)
