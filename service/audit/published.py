"""The public log: what was published, in leaves that anyone may read, under signed checkpoints.

Nothing of drafts is in it. The private log is tied in by a blinded leaf an hour, which an export
opens; so who has an export and a witness of the public log also has one of the private log.
"""

import json
import logging
import secrets
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from repo_store import (
    Action,
    Archive,
    HeadProof,
    NotFound,
    PublishedExtension,
    PublishedLeaf,
    Revision,
    StoredCheckpoint,
    digest_of_record,
    leaf_line,
    public_lines,
    rfc3339,
    version_line,
)
from service.audit.keys import PUBLISHED, PublicKey
from service.audit.log import AuditLog, key_of, parse_keys

log = logging.getLogger(__name__)

TIE_EVERY = timedelta(hours=1)
"""How often the private log is tied in; so a checkpoint is never older, while the service runs."""


def origin_of(key: PublicKey) -> PublicKey:
    """The key as it signs the public log: under that log's name."""
    return key.named(f"{key.name}{PUBLISHED}")


class Proof(NamedTuple):
    """That a version was published, and how many versions its story has, as of a checkpoint.

    `path`: from the version's leaf to the root. `head`: the story's entry in the map of stories,
    `heads` the leaf that states the map, with its `heads_path`. `record`: what the leaf's digest
    of the public record is of; empty if its words were removed.
    """

    checkpoint: StoredCheckpoint
    leaf: PublishedLeaf
    path: list[bytes]
    record: str
    head: HeadProof
    heads: PublishedLeaf
    heads_path: list[bytes]

    @property
    def text(self) -> str:
        """As `proof_text` writes it, with all that opens the leaf and the map."""
        extra = {
            "leaf": self.leaf.body,
            "record": self.record,
            "head": {"line": self.head.line, "path": _encoded(self.head.path)},
            "heads": {"leaf": self.heads.body, "path": _encoded(self.heads_path)},
        }
        return proof_text(self.leaf.number, self.path, self.checkpoint.note, extra)


def public_records(
    archive: Archive,
    story: str,
    revisions: Iterable[Revision],
    actions: Iterable[Action],
    size: int,
) -> Iterator[tuple[int, str]]:
    """What the digests of a story's records are of, by the numbers of its leaves below `size`.
    What was removed since is not there.
    """
    lines = public_lines(revisions, actions)
    for leaf in archive.index.public_log.of_story(story):
        if leaf.number < size and (line := lines.get(json.loads(leaf.body)["record"])):
            yield leaf.number, line


class PublishedLog:
    def __init__(self, archive: Archive, audit: AuditLog) -> None:
        self._archive, self._audit = archive, audit
        self._log = archive.public_log

    def newest(self) -> StoredCheckpoint | None:
        """The newest checkpoint; None if nothing was ever published, or signed yet."""
        return self._log.newest()

    def is_due(self) -> bool:
        """Whether a checkpoint lacks something that was published, is an hour old, or is signed by
        a key that was replaced.
        """
        if self._archive.index.public_log.is_due() or self._tie_is_due():
            return True
        newest = self.newest()
        return newest is not None and key_of(newest) != self._audit.known_key()

    def checkpoint(self) -> StoredCheckpoint | None:
        """The newest checkpoint, by the present key, after what was published is in the log and its
        files; None if nothing was ever published. Raises BadKey if it cannot be signed.
        """
        newest = self.newest()
        if newest is None and not self.is_due():
            return None
        signer = self._audit.signer()
        if self.is_due() or newest is None or key_of(newest) != signer.public:
            origin = origin_of(signer.public).name
            newest = self._log.extend(origin, signer.sign_checkpoint, self._extension)
        self._log.write_files()
        return newest

    def consistency(self, old: int, size: int) -> list[bytes]:
        """The proof that the log of `size` leaves begins with the one of `old`."""
        return self._archive.index.public_log.consistency(old, size)

    def cosign(self, stored: StoredCheckpoint, note: str) -> None:
        """Keep the newest checkpoint with more signatures; nothing if there is a newer one."""
        self._log.cosign(stored, note)
        self._log.write_files()

    def proof(self, story: str, version: int) -> Proof:
        """Raises NotFound if the version is not in the log yet, or is none."""
        known = self._archive.index.public_log
        with self._archive.index.reading():
            newest = self.newest()
            leaf = known.of_version(story, version)
            if newest is None or leaf is None or leaf.number >= newest.size:
                raise NotFound(f"Version {version} of “{story}” is not in the public log yet.")
            [heads] = known.leaves(newest.size - 1, newest.size)
            return Proof(
                newest,
                leaf,
                known.inclusion(leaf.number, newest.size),
                self._record(leaf),
                known.heads.proof(story),
                heads,
                known.inclusion(heads.number, newest.size),
            )

    def newest_within(self, size: int) -> StoredCheckpoint | None:
        """The newest checkpoint without anything after the first `size` leaves of the private log;
        None if there is none.
        """
        found = self._archive.index.public_log.newest_within(size)
        return self._archive.stored_checkpoint(found) if found else None

    def _record(self, leaf: PublishedLeaf) -> str:
        """What the leaf's `record` is the digest of; empty if words of it were removed."""
        version = self._archive.index.version(leaf.story or "", leaf.version or 0)
        line = version_line(version) if version else ""
        return line if json.loads(leaf.body)["record"] == digest_of_record(line) else ""

    def _tie_is_due(self) -> bool:
        """Whether the log, which was begun, has not tied in the private one for an hour."""
        known = self._archive.index.public_log
        last = known.last_tie(known.size())
        if last is None:
            return False
        at = datetime.fromisoformat(json.loads(last.body)["time"])
        return self._log.clock() - at >= TIE_EVERY

    def _extension(self, before: StoredCheckpoint | None) -> PublishedExtension:
        signer = self._audit.signer()
        renewed = before is None or parse_keys(before.keys)[-1].key != signer.public
        keys = self._audit.checkpoint().keys if renewed or before is None else before.keys
        leaves, ties, at = list[str](), list[dict[str, object]](), rfc3339(self._log.clock())
        number = before.size if before else 0
        if before and renewed:
            leaves.append(leaf_line("key", key=signer.public.fingerprint, time=at))
        if before is None or self._tie_is_due():
            blind, note = secrets.token_bytes(32), self._audit.checkpoint().note
            tie = b64encode(sha256(blind + note.encode()).digest()).decode()
            if before:
                leaves.append(leaf_line("tie", tie=tie, time=at))
            else:
                replayed = self._archive.index.public_log.pending()
                leaves.append(
                    leaf_line(
                        "genesis", log=signer.public.name, replayed=replayed, tie=tie, time=at
                    )
                )
            place = number + len(leaves) - 1
            ties.append({"number": place, "blind": blind.hex(), "checkpoint": note})
        lines = "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in ties)
        return PublishedExtension(tuple(leaves), lines, keys)


def proof_text(number: int, path: Sequence[bytes], note: str, extra: Mapping[str, object]) -> str:
    """A proof as https://c2sp.org/tlog-proof writes it."""
    packed = b64encode(json.dumps(extra, separators=(",", ":")).encode()).decode()
    lines = ["c2sp.org/tlog-proof@v1", f"extra {packed}", f"index {number}"]
    return "\n".join([*lines, *_encoded(path), "", note])


def _encoded(hashes: Sequence[bytes]) -> list[str]:
    return [b64encode(value).decode() for value in hashes]
