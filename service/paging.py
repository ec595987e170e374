"""Lists, a page at a time: limits and cursors."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from repo_store import FieldError, Malformed

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
        raise BAD_CURSOR
    return int(cursor)


def pair_cursor(cursor: str) -> tuple[int, int]:
    """Two numbers above 0, such as “12-7”."""
    first, _, second = cursor.partition("-")
    pair = number_cursor(first), number_cursor(second)
    if not (pair[0] and pair[1]):
        raise BAD_CURSOR
    return pair[0], pair[1]


def event_cursor(cursor: str) -> tuple[int, str]:
    """A number, alone or with the beginning of a commit's id, such as “12-1f0c”."""
    number, _, commit = cursor.partition("-")
    if not re.fullmatch(r"[0-9a-f]{0,40}", commit):
        raise BAD_CURSOR
    return number_cursor(number) or 0, commit


def encoded(position: tuple[object, ...]) -> str:
    """A position in a sort order, as a cursor that fits into a URL."""
    text = json.dumps(position, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(cursor: str, *types: type) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise BAD_CURSOR from None
    if not isinstance(position, list) or [type(part) for part in position] != list(types):
        raise BAD_CURSOR
    if any(isinstance(part, int) and not 0 <= part < 2**62 for part in position):
        raise BAD_CURSOR
    return position


def story_cursor(cursor: str) -> tuple[int, str]:
    at, story = _decoded(cursor, int, str)
    return at, story


def queue_cursor(cursor: str) -> list[Any]:
    return _decoded(cursor, int, int, str, int)


def explain_cursor(cursor: str) -> tuple[int, str, int]:
    at, story, revision = _decoded(cursor, int, str, int)
    return at, story, revision


BAD_CURSOR = Malformed([FieldError("cursor", "is not one that this service gave out")])
