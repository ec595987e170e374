"""When the archive was last backed up, verified and maintained, its log last signed and anchored.

One small file for each kind of run, `status/<kind>`, holds the time in RFC 3339. Any process may
read it, and nothing depends on it.
"""

import logging
import os
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from repo_store import durable
from repo_store.times import rfc3339

log = logging.getLogger(__name__)


class Run(StrEnum):
    ANCHOR = "anchor"
    BACKUP = "backup"
    CHECKPOINT = "checkpoint"
    MAINTAIN = "maintain"
    VERIFY = "verify"


def note(archive: Path, run: Run, at: datetime) -> None:
    """Note that a run has just ended well. A disk that rejects writes does not fail the run."""
    folder = f"{archive.absolute()}/status"
    try:
        if os.path.islink(folder):  # in an archive from elsewhere it may lead anywhere
            raise NotADirectoryError(folder)
        durable.make_folder(folder)
        durable.replace(f"{folder}/{run}", f"{rfc3339(at)}\n".encode())
    except OSError as error:
        log.warning("%s: the time of this %s could not be noted: %s", archive, run, error)


def last(archive: Path) -> dict[Run, datetime]:
    """When each kind of run last ended well, in UTC; those that never did are missing."""
    return {run: at for run in Run if (at := _read(archive / "status" / run))}


def _read(path: Path) -> datetime | None:
    try:
        return datetime.fromisoformat(path.read_text("ascii").strip()).astimezone(UTC)
    except (OSError, ValueError):
        return None
