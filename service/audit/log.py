"""The signed log: checkpoints, proofs, and whether the archive extends a checkpoint seen before."""

import base64
import json
import logging
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, Self

from repo_store import (
    Archive,
    ArchiveError,
    Checkpoint,
    Damaged,
    FieldError,
    Leaf,
    Malformed,
    NotFound,
    StoredCheckpoint,
    locks,
    merkle,
)
from service.audit.anchors import Anchors
from service.audit.epochs import Epoch, checked_reason
from service.audit.keys import (
    PUBLISHED,
    BadKey,
    PublicKey,
    Signer,
    create_successor,
    find,
    holds,
    load_or_create,
    put_in_place,
)
from service.audit.memory import Memory, Tree
from service.present import times
from service.present.schemas import Consistency, Inclusion, ProvenLeaf

log = logging.getLogger(__name__)


class _Intended(NamedTuple):
    """A log with what was about to be signed of it when a process was killed, and may have been."""

    log: Tree
    intent: StoredCheckpoint | None

    def size(self) -> int:
        return self.intent.size if self.intent else self.log.size()

    def root(self, size: int) -> bytes:
        intent = self.intent
        return intent.checkpoint.root if intent and intent.size == size else self.log.root(size)

    def last_checkpoint(self) -> tuple[str, Checkpoint] | None:
        return self.log.last_checkpoint()


class AuditLog:
    """The log of one archive.

    `signer` returns the key; it is called whenever something is signed, so a rotated key takes
    effect at once. It raises BadKey, and NoMemory if what the key signed last is not known although
    it was.
    """

    def __init__(
        self, archive: Archive, key: Path, signer: Callable[[], Signer], anchors: Anchors
    ) -> None:
        self._archive, self._key, self.signer, self.anchors = archive, key, signer, anchors
        self._lock = f"{archive.path}/locks/key"

    @classmethod
    def open(
        cls, archive: Archive, key: Path, name: str, anchors: Anchors, fixed: bool = False
    ) -> Self:
        """The log of an archive, signed with the key in this file. A key is created, under this
        name and when it is first needed, only for a log that was never signed; `fixed`: no other
        file beside this one is looked at.
        """

        def signer() -> Signer:
            if keys := _stored_keys(archive):
                found = find(key, fixed, keys[-1].key)
                if keys[-1].remembered and not found.memory.last(found.public.name):
                    raise NoMemory(found)
                return found
            signer, created = load_or_create(key, name)
            if created:
                log.warning(
                    "%s: a signing key was created; keep it apart from the archive, and publish its"
                    " fingerprint: %s",
                    key,
                    signer.public.fingerprint,
                )
            return signer

        return cls(archive, key, signer, anchors)

    @property
    def is_set_up(self) -> bool:
        """Whether there is a key, or there must have been one."""
        return self._key.exists() or bool(_stored_keys(self._archive))

    def known_key(self) -> PublicKey | None:
        """The key of the newest checkpoint; None if nothing was signed yet."""
        keys = _stored_keys(self._archive)
        return keys[-1].key if keys else None

    def key_file(self) -> Path:
        """Where the signing key is. Raises BadKey if it is not there, or signed something else than
        this archive.
        """
        signer = self.signer()
        for name, log in self._logs(signer.public).items():
            signer.memory.check(name, log)
        return signer.path

    def memory_faults(self) -> list[str]:
        """How this archive contradicts what its key signed. Without the key nothing is found."""
        if not _stored_keys(self._archive):
            return []
        with suppress(BadKey):
            signer = self.signer()
            logs = self._logs(signer.public).items()
            gone = [each for name, log in logs if (each := signer.memory.contradicted(name, log))]
            return [
                f"log: the key has signed {short_form(each)} of {each.origin}, and what is here"
                " does not extend that"
                for each in gone
            ]
        return []

    def settled_key(self) -> Path:
        """Where the signing key is, put in place if a command that was to do it was interrupted."""
        with locks.locked(self._lock):
            return put_in_place(self.signer(), self._key).path

    def begin_epoch(self, reason: str) -> Epoch:
        """Go on under a new key, since the old one is lost, or is known to have signed what is not
        in the archive, or it is not known what it signed; returns what the new one states.

        If it fails, nothing that was there is gone, and a repetition goes on. Raises ArchiveError
        if there is no such reason, or if nothing was ever signed.
        """
        with locks.locked(self._lock):
            return self._begin_epoch(checked_reason(reason))

    def _begin_epoch(self, reason: str) -> Epoch:
        self._archive.catch_up()
        keys, last = _stored_keys(self._archive), self._archive.index.log.last_checkpoint()
        if not keys or last is None:
            raise BadKey(
                f"nothing of this log was signed yet, so nothing is lost; if {self._key} is another"
                " log's key, move it away: story-history key create"
            )
        before = keys[-1].key
        given_up: list[str] = []
        try:
            found = self.signer()
        except NoMemory:
            pass
        except BadKey:
            if holds(self._key, before):
                raise ArchiveError(
                    f"{self._key}: the key {before.fingerprint} is there, but cannot be used: if it"
                    " has a passphrase, remove that (ssh-keygen -p -f FILE); if the file is"
                    " damaged, move it away"
                ) from None
            given_up = self._given_up(Memory.beside(self._key), before)
        else:
            if put_in_place(found, self._key).path != found.path:
                return self.epochs()[-1]  # an attempt that failed has come as far as this
            if not (given_up := self._given_up(found.memory, before)):
                raise ArchiveError(
                    f"the key {before.fingerprint} is there, and the archive is what it signed; to"
                    " replace it: story-history key rotate"
                )
        number = sum(bool(each.epoch) for each in keys) + 2
        new = create_successor(self._key, f"{keys[0].key.name}/{number}")
        fingerprints = before.fingerprint, new.public.fingerprint
        epoch = Epoch(number, last[1].size, last[1].root, tuple(given_up), *fingerprints, reason)
        signature = new.sign_file(epoch.statement.encode())
        own = LogKey(new.public, "", epoch.statement, signature, remembered=True)

        def follow(known: str) -> str:
            begun = parse_keys(known)[-1].key == new.public  # likewise
            return known if begun else known + own.line

        begun = self._archive.checkpoint(self._sign_with(new), follow, renew=True)
        put_in_place(new, self._key)
        self.anchors.stamp(begun.note)
        return self.epochs()[-1]

    def _logs(self, key: PublicKey) -> dict[str, Tree]:
        """The logs that a key signs, by their origins."""
        public = _Intended(self._archive.index.public_log, self._archive.public_log.intent())
        return {key.name: self._archive.index.log, f"{key.name}{PUBLISHED}": public}

    def _given_up(self, memory: Memory, key: PublicKey) -> list[str]:
        """What the key signed and the archive does not extend, each as `ORIGIN SIZE:ROOT`."""
        found = (memory.contradicted(name, log) for name, log in self._logs(key).items())
        return [f"{each.origin} {short_form(each)}" for each in found if each]

    def _sign_with(self, signer: Signer) -> Callable[[int, bytes], str]:
        def sign(size: int, root: bytes) -> str:
            checkpoint = Checkpoint(signer.public.name, size, root)
            return signer.sign_checkpoint(checkpoint, self._archive.index.log.root)

        return sign

    def trust_log(self) -> list[Checkpoint]:
        """Take the newest checkpoints here as what the key signed last, since what it was is not
        known any more; returns them. Raises BadKey if it is known.
        """
        try:
            signer = self.signer()
        except NoMemory as error:
            signer = error.signer
        else:
            raise BadKey(f"{signer.memory.path}: what this key signed last is known")
        self._archive.catch_up()
        return self._take_as_signed(signer)

    def _take_as_signed(self, signer: Signer) -> list[Checkpoint]:
        taken = []
        for name, log in self._logs(signer.public).items():
            if (last := log.last_checkpoint()) and not signer.memory.last(name):
                taken.append(last[1]._replace(origin=name))
                signer.remember(taken[-1], log.root)
        return taken

    def epochs(self) -> list[Epoch]:
        """The epochs after the first, oldest first."""
        found = (Epoch.parse(each.epoch) for each in _stored_keys(self._archive) if each.epoch)
        return [each for each in found if each]

    def imprints(self) -> list[str]:
        """What the paper's imprint says of each of these epochs."""
        log, said = self._archive.index.log, []
        for epoch in self.epochs():
            last = log.leaf(epoch.size - 1) if epoch.size else None
            said.append(epoch.imprint(times.parse(json.loads(last.body)["time"]) if last else None))
        return said

    def checkpoint(self) -> StoredCheckpoint:
        """The newest checkpoint. A new one is signed, and stamped by each authority that can be
        reached, if anything was recorded since the last, or if the last was signed by an older key.
        """
        signer = self.signer()
        if not signer.memory.last(signer.public.name):  # an earlier release remembered nothing
            for each in self._take_as_signed(signer):
                log.warning(
                    "%s: the key is taken to have signed no more than %d entries of %s until now",
                    signer.memory.path,
                    each.size,
                    each.origin,
                )
        last = self._archive.index.log.last_checkpoint()
        renew = last is not None and not signer.public.verify_note(last[1].note)
        sign = self._sign_with(signer)
        stored = self._archive.checkpoint(sign, lambda keys: _append_key(keys, signer), renew)
        signer.memory.check(signer.public.name, self._archive.index.log)
        if last is None or stored.commit != last[0]:
            self.anchors.stamp(stored.note)
        return stored

    def checkpoint_covering(self, story: str) -> StoredCheckpoint:
        """The first checkpoint signed by the present key that covers all of a story's leaves. It
        stays the same until something else is recorded of the story.
        """
        leaves = self._archive.index.log.of_story(story)
        if not leaves:
            raise NotFound(f"There is no story “{story}”.")
        signer, log = self.signer(), self._archive.index.log
        if signer.memory.contradicted(signer.public.name, log):
            self.checkpoint()  # says how, unless the index was only behind
        prefix = signer.public.signature_prefix
        first = self._archive.index.log.first_checkpoint(leaves[-1].number + 1, prefix)
        return self._archive.stored_checkpoint(first[0]) if first else self.checkpoint()

    def inclusion(self, number: int) -> Inclusion:
        """Prove that the log of the newest checkpoint has a leaf. NotFound if it has not."""
        checkpoint = self.checkpoint()
        leaf = self._archive.index.log.leaf(number) if number < checkpoint.size else None
        if leaf is None:
            raise NotFound(f"The log of {checkpoint.size} leaves has no leaf {number}.")
        return self._prove([leaf], checkpoint)

    def inclusion_of_revision(self, story: str, revision: int) -> Inclusion:
        """Prove that the log has a revision and each action on it."""
        leaves = [
            leaf
            for leaf in self._archive.index.log.of_story(story)
            if json.loads(leaf.body)["revision"] == revision
        ]
        if not leaves:
            raise NotFound(f"The story “{story}” has no revision {revision}.")
        return self._prove(leaves, self.checkpoint_covering(story))

    def _prove(self, leaves: Sequence[Leaf], checkpoint: StoredCheckpoint) -> Inclusion:
        log = self._archive.index.log
        proven = [
            ProvenLeaf(
                number=leaf.number,
                leaf=leaf.body,
                path=_encode(log.inclusion(leaf.number, checkpoint.size)),
            )
            for leaf in leaves
        ]
        return Inclusion(checkpoint=checkpoint.note, size=checkpoint.size, leaves=proven)

    def consistency(self, old: int, size: int | None = None) -> Consistency:
        """Prove that the log of `size` leaves (by default, of the newest checkpoint) begins with
        the log of `old` leaves.
        """
        newest = self._archive.index.log.size()
        if size is not None and size > newest:
            raise Malformed([FieldError("second", f"the log has {newest} leaves")])
        size = self.checkpoint().size if size is None else size
        if not 0 <= old <= size:
            message = f"must be a size from 0 to the second's, {size}"
            raise Malformed([FieldError("first", message)])
        proof = self._archive.index.log.consistency(old, size)
        return Consistency(first=old, second=size, proof=_encode(proof))

    def check_extends(self, seen: Checkpoint) -> list[str]:
        """What contradicts a checkpoint seen before; empty if the archive extends it.

        Rehashes every leaf, and verifies the archive. The checkpoint's signature is checked unless
        its note is empty.
        """
        faults = []
        log = self._archive.index.log
        size = log.size()
        if seen.note and not any(key.verify_note(seen.note) for key in self.public_keys()):
            faults.append("the checkpoint is not signed by a key of this log")
        if seen.size > size:
            faults.append(
                f"the log was cut off: it has {size} of the {seen.size} leaves that were seen"
            )
            return faults
        if merkle.root_of(leaf.body for leaf in log.leaves(0, seen.size)) != seen.root:
            faults.append(f"the first {seen.size} leaves are not the ones that were seen")
        faults += map(str, self._archive.verify().findings)
        return faults + self.memory_faults()

    def signature_faults(self) -> list[str]:
        """What is wrong with the newest checkpoint's signature, or with a key's on the next key."""
        last = self._archive.index.log.last_checkpoint()
        if last is None:
            return []
        keys = _stored_keys(self._archive)
        faults = [
            f"log: {key.key.fingerprint} {fault}"
            for before, key in pairwise(keys)
            if (fault := fault_of_next(before.key, key))
        ]
        for epoch in self.epochs():
            if self._archive.index.log.root(epoch.size) != epoch.root:
                faults.append(f"log: epoch {epoch.number} began after another log than this one")
        if not keys or not keys[-1].key.verify_note(last[1].note):
            faults.append("log: its newest checkpoint is not signed by its key")
        if public := self._archive.public_log.newest():
            key = key_of(public)
            if not key.named(f"{key.name}{PUBLISHED}").verify_note(public.note):
                faults.append("public log: its newest checkpoint is not signed by its key")
        return faults

    def public_keys(self) -> list[PublicKey]:
        """The log's public keys, newest last; if nothing is signed yet, the present key alone."""
        return [each.key for each in self.key_series()]

    def key_series(self) -> list["LogKey"]:
        """The same, with how each came after the one before."""
        return _stored_keys(self._archive) or [LogKey(self.signer().public)]


def _encode(hashes: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(value).decode() for value in hashes]


class LogKey(NamedTuple):
    """A key, with how it came after the one before: `handover`, that key's signature on this one,
    or `epoch`, the statement that there is none, with this key's signature on it. The first key has
    neither. `remembered`: what it signs is remembered beside it.
    """

    key: PublicKey
    handover: str = ""
    epoch: str = ""
    epoch_signature: str = ""
    remembered: bool = False

    @property
    def line(self) -> str:
        """As it is stored, with a checkpoint: JSON."""
        values: dict[str, object] = {"key": self.key.line, "signature": self.handover}
        if self.epoch:
            values |= {"epoch": self.epoch, "epoch_signature": self.epoch_signature}
        return json.dumps(values | ({"memory": True} if self.remembered else {})) + "\n"


class NoMemory(BadKey):
    """It is not known any more what the key, which the signer has, signed last."""

    def __init__(self, signer: Signer) -> None:
        super().__init__(
            f"{signer.memory.path} is not there, so it is not known what the key signed last, and"
            " nothing is signed. Put the file back; if this archive is surely the newest:"
            " story-history key trust-log; else: story-history log epoch --reason TEXT"
        )
        self.signer = signer


def parse_keys(text: str) -> list[LogKey]:
    """The keys stored with a checkpoint, oldest first."""
    values = [json.loads(line) for line in text.splitlines()]
    return [
        LogKey(
            PublicKey(value["key"]),
            value["signature"],
            value.get("epoch", ""),
            value.get("epoch_signature", ""),
            value.get("memory", False),
        )
        for value in values
    ]


def fault_of_next(before: PublicKey, following: LogKey) -> str:
    """What is wrong with how a key follows the one before it; empty if nothing is."""
    key = following.key
    if not following.epoch:
        signed = before.verify_file(f"{key.line}\n".encode(), following.handover)
        return "" if signed else "was not signed by the key before it"
    epoch = Epoch.parse(following.epoch)
    if epoch is None or (epoch.before, epoch.after) != (before.fingerprint, key.fingerprint):
        return "has a statement about other keys"
    signed = key.verify_file(following.epoch.encode(), following.epoch_signature)
    return "" if signed else "did not sign its statement"


def _stored_keys(archive: Archive) -> list[LogKey]:
    last = archive.index.log.last_checkpoint()
    return parse_keys(archive.stored_checkpoint(last[0]).keys) if last else []


def key_of(checkpoint: StoredCheckpoint) -> PublicKey:
    """The key that signed it."""
    return parse_keys(checkpoint.keys)[-1].key


def _append_key(text: str, signer: Signer) -> str:
    """The stored keys with this one as the last. Raises BadKey for a new key without a handover."""
    keys = parse_keys(text)
    if keys and keys[-1].key.raw == signer.public.raw:
        *before, last = keys
        return "".join(each.line for each in (*before, last._replace(remembered=True)))
    if keys and not signer.handover:
        raise BadKey(
            f"{signer.public.fingerprint} is not the key of this log"
            f" ({keys[-1].key.fingerprint}); to replace a key: story-history key rotate"
        )
    handover = signer.handover if keys else ""
    return text + LogKey(signer.public, handover, remembered=True).line


def short_form(checkpoint: Checkpoint) -> str:
    """A checkpoint without its signature, as one line to print: SIZE:ROOT."""
    return f"{checkpoint.size}:{base64.b64encode(checkpoint.root).decode()}"


def parse_seen(text: str) -> Checkpoint:
    """A checkpoint kept by a witness: the signed note, or its short form.

    Raises Malformed for anything else.
    """
    if short := re.fullmatch(r"(\d{1,18}):([A-Za-z0-9+/]{43}=)", text.strip()):
        return Checkpoint("", int(short[1]), base64.b64decode(short[2]))
    try:
        return Checkpoint.parse(text)
    except Damaged:
        message = "must be a signed checkpoint, or SIZE:ROOT as a checkpoint names them"
        raise Malformed([FieldError("since", message)]) from None
