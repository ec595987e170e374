"""A zip, streamed; its central directory is spooled to disk.

The standard library keeps some 600 bytes an entry in memory until the end: gigabytes for an export
of all of a large archive. Nor does it let other processes compress. Format: PKWARE's APPNOTE.TXT,
4.3 and 4.5.3 (zip64).
"""

import stat
import struct
import zlib
from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import NamedTuple, Self
from zlib import crc32

from deflate import deflate_compress

from service.audit.export.spool import Spool

_UNIX = 3 << 8
_DATE = 1 << 5 | 1  # 1 January 1980, the earliest date in the format
_MODE = (stat.S_IFREG | 0o644) << 16
_LARGE = 0xFFFFFFFF
STORED, DEFLATED = 0, 8
MOST_DEFLATED = 100
"""How many times an entry may shrink. One that would shrink more is stored, so that a reader may
take whatever does for an attack on its disk.
"""
_LEVEL = 1
"""Of compression. libdeflate makes prose 5 % smaller with it than zlib, in half the time, and the
same on any processor; it takes no parts, so what is streamed is left to zlib. With 6 it takes twice
as long for 2 % less.
"""
COMPRESSOR = f"{zlib.ZLIB_RUNTIME_VERSION}, {metadata.version('deflate')}"
"""Whose bytes are the same for the same data."""
_DESCRIPTOR = struct.Struct("<4sIQQ")


class Entry(NamedTuple):
    """A file as a zip holds it: `data` as stored or deflated, `checksum` and `size` of the file."""

    method: int
    checksum: int
    size: int
    data: bytes


def entry(data: bytes, deflate: bool = False) -> Entry:
    """The same for the same bytes and the same libdeflate."""
    if deflate:
        deflated = bytes(deflate_compress(data, _LEVEL))
        if len(data) <= MOST_DEFLATED * len(deflated):
            return Entry(DEFLATED, crc32(data), len(data), deflated)
    return Entry(STORED, crc32(data), len(data), data)


class Zip:
    """A context manager; each method yields the bytes that come next."""

    def __init__(self) -> None:
        self._directory = Spool()
        self._offset = self._entries = self._length = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._directory.__exit__()

    @property
    def offset(self) -> int:
        """How many bytes were yielded so far."""
        return self._offset

    def add(self, name: str, data: bytes | Entry) -> Iterator[bytes]:
        """An entry from a file's bytes, which are stored, or as it is."""
        made = entry(data) if isinstance(data, bytes) else data
        if made.size >= _LARGE:
            yield from self.stream(name, [made.data])
            return
        sizes = len(made.data), made.size
        yield from self.copy(name, made.method, made.checksum, sizes, [made.data])

    def copy(
        self,
        name: str,
        method: int,
        checksum: int,
        sizes: tuple[int, int],
        parts: Iterable[bytes],
        streamed: bool = False,
    ) -> Iterator[bytes]:
        """An entry of which all is known; `sizes`: of its `parts` together, and of the file.
        `streamed`: laid out as `stream` does.
        """
        start = self._offset
        flags = 8 if streamed else 0
        if streamed:
            yield from self._send(_streamed(name, method))
        else:
            yield from self._send(_local(name, method, checksum, sizes))
        for part in parts:
            yield from self._send(part)
        if streamed:
            yield from self._send(_DESCRIPTOR.pack(b"PK\x07\x08", checksum, *sizes))
        self._list(name, method, checksum, sizes, flags, start)

    def stream(self, name: str, parts: Iterable[bytes], deflate: bool = False) -> Iterator[bytes]:
        """An entry of any size, which need not be known before it is sent."""
        start = self._offset
        method = DEFLATED if deflate else STORED
        yield from self._send(_streamed(name, method))
        begun = self._offset
        checksum = size = 0
        deflated = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS) if deflate else None
        for part in parts:
            checksum, size = crc32(part, checksum), size + len(part)
            yield from self._send(deflated.compress(part) if deflated else part)
        if deflated:
            yield from self._send(deflated.flush())
        sizes = self._offset - begun, size
        yield from self._send(_DESCRIPTOR.pack(b"PK\x07\x08", checksum, *sizes))
        self._list(name, method, checksum, sizes, 8, start)

    def end(self, comment: bytes) -> Iterator[bytes]:
        """The central directory, and the end."""
        start = self._offset
        for part in self._directory.parts():
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
        self, name: str, method: int, checksum: int, sizes: tuple[int, int], flags: int, start: int
    ) -> None:
        packed, size = sizes
        extra = struct.pack("<HHQQQ", 1, 24, size, packed, start)
        fixed = (_UNIX | 45, 45, flags, method, 0, _DATE, checksum, _LARGE, _LARGE)
        lengths = (len(name), len(extra), 0, 0, 0, _MODE, _LARGE)
        head = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", *fixed, *lengths)
        self._directory.write(head + name.encode("ascii") + extra)
        self._entries += 1
        self._length += len(head) + len(name) + len(extra)

    def _send(self, *parts: bytes) -> Iterator[bytes]:
        for part in parts:
            self._offset += len(part)
            yield part


def _streamed(name: str, method: int) -> bytes:
    """The head of an entry whose sizes come after it."""
    extra = struct.pack("<HHQQ", 1, 16, 0, 0)
    return _local(name, method, 0, (_LARGE, _LARGE), flags=8, extra=extra)


def _local(
    name: str,
    method: int,
    checksum: int,
    sizes: tuple[int, int],
    flags: int = 0,
    extra: bytes = b"",
) -> bytes:
    version = 45 if extra else 20
    fixed = (version, flags, method, 0, _DATE, checksum, *sizes, len(name), len(extra))
    return struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", *fixed) + name.encode("ascii") + extra
