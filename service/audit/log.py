"""The use cases of the log: checkpoints, proofs, and whether an archive extends what was seen."""

import base64
import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from repo_store import (
    Archive,
    Checkpoint,
    Damaged,
    FieldError,
    Leaf,
    Malformed,
    NotFound,
    StoredCheckpoint,
    merkle,
)
from service.audit.keys import BadKey, PublicKey, Signer, found_or_made, signs
from service.audit.timestamps import stamped
from service.config import Settings

log = logging.getLogger(__name__)

Stamp = Callable[[bytes], bytes | None]


@dataclass(frozen=True)
class Proof:
    """That a leaf stands in the log of a checkpoint: its audit path, from the leaf up."""

    leaf: Leaf
    size: int
    path: list[bytes]
    checkpoint: str


class Witnessed(NamedTuple):
    """A checkpoint as a witness kept it: the whole note, or size and root alone."""

    size: int
    root: bytes
    note: str | None


class AuditLog:
    """`signer`: gives the key, which is read when something is to be signed. `stamp`: has bytes
    time-stamped by an authority, if one is named.
    """

    def __init__(self, archive: Archive, signer: Callable[[], Signer], stamp: Stamp) -> None:
        self._archive, self.signer, self._stamp = archive, signer, stamp

    def checkpoint(self) -> StoredCheckpoint:
        """The newest checkpoint, signed now if anything was recorded since the last one, or that is
        signed by the key before.
        """
        signer = self.signer()
        last = self._archive.index.log.last_checkpoint()
        anew = last is not None and not signer.public.signed(last[1].note)

        def sign(size: int, root: bytes) -> tuple[str, bytes | None]:
            text = signer.checkpoint(size, root)
            return text, self._stamp(text.encode())

        return self._archive.checkpoint(sign, lambda known: keys_after(known, signer), anew)

    def covering(self, story: str) -> StoredCheckpoint:
        """The first checkpoint by the present key that all of a story's leaves are in: it stays the
        same for as long as nothing is recorded of the story.
        """
        last = self._last_leaf(story)
        mark = self.signer().public.mark
        found = self._archive.index.log.first_checkpoint(last.number + 1, mark)
        return self._archive.stored_checkpoint(found[0]) if found else self.checkpoint()

    def inclusion(self, number: int, sealed: StoredCheckpoint | None = None) -> Proof:
        """NotFound for a leaf that the checkpoint does not cover."""
        sealed = sealed or self.checkpoint()
        log = self._archive.index.log
        leaf = log.leaf(number) if number < sealed.size else None
        if leaf is None:
            raise NotFound(f"The log of {sealed.size} leaves has no leaf {number}.")
        path = log.inclusion(number, sealed.size)
        return Proof(leaf, sealed.size, path, sealed.note)

    def of_revision(self, story: str, revision: int) -> list[Proof]:
        """Proofs for a revision and what was done about it, all by one checkpoint."""
        found = [
            leaf
            for leaf in self._archive.index.log.of_story(story)
            if json.loads(leaf.body)["revision"] == revision
        ]
        if not found:
            raise NotFound(f"The story “{story}” has no revision {revision}.")
        sealed = self.covering(story)
        return [self.inclusion(leaf.number, sealed) for leaf in found]

    def consistency(self, old: int, size: int | None = None) -> tuple[int, list[bytes]]:
        """That the log of `size` leaves (else of the newest checkpoint) begins with the one of
        `old`: the size, and the proof.
        """
        there = self._archive.index.log.size()
        if size is not None and size > there:
            raise Malformed([FieldError("second", f"the log has {there} leaves")])
        size = self.checkpoint().size if size is None else size
        if not 0 <= old <= size:
            message = f"must be a size from 0 to the second's, {size}"
            raise Malformed([FieldError("first", message)])
        return size, self._archive.index.log.consistency(old, size)

    def check(self, seen: Witnessed) -> list[str]:
        """What is wrong with today's archive, seen from a checkpoint of before; nothing if it
        extends it. All leaves are hashed anew.
        """
        wrong = []
        size = self._archive.index.log.size()
        if seen.note is not None:
            key = next((each for each in self.public_keys() if each.signed(seen.note)), None)
            if key is None:
                wrong.append("the checkpoint is not signed by a key of this log")
        if seen.size > size:
            told = f"the log was cut off: {seen.size} leaves were seen, it has {size}"
            return [*wrong, told]
        edge: list[tuple[int, bytes]] = []
        for leaf in self._archive.index.log.leaves(0, seen.size):
            merkle.grow(edge, merkle.leaf_hash(leaf.body.encode()))
        if merkle.root_of_edge(edge) != seen.root:
            wrong.append(f"the first {seen.size} leaves are not those that were seen")
        report = self._archive.verify()
        return wrong + [str(finding) for finding in report.findings]

    def unsigned(self) -> list[str]:
        """What is wrong with the signatures: of the newest checkpoint, and from key to key."""
        last = self._archive.index.log.last_checkpoint()
        if last is None:
            return []
        known = keys_in(self._archive.stored_checkpoint(last[0]).keys)
        wrong = [
            f"log: {key.fingerprint} was not signed over to by the key before"
            for (old, _), (key, handover) in pairwise(known)
            if not signs(old, f"{key.line}\n".encode(), handover)
        ]
        if not known or not known[-1][0].signed(last[1].note):
            wrong.append("log: its newest checkpoint is not signed by its key")
        return wrong

    def public_keys(self) -> list[PublicKey]:
        """The log's public keys, the newest last; the one in use if nothing is signed yet."""
        last = self._archive.index.log.last_checkpoint()
        known = keys_in(self._archive.stored_checkpoint(last[0]).keys) if last else []
        return [key for key, _ in known] or [self.signer().public]

    def _last_leaf(self, story: str) -> Leaf:
        leaves = self._archive.index.log.of_story(story)
        if not leaves:
            raise NotFound(f"There is no story “{story}”.")
        return leaves[-1]


def proofs_json(proofs: Sequence[Proof]) -> dict[str, Any]:
    """Proofs by one checkpoint as JSON values; hashes are in base64, as in the checkpoint."""
    leaves = [
        {
            "number": each.leaf.number,
            "leaf": each.leaf.body,
            "path": [base64.b64encode(value).decode() for value in each.path],
        }
        for each in proofs
    ]
    return {"checkpoint": proofs[0].checkpoint, "size": proofs[0].size, "leaves": leaves}


def audit_log(archive: Archive, settings: Settings) -> AuditLog:
    """The log of an archive, with the key and the authority that the settings name."""
    origin = f"{urlsplit(settings.url).netloc or 'localhost'}/story-history"

    def signer() -> Signer:
        found, made = found_or_made(settings.signing_key, origin)
        if made:
            told = "a signing key was made; keep it apart from the archive, and publish its"
            told += f" fingerprint: {found.public.fingerprint}"
            log.warning("%s: %s", settings.signing_key, told)
        return found

    def stamp(data: bytes) -> bytes | None:
        return stamped(data, settings.authority) if settings.authority else None

    return AuditLog(archive, signer, stamp)


def keys_in(text: str) -> list[tuple[PublicKey, str]]:
    """The log's keys, each with the signature by which the one before handed over to it."""
    told = [json.loads(line) for line in text.splitlines()]
    return [(PublicKey(each["key"]), each["signature"]) for each in told]


def keys_after(known: str, signer: Signer) -> str:
    """The list of keys once this one signs. BadKey if it is a new one that was not handed to."""
    keys = keys_in(known)
    if keys and keys[-1][0].raw == signer.public.raw:
        return known
    if keys and not signer.handover:
        raise BadKey(
            f"{signer.public.fingerprint} is not the key of this log"
            f" ({keys[-1][0].fingerprint}); a new key is made by: key rotate"
        )
    line = {"key": signer.public.line, "signature": signer.handover if keys else ""}
    return known + json.dumps(line) + "\n"


def witnessed(text: str) -> Witnessed:
    """A checkpoint, or `SIZE:ROOT` as one may have printed it. Malformed if it is neither."""
    if short := re.fullmatch(r"(\d{1,18}):([A-Za-z0-9+/]{43}=)", text.strip()):
        return Witnessed(int(short[1]), base64.b64decode(short[2]), None)
    try:
        seen = Checkpoint.parse(text)
        return Witnessed(seen.size, seen.root, seen.note)
    except Damaged:
        message = "must be a signed checkpoint, or SIZE:ROOT as a checkpoint names them"
        raise Malformed([FieldError("since", message)]) from None
