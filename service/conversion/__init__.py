"""HTML as Markdown blocks, and what of it could not be kept.

The reader is a kept one (libxml2's, through lxml); the walk is our own, since a block is one line
of Markdown, and since each thing that is not kept is to be named. Pure, deterministic, without
recursion, in time linear in the size of the HTML, which is bounded.
"""

from typing import NamedTuple

from service.conversion.blocks import converted
from service.conversion.decoding import HEAD, decoded
from service.conversion.losses import NO_TAG, Dropped, Losses
from service.conversion.page import Page, read_page
from service.conversion.parsing import MOST_BYTES, parsed

__all__ = [
    "HEAD",
    "MOST_BYTES",
    "NO_TAG",
    "Conversion",
    "Dropped",
    "Page",
    "convert",
    "decoded",
    "read_page",
]


class Conversion(NamedTuple):
    blocks: tuple[str, ...]
    dropped: tuple[Dropped, ...]


def convert(html: str, base: str | None = None) -> Conversion:
    """The blocks that say what a page or a part of one says. `base`: the address from which
    relative ones lead on. Raises InvalidInput if there is too much of it.
    """
    losses = Losses()
    found = tuple(converted(parsed(html, losses), base, losses))
    return Conversion(found, losses.dropped())
