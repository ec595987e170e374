"""Canonical equivalence: é as one character or as e and a mark is the same letter to a reader.

Texts are stored and compared as they were sent; what is said about a change asks here.
"""

import re
from unicodedata import is_normalized, normalize

import regex

# Putting a run of marks in order takes the square of its length, so a longer one is cut, with the
# character that UAX #15 inserts for its Stream-Safe Text Format. A mark is no letter to `re`.
_MARKS = re.compile(r"[^\w\s]{30}")
_CUT = "\u034f"
# The letters of flags in pairs: else the engine looks back to the first of a row of them each time.
_GRAPHEME = regex.compile(r"[\U0001f1e6-\U0001f1ff]{2}[\p{GCB=Extend}\p{GCB=ZWJ}]*|\X")


def composed(text: str) -> str:
    """In Normalization Form C, but for runs of more than 30 marks."""
    if text.isascii():
        return text
    return normalize("NFC", _MARKS.sub(rf"\g<0>{_CUT}", text))


def folded(text: str) -> str:
    """Composed, and without upper case: to find a text within another."""
    return composed(composed(text).casefold())


def composed_with_offsets(text: str) -> tuple[str, list[int]] | None:
    """The text grapheme by grapheme in Normalization Form C, and where each of its characters, and
    its end, stands in the text. None if the text has that form already.
    """
    if text.isascii() or is_normalized("NFC", text):
        return None
    parts: list[str] = []
    offsets: list[int] = []
    for found in _GRAPHEME.finditer(text):
        part = found[0]
        if len(part) > 1 and len(part) <= 30:
            part = normalize("NFC", part)
        parts.append(part)
        start, end = found.span()
        offsets += (min(start + at, end - 1) for at in range(len(part)))
    return "".join(parts), [*offsets, len(text)]
