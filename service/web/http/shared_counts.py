"""Counts of what each client did in the last minute, shared by the server's processes.

A table of fixed size in memory that processes inherit when they are forked, so that no number of
clients makes it grow. Where a place is contested, whoever did more stays.
"""

import fcntl
import mmap
import secrets
import struct
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from tempfile import TemporaryFile

WINDOW = 60
"""Seconds from a client's first request until it is counted from zero again."""
_BUCKETS, _PLACES = 16_384, 4
_ENTRY = struct.Struct("<QII")
"""The client's hash, the second in which counting began, the count."""
_BUCKET = _PLACES * _ENTRY.size


class SharedCounts:
    """1 MiB. `clock`: seconds, the same in all processes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(16)
        """So that nobody can choose names that meet in one bucket."""
        self._file = TemporaryFile()  # noqa: SIM115 empty, for locks that end with their process
        weakref.finalize(self, self._file.close)
        self._table = mmap.mmap(-1, _BUCKETS * _BUCKET)
        self._lock = threading.Lock()

    def add(self, client: str) -> None:
        """Count something that the client did."""
        with self._entries(client) as (start, found, entries):
            tag, now = self._tag(client), int(self._clock())
            place = found if found is not None else min(range(_PLACES), key=lambda n: entries[n][2])
            _, began, count = entries[place] if found is not None else (tag, now, 0)
            count = min(count + 1, 2**32 - 1)
            _ENTRY.pack_into(self._table, start + place * _ENTRY.size, tag, began, count)

    def wait(self, client: str, limit: int) -> int:
        """Seconds until the client may do it again, if at most `limit` are allowed; 0: now."""
        with self._entries(client) as (_, found, entries):
            if found is None or entries[found][2] < limit:
                return 0
            return max(1, entries[found][1] + WINDOW - int(self._clock()))

    @contextmanager
    def _entries(self, client: str) -> Iterator[tuple[int, int | None, list[tuple[int, int, int]]]]:
        """Where the client's bucket starts, its place there if any, and all entries; locked.

        What is over counts as empty.
        """
        tag, now = self._tag(client), int(self._clock())
        start = (tag % _BUCKETS) * _BUCKET
        with self._lock:  # fcntl's locks exclude processes, not threads
            fcntl.lockf(self._file, fcntl.LOCK_EX, _BUCKET, start)
            try:
                entries = [
                    (owner, began, count) if began + WINDOW > now else (0, 0, 0)
                    for owner, began, count in _ENTRY.iter_unpack(
                        self._table[start : start + _BUCKET]
                    )
                ]
                owners = [owner for owner, _, _ in entries]
                yield start, owners.index(tag) if tag in owners else None, entries
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _BUCKET, start)

    def _tag(self, client: str) -> int:
        digest = blake2b(client.encode(), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "little") or 1
