"""Makes the accounts of stories in the background: of those that readers wait for, then of those
that got new versions; and looks for what they corrected in other stories.

What is due is kept in `provenance.db` and taken from the archive's log, so a crash loses nothing.
"""

import logging
import threading
import time
from pathlib import Path
from typing import Protocol

from repo_store import NotFound, StoreError, locks
from service.provenance.ledger import Ledger, Unusable

log = logging.getLogger(__name__)

TURN = 1_000_000
"""Characters that are compared before another story has its turn; see `Ledger.extend`."""
_POLL_SECONDS = 1.0
_LONGEST_PAUSE = 300.0
"""Seconds between two attempts after many that failed; each pause is twice the one before."""
_REST = 2
"""It rests so many times as long as it worked: readers come first."""


class Recorded(Protocol):
    """The archive's log."""

    def size(self) -> int: ...

    def stories_of(self, start: int, end: int) -> list[str]:
        """The stories of the entries numbered from `start` to before `end`."""


class Accounts(Protocol):
    def catch_up(self, story: str, allowed: int) -> bool:
        """Continue a story's account by about so many characters; whether nothing is left to do."""


class Builder(threading.Thread):
    """Builds in a background thread; among several processes, one at a time."""

    def __init__(
        self, archive: Path, accounts: Accounts, ledger: Ledger, recorded: Recorded
    ) -> None:
        super().__init__(name="provenance", daemon=True)
        self._lock = str(archive / "locks" / "provenance")
        self._accounts, self._ledger, self._recorded = accounts, ledger, recorded
        self._stopped = threading.Event()

    def run(self) -> None:
        pause, reported = _POLL_SECONDS, ""
        while not self._stopped.wait(pause):
            start = time.monotonic()
            try:
                busy = self.once()
            except Exception as error:
                of_disk = isinstance(error, Unusable | OSError)
                self._ledger.refused = error if of_disk else None
                pause = min(2 * max(pause, _POLL_SECONDS), _LONGEST_PAUSE)
                if str(error) != reported or pause == _LONGEST_PAUSE:
                    text = "the origins of sentences could not be worked out: %s"
                    log.error(text, error, exc_info=not of_disk)
                reported = str(error)
                continue
            self._ledger.refused, reported = None, ""
            pause = _REST * (time.monotonic() - start) if busy else _POLL_SECONDS

    def once(self) -> bool:
        """Give the next story its turn, unless another process builds; whether there was one.

        Raises Unusable or OSError if the disk takes no writes.
        """
        with locks.locked_if_free(self._lock) as free:
            if not free:
                return False
            try:
                self._ledger.take_in(self._recorded.size(), self._recorded.stories_of)
                story = self._ledger.next_due()
                if story is None:
                    return False
                self._ledger.turn_over(story, self._built(story))
            except Unusable as error:
                if error.busy:
                    return False
                raise
            return True

    def _built(self, story: str) -> bool:
        """Continue a story's account; whether nothing is left to do."""
        try:
            return self._accounts.catch_up(story, TURN)
        except NotFound:
            return True  # none of its versions is published
        except StoreError as error:
            log.error("%s: the origins of its sentences: %s", story, error)
            return True

    def stop(self) -> None:
        self._stopped.set()
