"""What dead processes left: files that nothing leads to, which only take room."""

import os
import re
import time
from pathlib import Path

# What no living process can still be busy with.
_OLD = 24 * 3600.0
_OLD_IMPORT = 30 * 24 * 3600.0
# The same, of a process that is gone; one in another container only seems to be.
_SETTLED = 60.0
_PROCESS = re.compile(r"^tmp_\w+?_(\d+)-|\.new-(\d+)$|^index\.db\.(\d+)-|^fast_import_crash_(\d+)$")


def clear(
    archive: Path, repository: Path, everywhere: bool = False, settled: float = _SETTLED
) -> int:
    """Remove them; how many there were. `everywhere`: where only plain git leaves any, too.

    `settled`: seconds that they must have been there.
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
    removed = sum(_remove_older(path, settled if _is_gone(path) else _OLD) for path in found)
    for journal in archive.glob("imports/*/journal"):
        if _remove_older(journal, _OLD_IMPORT):
            journal.parent.rmdir()
            removed += 1
    return removed


def _is_gone(path: Path) -> bool:
    """Whether the process that the file is named after does not run."""
    named = _PROCESS.search(path.name)
    if not named:
        return False
    try:
        os.kill(next(int(each) for each in named.groups() if each), 0)
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
