"""Retrying after a conflict with another writer."""

from collections.abc import Callable
from typing import TypeVar

from repo_store import Moved

T = TypeVar("T")
ATTEMPTS = 10


def retry_on_conflict(story: str, attempt: Callable[[], T]) -> T:
    """Retry while other writers are faster; each attempt sees the story as it is by then."""
    for _ in range(ATTEMPTS):
        try:
            return attempt()
        except Moved:
            continue
    raise Moved(story)
