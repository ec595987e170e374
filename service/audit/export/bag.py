"""A BagIt bag (RFC 8493) as one zip, streamed with bounded memory.

The zip's entries have one fixed time and one level of compression, so the same files give the same
bytes with the same zlib. Its comment, the last 64 bytes, is the seal: the SHA-256 of all bytes
before it. So `sha256sum` alone finds a flipped bit anywhere, even between the files.
"""

from collections.abc import Generator, Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple, Self

from service.audit.export.spool import Spool
from service.audit.export.zip_stream import Entry, Zip, entry

SEAL = 64
"""The length of the seal in bytes: SHA-256 in hex."""


class File(NamedTuple):
    """A file by its path in the bag, such as `data/report.html`. `data`: its bytes, or chunks of
    them as they are produced.
    """

    path: str
    data: bytes | Iterable[bytes]

    @property
    def deflate(self) -> bool:
        """Whether compression saves anything."""
        return not self.path.endswith(_COMPRESSED)


_COMPRESSED = (".bundle", ".docx", ".pdf")


class Packed(NamedTuple):
    """A file that is ready to be put into a bag. `digest`: its SHA-256 in hex."""

    path: str
    digest: str
    entry: Entry


def packed(file: File) -> Packed:
    """A file from its bytes: most of the work of adding one, which any process can do."""
    if not isinstance(file.data, bytes):
        raise TypeError(f"{file.path} is not there at once")
    return Packed(file.path, sha256(file.data).hexdigest(), entry(file.data, file.deflate))


class Bag:
    """A context manager; each method yields the bytes of the zip that come next.

    `folder` is the directory that everything unpacks into. `octets` and `files` count the payload.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._zip = Zip()
        # Lines of the two manifests: the payload's, which may be long, and the tag files'.
        self._payload = Spool()
        self._tags: list[bytes] = []
        self.octets = self.files = 0
        self._seal = sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._payload.__exit__()
        self._zip.__exit__()

    def add(self, file: File | Packed) -> Iterator[bytes]:
        """Add a file to the payload."""
        size, line = yield from self._add(file)
        self._payload.write(line)
        self.octets, self.files = self.octets + size, self.files + 1

    def tag(self, path: str, data: bytes | Iterable[bytes]) -> Iterator[bytes]:
        """Add a tag file, which the tag manifest lists."""
        _, line = yield from self._add(File(path, data))
        self._tags.append(line)

    def manifest(self) -> Iterator[bytes]:
        """Add the payload's manifest. No payload may follow."""
        yield from self.tag("manifest-sha256.txt", self._payload.parts())

    def tag_manifest(self) -> bytes:
        """The manifest of the tag files added so far; it is not added itself."""
        return b"".join(self._tags)

    def unlisted(self, path: str, data: bytes) -> Iterator[bytes]:
        """Add a file that no manifest lists: the tag manifest itself, or its signature."""
        yield from self._add(packed(File(path, data)))

    def end(self) -> Iterator[bytes]:
        """The end of the zip, with the seal."""
        last = b""
        for part in self._zip.end(b"0" * SEAL):
            yield from self._hash([last])
            last = part
        yield from self._hash([last[:-SEAL]])
        yield self._seal.hexdigest().encode()

    def _add(self, file: File | Packed) -> Generator[bytes, None, tuple[int, bytes]]:
        """Returns the file's size, and its line in a manifest."""
        name = f"{self._folder}/{file.path}"
        if isinstance(file, File):
            if not isinstance(file.data, bytes):
                return (yield from self._stream(name, file, file.data))
            file = packed(file)
        yield from self._hash(self._zip.add(name, file.entry))
        return file.entry.size, f"{file.digest}  {file.path}\n".encode()

    def _stream(
        self, name: str, file: File, data: Iterable[bytes]
    ) -> Generator[bytes, None, tuple[int, bytes]]:
        digest = sha256()
        size = 0

        def counted(parts: Iterable[bytes]) -> Iterator[bytes]:
            nonlocal size
            for part in parts:
                digest.update(part)
                size += len(part)
                yield part

        yield from self._hash(self._zip.stream(name, counted(data), file.deflate))
        return size, f"{digest.hexdigest()}  {file.path}\n".encode()

    def _hash(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        for part in parts:
            self._seal.update(part)
            yield part
