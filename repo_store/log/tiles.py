"""The files that the public log is served from: C2SP's tlog-tiles (https://c2sp.org/tlog-tiles).

`tile/<L>/<N>` has 256 hashes, each over a complete subtree of 256 to the power of L leaves;
`tile/entries/<N>` has 256 leaves. The last of a level may be partial, `<N>.p/<width>`. Complete
ones never change. Pure; `write.tile_files` writes them.
"""

import re
import struct
from collections.abc import Iterable, Iterator

WIDTH = 256
HEIGHT = 8
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


def entries(leaves: Iterable[bytes]) -> bytes:
    """A bundle of leaves, each after its length."""
    return b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves)


def widths(size: int, level: int) -> tuple[int, int]:
    """How many complete tiles a level has in a log of this size, and the width of the last one."""
    return divmod(size >> (HEIGHT * level), WIDTH)


def changed(old: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Level, number and width of each tile that a log of `size` leaves has and one of `old` has
    not.
    """
    level = 0
    while size >> (HEIGHT * level):
        full, partial = widths(size, level)
        for number in range(widths(old, level)[0], full):
            yield level, number, WIDTH
        if partial and old >> (HEIGHT * level) != size >> (HEIGHT * level):
            yield level, full, partial
        level += 1
