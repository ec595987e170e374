"""What can go wrong in the store, as errors that carry their data.

No status codes and no exit codes here: the edges translate.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from repo_store.printable import shortened


@dataclass(frozen=True)
class FieldError:
    """One problem of an input. `field` is named as its writer knows it: `overview[2]`."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class StoreError(Exception):
    """The base of all errors that this package raises on purpose."""


class InvalidInput(StoreError):
    """The input breaks a rule; `errors` names each field, and `count` says how many faults there
    are if these are only the first.
    """

    def __init__(self, errors: Iterable[FieldError], count: int = 0) -> None:
        named = [FieldError(shortened(each.field), each.message) for each in errors]
        if (more := count - len(named)) > 0:
            named.append(FieldError("", f"and {more:,} more"))
        self.errors = tuple(named)
        super().__init__("; ".join(map(str, self.errors)))


class Malformed(InvalidInput):
    """A parameter that cannot be parsed at all, as opposed to content that breaks a rule."""


class NotFound(StoreError):
    """No such story, version or revision."""


class StaleBase(StoreError):
    """The writer started from a version that is no longer live."""

    def __init__(self, base: int | None, live: int | None) -> None:
        self.base, self.live = base, live
        super().__init__(f"based on {_name(base)}, but {_name(live)} is live")


class Moved(StoreError):
    """A conflict: another writer moved the story's ref first."""

    def __init__(self, story: str) -> None:
        self.story = story
        super().__init__(f"{story}: another writer was first")


class ArchiveError(StoreError):
    """The directory cannot be used as an archive; the message says why and what helps."""


class StoreFull(StoreError):
    """The disk is full: nothing was stored. Writing works again once there is room."""


class Unwritable(StoreError):
    """The disk rejects writes (read-only, or failing): nothing was acknowledged."""


class Exhausted(StoreError):
    """The process or the system has run out of open files, memory or processes. Nothing is wrong
    with the archive.
    """


class Rebuilding(StoreError):
    """The index was faulty and is being rebuilt from git: nothing is lost; try again shortly."""


class Damaged(StoreError):
    """Something in the archive contradicts itself; the message names the place."""


class MalformedRecord(Damaged):
    """A commit whose message or times say nothing that could be recorded."""


class MissingObject(Damaged):
    """An object of git's that is not there."""

    def __init__(self, oid: str) -> None:
        self.oid = oid
        super().__init__(f"object {oid} is missing")

    def __reduce__(self) -> tuple[type["MissingObject"], tuple[str]]:
        return MissingObject, (self.oid,)


def _name(version: int | None) -> str:
    return "no version" if version is None else f"version {version}"
