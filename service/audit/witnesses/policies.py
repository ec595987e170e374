"""Which checkpoints count: policy files as https://c2sp.org/tlog-policy defines them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, Self

from repo_store import printable, shortened
from service.audit.witnesses.notes import (
    WITNESS_TYPES,
    BadNote,
    BadVerifierKey,
    Note,
    VerifierKey,
)

NONE = "none"
"""The quorum that needs no witness; no witness or group may be called so."""
_MOST_BYTES = 2**20
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_SPACE = re.compile(r"[ \t]+")


class BadPolicy(ValueError):
    """Not a policy file; the message names the line."""


class KnownLog(NamedTuple):
    key: VerifierKey
    url: str = ""


class Witness(NamedTuple):
    """`name`: only the policy's own. `url`: where `add-checkpoint` is, without it; may be empty."""

    name: str
    key: VerifierKey
    url: str = ""


class Group(NamedTuple):
    """Witnesses a checkpoint if at least `threshold` of its members do: witnesses, or groups."""

    name: str
    threshold: int
    members: tuple[str, ...]


class Cosigned(NamedTuple):
    """By which witness, and when it says so."""

    witness: str
    time: datetime


class Verdict(NamedTuple):
    """Whether a policy accepts a checkpoint: yes, unless `fault` says why not.

    `log`: the key of the log that signed it. `cosigned`: which of the policy's witnesses did.
    """

    fault: str
    log: VerifierKey | None = None
    cosigned: tuple[Cosigned, ...] = ()

    @property
    def accepted(self) -> bool:
        return not self.fault


@dataclass(frozen=True)
class Policy:
    """`quorum`: the witness or group that must have cosigned, or `NONE`."""

    logs: tuple[KnownLog, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NONE

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Raises BadPolicy."""
        reader = _Reader()
        for number, line in enumerate(_lines(data), 1):
            try:
                reader.take(line)
            except (BadPolicy, BadVerifierKey) as error:
                raise BadPolicy(f"line {number}: {error}") from None
        if reader.quorum is None:
            raise BadPolicy("there is no quorum line")
        return cls(tuple(reader.logs), tuple(reader.witnesses), tuple(reader.groups), reader.quorum)

    def format(self) -> str:
        """As a policy file."""
        lines = [f"log {each.key} {each.url}" for each in self.logs]
        lines += [f"witness {each.name} {each.key} {each.url}" for each in self.witnesses]
        lines += [
            f"group {each.name} {each.threshold} {' '.join(each.members)}" for each in self.groups
        ]
        return "".join(f"{line.rstrip()}\n" for line in (*lines, f"quorum {self.quorum}"))

    def of_log(self, key: VerifierKey) -> Self:
        """The same of this log alone, whatever logs were listed."""
        return replace(self, logs=(KnownLog(key),))

    def accepts(self, note: Note) -> Verdict:
        """Whether one of the logs signed the checkpoint, and the quorum cosigned it."""
        try:
            origin = note.checkpoint().origin
            by = [each.key for each in self.logs if each.key.name == origin]
            log = next((key for key in by if key.verify(note)), None)
            found = [(each.name, each.key.verify(note)) for each in self.witnesses]
        except BadNote as error:
            return Verdict(str(error))
        cosigned = tuple(
            Cosigned(name, signed.time) for name, signed in found if signed and signed.time
        )
        if log is None:
            whose = printable(origin)
            return Verdict(f"it is not signed by a known key of the log {whose}", None, cosigned)
        if not self._has_quorum({each.witness for each in cosigned}):
            names = ", ".join(printable(each.witness) for each in cosigned) or "no witness"
            quorum = printable(self.quorum)
            return Verdict(f"cosigned by {names}, which is not the quorum {quorum}", log, cosigned)
        return Verdict("", log, cosigned)

    def _has_quorum(self, witnesses: set[str]) -> bool:
        # A group's members stand before it.
        met = set(witnesses)
        for group in self.groups:
            if len(met.intersection(group.members)) >= group.threshold:
                met.add(group.name)
        return self.quorum == NONE or self.quorum in met


@dataclass
class _Reader:
    """What the lines so far define. `free`: the names that no group has as a member yet."""

    logs: list[KnownLog] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str | None = None
    free: dict[str, bool] = field(default_factory=dict)

    def take(self, line: str) -> None:
        match _SPACE.split(line.strip(" \t")):
            case [""]:
                pass
            case [word, *_] if word.startswith("#"):
                pass
            case ["log", vkey, *url] if len(url) < 2:
                self.logs.append(KnownLog(_new_key(vkey, self.logs), *url))
            case ["witness", name, vkey, *url] if len(url) < 2:
                key = _new_key(vkey, self.witnesses)
                if key.type not in WITNESS_TYPES:
                    raise BadPolicy(f"{printable(key.name)} is not the key of a witness")
                self._define(name)
                self.witnesses.append(Witness(name, key, *url))
            case ["group", name, threshold, member, *more]:
                members = (member, *more)
                for each in members:
                    self._join(each)
                self._define(name)
                self.groups.append(Group(name, _threshold(threshold, len(members)), members))
            case ["quorum", name]:
                if self.quorum is not None:
                    raise BadPolicy("a second quorum")
                if name != NONE and name not in self.free:
                    raise BadPolicy(_undefined(name))
                self.quorum = name
            case [word, *_]:
                raise BadPolicy(
                    f"not a line of a policy ({shortened(word)}): log VKEY [URL], witness NAME VKEY"
                    " [URL], group NAME any|all|COUNT MEMBER…, or quorum NAME"
                )

    def _define(self, name: str) -> None:
        if name in self.free or name == NONE:
            raise BadPolicy(f"the name {shortened(name)} is taken")
        self.free[name] = True

    def _join(self, name: str) -> None:
        if name not in self.free:
            raise BadPolicy(_undefined(name))
        if not self.free[name]:
            raise BadPolicy(f"{shortened(name)} is a member already")
        self.free[name] = False


def _lines(data: bytes) -> list[str]:
    if len(data) > _MOST_BYTES:
        raise BadPolicy("longer than any policy")
    if found := _FORBIDDEN.search(data):
        number = data.count(b"\n", 0, found.start()) + 1
        raise BadPolicy(f"line {number}: control characters other than tab are not allowed")
    # Names are octets: what is not UTF-8 stays apart from all that is.
    *lines, rest = data.decode(errors="surrogateescape").split("\n")
    if rest:
        raise BadPolicy(
            f"line {len(lines) + 1}: it does not end in a newline, so it may be cut off"
        )
    return lines


def _new_key(text: str, known: Sequence[KnownLog | Witness]) -> VerifierKey:
    key = VerifierKey.parse(text)
    if any(each.key.raw == key.raw for each in known):
        raise BadPolicy(f"the key of {shortened(key.name)} was listed before")
    return key


def _threshold(text: str, members: int) -> int:
    if text in ("any", "all"):
        return 1 if text == "any" else members
    if not re.fullmatch("[1-9][0-9]{0,5}", text) or int(text) > members:
        raise BadPolicy(f"of {members} members: any, all, or a count, not {shortened(text)}")
    return int(text)


def _undefined(name: str) -> str:
    return f"no line before defines {shortened(name)}"
