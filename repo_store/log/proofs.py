"""Verifying proofs of the Merkle tree with nothing but hashes: pure functions.

Anyone may have sent what comes in here: a proof that does not prove is False, never an error.
"""

from collections.abc import Sequence
from hashlib import sha256

from repo_store.log.merkle import node_hash

_HASH_BYTES = sha256().digest_size


def verify_inclusion(
    leaf_hash: bytes, number: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether leaf `number` (from 0) of the tree with this size and root has this hash, by its
    audit path from the leaf up (RFC 9162, section 2.1.3.2).
    """
    if not 0 <= number < size or not _are_hashes([leaf_hash, *path]):
        return False
    node, last, value = number, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            value = node_hash(sibling, value)
            node, last = _past_missing_siblings(node, last)
        else:
            value = node_hash(value, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and value == root


def verify_consistency(
    old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree with this size and root begins with the one of `old` leaves and `old_root`
    (RFC 9162, section 2.1.4.2). The proof of two equal trees is empty. A tree without leaves
    begins every other, which proves nothing: False.
    """
    if 0 < old == size:
        return not proof and old_root == root
    if not 0 < old < size or not _are_hashes([old_root, *proof]):
        return False
    # A tree that is one complete subtree is known by its root, so the proof leaves it out.
    path = proof if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    node, last = old - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_value = value = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_value, value = node_hash(sibling, old_value), node_hash(sibling, value)
            node, last = _past_missing_siblings(node, last)
        else:
            value = node_hash(value, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old_value == old_root and value == root


def _past_missing_siblings(node: int, last: int) -> tuple[int, int]:
    """At the right edge, up over the levels where a node has no sibling."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(len(each) == _HASH_BYTES for each in values)
