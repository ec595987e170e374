"""The public log as static files: C2SP's tlog-tiles (https://c2sp.org/tlog-tiles).

`tile/<L>/<N>` has 256 hashes, each over a complete subtree of 256 to the power of L leaves;
`tile/entries/<N>` has 256 leaves. The last of a level may be partial, `<N>.p/<width>`. Complete
ones never change; `checkpoint` is replaced last, when all that it covers is there.
"""

import re
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

from repo_store import durable
from repo_store.errors import Damaged
from repo_store.log.checkpoint import Checkpoint, StoredCheckpoint
from repo_store.log.published import Published

WIDTH = 256
_HEIGHT = 8
ENTRIES = "entries"
PATH = re.compile(
    r"checkpoint|keys|tile/(?:entries|0|[1-9]|[1-5][0-9]|6[0-3])/(?:x[0-9]{3}/){0,5}[0-9]{3}"
    r"(?:\.p/(?:[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
)
"""The paths that there can be, relative to the log's address."""


def path_of(level: int | str, number: int, width: int = WIDTH) -> str:
    """Such as `tile/0/x001/x234/067` for tile 1234067 of level 0."""
    digits = [f"{number % 1000:03d}"]
    while number := number // 1000:
        digits.insert(0, f"x{number % 1000:03d}")
    partial = f".p/{width}" if width < WIDTH else ""
    return f"tile/{level}/{'/'.join(digits)}{partial}"


def entries(leaves: Iterator[bytes]) -> bytes:
    """A bundle of leaves, each after its length."""
    return b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves)


def widths(size: int, level: int) -> tuple[int, int]:
    """How many complete tiles a level has in a log of this size, and the width of the last one."""
    return divmod(size >> (_HEIGHT * level), WIDTH)


def changed(old: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Level, number and width of each tile that a log of `size` leaves has and one of `old` has
    not.
    """
    level = 0
    while size >> (_HEIGHT * level):
        full, partial = widths(size, level)
        for number in range(widths(old, level)[0], full):
            yield level, number, WIDTH
        if partial and old >> (_HEIGHT * level) != size >> (_HEIGHT * level):
            yield level, full, partial
        level += 1


def write(folder: Path, log: Published, newest: StoredCheckpoint) -> None:
    """Bring the files in a folder up to date with the newest checkpoint of the log."""
    old = _written(folder, log)
    for level, number, width in changed(old, newest.size):
        start = number * WIDTH
        hashes = log.nodes(_HEIGHT * level, start, start + width)
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
