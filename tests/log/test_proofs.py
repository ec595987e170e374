"""Proofs judged by the public test data of another implementation, six in a hundred valid."""

import base64
import json
from pathlib import Path
from typing import Any

from repo_store import merkle, verify_consistency, verify_inclusion

_DATA: dict[str, Any] = json.loads(Path(__file__).with_name("merkle_proofs.json").read_bytes())
_HASHES = [base64.b64decode(each) for each in _DATA["hashes"]]


def _hashes(numbers: list[int]) -> list[bytes]:
    return [_HASHES[each] for each in numbers]


def test_the_public_proofs_of_inclusion_are_judged_right() -> None:
    wrong = []
    for about, number, size, leaf, path, root, valid in _DATA["inclusion"]:
        verdict = verify_inclusion(_HASHES[leaf], number, size, _hashes(path), _HASHES[root])
        if verdict is not valid:
            wrong.append((about, number, size))
    assert wrong == []
    assert len(_DATA["inclusion"]) == 98


def test_the_public_proofs_of_consistency_are_judged_right() -> None:
    wrong = []
    for about, old, size, old_root, path, root, valid in _DATA["consistency"]:
        verdict = verify_consistency(old, size, _HASHES[old_root], _HASHES[root], _hashes(path))
        if verdict is not valid:
            wrong.append((about, old, size))
    assert wrong == []
    assert len(_DATA["consistency"]) == 98


def test_a_proof_goes_no_higher_than_its_tree() -> None:
    leaf, other, more = (merkle.leaf_hash(each) for each in (b"a", b"b", b"c"))
    root = merkle.node_hash(leaf, other)
    higher = merkle.node_hash(more, root)
    assert verify_inclusion(leaf, 0, 2, [other], root)
    assert not verify_inclusion(leaf, 0, 2, [other, more], higher)
    assert verify_consistency(1, 2, leaf, root, [other])
    assert not verify_consistency(1, 2, leaf, higher, [other, more])
