"""The checking half of the log's proofs, as a witness would write it from the RFCs."""

from collections.abc import Sequence

from repo_store.log.merkle import node_hash


def root_of(leaf: bytes, number: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf's hash and its audit path lead to; None if the path cannot be one."""
    if size == 1:
        return leaf if not path and number == 0 else None
    if not path or not 0 <= number < size:
        return None
    split = 1 << (size - 1).bit_length() - 1
    if number < split:
        left = root_of(leaf, number, split, path[:-1])
        return node_hash(left, path[-1]) if left else None
    right = root_of(leaf, number - split, size - split, path[:-1])
    return node_hash(path[-1], right) if right else None


def extends(old: int, old_root: bytes, size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a consistency proof shows that the one tree begins with the other.

    The algorithm of RFC 9162, section 2.1.4.2.
    """
    if old == size or old == 0:
        return not proof and (old == 0 or old_root == new_root)
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path or not 0 < old < size:
        return False
    first, last = old - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = node_hash(each, before), node_hash(each, after)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, each)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
