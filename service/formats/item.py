"""What another system sends, or is sent: a version of an article, and what goes with it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from repo_store import FieldError, InvalidInput


class Status(StrEnum):
    """What the trade may do with a version: IPTC's `pubStatus`."""

    USABLE = "usable"
    WITHHELD = "withheld"
    CANCELED = "canceled"


@dataclass(frozen=True)
class Item:
    """One version of an article.

    `content`: its fields, in the shape `article`. `where`: its place in the file, in words. `id`:
    what the other system calls the article, which stays the same for each of its versions. `at`:
    when this version was made; `first`: when the article was first published. `version`: its number
    there, from 1. `author`: who made this version. `note`, `kind`: what readers are told of the
    change. `embargo`: it may not be published before. `dropped`: what was sent and has no place
    here, in the other system's words.
    """

    content: Mapping[str, Any]
    where: str = ""
    id: str = ""
    version: int | None = None
    at: datetime | None = None
    first: datetime | None = None
    author: str = ""
    note: str = ""
    kind: str = "update"
    status: Status = Status.USABLE
    embargo: datetime | None = None
    dropped: tuple[str, ...] = ()


class Unreadable(NamedTuple):
    """An item in which something is wrong or missing."""

    where: str
    error: InvalidInput


class Skipped(NamedTuple):
    """An item that is no article, and what it is: “a picture”."""

    where: str
    what: str


Found = Item | Unreadable | Skipped


class NotAnArticle(Exception):
    """Raised where an item turns out to be something else; its text says what."""


class Written(NamedTuple):
    """A file of the format, and the parts of the article that have no place in it."""

    data: bytes
    dropped: tuple[str, ...]


class Format(NamedTuple):
    """`read`: the items of a file, in its order; raises InvalidInput if it is in another format.
    `write`: one version as a file.
    """

    read: Callable[[bytes], list[Found]]
    write: Callable[[Item], Written]


KINDS = ("update", "correction", "clarification", "minor", "restore", "retraction")
"""The kinds of change that an archive knows."""

ORDER = (
    *("shape", "title", "summary", "authors", "section", "tags", "language", "url", "image"),
    *("body", "sources", "faq", "ids"),
)
"""The fields of an article."""


def article(**fields: Any) -> dict[str, Any]:
    """An article's fields in their order, without those that are empty."""
    named = {"shape": "article", **fields}
    return {name: named[name] for name in ORDER if named.get(name)}


def wrong(name: str, message: str) -> InvalidInput:
    return InvalidInput([FieldError(name, message)])


def each_item(values: Iterable[Any], read: Callable[[Any, str], Item]) -> list[Found]:
    """The items made of values. What is wrong with one keeps no other from being read."""
    found: list[Found] = []
    for at, value in enumerate(values, 1):
        where = f"item {at}"
        try:
            found.append(read(value, where))
        except InvalidInput as error:
            found.append(Unreadable(where, error))
        except NotAnArticle as error:
            found.append(Skipped(where, str(error)))
    return found


def names(given: Iterable[str]) -> tuple[str, ...]:
    """Each once, in their order."""
    return tuple(dict.fromkeys(given))


def byline(authors: list[str], by: Iterable[str], dropped: list[str]) -> list[str]:
    """The authors, or, if none is named, the lines `by` that stand under a headline. A line that
    says something else than the authors' names goes to `dropped`.
    """
    lines = [each for each in by if each]
    more = {*lines} - {", ".join(authors), *authors}
    dropped += ["by"] if authors and more else []
    return authors or lines


def without_empty(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", [], (), {})}


def left_out(
    content: Mapping[str, Any], parts: Iterable[str] = (), **inside: Iterable[str]
) -> list[str]:
    """The parts of an article that have no place in a format, in words: whole `parts`, and those
    `inside` a source or the image.
    """
    found = [name for name in parts if content.get(name)]
    for name, fields in inside.items():
        holders = content.get(name) or []
        holders = [holders] if isinstance(holders, dict) else holders
        found += [
            f"{name}: {each}" for each in fields if any(holder.get(each) for holder in holders)
        ]
    return found
