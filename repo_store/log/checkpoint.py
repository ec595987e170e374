"""Checkpoints of the log: the type, its text, and what the archive stores with each."""

import base64
from typing import NamedTuple, Self

from repo_store.errors import Damaged


class Checkpoint(NamedTuple):
    """The state of a log that its operator signs: how many leaves, and their root hash.

    `note` is the signed note that states it (https://c2sp.org/tlog-checkpoint).
    """

    origin: str
    size: int
    root: bytes
    note: str = ""

    @classmethod
    def parse(cls, note: str) -> Self:
        """Raises Damaged for a text that is not a checkpoint. Signatures are not checked."""
        lines = note.split("\n")
        try:
            if not (lines[1].isascii() and lines[1].isdecimal()):
                raise ValueError(lines[1])
            return cls(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True), note)
        except (IndexError, ValueError):
            raise Damaged("log: a checkpoint cannot be read") from None

    @property
    def body(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


class StoredCheckpoint(NamedTuple):
    """A signed checkpoint as git stores it, with the leaves added since the one before.

    `keys` lists the log's public keys in the signer's own format. `timestamp` is an RFC 3161
    response about the note, in DER, that an older release stored here; today `stamps` keeps them.
    `ties`, of the public log: what opens its leaves that tie in the private one, a line of JSON
    each.
    """

    commit: str
    checkpoint: Checkpoint
    leaves: tuple[str, ...]
    timestamp: bytes | None = None
    keys: str = ""
    ties: str = ""

    @property
    def size(self) -> int:
        return self.checkpoint.size

    @property
    def start(self) -> int:
        """The number of the first of its own leaves."""
        return self.size - len(self.leaves)

    @property
    def note(self) -> str:
        return self.checkpoint.note


class PublishedExtension(NamedTuple):
    """What its operator adds to the public log with a checkpoint: leaves before those of events,
    what opens the ones that tie in the private log, and the log's keys.
    """

    leaves: tuple[str, ...]
    ties: str
    keys: str
