"""Writers of one process take turns, so that Python need not hand over between them all the time.

Python lets one thread run, and at each call to the system any other that waits. Of thirty writers
each revision had to wait some fifty times. They queue once instead, and whoever waits for the disk
lets the next one go on.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class WriterLock:
    """A context that one thread at a time is in; not to be nested."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    @contextmanager
    def given_up(self) -> Iterator[None]:
        """Within one's turn: while waiting."""
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()
