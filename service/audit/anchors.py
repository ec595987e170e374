"""Anchors: outside authorities stamp each checkpoint, and again before their stamps run out."""

import logging
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlsplit

from repo_store import (
    Archive,
    Run,
    StoredCheckpoint,
    StoredStamp,
    StoreError,
    locks,
    runs_out,
)
from service.audit.timestamps import BadStamp, request_stamp
from service.periodic import Periodic

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
RENEWED_BEFORE = timedelta(days=90)
"""How long before a stamp's certificate runs out it is stamped again."""
_RENEWALS = 60
"""Checkpoints whose stamps are renewed at one time: 90 days of hours do for 129,600."""
_POLL_SECONDS = 60.0


class Attempt(NamedTuple):
    """What came of asking an authority about a checkpoint of a log, which is named as its notes
    name it: when it stamped, or why it did not.
    """

    log: str
    authority: str
    at: datetime | None
    problem: str = ""


class Anchors:
    """`authorities`: the URLs of RFC 3161 time-stamping authorities."""

    def __init__(
        self, archive: Archive, authorities: Sequence[str], clock: Callable[[], datetime]
    ) -> None:
        self._archive, self.authorities, self._clock = archive, tuple(authorities), clock

    def of(self, checkpoint: StoredCheckpoint) -> list[bytes]:
        """The authorities' responses about a checkpoint, oldest first."""
        found = [each.response for each in self._archive.stamps(as_signed(checkpoint.note))]
        return found or ([checkpoint.timestamp] if checkpoint.timestamp else [])

    def stamp(self, note: str) -> list[Attempt]:
        """Have a checkpoint of any log, as that signed it, stamped by each authority that has not
        stamped it yet.

        An authority that fails is logged; the others' stamps are kept.
        """
        note = as_signed(note)
        known = {each.authority for each in self._archive.stamps(note)}
        due = [url for url in self.authorities if name_of(url) not in known]
        if not due:
            return []
        with ThreadPoolExecutor(len(due)) as pool:
            made = list(pool.map(lambda url: _ask(url, note, note.encode()), due))
        if stamps := [stamp for stamp, _ in made if stamp]:
            try:
                self._archive.add_stamps(note, stamps)
            except StoreError as error:  # the checkpoint is signed all the same
                log.error("time stamps could not be stored: %s", error)
                return [attempt._replace(at=None, problem=str(error)) for _, attempt in made]
        return [attempt for _, attempt in made]

    def renew(self) -> int:
        """Have the stamps that run out soon stamped again; returns of how many checkpoints.

        A renewal is a stamp of the note and all stamps before it, one after the other: while it
        holds, it shows that they were there before their certificates ran out (as in RFC 4998).
        """
        by = (self._clock() + RENEWED_BEFORE).date()
        working = list(self.authorities)
        renewed = 0
        for note in islice(self._archive.expiring_stamps(by), _RENEWALS):
            held = runs_out(before := self._archive.stamps(note))
            for url in tuple(working):
                known = self._archive.stamps(note)
                data = note.encode() + b"".join(each.response for each in known)
                stamp, _ = _ask(url, note, data, renews=True)
                if stamp is None:
                    working.remove(url)
                elif stamp.expires > held:
                    self._archive.add_stamps(note, [stamp])
            renewed += len(self._archive.stamps(note)) > len(before)
        return renewed

    def run(self, notes: Sequence[str]) -> list[Attempt]:
        """Stamp these checkpoints, and renew. The run is noted unless an authority failed."""
        attempts = [each for note in notes for each in self.stamp(note)]
        self.renew()
        if not any(each.problem for each in attempts):
            self._archive.note_run(Run.ANCHOR)
        return attempts


def as_signed(note: str) -> str:
    """A signed note with the first of its signatures alone, the log's own: witnesses add theirs
    later.
    """
    text, mark, signatures = note.partition("\n\n")
    own, end, _ = signatures.partition("\n")
    return f"{text}{mark}{own}{end}"


def name_of(url: str) -> str:
    """What an authority's stamps are filed under."""
    parts = urlsplit(url)
    port = f"-{parts.port}" if parts.port else ""
    text = f"{parts.hostname}{port}{parts.path}-{parts.query}"
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-")[:100]


def _ask(
    url: str, note: str, data: bytes, renews: bool = False
) -> tuple[StoredStamp | None, Attempt]:
    origin = note.partition("\n")[0]
    try:
        response, stamp = request_stamp(data, url)
    except (OSError, BadStamp) as error:
        log.error("%s: no time stamp could be obtained: %s", url, error)
        return None, Attempt(origin, url, None, str(error))
    stored = StoredStamp(name_of(url), stamp.expires.date(), renews, response)
    return stored, Attempt(origin, url, stamp.at)


class Timer(Periodic):
    """Anchors every hour in the background; among several processes, one does."""

    def __init__(
        self, archive: Archive, anchor: Callable[[], object], clock: Callable[[], datetime]
    ) -> None:
        super().__init__("anchors", _POLL_SECONDS, "the log cannot be anchored")
        self._archive, self._anchor, self._clock = archive, anchor, clock
        self._lock = str(archive.path / "locks" / "anchor")
        self._tried: datetime | None = None

    def once(self) -> bool:
        """Anchor if that is due, unless another process does; returns whether it was tried."""
        with locks.locked_if_free(self._lock) as free:
            if not free or not self._due():
                return False
            self._tried = self._clock()
            self._anchor()
            return True

    def _due(self) -> bool:
        """Whether the last anchor, and the last attempt of this process, was an hour ago."""
        last = (self._archive.last_runs().get(Run.ANCHOR), self._tried)
        return all(at is None or not at <= self._clock() < at + EVERY for at in last)
