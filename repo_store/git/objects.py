"""Git objects as bytes: their ids, loose files, packs with their indexes, and commits as values.

Formats: git's `gitformat-pack` and `gitformat-index` pages; ids are SHA-1, as git's are.
"""

import re
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha1, sha256
from itertools import accumulate
from typing import NamedTuple

from repo_store.errors import Damaged
from repo_store.ids import Author

# Git's own default for loose objects; `maintain` compresses them better.
_LEVEL = zlib.Z_BEST_SPEED
_MODE_FILE, _MODE_FOLDER = b"100644", b"40000"
_FILE = b"100644 story.json\0"
_TYPES = {"commit": 1, "tree": 2, "blob": 3}
_PARENTS = re.compile(rb"(?:parent [0-9a-f]{40}\n)+")
_COMMIT = re.compile(
    rb"tree ([0-9a-f]{40})\n((?:parent [0-9a-f]{40}\n)*)"
    # Twelve digits reach beyond the year 9999.
    rb"(author ([^<>\n]*) <([^<>\n]*)> ([0-9]{1,12}) \+0000\n"
    rb"committer [^<>\n]* <[^<>\n]*> ([0-9]{1,12}) \+0000\n)\n"
)


@dataclass(frozen=True)
class GitObject:
    id: str
    kind: str
    data: bytes


def id_of(kind: str, data: bytes) -> str:
    name = sha1(b"%s %d\0" % (kind.encode(), len(data)), usedforsecurity=False)
    name.update(data)
    return name.hexdigest()


def git_object(kind: str, data: bytes) -> GitObject:
    return GitObject(id_of(kind, data), kind, data)


def tree_of(blob: str) -> GitObject:
    """The tree with just the file `story.json`."""
    return git_object("tree", _FILE + bytes.fromhex(blob))


def tree(files: Mapping[str, str]) -> GitObject:
    """A tree of files: blobs by name."""
    return _tree(_MODE_FILE, files)


def tree_of_folders(folders: Mapping[str, str]) -> GitObject:
    """A tree of folders: trees by name, none of which begins another."""
    return _tree(_MODE_FOLDER, folders)


def _tree(mode: bytes, items: Mapping[str, str]) -> GitObject:
    entries = [
        b"%s %s\0" % (mode, name.encode()) + bytes.fromhex(items[name]) for name in sorted(items)
    ]
    return git_object("tree", b"".join(entries))


def files_of(tree: bytes) -> dict[str, str]:
    """The blobs of a tree's data by name. Raises ValueError if it holds anything but files."""
    return _entries(_MODE_FILE, tree)


def folders_of(tree: bytes) -> dict[str, str]:
    """The trees of a tree's data by name. Raises ValueError if it holds anything but folders."""
    return _entries(_MODE_FOLDER, tree)


def _entries(wanted: bytes, tree: bytes) -> dict[str, str]:
    items = {}
    while tree:
        head, _, rest = tree.partition(b"\0")
        mode, _, name = head.partition(b" ")
        if mode != wanted or len(rest) < 20:
            raise ValueError("a tree that holds something else")
        items[name.decode()], tree = rest[:20].hex(), rest[20:]
    return items


def blob_of(tree: bytes) -> str:
    """The blob of a tree's data; "" if it does not hold just `story.json`."""
    whole = tree.startswith(_FILE) and len(tree) == len(_FILE) + 20
    return tree[len(_FILE) :].hex() if whole else ""


def identity(author: Author, at: int) -> str:
    return f"{author.name} <{author.email}> {at} +0000"


COMMITTER = Author("story-history")


def commit_of(
    tree: str, parent: str | None, author: Author, at: int, recorded_at: int, message: str
) -> GitObject:
    """A commit; times are seconds since 1970."""
    lines = [
        f"tree {tree}",
        *([f"parent {parent}"] if parent else []),
        f"author {identity(author, at)}",
        f"committer {identity(COMMITTER, recorded_at)}",
        "",
        message,
    ]
    return git_object("commit", "\n".join(lines).encode())


def loose(item: GitObject) -> bytes:
    """The bytes of a loose object's file."""
    return zlib.compress(b"%s %d\0" % (item.kind.encode(), len(item.data)) + item.data, _LEVEL)


def pack(items: Sequence[GitObject]) -> tuple[str, bytes, bytes]:
    """A pack of whole objects: its name, its bytes, and those of its index (version 2)."""
    bodies = list(map(pack_entry, items))
    head = pack_head(len(items))
    offsets = accumulate(map(len, bodies), initial=len(head))
    packed = head + b"".join(bodies)
    checksum = sha1(packed, usedforsecurity=False).digest()
    entries = sorted(
        (bytes.fromhex(item.id), zlib.crc32(body), offset)
        for item, body, offset in zip(items, bodies, offsets, strict=False)
    )
    per_byte = [0] * 256
    for oid, _, _ in entries:
        per_byte[oid[0]] += 1
    parts = [
        b"\xfftOc\0\0\0\2",
        struct.pack(">256I", *accumulate(per_byte)),
        *(oid for oid, _, _ in entries),
        *(struct.pack(">I", crc) for _, crc, _ in entries),
        *(struct.pack(">I", offset) for _, _, offset in entries),
        checksum,
    ]
    index = b"".join(parts)
    index += sha1(index, usedforsecurity=False).digest()
    return checksum.hex(), packed + checksum, index


def pack_head(count: int) -> bytes:
    """The header of a pack of so many objects."""
    return struct.pack(">4sII", b"PACK", 2, count)


def pack_entry(item: GitObject) -> bytes:
    """An object in a pack, not as a delta."""
    return _header(item) + zlib.compress(item.data, _LEVEL)


def pack_ids(index: bytes) -> Iterator[str]:
    """The ids of a pack's objects, from its index (version 2)."""
    (count,) = struct.unpack_from(">I", index, 8 + 255 * 4)
    start = 8 + 256 * 4
    return (index[at : at + 20].hex() for at in range(start, start + 20 * count, 20))


def midx_packs(index: bytes) -> Iterator[tuple[str, set[str]]]:
    """The packs that a multi-pack-index covers, by the names of their indexes, with the ids of the
    objects that it finds in each. Nothing if it cannot be read.
    """
    try:
        signature, version, hashed, chunks, _, count = struct.unpack_from(">4s4BI", index)
        if (signature, version, hashed) != (b"MIDX", 1, 1):
            return
        at = dict(struct.iter_unpack(">4sQ", index[12 : 12 + 12 * chunks]))
        names = index[at[b"PNAM"] :].split(b"\0", count)[:count]
        ids: list[set[str]] = [set() for _ in names]
        (total,) = struct.unpack_from(">I", index, at[b"OIDF"] + 255 * 4)
        for number in range(total):
            (pack,) = struct.unpack_from(">I", index, at[b"OOFF"] + 8 * number)
            start = at[b"OIDL"] + 20 * number
            ids[pack].add(index[start : start + 20].hex())
    except (struct.error, KeyError, IndexError):
        return
    yield from zip((name.decode(errors="replace") for name in names), ids, strict=True)


def _header(item: GitObject) -> bytes:
    """Type and size: four bits of the size, then seven a byte; bit 7 is set in all but the last."""
    size = len(item.data)
    byte, size = _TYPES[item.kind] << 4 | size & 15, size >> 4
    header = bytearray()
    while size:
        header.append(byte | 128)
        byte, size = size & 127, size >> 7
    header.append(byte)
    return bytes(header)


class Commit(NamedTuple):
    """A commit of an archive. `blob` is its tree's one entry, `story.json`, or "" while that is not
    read; times are seconds since 1970; `people` are the lines that name its author and committer;
    for `digest` see `digest_of`.
    """

    id: str
    parents: tuple[str, ...]
    tree: str
    blob: str
    author: Author
    authored_at: int
    committed_at: int
    message: str
    people: bytes
    digest: str


def parse_commit(oid: str, data: bytes) -> Commit | Damaged:
    """A commit from its bytes, without its blob; Damaged if it is not one that we write."""
    head = _COMMIT.match(data)
    if not head:
        return Damaged(f"commit {oid}: not one of this archive's")
    tree, parents, people, name, email, authored, committed = head.groups()
    try:
        author = _author(name, email)
        message = data[head.end() :].decode()
    except UnicodeDecodeError:
        return Damaged(f"commit {oid}: not in UTF-8")
    return Commit(
        oid,
        tuple(parents.decode().split()[1::2]),
        tree.decode(),
        "",
        author,
        int(authored),
        int(committed),
        message,
        people,
        digest_of(data),
    )


def digest_of(commit: bytes) -> str:
    """SHA-256 of a commit without the lines that name its parents.

    It stays the same when a redaction rewrites the chain before the commit.
    """
    return sha256(_PARENTS.sub(b"", commit, count=1)).hexdigest()


@lru_cache(1_000)
def _author(name: bytes, email: bytes) -> Author:
    return Author(name=name.decode(), email=email.decode())
