"""Signed notes with any number of signatures, and the keys that verify them.

A note's format and a log's key are those of https://c2sp.org/signed-note; a witness's key and what
it signs are those of https://c2sp.org/tlog-cosignature.
"""

import base64
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from hashlib import sha256
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from repo_store import Checkpoint, printable

MOST_SIGNATURES = 100
_MOST_BYTES = 2**20
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_HASH_BYTES = 32


class BadNote(ValueError):
    """Not a signed note, not a checkpoint, or one with a false signature; the message says which.

    It quotes names from the note in a form that is safe to print.
    """


class BadVerifierKey(ValueError):
    """Not a verifier key; the message says why."""


class Signature(NamedTuple):
    """One line of a note: a key's name and id, and what it signed, which is not yet verified."""

    name: str
    key_id: bytes
    value: bytes

    @classmethod
    def parse(cls, line: str) -> Self:
        """Of a line without its newline. Raises BadNote."""
        dash, _, rest = line.partition(" ")
        name, _, text = rest.partition(" ")
        data = _unbase64(text)
        if dash != "—" or not _NAME.fullmatch(name) or data is None or len(data) < 5:
            raise BadNote(f"not a signature line: {printable(line[:80])}")
        return cls(name, data[:4], data[4:])

    @property
    def line(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"


class Note(NamedTuple):
    """A text, which ends in a newline, and its signatures, at least one."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Raises BadNote for what is not exactly as the specification writes a note."""
        if len(data) > _MOST_BYTES:
            raise BadNote("longer than any signed note")
        try:
            whole = data.decode()
        except UnicodeDecodeError:
            raise BadNote("not a signed note: it is not UTF-8") from None
        text, separator, lines = whole.rpartition("\n\n")
        if not separator or not lines.endswith("\n") or _CONTROL.search(whole):
            raise BadNote("not a signed note: a text, an empty line, and signatures")
        found = lines.removesuffix("\n").split("\n")
        if len(found) > MOST_SIGNATURES:
            raise BadNote(f"a note with more than {MOST_SIGNATURES} signatures")
        return cls(f"{text}\n", tuple(map(Signature.parse, found)))

    def format(self) -> str:
        return f"{self.text}\n{''.join(each.line for each in self.signatures)}"

    def signed_also(self, more: Iterable[Signature]) -> Self:
        """With these signatures after its own, each once."""
        return self._replace(signatures=tuple(dict.fromkeys((*self.signatures, *more))))

    def checkpoint(self) -> Checkpoint:
        """What it states, if it is a checkpoint (https://c2sp.org/tlog-checkpoint), else BadNote.

        Extension lines may follow: `extensions`.
        """
        lines = self.text.removesuffix("\n").split("\n")
        root = _unbase64(lines[2]) if len(lines) > 2 else None
        if root is None or len(root) != _HASH_BYTES or not all(lines):
            raise BadNote("not a checkpoint: an origin, a size, and a root hash")
        if not _SIZE.fullmatch(lines[1]):
            raise BadNote(f"a checkpoint's size is a number, not {printable(lines[1][:40])}")
        return Checkpoint(lines[0], int(lines[1]), root, self.format())

    @property
    def extensions(self) -> list[str]:
        """The lines of a checkpoint after the root hash."""
        return self.text.removesuffix("\n").split("\n")[3:]


class KeyType(IntEnum):
    """The signature types of these specifications that are understood here."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    ML_DSA_COSIGNATURE = 0x06


WITNESS_TYPES = (KeyType.COSIGNATURE, KeyType.ML_DSA_COSIGNATURE)
_KEY_BYTES = {
    KeyType.ED25519: 32,
    KeyType.COSIGNATURE: 32,
    KeyType.ML_DSA_COSIGNATURE: 1312,
}


class Verified(NamedTuple):
    """A signature that is genuine. `time`: when a witness says it cosigned; None of a log's key."""

    signature: Signature
    time: datetime | None


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name and the type under which it signs notes. `raw`: its bytes."""

    name: str
    type: KeyType
    raw: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of a vkey, `name+hex id+base64`. Raises BadVerifierKey."""
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        data = _unbase64(encoded)
        if not _NAME.fullmatch(name) or not data:
            raise BadVerifierKey(
                f"{printable(text[:80])}: a verifier key is name+hex+base64, on one line"
            )
        if data[0] not in list(KeyType):
            raise BadVerifierKey(f"{printable(name)}: keys of type 0x{data[0]:02x} are not known")
        key = cls(name, KeyType(data[0]), data[1:])
        if len(key.raw) != _KEY_BYTES[key.type]:
            raise BadVerifierKey(f"{printable(name)}: the key has {len(key.raw)} bytes")
        if key_id != key.key_id.hex():
            raise BadVerifierKey(f"{printable(name)}: its id is {key.key_id.hex()}, not as written")
        return key

    def __str__(self) -> str:
        data = bytes([self.type]) + self.raw
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(data).decode()}"

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.raw).digest()[:4]

    def verify(self, note: Note) -> Verified | None:
        """Its signature on a note, of several cosignatures the earliest; None if there is none.

        Raises BadNote if one that bears its name and id is false: then the whole note is not to be
        trusted, whoever else signed it.
        """
        own = [each for each in note.signatures if each[:2] == (self.name, self.key_id)]
        found = [Verified(each, self._time(note, each)) for each in own]
        return min(found, key=lambda each: each.time or datetime.max, default=None)

    def _time(self, note: Note, signature: Signature) -> datetime | None:
        try:
            if self.type is KeyType.ED25519:
                self._check(signature.value, note.text.encode())
                return None
            seconds, value = int.from_bytes(signature.value[:8]), signature.value[8:]
            # Zero is for subtrees, not for a checkpoint.
            if not 0 < seconds < 2**63:
                raise ValueError(seconds)
            time = datetime.fromtimestamp(seconds, UTC)
            self._check(value, self._cosigned(note, seconds))
        except (ValueError, OverflowError, OSError, InvalidSignature):
            raise BadNote(f"the signature of {printable(self.name)} is false") from None
        return time

    def _cosigned(self, note: Note, seconds: int) -> bytes:
        if self.type is KeyType.COSIGNATURE:
            return f"cosignature/v1\ntime {seconds}\n{note.text}".encode()
        stated = note.checkpoint()
        name, origin = self.name.encode(), stated.origin.encode()
        if max(len(name), len(origin)) > 0xFF:
            raise ValueError(origin)
        return b"".join(
            (
                *(b"subtree/v1\n\0", bytes([len(name)]), name, struct.pack(">Q", seconds)),
                *(bytes([len(origin)]), origin, struct.pack(">QQ", 0, stated.size), stated.root),
            )
        )

    def _check(self, value: bytes, message: bytes) -> None:
        if self.type is KeyType.ML_DSA_COSIGNATURE:
            MLDSA44PublicKey.from_public_bytes(self.raw).verify(value, message)
        else:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(value, message)


def _unbase64(text: str) -> bytes | None:
    """Only of the one spelling that encoding gives; None for any other."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None
