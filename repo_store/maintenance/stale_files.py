"""Stale files: temporary files of processes that died, which only take room."""

import os
import re
import time
from pathlib import Path

# Seconds after which no process can still be using a temporary file.
_OLD = 24 * 3600.0
_OLD_IMPORT = 30 * 24 * 3600.0
# The same for a process that is not running; one in another container only seems not to be.
_MIN_AGE = 60.0
_PROCESS = re.compile(r"^tmp_\w+?_(\d+)-|\.new-(\d+)$|^index\.db\.(\d+)-|^fast_import_crash_(\d+)$")


def clear(
    archive: Path, repository: Path, everywhere: bool = False, min_age: float = _MIN_AGE
) -> int:
    """Remove them; how many there were. `everywhere`: also where only plain git leaves any.

    `min_age`: in seconds, of the files of processes that are not running.
    """
    found = [
        *repository.glob("objects/pack/tmp_*"),
        *repository.glob("objects/pack/.tmp-*"),
        *repository.glob("fast_import_crash_*"),
        *archive.glob("index.db.*.new*"),
        *archive.glob("*.new-*"),
    ]
    if everywhere:
        found += repository.glob("objects/??/tmp_obj_*")
    removed = sum(_remove_older(path, min_age if _is_gone(path) else _OLD) for path in found)
    for journal in archive.glob("imports/*/journal"):
        if _remove_older(journal, _OLD_IMPORT):
            journal.parent.rmdir()
            removed += 1
    return removed


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
