"""Keeps the public log up to date: a checkpoint within a minute of a publication, and each hour."""

from pathlib import Path

from repo_store import locks
from service.audit.published import PublishedLog
from service.periodic import Periodic

_LOOK_SECONDS = 5.0
"""So long publications are gathered for one checkpoint."""


class Publisher(Periodic):
    """Signs in the background; among several processes, one at a time."""

    def __init__(self, archive: Path, published: PublishedLog) -> None:
        super().__init__("publisher", _LOOK_SECONDS, "the public log cannot be signed")
        self._lock = str(archive / "locks" / "publish")
        self._published = published

    def once(self) -> None:
        """Bring the log up to date, unless another process does."""
        if self._published.is_due():
            with locks.locked_if_free(self._lock) as free:
                if free:
                    self._published.checkpoint()
