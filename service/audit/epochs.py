"""A log that goes on although its key is lost: a new epoch, under a key that nobody vouches for.

The new key signs a statement that says so: which key was lost, where the log stood when that key
last signed it, and why. Whoever trusts the old key learns that from it, and has to ask.
"""

import base64
import re
from typing import NamedTuple, Self

from repo_store import FieldError, Malformed, printable

_FORM = """This log goes on under a new key, which the key before it does not vouch for.
epoch: {number}
begins after: {size}:{root}
key before: {before}
new key: {after}
reason: {reason}
"""
_PATTERN = re.compile(
    re.escape(_FORM)
    .replace(re.escape("{number}"), r"(\d{1,4})")
    .replace(re.escape("{size}"), r"(\d{1,18})")
    .replace(re.escape("{root}"), r"([A-Za-z0-9+/]{43}=)")
    .replace(re.escape("{before}"), r"(SHA256:[A-Za-z0-9+/]{43})")
    .replace(re.escape("{after}"), r"(SHA256:[A-Za-z0-9+/]{43})")
    .replace(re.escape("{reason}"), r"([^\n]{1,500})")
)


class Epoch(NamedTuple):
    """`size` and `root`: the last checkpoint of the epoch before. `before` and `after`: the
    fingerprints of the lost key and of the new one.
    """

    number: int
    size: int
    root: bytes
    before: str
    after: str
    reason: str

    @classmethod
    def parse(cls, statement: str) -> Self | None:
        """None for a text that is no statement."""
        if not (found := _PATTERN.fullmatch(statement)):
            return None
        number, size, root, before, after, reason = found.groups()
        return cls(int(number), int(size), base64.b64decode(root), before, after, reason)

    @property
    def statement(self) -> str:
        """What the new key signs."""
        values = self._asdict() | {"root": base64.b64encode(self.root).decode()}
        return _FORM.format(**values)

    def __str__(self) -> str:
        return (
            f"epoch {self.number} began after entry {self.size}, signed by the key {self.after},"
            f" not vouched for by {self.before}: {printable(self.reason)}"
        )


def checked_reason(reason: str) -> str:
    """Raises Malformed unless it is one line of words."""
    reason = reason.strip()
    if not reason or len(reason) > 500 or printable(reason) != reason:
        raise Malformed([FieldError("--reason", "say why, in one line of up to 500 characters")])
    return reason
