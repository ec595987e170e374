"""The Merkle tree of RFC 6962, section 2.1, over SHA-256: pure functions.

A tree's complete subtrees never change, so each is hashed once and stored under its level (0: a
leaf) and its number in that level; `Read` looks it up. Root and proofs read O(log² n) of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

Read = Callable[[int, int], bytes]
"""The hash of a complete subtree by level and number."""
Node = tuple[int, int, bytes]


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def completed(size: int, leaf: bytes, read: Read) -> Iterator[Node]:
    """The subtrees that one more leaf, by its hash, completes in a tree of `size` leaves."""
    level, number, value = 0, size, leaf
    yield level, number, value
    while number & 1:
        value = node_hash(read(level, number - 1), value)
        level, number = level + 1, number >> 1
        yield level, number, value


def grow(edge: list[tuple[int, bytes]], leaf: bytes) -> None:
    """Add a leaf, by its hash, to a tree of which only its right edge is known: (level, hash) of
    its complete subtrees, the largest first.
    """
    level, value = 0, leaf
    while edge and edge[-1][0] == level:
        value = node_hash(edge.pop()[1], value)
        level += 1
    edge.append((level, value))


def root_of_edge(edge: Sequence[tuple[int, bytes]]) -> bytes:
    value = b""
    for _, each in reversed(edge):
        value = node_hash(each, value) if value else each
    return value or sha256(b"").digest()


def root_of(leaves: Iterable[str]) -> bytes:
    """The root hash over the texts of all leaves, without any stored hash."""
    edge: list[tuple[int, bytes]] = []
    for leaf in leaves:
        grow(edge, leaf_hash(leaf.encode()))
    return root_of_edge(edge)


def root(size: int, read: Read) -> bytes:
    return _range(0, size, read)


def inclusion(number: int, size: int, read: Read) -> list[bytes]:
    """The audit path of leaf `number` (from 0), from the leaf up. ValueError if it is not there."""
    if not 0 <= number < size:
        raise ValueError(f"there is no leaf {number} in a tree of {size}")
    return _path(number, 0, size, read)


def consistency(old: int, size: int, read: Read) -> list[bytes]:
    """The proof that a tree of `size` leaves begins with the one of `old`; ValueError if longer."""
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {size} cannot begin with one of {old}")
    return _subproof(old, 0, size, True, read) if 0 < old < size else []


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _range(start: int, end: int, read: Read) -> bytes:
    """The hash over the leaves from `start` to before `end`, `start` being a subtree's first."""
    count = end - start
    if count == 0:
        return sha256(b"").digest()
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return read(level, start >> level)
    middle = start + _split(count)
    return node_hash(_range(start, middle, read), _range(middle, end, read))


def _path(number: int, start: int, end: int, read: Read) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if number < middle:
        return [*_path(number, start, middle, read), _range(middle, end, read)]
    return [*_path(number, middle, end, read), _range(start, middle, read)]


def _subproof(old: int, start: int, end: int, whole: bool, read: Read) -> list[bytes]:
    """`whole`: whether the subtree of the old leaves is the whole old tree, so that it is known."""
    if old == end:
        return [] if whole else [_range(start, end, read)]
    middle = start + _split(end - start)
    if old <= middle:
        return [*_subproof(old, start, middle, whole, read), _range(middle, end, read)]
    return [*_subproof(old, middle, end, False, read), _range(start, middle, read)]
