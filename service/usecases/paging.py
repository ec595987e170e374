"""Lists, a page at a time: limits and cursors."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from repo_store import FieldError, Malformed, Revision

T = TypeVar("T")


MAX_LIMIT = 100


@dataclass(frozen=True)
class Listing(Generic[T]):
    """One page of a list, and the cursor of the next one."""

    items: list[T]
    next: str | None


def checked_limit(limit: int) -> int:
    """As it is, or Malformed if no page may be so long."""
    if not 1 <= limit <= MAX_LIMIT:
        raise Malformed([FieldError("limit", f"must be from 1 to {MAX_LIMIT}")])
    return limit


def listing(
    found: list[Revision], limit: int, number: Callable[[Revision], Any]
) -> Listing[Revision]:
    items = found[:limit]
    return Listing(items, str(number(items[-1])) if len(found) > limit else None)


def number_cursor(cursor: str) -> int | None:
    if not cursor:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
        raise _BAD_CURSOR
    return int(cursor)


def timeline_cursor(cursor: str) -> tuple[int, int]:
    place, _, revision = cursor.partition("-")
    found = number_cursor(place), number_cursor(revision)
    if not (found[0] and found[1]):
        raise _BAD_CURSOR
    return found[0], found[1]


def encoded(place: tuple[object, ...]) -> str:
    """A place in an order, as a cursor that fits into a URL."""
    text = json.dumps(place, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(cursor: str, *types: type) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise _BAD_CURSOR from None
    if not isinstance(place, list) or [type(each) for each in place] != list(types):
        raise _BAD_CURSOR
    if any(isinstance(each, int) and not 0 <= each < 2**62 for each in place):
        raise _BAD_CURSOR
    return place


def story_cursor(cursor: str) -> tuple[int, str]:
    at, story = _decoded(cursor, int, str)
    return at, story


def queue_cursor(cursor: str) -> list[Any]:
    return _decoded(cursor, int, int, str, int)


_BAD_CURSOR = Malformed([FieldError("cursor", "is not one that this service gave out")])
