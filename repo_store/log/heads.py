"""The heads map: which versions each story has, as one hash under each public checkpoint.

A sparse Merkle tree over the SHA-256 of stories' ids. A subtree with no story hashes to 32 zero
bytes, one with a single story to that story's leaf hash, whatever its depth, and any other to the
hash of its two halves; so a proof has about log2(stories) + 1 steps. From the map and a proof
anyone can tell how many versions a story has and which of the log's leaves is its last, or that a
story is not there. A monitor makes the same map from the log's leaves.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from repo_store.log import merkle

EMPTY = bytes(32)
"""The hash of a subtree without a story."""
BITS = 256

STATEMENTS = (
    "create table head (key blob primary key, story text not null, versions integer not null,"
    " last integer not null) without rowid",
    # A subtree of at least two stories, by its depth and the bits that its keys begin with.
    "create table head_node (depth integer not null, prefix blob not null, hash blob not null,"
    " primary key (depth, prefix)) without rowid",
)


class Head(NamedTuple):
    """A story's entry in the map. `last`: the number of its last leaf in the public log."""

    story: str
    versions: int
    last: int

    @property
    def key(self) -> bytes:
        return key_of(self.story)

    @property
    def line(self) -> str:
        """As it is hashed and shown; an id needs no escapes."""
        return f'{{"story":"{self.story}","versions":{self.versions},"last":{self.last}}}'

    @property
    def hash(self) -> bytes:
        return leaf_hash(self.key, self.line)


class HeadProof(NamedTuple):
    """`path`: the siblings from the leaf up. `line`: the entry that is there: the story's own; of a
    story that is not in the map, what is in its place, "" for nothing.
    """

    line: str
    path: tuple[bytes, ...]


def key_of(story: str) -> bytes:
    return sha256(story.encode()).digest()


def leaf_hash(key: bytes, line: str) -> bytes:
    return sha256(b"\0" + key + line.encode()).digest()


def root_of(heads: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The root over (key, leaf hash) of all stories, in any order."""
    ordered = sorted(heads)
    return _root([key for key, _ in ordered], [value for _, value in ordered], lambda *_: None)


def verify(key: bytes, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Whether a map with this root has this leaf hash (EMPTY: nothing) on the path of a key."""
    if len(path) > BITS:
        return False
    value = leaf
    for depth, sibling in zip(range(len(path), 0, -1), path, strict=True):
        pair = (sibling, value) if _bit(key, depth - 1) else (value, sibling)
        value = merkle.node_hash(*pair)
    return value == root


def _bit(key: bytes, at: int) -> int:
    return key[at >> 3] >> (7 - (at & 7)) & 1


def _prefix(key: bytes, depth: int) -> bytes:
    """The first `depth` bits of a key, the rest of the last byte zero."""
    whole, rest = divmod(depth, 8)
    return key[:whole] + (bytes([key[whole] & (0xFF00 >> rest & 0xFF)]) if rest else b"")


def _sibling(key: bytes, depth: int) -> bytes:
    """A key with the bit that decides at this depth (from 1) turned."""
    at = depth - 1
    turned = bytearray(key)
    turned[at >> 3] ^= 128 >> (at & 7)
    return bytes(turned)


def _span(key: bytes, depth: int) -> tuple[bytes, bytes]:
    """The lowest and the highest key that begins like this one."""
    prefix = _prefix(key, depth)
    low = prefix.ljust(32, b"\0")
    whole, rest = divmod(depth, 8)
    high = bytearray(low)
    if rest:
        high[whole] |= 0xFF >> rest
        whole += 1
    high[whole:] = b"\xff" * (32 - whole)
    return low, bytes(high)


def _common(one: bytes, other: bytes) -> int:
    """How many first bits two different keys share."""
    return BITS - (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_length()


def _root(
    keys: Sequence[bytes], values: Sequence[bytes], note: Callable[[int, bytes, bytes], object]
) -> bytes:
    """The root over sorted keys; `note` gets depth, prefix and hash of each subtree of several."""

    def over(start: int, end: int, depth: int) -> bytes:
        if end - start < 2:
            return values[start] if end > start else EMPTY
        middle = bisect_left(keys, _half(keys[start], depth), start, end)
        value = merkle.node_hash(over(start, middle, depth + 1), over(middle, end, depth + 1))
        note(depth, _prefix(keys[start], depth), value)
        return value

    return over(0, len(keys), 0)


def _half(key: bytes, depth: int) -> bytes:
    """The lowest key that begins with the first `depth` bits of this one, and then a 1."""
    low = bytearray(_prefix(key, depth).ljust(32, b"\0"))
    low[depth >> 3] |= 128 >> (depth & 7)
    return bytes(low)


class Heads:
    """The map of the newest public checkpoint as the index holds it."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect

    def root(self) -> bytes:
        return _subtree(self._connect(), bytes(32), 0)

    def head(self, story: str) -> Head | None:
        sql = "select story, versions, last from head where key = ?"
        row = self._connect().execute(sql, [key_of(story)]).fetchone()
        return Head(*row) if row else None

    def all(self) -> Iterator[Head]:
        """Every entry, in the order of the keys."""
        rows = self._connect().execute("select story, versions, last from head order by key")
        return map(Head._make, rows)

    def proof(self, story: str) -> HeadProof:
        """What the map has of a story, or that it has nothing."""
        connection, key = self._connect(), key_of(story)
        depth, found = _place(connection, key)
        path = [_subtree(connection, _sibling(key, each), each) for each in range(depth, 0, -1)]
        return HeadProof(found.line if found else "", tuple(path))


def update(connection: sqlite3.Connection, heads: Iterable[Head]) -> None:
    """Put entries into the map, in the open transaction."""
    for head in heads:
        key = head.key
        depth, other = _place(connection, key)
        if other and other.key != key:
            depth = _common(key, other.key) + 1
        row = (key, head.story, head.versions, head.last)
        connection.execute("insert or replace into head values (?, ?, ?, ?)", row)
        value = head.hash
        for each in range(depth, 0, -1):
            sibling = _subtree(connection, _sibling(key, each), each)
            pair = (sibling, value) if _bit(key, each - 1) else (value, sibling)
            value = merkle.node_hash(*pair)
            node = (each - 1, _prefix(key, each - 1), value)
            connection.execute("insert or replace into head_node values (?, ?, ?)", node)


def rebuild(connection: sqlite3.Connection, heads: Iterable[Head]) -> None:
    """Make the map of these entries alone, in the open transaction."""
    ordered = sorted(heads, key=lambda head: head.key)
    connection.execute("delete from head")
    connection.execute("delete from head_node")
    rows = ((head.key, head.story, head.versions, head.last) for head in ordered)
    connection.executemany("insert into head values (?, ?, ?, ?)", rows)
    nodes: list[tuple[int, bytes, bytes]] = []
    keys, values = [head.key for head in ordered], [head.hash for head in ordered]
    _root(keys, values, lambda *node: nodes.append(node))
    connection.executemany("insert into head_node values (?, ?, ?)", nodes)


def _place(connection: sqlite3.Connection, key: bytes) -> tuple[int, Head | None]:
    """The depth at which a key's path ends, and the entry that is there, if any."""
    sql = "select 1 from head_node where depth = ? and prefix = ?"
    depth = 0
    while connection.execute(sql, (depth, _prefix(key, depth))).fetchone():
        depth += 1
    return depth, _only(connection, key, depth)


def _subtree(connection: sqlite3.Connection, key: bytes, depth: int) -> bytes:
    """The hash of the subtree in which a key is at this depth."""
    sql = "select hash from head_node where depth = ? and prefix = ?"
    if row := connection.execute(sql, (depth, _prefix(key, depth))).fetchone():
        return bytes(row[0])
    only = _only(connection, key, depth)
    return only.hash if only else EMPTY


def _only(connection: sqlite3.Connection, key: bytes, depth: int) -> Head | None:
    sql = "select story, versions, last from head where key between ? and ? limit 1"
    row = connection.execute(sql, _span(key, depth)).fetchone()
    return Head(*row) if row else None
