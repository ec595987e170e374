"""Pictures of parts of a page, compared with those that are kept beside this file.

A picture is kept at a third of its size and in few colours, as WebP without loss. Two are the same
if no square of them has more than a few pixels that differ, each pixel being compared with what is
around it in the other picture: so another version of the browser may draw text a little heavier, or
part of a pixel further right, and a line that is missing is seen all the same. test_patterns.py has
examples of both.

`make snapshots` renews them; look at what `git diff` then shows before you commit it.
"""

import base64
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Locator, Page

FOLDER = Path(__file__).parent
STYLE = (FOLDER / "style.css").read_text()

_TOLERANCE = 20
"""Of 255, how far a channel of a pixel may be from what is around it in the other picture."""
_SQUARE, _MOST = 16, 4
"""A square of so many pixels a side may have so many that differ."""
_SLACK = 4
"""Pixels by which heights may differ, as lines are rounded."""
_SCRIPT = (FOLDER / "compare.js").read_text()


class Compared(NamedTuple):
    """`squares`: how many have too many pixels that differ; `worst`: how many of one do, and where
    that is, in pixels of the page. `size`: of both pictures, if these are not the same.
    """

    squares: int
    worst: int
    at: tuple[int, int]
    size: str

    @property
    def same(self) -> bool:
        return not (self.squares or self.size)


def picture(part: Locator, tool: Page) -> bytes:
    """Of a part of a page, as it is kept. `tool`: another page, which does the work."""
    data = _encoded(part.screenshot(animations="disabled"))
    made: str = tool.evaluate(f"async (data) => {{ {_SCRIPT}; return kept(data); }}", data)
    return base64.b64decode(made)


def compared(kept: bytes, now: bytes, tool: Page) -> Compared:
    limits = [_TOLERANCE, _SQUARE, _MOST, _SLACK]
    found = tool.evaluate(
        f"async ([old, now, limits]) => {{ {_SCRIPT}; return compare(old, now, ...limits); }}",
        [_encoded(kept), _encoded(now), limits],
    )
    return Compared(found["squares"], found["worst"], tuple(found["at"]), found["size"])


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
