"""Text from elsewhere in one line of a log, of a terminal, or of an error."""

import re

# C0 and C1 controls, line and paragraph separators, Unicode's Bidi_Control, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


def printable(text: str) -> str:
    """The text with every character that moves the cursor, ends a line, reverses what is read or
    cannot be encoded written as JSON escapes it, such as `\\u001b`.

    JSON stays the same JSON.
    """
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def shortened(text: str, most: int = 80) -> str:
    """The text cut to `most` characters, printable: for naming what someone sent."""
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    return printable(cut)
