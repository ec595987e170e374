"""The names of changes: each made from what the change is, so that a link to it lasts.

The same edit of the same paragraph has the same name in every pair of versions that shows it, in
every view, and in every release.
"""

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from service.diffing import Block, text_without

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_LENGTH = 8
"""Characters of five bits. Of 1,000 changes on a page two have the same name once in two million
pages; they are then told apart as repeats are.
"""


def change_ids(changes: Iterable[tuple[str, Block]]) -> list[str]:
    """The name of each change, given with its section; a repeat on the same page has its count."""
    counts: Counter[str] = Counter()
    names = []
    for section, block in changes:
        name = _name(section, block)
        counts[name] += 1
        names.append(name if counts[name] == 1 else f"{name}-{counts[name]}")
    return names


def _name(section: str, block: Block) -> str:
    """Begins with a letter, as a CSS selector needs it."""
    said = [block.from_section or section, section]
    for field, spans in block.stored.items():
        said += field, text_without(spans, "insert"), text_without(spans, "delete")
    digest = sha256("\0".join(said).encode()).digest()
    return "c" + "".join(_LETTERS[byte % 32] for byte in digest[:_LENGTH])
