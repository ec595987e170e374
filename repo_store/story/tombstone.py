"""What replaces a removed text: which text it was, by its hash, and why it was removed."""

import json
from typing import NamedTuple

from repo_store.errors import Damaged


class Tombstone(NamedTuple):
    """`sha256` is of the removed bytes, `at` a time in RFC 3339, `by` and `confirmed_by` names."""

    story: str
    revision: int
    version: int | None
    sha256: str
    reason: str
    legal_reference: str
    by: str
    confirmed_by: str | None
    at: str


_START = b'{\n  "removed": {'


def encode(tombstone: Tombstone) -> bytes:
    value = {"removed": tombstone._asdict()}
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def is_tombstone(data: bytes) -> bool:
    return data.startswith(_START)


def decode(data: bytes) -> Tombstone:
    """Raises Damaged if the bytes are not just what `encode` would write."""
    try:
        tombstone = Tombstone(**json.loads(data)["removed"])
        if encode(tombstone) == data:
            return tombstone
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise Damaged("not a tombstone")
