"""Has witnesses cosign each public checkpoint, in the background: none of them delays it."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

from repo_store import StoredCheckpoint, locks
from service.audit.witnesses.appointed import Appointed, Witnesses
from service.audit.witnesses.client import Consistency, Cosignature, NotCosigned, cosignature
from service.audit.witnesses.notes import Note
from service.periodic import Periodic

log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0


class PublicCheckpoints(Protocol):
    """The log whose newest checkpoint is cosigned."""

    def newest(self) -> StoredCheckpoint | None: ...

    def consistency(self, old: int, size: int, /) -> list[bytes]: ...

    def cosign(self, stored: StoredCheckpoint, note: str, /) -> object:
        """Keep the note with more signatures, unless there is a newer checkpoint."""


class Cosigner(Periodic):
    """Among several processes, one at a time."""

    def __init__(
        self,
        archive: Path,
        checkpoints: PublicCheckpoints,
        witnesses: Witnesses,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__("cosigner", _POLL_SECONDS, "checkpoints cannot be cosigned")
        self._lock = str(archive / "locks" / "cosign")
        self._checkpoints, self._witnesses, self._now = checkpoints, witnesses, now

    def once(self, patient: bool = True) -> int:
        """Ask each witness that has not cosigned the newest checkpoint; returns how many did now, 0
        while another process asks. `patient`: one that failed only after its pause.
        """
        witnesses = [
            each for each in self._witnesses.all() if not patient or each.is_due(self._now())
        ]
        stored = self._checkpoints.newest() if witnesses else None
        if stored is None:
            return 0
        note = Note.parse(stored.note.encode())
        due = [each for each in witnesses if each.address.key.verify(note) is None]
        if not due:
            return 0
        with locks.locked_if_free(self._lock) as free:
            return self._ask(stored, note, due) if free else 0

    def _ask(self, stored: StoredCheckpoint, note: Note, due: list[Appointed]) -> int:
        asked = _Asked(note, self._checkpoints.consistency)
        for witness in due:
            # Not of a pool, which the end of the process would wait for.
            threading.Thread(target=asked.ask, args=[witness], daemon=True).start()
        signed: list[Cosignature] = []
        for _ in due:
            witness, outcome = asked.ended.get()
            now = self._now()
            if isinstance(outcome, Cosignature):
                signed.append(outcome)
                change = partial(Appointed.cosigned, size=outcome.size, now=now)
            else:
                level = logging.ERROR if outcome.conflict else logging.WARNING
                log.log(level, "%s did not cosign %d: %s", witness.name, stored.size, outcome)
                change = partial(
                    Appointed.failed, reason=str(outcome), conflict=outcome.conflict, now=now
                )
            self._witnesses.note(witness.name, change)
        if signed:
            more = note.signed_also(line for each in signed for line in each.signatures)
            self._checkpoints.cosign(stored, more.format())
        return len(signed)


class _Asked:
    """Witnesses that are asked at the same time, and what came of those that have ended."""

    def __init__(self, note: Note, consistency: Consistency) -> None:
        self._note, self._consistency = note, consistency
        self.ended: SimpleQueue[tuple[Appointed, Cosignature | NotCosigned]] = SimpleQueue()

    def ask(self, witness: Appointed) -> None:
        outcome: Cosignature | NotCosigned = NotCosigned("it could not be asked")
        try:
            outcome = cosignature(witness.address, self._note, self._consistency, witness.seen)
        except NotCosigned as error:
            outcome = error
        except Exception:
            log.exception("%s could not be asked to cosign", witness.name)
        finally:
            self.ended.put((witness, outcome))
