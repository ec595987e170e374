"""Writing the static files of the public log: `checkpoint` last, when all that it covers is there.

They may be deleted at any time: the next checkpoint writes them again.
"""

import shutil
from pathlib import Path

from repo_store import durable
from repo_store.errors import Damaged
from repo_store.log.checkpoint import Checkpoint, StoredCheckpoint
from repo_store.log.published import Published
from repo_store.log.tiles import ENTRIES, HEIGHT, WIDTH, changed, entries, path_of


def write(folder: Path, log: Published, newest: StoredCheckpoint) -> None:
    """Bring the files in a folder up to date with the newest checkpoint of the log."""
    old = _written(folder, log)
    for level, number, width in changed(old, newest.size):
        start = number * WIDTH
        hashes = log.nodes(HEIGHT * level, start, start + width)
        _write(folder, path_of(level, number, width), hashes)
        if level == 0:
            leaves = (leaf.body.encode() for leaf in log.leaves(start, start + width))
            _write(folder, path_of(ENTRIES, number, width), entries(leaves))
        if width == WIDTH:
            # Partial ones of the same place, which nobody needs now.
            names: tuple[int | str, ...] = (level, ENTRIES) if level == 0 else (level,)
            for name in names:
                shutil.rmtree(folder / f"{path_of(name, number)}.p", ignore_errors=True)
    _write(folder, "keys", newest.keys.encode())
    _write(folder, "checkpoint", newest.note.encode())


def _written(folder: Path, log: Published) -> int:
    """How many leaves the files are complete for: those of another log are of none."""
    try:
        there = Checkpoint.parse((folder / "checkpoint").read_text("utf-8"))
    except (OSError, ValueError, Damaged):
        return 0
    known = 0 < there.size <= log.size() and log.root(there.size) == there.root
    return there.size if known else 0


def _write(folder: Path, path: str, data: bytes) -> None:
    file = folder / path
    if file.is_file() and file.stat().st_size == len(data) and file.read_bytes() == data:
        return
    durable.replace(str(file), data)
