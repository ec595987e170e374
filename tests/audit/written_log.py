"""A log that is written by the specifications alone: https://c2sp.org/tlog-tiles, -checkpoint, and
signed-note. It shares no code with the product.
"""

import struct
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "news.example/story-history/published"


def tree_hash(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, over the hashes of leaves."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    k = _below(len(hashes))
    return sha256(b"\1" + tree_hash(hashes[:k]) + tree_hash(hashes[k:])).digest()


def consistency(m: int, hashes: list[bytes], whole: bool = True) -> list[bytes]:
    """RFC 6962, section 2.1.2."""
    if m == len(hashes):
        return [] if whole else [tree_hash(hashes)]
    k = _below(len(hashes))
    if m <= k:
        return [*consistency(m, hashes[:k], whole), tree_hash(hashes[k:])]
    return [*consistency(m - k, hashes[k:], False), tree_hash(hashes[:k])]


def _below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


class WrittenLog:
    """A log of any entries; `seed` makes its key, unless there is one."""

    def __init__(
        self, seed: str = "log", origin: str = ORIGIN, key: Ed25519PrivateKey | None = None
    ) -> None:
        self._key = key or Ed25519PrivateKey.from_private_bytes(seed.encode().ljust(32, b"."))
        self.origin, self.entries = origin, list[bytes]()
        public = b"\1" + self._key.public_key().public_bytes_raw()
        self._id = sha256(origin.encode() + b"\n" + public).digest()[:4]
        self.vkey = f"{origin}+{self._id.hex()}+{b64encode(public).decode()}"

    def hashes(self, size: int | None = None) -> list[bytes]:
        return [sha256(b"\0" + each).digest() for each in self.entries[:size]]

    def consistency(self, old: int, size: int) -> list[bytes]:
        return consistency(old, self.hashes(size))

    def checkpoint(self, size: int | None = None) -> str:
        """Signed."""
        size = len(self.entries) if size is None else size
        root = b64encode(tree_hash(self.hashes(size))).decode()
        return self.sign(f"{self.origin}\n{size}\n{root}\n")

    def sign(self, text: str) -> str:
        value = b64encode(self._id + self._key.sign(text.encode())).decode()
        return f"{text}\n— {self.origin} {value}\n"

    def write(self, folder: Path, note: str = "") -> None:
        """As static files, with the checkpoint of everything, or another note in its place."""
        for path, data in self._tiles():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        (folder / "checkpoint").write_text(note or self.checkpoint())

    def _tiles(self) -> Iterator[tuple[str, bytes]]:
        level, hashes = 0, self.hashes()
        while hashes:
            for start in range(0, len(hashes), 256):
                tile = hashes[start : start + 256]
                name = _name(start // 256, len(tile))
                yield f"tile/{level}/{name}", b"".join(tile)
                if level == 0:
                    entries = self.entries[start : start + 256]
                    bundle = b"".join(struct.pack(">H", len(each)) + each for each in entries)
                    yield f"tile/entries/{name}", bundle
            whole = len(hashes) // 256
            hashes = [tree_hash(hashes[at * 256 : at * 256 + 256]) for at in range(whole)]
            level += 1


def _name(number: int, width: int) -> str:
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03d}")
    return "/".join(parts) + (f".p/{width}" if width < 256 else "")
