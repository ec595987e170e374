"""The log's Merkle tree, compared with RFC 6962's recursive definition."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store import verify_consistency, verify_inclusion
from repo_store.log import merkle


def _tree_hash(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\1" + _tree_hash(leaves[:k]) + _tree_hash(leaves[k:])).digest()


class _Kept:
    """A tree as it is kept: its complete subtrees."""

    def __init__(self, size: int) -> None:
        self.leaves = [b"leaf %d" % number for number in range(size)]
        self.nodes: dict[tuple[int, int], bytes] = {}
        for number, leaf in enumerate(self.leaves):
            for level, at, value in merkle.completed(number, merkle.leaf_hash(leaf), self.read):
                self.nodes[level, at] = value

    def read(self, level: int, number: int) -> bytes:
        return self.nodes[level, number]


_BIG = _Kept(70)


@pytest.mark.parametrize("size", range(71))
def test_the_root_is_the_one_of_the_rfc(size: int) -> None:
    expected = _tree_hash(_BIG.leaves[:size])
    assert merkle.root(size, _BIG.read) == expected
    edge: list[tuple[int, bytes]] = []
    for leaf in _BIG.leaves[:size]:
        merkle.grow(edge, merkle.leaf_hash(leaf))
    assert merkle.root_of_edge(edge) == expected


def test_an_empty_tree_and_known_roots() -> None:
    """The first test vectors of Certificate Transparency's own implementation."""
    kept = _Kept(0)
    kept.leaves = [b"", b"\0", b"\x10"]
    for number, leaf in enumerate(kept.leaves):
        for level, at, value in merkle.completed(number, merkle.leaf_hash(leaf), kept.read):
            kept.nodes[level, at] = value
    roots = [merkle.root(size, kept.read).hex() for size in range(4)]
    assert roots == [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    ]


@given(st.integers(1, 70), st.data())
def test_a_leaf_is_proven_and_no_other_is(size: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion(number, size, _BIG.read)
    root = merkle.root(size, _BIG.read)
    leaf = merkle.leaf_hash(_BIG.leaves[number])
    assert verify_inclusion(leaf, number, size, path, root)
    assert not verify_inclusion(merkle.leaf_hash(b"another"), number, size, path, root)
    other = data.draw(st.integers(-1, 75).filter(lambda each: each != number))
    assert not verify_inclusion(leaf, other, size, path, root)
    assert not verify_inclusion(leaf, number, size, [*path, root], root)
    assert not path or not verify_inclusion(leaf, number, size, path[:-1], root)


@given(st.integers(1, 70), st.data())
def test_a_tree_is_proven_to_go_on_from_an_older_one(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    proof = merkle.consistency(old, size, _BIG.read)
    old_root, root = merkle.root(old, _BIG.read), merkle.root(size, _BIG.read)
    assert verify_consistency(old, size, old_root, root, proof)
    forged = sha256(b"forged").digest()
    assert not verify_consistency(old, size, old_root, forged, proof)
    assert not verify_consistency(old, size, forged, root, proof)
    assert not verify_consistency(old, size, old_root, root, [*proof, forged])
    assert not proof or not verify_consistency(old, size, old_root, root, proof[:-1])


def test_a_missing_leaf_has_no_proof() -> None:
    for number, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="there is no leaf"):
            merkle.inclusion(number, size, _BIG.read)
    with pytest.raises(ValueError, match="cannot begin"):
        merkle.consistency(6, 5, _BIG.read)
