"""Asking a witness to cosign a checkpoint: `add-checkpoint` of https://c2sp.org/tlog-witness."""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from service.audit.witnesses.notes import BadNote, Note, Signature, VerifierKey
from service.outbound.exchange import Answer, Request, Unreachable, exchange

Consistency = Callable[[int, int], Sequence[bytes]]
"""The proof that the log of the second size begins with the one of the first."""

SECONDS = 10.0
"""For one request and its answer."""
MOST_BYTES = 64 * 1024
_TRIES = 3
"""A witness that others ask too may name another size more than once."""
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")


class NotCosigned(Exception):
    """In words of ours: nothing that a witness sent is repeated. `conflict`: it says that it has
    seen another log than this one, which is for people to look into.
    """

    def __init__(self, reason: str, conflict: bool = False) -> None:
        super().__init__(reason)
        self.conflict = conflict


@dataclass(frozen=True)
class Address:
    """Where a witness takes checkpoints: its submission prefix. `private`: that may be on a private
    network.
    """

    url: str
    key: VerifierKey
    private: bool = False


class Cosignature(NamedTuple):
    """A witness's signatures on a checkpoint, verified, and the size that it has seen by now."""

    signatures: tuple[Signature, ...]
    size: int


def cosignature(
    witness: Address, note: Note, consistency: Consistency, seen: int = 0, seconds: float = SECONDS
) -> Cosignature:
    """Have a witness cosign a checkpoint. `seen`: the size that it saw last, as far as is known.

    Raises NotCosigned.
    """
    size = note.checkpoint().size
    seen = min(seen, size)
    for _ in range(_TRIES):
        answer = _ask(witness, note, consistency, seen, seconds)
        if answer.status == 200:
            return Cosignature(_verified(witness.key, note, answer.body), size)
        if answer.status != 409:
            raise _refusal(answer.status)
        named = _SIZE.fullmatch(answer.body)
        if named is None:
            raise NotCosigned("its answer names no size that it has seen")
        seen = int(named[1])
        if seen > size:
            raise NotCosigned(
                f"it has seen {seen} leaves of this log, which has {size}: was the archive put back"
                " from an older backup?",
                conflict=True,
            )
    raise NotCosigned(f"it named another size {_TRIES} times")


def _ask(
    witness: Address, note: Note, consistency: Consistency, seen: int, seconds: float
) -> Answer:
    checkpoint = note.checkpoint()
    proof = consistency(seen, checkpoint.size) if 0 < seen < checkpoint.size else []
    lines = [f"old {seen}", *(base64.b64encode(each).decode() for each in proof)]
    # The witness needs the log's signature alone.
    own = tuple(each for each in note.signatures if each.name == checkpoint.origin)
    body = "".join(f"{line}\n" for line in (*lines, "")) + Note(note.text, own).format()
    url = f"{witness.url.rstrip('/')}/add-checkpoint"
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    try:
        request = Request("POST", url, body.encode(), headers, witness.private)
        return exchange(request, seconds, MOST_BYTES)
    except Unreachable as error:
        raise NotCosigned(str(error)) from None


def _refusal(status: int) -> NotCosigned:
    match status:
        case 403:
            return NotCosigned(
                "it does not accept the log's signature (403): does it have the key?"
            )
        case 404:
            return NotCosigned("it does not know this log (404): its operator must add the key")
        case 422:
            return NotCosigned("it has seen another log of this name (422)", conflict=True)
    return NotCosigned(f"answered {status}")


def _verified(key: VerifierKey, note: Note, body: bytes) -> tuple[Signature, ...]:
    """What the witness signed of what it sent; lines of other keys are dropped."""
    try:
        *lines, rest = body.decode().split("\n")
        if rest:
            raise BadNote("cut off")
        sent = [Signature.parse(line) for line in lines]
        own = tuple(each for each in sent if each[:2] == (key.name, key.key_id))
        verified = key.verify(Note(note.text, own))
    except (BadNote, UnicodeDecodeError):
        raise NotCosigned("its answer is no cosignature of this checkpoint") from None
    if verified is None:
        raise NotCosigned("its answer has no cosignature by the key that is known")
    return own
