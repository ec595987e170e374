"""A BagIt bag (RFC 8493) as one zip, streamed: nothing is held but the lists of its files.

The zip's entries are stored, not compressed, with one fixed time, so the same files give the same
bytes everywhere. Its comment, the last 64 bytes, is the SHA-256 of all bytes before it: a flipped
bit anywhere, also between the files, is found by `sha256sum` alone.
"""

import io
import stat
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import IO, NamedTuple, Self, cast

_TIME = (1980, 1, 1, 0, 0, 0)
SEAL = 64
"""Characters of the seal at the end of the zip."""
_PART = 256 * 1024


class File(NamedTuple):
    """A file of the bag by its path in it, such as `data/report.html`."""

    path: str
    parts: Iterable[bytes]


class _Sink(io.RawIOBase):
    """What was written since it was last taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(cast(bytes, data))
        self._parts.append(part)
        self._at += len(part)
        return len(part)

    def tell(self) -> int:
        return self._at

    def seekable(self) -> bool:
        return False

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


class Bag:
    """A context. `folder`: the directory that all of it unpacks into."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(cast(IO[bytes], self._sink), "w", allowZip64=True)
        # Lines of two manifests: of the payload, which may be long, and of the tag files.
        self._payload = tempfile.SpooledTemporaryFile(max_size=4 * 1024 * 1024)  # noqa: SIM115 closed with the bag
        self._tags: list[bytes] = []
        self.octets = self.files = 0
        self._seal = sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._payload.close()
        self._zip.close()

    def add(self, file: File) -> Iterator[bytes]:
        """Add a file of the payload; the zip's bytes so far."""
        yield from self._add(file, payload=True)

    def tag(self, path: str, data: bytes) -> Iterator[bytes]:
        """Add a tag file, which the tag manifest lists."""
        yield from self._add(File(path, [data]), payload=False)

    def manifest(self) -> Iterator[bytes]:
        """Add the payload's manifest. No payload may follow."""
        self._payload.seek(0)
        yield from self._add(File("manifest-sha256.txt", _parts(self._payload)), payload=False)

    def tag_manifest(self) -> bytes:
        """The tag manifest as it is to be: of all tag files so far."""
        return b"".join(self._tags)

    def last(self, path: str, data: bytes) -> Iterator[bytes]:
        """Add a file that no manifest lists: the tag manifest itself, and its signature."""
        yield from self._write(path, [data])

    def sealed(self) -> Iterator[bytes]:
        """The zip's end, with the seal."""
        self._zip.comment = b"0" * SEAL
        self._zip.close()
        rest = self._sink.take()[:-SEAL]
        self._seal.update(rest)
        yield rest + self._seal.hexdigest().encode()

    def _add(self, file: File, payload: bool) -> Iterator[bytes]:
        digest = sha256()
        size = 0

        def hashed() -> Iterator[bytes]:
            nonlocal size
            for part in file.parts:
                digest.update(part)
                size += len(part)
                yield part

        yield from self._write(file.path, hashed())
        line = f"{digest.hexdigest()}  {file.path}\n".encode()
        if payload:
            self._payload.write(line)
            self.octets, self.files = self.octets + size, self.files + 1
        else:
            self._tags.append(line)

    def _write(self, path: str, parts: Iterable[bytes]) -> Iterator[bytes]:
        entry = zipfile.ZipInfo(f"{self._folder}/{path}", _TIME)
        entry.create_system = 3  # as on Unix, whatever this runs on
        entry.external_attr = (stat.S_IFREG | 0o644) << 16
        with self._zip.open(
            entry, "w", force_zip64=path.endswith((".bundle", ".ndjson"))
        ) as opened:
            for part in parts:
                opened.write(part)
                if out := self._sink.take():
                    self._seal.update(out)
                    yield out
        if out := self._sink.take():
            self._seal.update(out)
            yield out


def _parts(file: "tempfile.SpooledTemporaryFile[bytes]") -> Iterator[bytes]:
    while part := file.read(_PART):
        yield part
