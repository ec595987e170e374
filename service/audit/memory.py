"""What a key signed last: a signer that remembers refuses to contradict itself.

All else that guards an archive is stored in the archive, and goes back with it when an older copy
is put in its place. The memory is beside the key, so the key signs a log only if that extends what
the same key signed before, whoever changed the archive, and by whatever way.
"""

import base64
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, Self

from repo_store import ArchiveError, Checkpoint, durable, locks, rfc3339

RootAt = Callable[[int], bytes]
"""The root hash of a log's first so many leaves; called for no more leaves than the log has."""


class Tree(Protocol):
    """A log as it is now."""

    def size(self) -> int: ...

    def root(self, size: int, /) -> bytes: ...

    def last_checkpoint(self) -> tuple[str, Checkpoint] | None: ...


class BadKey(ArchiveError):
    """The signing key cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Memory:
    """The file `path`: JSON, for each log by its origin the size and the root that were signed
    last, by which key (its fingerprint), and when. Each of its methods raises BadKey if it is there
    and cannot be read.
    """

    path: Path

    @classmethod
    def beside(cls, key: Path) -> Self:
        """Of the key in a file; of one that waits to take its place, the same."""
        return cls(key.absolute().with_name(f"{key.name.removesuffix('.new')}.signed"))

    def last(self, origin: str) -> Checkpoint | None:
        """What was signed last of a log; None if nothing was."""
        known = self._read().get(origin)
        return Checkpoint(origin, known["size"], base64.b64decode(known["root"])) if known else None

    def contradicted(self, origin: str, log: Tree) -> Checkpoint | None:
        """What was signed last of a log, if the log does not extend it."""
        last = self.last(origin)
        return last if last and _fault(last, log.size(), log.root) else None

    def check(self, origin: str, log: Tree) -> None:
        """Raises BadKey unless a log extends what was signed of it."""
        if last := self.contradicted(origin, log):
            raise self._refusal(_fault(last, log.size(), log.root))

    def advance(
        self, checkpoint: Checkpoint, root_at: RootAt, key: str, logs: Collection[str]
    ) -> None:
        """Remember, durably, what this key, which signs these logs and no others, is about to sign.

        Raises BadKey unless it extends what was signed last; StoreFull or Unwritable, which name
        the file, if it cannot be written.
        """
        origin, size, root, _ = checkpoint
        with durable.errors_at(self.path), locks.locked(f"{self.path}.lock"):
            last, known = self.last(origin), self._read()
            # Else an archive that calls its log by another name would be signed as a new one.
            own = [each for each, value in known.items() if value["key"] == key]
            if others := sorted({*own}.difference(logs)):
                raise self._refusal(f"the key signs {others[0]}, and this log is called {origin}")
            here = {size: root}
            fault = last and _fault(last, size, lambda count: here.get(count) or root_at(count))
            if fault:
                raise self._refusal(fault)
            new = {"size": size, "root": base64.b64encode(root).decode(), "key": key}
            if new.items() <= known.get(origin, {}).items():
                return
            known[origin] = {**new, "time": rfc3339(datetime.now(UTC))}
            text = json.dumps(known, ensure_ascii=False, indent=2)
            durable.replace(str(self.path), f"{text}\n".encode())

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            values: dict[str, dict[str, Any]] = json.loads(self.path.read_bytes())
            for each in values.values():
                if len(base64.b64decode(each["root"], validate=True)) != 32:
                    raise ValueError("a root has 32 bytes")
                if not (type(each["size"]) is int and isinstance(each["key"], str)):
                    raise ValueError("not a size and a key")
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadKey(
                f"{self.path}: what the key signed last cannot be read ({error}), and nothing is"
                " signed. Make it readable for the server's user; if it is damaged, move it away:"
                " then the next command says what to do"
            ) from None
        return values

    def _refusal(self, fault: str) -> BadKey:
        return BadKey(
            f"{fault} ({self.path}): nothing is signed. Put the newest copy of the archive back; if"
            " there is none, go on, in public, without what is lost: story-history log epoch"
            " --reason TEXT"
        )


def _fault(last: Checkpoint, size: int, root_at: RootAt) -> str:
    """How a log of this size contradicts what was signed of it; empty if it does not."""
    if size < last.size:
        return f"the key has signed {last.size} entries of {last.origin}, and there are {size}"
    if root_at(last.size) != last.root:
        return (
            f"the key has signed other entries of {last.origin} than the first {last.size} of the"
            f" {size} that there are"
        )
    return ""
