"""A reader of public logs, written from C2SP's specifications alone: it shares no code with ours.

https://c2sp.org/tlog-tiles, https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note and
RFC 6962, section 2.1; and of the map of stories, docs/public-log.md.
"""

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Fetch = Callable[[str], bytes]


def path(level: int | str, index: int, width: int) -> str:
    digits = f"{index:03d}"
    while len(digits) % 3:
        digits = f"0{digits}"
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return f"tile/{level}/{name}" + (f".p/{width}" if width < 256 else "")


def checkpoint(fetch: Fetch, vkey: str) -> tuple[str, int, bytes]:
    """Origin, size and root, if the note is signed by the verifier key."""
    note = fetch("checkpoint").decode()
    text, signatures = note.split("\n\n", 1)
    text += "\n"
    name, key_id, key = vkey.split("+", 2)
    raw = base64.b64decode(key)
    assert raw[0] == 1
    assert sha256(name.encode() + b"\n" + raw).hexdigest()[:8] == key_id
    made = [line.split(" ")[2] for line in signatures.splitlines() if line.split(" ")[1] == name]
    blobs = [base64.b64decode(each) for each in made]
    [blob] = [each for each in blobs if each[:4].hex() == key_id]
    Ed25519PublicKey.from_public_bytes(raw[1:]).verify(blob[4:], text.encode())
    origin, size, root, *extensions = text.splitlines()
    assert not extensions
    assert origin == name
    return origin, int(size), base64.b64decode(root)


def leaves(fetch: Fetch, size: int) -> list[bytes]:
    found: list[bytes] = []
    for at in range(0, size, 256):
        data = fetch(path("entries", at // 256, min(256, size - at)))
        while data:
            length = int.from_bytes(data[:2], "big")
            found.append(data[2 : 2 + length])
            data = data[2 + length :]
    assert len(found) == size
    return found


def tree_hash(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962."""
    if len(entries) <= 1:
        return sha256(b"\0" + entries[0] if entries else b"").digest()
    half = 1
    while half * 2 < len(entries):
        half *= 2
    return sha256(b"\1" + tree_hash(entries[:half]) + tree_hash(entries[half:])).digest()


def check_tiles(fetch: Fetch, entries: list[bytes]) -> None:
    """That each tile is what the specification says, for a log of these entries."""
    level, size = 0, len(entries)
    while size // 256**level:
        span = 256**level
        count = size // span
        for index in range(-(-count // 256)):
            width = min(256, count - index * 256)
            starts = [(index * 256 + each) * span for each in range(width)]
            hashes = [tree_hash(entries[start : start + span]) for start in starts]
            assert fetch(path(level, index, width)) == b"".join(hashes), (level, index)
        level += 1


def stories(entries: list[bytes]) -> dict[str, tuple[int, int]]:
    """Of each story, how many versions it has and the number of its last leaf."""
    found: dict[str, tuple[int, int]] = {}
    for number, leaf in enumerate(map(json.loads, entries)):
        if story := leaf.get("story"):
            versions, last = found.get(story, (0, None))
            assert leaf.get("previous") == last, number
            if leaf["event"] == "published":
                assert leaf["version"] == versions + 1, number
                versions += 1
            found[story] = versions, number
    return found


def map_root(known: dict[str, tuple[int, int]]) -> bytes:
    """The root of the map of stories, by its definition."""
    items = []
    for story, (versions, last) in known.items():
        line = json.dumps(
            {"story": story, "versions": versions, "last": last}, separators=(",", ":")
        )
        key = sha256(story.encode()).digest()
        bits = f"{int.from_bytes(key, 'big'):0256b}"
        items.append((bits, sha256(b"\0" + key + line.encode()).digest()))

    def over(some: list[tuple[str, bytes]], depth: int) -> bytes:
        if len(some) < 2:
            return some[0][1] if some else bytes(32)
        halves = [[each for each in some if each[0][depth] == bit] for bit in "01"]
        return sha256(b"\1" + over(halves[0], depth + 1) + over(halves[1], depth + 1)).digest()

    return over(items, 0)


def check(fetch: Fetch, vkey: str) -> list[dict[str, Any]]:
    """Check all of a log; returns its leaves."""
    _, size, root = checkpoint(fetch, vkey)
    entries = leaves(fetch, size)
    assert tree_hash(entries) == root
    check_tiles(fetch, entries)
    values = [json.loads(each) for each in entries]
    for number, leaf in enumerate(values):
        if leaf["event"] == "heads":
            known = stories(entries[:number])
            assert leaf["stories"] == len(known)
            assert base64.b64decode(leaf["root"]) == map_root(known), number
    assert values[0]["event"] == "genesis"
    assert values[-1]["event"] == "heads"
    return values


def inclusion_root(entry: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.3.2."""
    fn, sn, r = index, size - 1, sha256(b"\0" + entry).digest()
    for p in path:
        assert sn
        if fn & 1 or fn == sn:
            r = sha256(b"\1" + p + r).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\1" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return r
