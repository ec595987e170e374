"""A log that goes on although its key is lost, or although what the key signed is: a new epoch.

It has a key that nobody vouches for, and a name of its own, since a witness knows a log by its name
and would never take one that contradicts what it saw. The new key signs a statement that says so:
which key was before it, where the log stood when that key last signed it, which signed entries are
no part of it any more, and why. Whoever trusts the old key learns that from it, and has to ask.
"""

import base64
import re
from datetime import datetime
from typing import NamedTuple, Self

from repo_store import FieldError, Malformed, printable
from service.present.times import readable

_FORM = """This log goes on under a new key, which the key before it does not vouch for.
epoch: {number}
begins after: {size}:{root}
{given_up}key before: {before}
new key: {after}
reason: {reason}
"""
_GIVEN_UP = "given up: "
_ROOT = r"[A-Za-z0-9+/]{43}="
_PATTERN = re.compile(
    re.escape(_FORM)
    .replace(re.escape("{number}"), r"(\d{1,4})")
    .replace(re.escape("{size}"), r"(\d{1,18})")
    .replace(re.escape("{root}"), rf"({_ROOT})")
    .replace(re.escape("{given_up}"), rf"((?:{_GIVEN_UP}[!-~]{{1,300}} \d{{1,18}}:{_ROOT}\n)*)")
    .replace(re.escape("{before}"), r"(SHA256:[A-Za-z0-9+/]{43})")
    .replace(re.escape("{after}"), r"(SHA256:[A-Za-z0-9+/]{43})")
    .replace(re.escape("{reason}"), r"([^\n]{1,500})")
)


class Epoch(NamedTuple):
    """`size` and `root`: the last checkpoint of the epoch before that is part of this log.
    `given_up`: what the key before signed and this log does not extend, each as `ORIGIN SIZE:ROOT`.
    `before` and `after`: the fingerprints of the key before and of the new one.
    """

    number: int
    size: int
    root: bytes
    given_up: tuple[str, ...]
    before: str
    after: str
    reason: str

    @classmethod
    def parse(cls, statement: str) -> Self | None:
        """None for a text that is no statement."""
        if not (found := _PATTERN.fullmatch(statement)):
            return None
        number, size, root, given_up, before, after, reason = found.groups()
        gone = tuple(line.removeprefix(_GIVEN_UP) for line in given_up.splitlines())
        return cls(int(number), int(size), base64.b64decode(root), gone, before, after, reason)

    @property
    def statement(self) -> str:
        """What the new key signs."""
        values = self._asdict() | {
            "root": base64.b64encode(self.root).decode(),
            "given_up": "".join(f"{_GIVEN_UP}{each}\n" for each in self.given_up),
        }
        return _FORM.format(**values)

    def __str__(self) -> str:
        return (
            f"epoch {self.number} began after entry {self.size}, signed by the key {self.after},"
            f" not vouched for by {self.before}: {printable(self.reason)}{self._lost}"
        )

    def imprint(self, recorded: datetime | None) -> str:
        """What the paper's imprint says of it, to whoever has an older one; `recorded`: when the
        last entry before it was.
        """
        at = f", of {readable(recorded)}" if recorded else ""
        return (
            f"Epoch {self.number} of this record began after entry {self.size}{at}, under a new"
            f" key. The reason: {printable(self.reason)}\n"
            f"The key before it, {self.before}, does not vouch for that: this imprint"
            f" does{self._lost}.\n"
        )

    @property
    def _lost(self) -> str:
        return "".join(f"; that key had signed {each}, which is given up" for each in self.given_up)


def checked_reason(reason: str) -> str:
    """Raises Malformed unless it is one line of words."""
    reason = reason.strip()
    if not reason or len(reason) > 500 or printable(reason) != reason:
        raise Malformed([FieldError("--reason", "say why, in one line of up to 500 characters")])
    return reason
