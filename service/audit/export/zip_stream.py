"""A zip of stored entries, streamed; its central directory is spooled to disk.

The standard library keeps some 600 bytes an entry in memory until the end: gigabytes for an export
of all of a large archive. Format: PKWARE's APPNOTE.TXT, 4.3 and 4.5.3 (zip64).
"""

import stat
import struct
import tempfile
from collections.abc import Iterable, Iterator
from typing import Self
from zlib import crc32

from repo_store import durable

_UNIX = 3 << 8
_DATE = 1 << 5 | 1  # 1 January 1980, the earliest date in the format
_MODE = (stat.S_IFREG | 0o644) << 16
_LARGE = 0xFFFFFFFF
CHUNK = 256 * 1024
"""How many bytes are read at a time."""
SPOOL = 4 * 1024 * 1024
"""How many bytes a temporary file keeps in memory before it goes to disk."""


class Zip:
    """A context manager; each method yields the bytes that come next."""

    def __init__(self) -> None:
        self._directory = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115 closed below
        self._offset = self._entries = self._length = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._directory.close()

    def add(self, name: str, data: bytes) -> Iterator[bytes]:
        """An entry from its bytes."""
        checksum, size = crc32(data), len(data)
        if size >= _LARGE:
            yield from self.stream(name, [data])
            return
        self._list(name, checksum, size, flags=0)
        yield from self._send(_local(name, checksum, size), data)

    def stream(self, name: str, parts: Iterable[bytes]) -> Iterator[bytes]:
        """An entry of any size, which need not be known before it is sent."""
        start = self._offset
        extra = struct.pack("<HHQQ", 1, 16, 0, 0)
        yield from self._send(_local(name, 0, _LARGE, flags=8, extra=extra))
        checksum = size = 0
        for part in parts:
            checksum, size = crc32(part, checksum), size + len(part)
            yield from self._send(part)
        yield from self._send(struct.pack("<4sIQQ", b"PK\x07\x08", checksum, size, size))
        self._list(name, checksum, size, flags=8, start=start)

    def end(self, comment: bytes) -> Iterator[bytes]:
        """The central directory, and the end."""
        start = self._offset
        self._directory.seek(0)
        while part := self._directory.read(CHUNK):
            yield from self._send(part)
        count, length = self._entries, self._length
        record = self._offset
        wide = (count, count, length, start)
        yield from self._send(
            struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, _UNIX | 45, 45, 0, 0, *wide),
            struct.pack("<4sIQI", b"PK\x06\x07", 0, record, 1),
        )
        narrow = (min(count, 0xFFFF),) * 2 + (min(length, _LARGE), min(start, _LARGE))
        head = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, *narrow, len(comment))
        yield from self._send(head + comment)

    def _list(
        self, name: str, checksum: int, size: int, flags: int, start: int | None = None
    ) -> None:
        start = self._offset if start is None else start
        extra = struct.pack("<HHQQQ", 1, 24, size, size, start)
        fixed = (_UNIX | 45, 45, flags, 0, 0, _DATE, checksum, _LARGE, _LARGE)
        lengths = (len(name), len(extra), 0, 0, 0, _MODE, _LARGE)
        entry = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", *fixed, *lengths)
        with durable.errors_of_temporary_files():
            self._directory.write(entry + name.encode("ascii") + extra)
        self._entries += 1
        self._length += len(entry) + len(name) + len(extra)

    def _send(self, *parts: bytes) -> Iterator[bytes]:
        for part in parts:
            self._offset += len(part)
            yield part


def _local(name: str, checksum: int, size: int, flags: int = 0, extra: bytes = b"") -> bytes:
    fixed = (45 if extra else 20, flags, 0, 0, _DATE, checksum, size, size, len(name), len(extra))
    return struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", *fixed) + name.encode("ascii") + extra
