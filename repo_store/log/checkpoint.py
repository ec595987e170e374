"""A checkpoint of the log: what its text says, and what is kept with it."""

import base64
from typing import NamedTuple

from repo_store.errors import Damaged


class SealedCheckpoint(NamedTuple):
    """A checkpoint of a log of `size` leaves, with the leaves that are new with it.

    `timestamp`: an RFC 3161 response about the checkpoint, in DER. `keys`: the log's public keys,
    as who signs lists them.
    """

    commit: str
    size: int
    checkpoint: str
    leaves: tuple[str, ...]
    timestamp: bytes | None = None
    keys: str = ""

    @property
    def start(self) -> int:
        return self.size - len(self.leaves)


def size_of(checkpoint: str) -> int:
    """How many leaves a checkpoint is of: its second line. Damaged if it cannot be read."""
    lines = checkpoint.split("\n")
    if len(lines) < 3 or not (lines[1].isascii() and lines[1].isdecimal()):
        raise Damaged("log: a checkpoint cannot be read")
    return int(lines[1])


def root_in(checkpoint: str) -> bytes:
    """The root hash that a checkpoint names. Damaged if it cannot be read."""
    lines = checkpoint.split("\n")
    try:
        return base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError):
        raise Damaged("log: a checkpoint cannot be read") from None
