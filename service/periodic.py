"""Threads that do the same again and again while the server runs."""

import logging
import threading

from repo_store import ArchiveError, StoreError

_PAUSE_SECONDS = 60.0
"""After what a person has to mend, such as a full disk or a missing key."""


class Periodic(threading.Thread):
    """Calls `once` in the background, `seconds` after it last ended. `failure`: what to log if it
    raises, such as “webhooks cannot be delivered”.
    """

    def __init__(self, name: str, seconds: float, failure: str) -> None:
        super().__init__(name=name, daemon=True)
        self._seconds, self._failure = seconds, failure
        self._stopped = threading.Event()

    def run(self) -> None:
        log = logging.getLogger(type(self).__module__)
        while not self._stopped.wait(self._seconds):
            try:
                self.once()
            except (ArchiveError, StoreError) as error:
                log.error("%s: %s", self._failure, error)
                self._stopped.wait(_PAUSE_SECONDS)
            except Exception:
                log.exception(self._failure)

    def once(self) -> object:
        raise NotImplementedError

    def stop(self) -> None:
        self._stopped.set()
