"""Threads that write take turns, so that Python doesn't switch between them all the time.

Python runs one thread at a time, and at each system call another one that waits. With thirty
writers each revision had to wait about fifty times. They queue here once instead, and whoever waits
for the disk lets the next one in.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class WriterLock:
    """A context for one thread at a time. Not reentrant."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    @contextmanager
    def released(self) -> Iterator[None]:
        """Inside the context: lets others in while the caller waits."""
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()
