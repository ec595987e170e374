"""Lists, a page at a time: limits and cursors."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Self, TypeVar

from repo_store import FieldError, Malformed
from service.messages import gettext

T = TypeVar("T")


MAX_LIMIT = 100


@dataclass(frozen=True)
class Listing(Generic[T]):
    """One page of a list, and the cursor of the next page; None on the last one."""

    items: list[T]
    next: str | None


def checked_limit(limit: int) -> int:
    """The limit, or Malformed if it is out of range."""
    if not 1 <= limit <= MAX_LIMIT:
        raise Malformed([FieldError("limit", f"must be from 1 to {MAX_LIMIT}")])
    return limit


def paginate(rows: list[T], limit: int, cursor: Callable[[T], object]) -> Listing[T]:
    """The page of `limit` items. `rows` has one more if there are more; `cursor` makes the cursor
    of the last item.
    """
    items = rows[:limit]
    return Listing(items, str(cursor(items[-1])) if len(rows) > limit else None)


def number_cursor(cursor: str) -> int | None:
    if not cursor:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
        raise bad_cursor()
    return int(cursor)


def pair_cursor(cursor: str) -> tuple[int, int]:
    """Two numbers above 0, such as “12-7”."""
    first, _, second = cursor.partition("-")
    pair = number_cursor(first), number_cursor(second)
    if not (pair[0] and pair[1]):
        raise bad_cursor()
    return pair[0], pair[1]


class EventCursor(NamedTuple):
    """The number of the last event that was listed, that of the last one whose place was signed,
    and the build of the index that gave them these numbers.
    """

    number: int
    signed: int = 0
    build: str = ""

    def __str__(self) -> str:
        return "-".join(map(str, self))

    @classmethod
    def parse(cls, text: str) -> Self:
        """One that was given out, a number alone, or the beginning. Malformed if it is neither."""
        if not text:
            return cls(0)
        if not re.fullmatch(r"[0-9]{1,15}(-[0-9]{1,15}-[0-9a-f]{8})?", text):
            raise bad_cursor()
        number, *rest = text.split("-")
        return cls(int(number), int(rest[0]), rest[1]) if rest else cls(int(number))


def encoded(position: tuple[object, ...]) -> str:
    """A position in a sort order, as a cursor that fits into a URL."""
    text = json.dumps(position, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(cursor: str, *types: type) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise bad_cursor() from None
    if not isinstance(position, list) or [type(part) for part in position] != list(types):
        raise bad_cursor()
    if any(isinstance(part, int) and not 0 <= part < 2**62 for part in position):
        raise bad_cursor()
    return position


def story_cursor(cursor: str) -> tuple[int, str]:
    at, story = _decoded(cursor, int, str)
    return at, story


def position_cursor(cursor: str) -> int | None:
    """The position after which a search goes on."""
    return int(_decoded(cursor, int)[0]) if cursor else None


def queue_cursor(cursor: str) -> list[Any]:
    return _decoded(cursor, int, int, str, int)


def explain_cursor(cursor: str) -> tuple[int, str, int]:
    at, story, revision = _decoded(cursor, int, str, int)
    return at, story, revision


def bad_cursor() -> Malformed:
    return Malformed([FieldError("cursor", gettext("is not one that this service gave out"))])
