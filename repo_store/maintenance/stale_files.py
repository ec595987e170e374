"""Stale files: temporary files of processes that died, which only take room."""

import logging
import os
import re
import time
from pathlib import Path
from typing import NamedTuple

from repo_store import layout

log = logging.getLogger(__name__)

# Seconds after which no process can still be using a temporary file.
_OLD = 24 * 3600.0
_OLD_IMPORT = 30 * 24 * 3600.0
# The same for a process that is not running; one in another container only seems not to be.
_MIN_AGE = 60.0
_PROCESS = re.compile(r"^tmp_\w+?_(\d+)-|\.new-(\d+)$|^index\.db\.(\d+)-|^fast_import_crash_(\d+)$")


class Cleared(NamedTuple):
    removed: int
    left: int
    """How many could not be removed: that is logged, and fails nothing else."""


def clear(
    archive: Path, repository: Path, everywhere: bool = False, min_age: float = _MIN_AGE
) -> Cleared:
    """Remove them. `everywhere`: also where only plain git leaves any.

    `min_age`: in seconds, of the files of processes that are not running.
    """
    found = [
        *repository.glob("objects/pack/tmp_*"),
        *repository.glob("objects/pack/.tmp-*"),
        *repository.glob("fast_import_crash_*"),
        *archive.glob("index.db.*.new*"),
        *archive.glob("?*.new-*"),
    ]
    if everywhere:
        found += repository.glob("objects/??/tmp_obj_*")
    ages = {path: min_age if _is_gone(path) else _OLD for path in found}
    ages |= dict.fromkeys(archive.glob("imports/*/journal"), _OLD_IMPORT)
    removed, left = layout.clear_unfinished(archive)
    for path, age in ages.items():
        try:
            if _remove_older(path, age):
                removed += 1
                if path.name == "journal":
                    path.parent.rmdir()
        except OSError as error:
            log.error("%s: a stale file, and not removed: %s", path, error)
            left += 1
    return Cleared(removed, left)


def _is_gone(path: Path) -> bool:
    """Whether the process whose id is in the file's name is not running."""
    match = _PROCESS.search(path.name)
    if not match:
        return False
    try:
        os.kill(next(int(each) for each in match.groups() if each), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _remove_older(path: Path, age: float) -> bool:
    try:
        if time.time() - path.stat().st_mtime < age:
            return False
        path.unlink()
    except FileNotFoundError:
        return False
    return True
