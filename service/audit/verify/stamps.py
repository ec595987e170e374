"""Verifies the time stamps of checkpoints: what they prove to a reader who names authorities."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from asn1crypto.x509 import Certificate

from repo_store import FieldError, Malformed
from service.audit.anchors import as_signed
from service.audit.timestamps import (
    HASHES,
    BadStamp,
    Stamp,
    certificates_in,
    read_stamp,
    trust_fault,
)

_CHECKPOINTS = (
    ("data/log", "the checkpoint", "when it was recorded"),
    ("data/published", "the public log's checkpoint", "since when the public log says so"),
)
"""The folders that may have one and its stamps; `name` and `unproven` of each."""


class Stamped(NamedTuple):
    """A checkpoint of an export: what it is called, what remains unproven without stamps, its note
    as its log signed it, and the responses of authorities about it, by file and oldest first.
    """

    name: str
    unproven: str
    note: bytes
    responses: Mapping[str, bytes]


class Findings(NamedTuple):
    """In words: the faults, what is proven, and what remains unproven."""

    faults: list[str]
    proven: list[str]
    unproven: list[str]


class _Numbered(NamedTuple):
    """A stamp of a checkpoint and of the first `covers` stamps of it."""

    checkpoint: str
    number: int
    name: str
    stamp: Stamp
    covers: int

    def renews(self, other: "_Numbered") -> bool:
        return self.covers > other.number and self.stamp.at <= other.stamp.expires

    def __str__(self) -> str:
        at, authority = _time(self.stamp.at), self.stamp.authority
        return f"{self.checkpoint} existed at {at}, as {authority} stamped in {self.name}"


def read_authorities(paths: Sequence[Path]) -> list[Certificate]:
    """The certificates in these files. Raises Malformed that names the one that holds none."""
    found: list[Certificate] = []
    for path in paths:
        try:
            found += certificates_in(path.read_bytes())
        except (ValueError, TypeError):
            message = f"{path}: must hold certificates, as PEM or DER"
            raise Malformed([FieldError("--authority", message)]) from None
    return found


def stamped_in(export: Path) -> Iterator[Stamped]:
    """The checkpoints of an unpacked export in which nothing else is at fault."""
    for place, name, unproven in _CHECKPOINTS:
        folder = export / place
        paths = [*folder.glob("timestamp.tsr"), *sorted(folder.glob("stamps/*.tsr"))]
        responses = {path.relative_to(export).as_posix(): path.read_bytes() for path in paths}
        if (note := folder / "checkpoint").exists():
            signed = as_signed(note.read_bytes().decode()).encode()
            yield Stamped(name, unproven, signed, responses)


def check_stamps(stamped: Stamped, roots: Sequence[Certificate], now: datetime) -> Findings:
    """What the stamps of a checkpoint prove.

    A stamp is of the note, or of the note with the first stamps one after the other: then it renews
    these. One counts if a path of certificates led to one of `roots` when it was made, and if its
    own certificate is still valid at `now`, or a stamp that counts renewed it while that was.
    """
    found = Findings([], [], [])
    if not stamped.responses:
        none = f"no outside authority has time-stamped {stamped.name}"
        found.unproven.append(f"{stamped.unproven}: {none}")
    stamps: list[_Numbered] = []
    so_far = [hashlib.new(name, stamped.note) for name in HASHES]
    covers: dict[tuple[str, bytes], int] = {}  # by the hash: how many stamps beside the note
    for number, (name, response) in enumerate(stamped.responses.items()):
        covers |= {(each.name, each.digest()): number for each in so_far}
        for each in so_far:
            each.update(response)
        try:
            stamp = read_stamp(response)
        except BadStamp as error:
            found.faults.append(f"the time stamp {name} is false: {error}")
            continue
        if (covered := covers.get((stamp.hash_name, stamp.digest))) is None:
            found.faults.append(f"the time stamp {name} is not one of {stamped.name}")
        else:
            stamps.append(_Numbered(stamped.name, number, name, stamp, covered))
    counting: list[_Numbered] = []
    for each in reversed(stamps):
        renewal = next((later for later in counting if later.renews(each)), None)
        if why := _unproven(each, renewal, roots, now):
            found.unproven.insert(0, f"that {each}: {why}")
        else:
            counting.append(each)
            renewed = f", renewed at {_time(renewal.stamp.at)}" if renewal else ""
            found.proven.insert(0, f"{each}{renewed}, under its policy {each.stamp.policy}")
    return found


def _unproven(
    each: _Numbered, renewal: _Numbered | None, roots: Sequence[Certificate], now: datetime
) -> str:
    """Why a stamp that is sound in itself does not count; empty if it does."""
    if not roots:
        return (
            "its signature is sound; to check whose it is, get the authority's certificate from the"
            " authority, and name it: --authority FILE.pem"
        )
    if fault := trust_fault(each.stamp, roots):
        return f"its signature is sound, but is not of an authority that you named: {fault}"
    if each.stamp.expires < now and renewal is None:
        return (
            f"its certificate was valid then, but ran out on {each.stamp.expires:%Y-%m-%d}, and no"
            " later stamp had renewed it: whoever got the authority's key since could have made it"
        )
    return ""


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
