"""A BagIt bag (RFC 8493) as one zip, streamed: nothing is held but what the disk holds.

The zip's entries are stored, not compressed, with one fixed time, so the same files give the same
bytes everywhere. Its comment, the last 64 bytes, is the SHA-256 of all bytes before it: a flipped
bit anywhere, also between the files, is found by `sha256sum` alone.
"""

import tempfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple, Self

from service.audit.export.zip_stream import Zip

SEAL = 64
"""Characters of the seal at the end of the zip."""
_PART = 256 * 1024


class File(NamedTuple):
    """A file of the bag by its path in it, such as `data/report.html`; its bytes, or parts of them
    as they come.
    """

    path: str
    data: bytes | Iterable[bytes]


class Bag:
    """A context. `folder`: the directory that all of it unpacks into."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._zip = Zip()
        # Lines of two manifests: of the payload, which may be long, and of the tag files.
        self._payload = tempfile.SpooledTemporaryFile(max_size=4 * 1024 * 1024)  # noqa: SIM115 closed with the bag
        self._tags: list[bytes] = []
        self.octets = self.files = 0
        self._seal = sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._payload.close()
        self._zip.__exit__()

    def add(self, file: File) -> Iterator[bytes]:
        """Add a file of the payload; the zip's bytes so far."""
        yield from self._add(file, payload=True)

    def tag(self, path: str, data: bytes) -> Iterator[bytes]:
        """Add a tag file, which the tag manifest lists."""
        yield from self._add(File(path, data), payload=False)

    def manifest(self) -> Iterator[bytes]:
        """Add the payload's manifest. No payload may follow."""
        self._payload.seek(0)
        lines = iter(lambda: self._payload.read(_PART), b"")
        yield from self._add(File("manifest-sha256.txt", lines), payload=False)

    def tag_manifest(self) -> bytes:
        """The tag manifest as it is to be: of all tag files so far."""
        return b"".join(self._tags)

    def last(self, path: str, data: bytes) -> Iterator[bytes]:
        """Add a file that no manifest lists: the tag manifest itself, and its signature."""
        yield from self._sealing(self._zip.add(f"{self._folder}/{path}", data))

    def sealed(self) -> Iterator[bytes]:
        """The zip's end, with the seal."""
        held = b""
        for part in self._zip.end(b"0" * SEAL):
            yield from self._sealing([held])
            held = part
        yield from self._sealing([held[:-SEAL]])
        yield self._seal.hexdigest().encode()

    def _add(self, file: File, payload: bool) -> Iterator[bytes]:
        digest = sha256()
        size = 0
        name = f"{self._folder}/{file.path}"

        def hashed(parts: Iterable[bytes]) -> Iterator[bytes]:
            nonlocal size
            for part in parts:
                digest.update(part)
                size += len(part)
                yield part

        if isinstance(file.data, bytes):
            digest.update(file.data)
            size = len(file.data)
            yield from self._sealing(self._zip.add(name, file.data))
        else:
            yield from self._sealing(self._zip.stream(name, hashed(file.data)))
        line = f"{digest.hexdigest()}  {file.path}\n".encode()
        if payload:
            self._payload.write(line)
            self.octets, self.files = self.octets + size, self.files + 1
        else:
            self._tags.append(line)

    def _sealing(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        for part in parts:
            self._seal.update(part)
            yield part
