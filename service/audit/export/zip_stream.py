"""A zip of stored entries, streamed: what is held of an entry that was written is on the disk.

The standard library keeps some 600 bytes of each entry in memory until the end, which of all
stories of a large archive would be gigabytes. Format: PKWARE's APPNOTE.TXT, 4.3 and 4.5.3 (zip64).
"""

import stat
import struct
import tempfile
from collections.abc import Iterable, Iterator
from typing import Self
from zlib import crc32

_UNIX = 3 << 8
_DATE = 1 << 5 | 1  # 1 January 1980, the first day that the format knows
_MODE = (stat.S_IFREG | 0o644) << 16
_LARGE = 0xFFFFFFFF
_PART = 256 * 1024


class Zip:
    """A context. Each method gives the bytes that come next."""

    def __init__(self) -> None:
        self._directory = tempfile.SpooledTemporaryFile(max_size=4 * 1024 * 1024)  # noqa: SIM115 closed below
        self._at = self._entries = self._length = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._directory.close()

    def add(self, name: str, data: bytes) -> Iterator[bytes]:
        """An entry whose bytes are at hand."""
        checksum, size = crc32(data), len(data)
        if size >= _LARGE:
            yield from self.stream(name, [data])
            return
        self._list(name, checksum, size, flags=0)
        yield from self._sent(_local(name, checksum, size), data)

    def stream(self, name: str, parts: Iterable[bytes]) -> Iterator[bytes]:
        """An entry whose size is known once it is sent: of any size."""
        begun = self._at
        extra = struct.pack("<HHQQ", 1, 16, 0, 0)
        yield from self._sent(_local(name, 0, _LARGE, flags=8, extra=extra))
        checksum = size = 0
        for part in parts:
            checksum, size = crc32(part, checksum), size + len(part)
            yield from self._sent(part)
        yield from self._sent(struct.pack("<4sIQQ", b"PK\x07\x08", checksum, size, size))
        self._list(name, checksum, size, flags=8, begun=begun)

    def end(self, comment: bytes) -> Iterator[bytes]:
        """The directory of all entries, and the end."""
        begun = self._at
        self._directory.seek(0)
        while part := self._directory.read(_PART):
            yield from self._sent(part)
        count, length = self._entries, self._length
        record = self._at
        wide = (count, count, length, begun)
        yield from self._sent(
            struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, _UNIX | 45, 45, 0, 0, *wide),
            struct.pack("<4sIQI", b"PK\x06\x07", 0, record, 1),
        )
        narrow = (min(count, 0xFFFF),) * 2 + (min(length, _LARGE), min(begun, _LARGE))
        head = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, *narrow, len(comment))
        yield from self._sent(head + comment)

    def _list(
        self, name: str, checksum: int, size: int, flags: int, begun: int | None = None
    ) -> None:
        begun = self._at if begun is None else begun
        extra = struct.pack("<HHQQQ", 1, 24, size, size, begun)
        fixed = (_UNIX | 45, 45, flags, 0, 0, _DATE, checksum, _LARGE, _LARGE)
        lengths = (len(name), len(extra), 0, 0, 0, _MODE, _LARGE)
        entry = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", *fixed, *lengths)
        self._directory.write(entry + name.encode("ascii") + extra)
        self._entries += 1
        self._length += len(entry) + len(name) + len(extra)

    def _sent(self, *parts: bytes) -> Iterator[bytes]:
        for part in parts:
            self._at += len(part)
            yield part


def _local(name: str, checksum: int, size: int, flags: int = 0, extra: bytes = b"") -> bytes:
    fixed = (45 if extra else 20, flags, 0, 0, _DATE, checksum, size, size, len(name), len(extra))
    return struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", *fixed) + name.encode("ascii") + extra
