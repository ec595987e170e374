"""Keeps the public log up to date: a checkpoint within a minute of a publication, and each hour."""

import logging
import threading
from pathlib import Path

from repo_store import ArchiveError, StoreError, locks
from service.audit.published import PublishedLog

log = logging.getLogger(__name__)

_LOOK_SECONDS = 5.0
"""So long publications are gathered for one checkpoint."""
_PAUSE_SECONDS = 60.0


class Publisher(threading.Thread):
    """Signs in the background; among several processes, one at a time."""

    def __init__(self, archive: Path, published: PublishedLog) -> None:
        super().__init__(name="publisher", daemon=True)
        self._lock = str(archive / "locks" / "publish")
        self._published = published
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(_LOOK_SECONDS):
            try:
                self.once()
            except (ArchiveError, StoreError) as error:
                log.error("the public log cannot be signed: %s", error)
                self._stopped.wait(_PAUSE_SECONDS)
            except Exception:
                log.exception("the public log could not be brought up to date")
                self._stopped.wait(_PAUSE_SECONDS)

    def once(self) -> None:
        """Bring the log up to date, unless another process does."""
        if self._published.is_due():
            with locks.locked_if_free(self._lock) as free:
                if free:
                    self._published.checkpoint()

    def stop(self) -> None:
        self._stopped.set()
