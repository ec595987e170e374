"""The tokens of a text. They are made here, not by SQLite, so that they are the same everywhere.

Words are the same as in `repo_store.sameness.as_searched`. A number keeps its inner point or comma.
Scripts without spaces are cut into pairs of characters, as Lucene's CJKBigramFilter does.
"""

import re
from string import digits

from repo_store.sameness import UNSPACED, as_searched

_RUN = re.compile(f"[{UNSPACED}]+")
# Quick to rule out, and then a token is found in half of the time
_MAY_BE_UNSPACED = re.compile("[\u0e00-\U0003ffff]")
_SPACED = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_TOKEN = re.compile(rf"[{UNSPACED}]+|[^\W_{UNSPACED}]+(?:[.,]\d+)*")
_ASCII = re.compile(r"[a-z0-9]+(?:[.,][0-9]+)*")
_INNER = re.compile(r"[0-9][.,][0-9]")
_WORDS = "".join(chr(code) if chr(code).isalnum() else " " for code in range(128))


def tokens(text: str) -> str:
    """The tokens, in order, separated by spaces."""
    folded = as_searched(text)
    if folded.isascii():
        # If no number has a point or comma in it, translating gives the same three times as fast.
        found = _ASCII.findall(folded) if _inner(folded) else folded.translate(_WORDS).split()
    elif not _MAY_BE_UNSPACED.search(folded):
        found = _SPACED.findall(folded)
    else:
        found = _TOKEN.findall(folded)
        if _RUN.search(folded):
            found = [each for token in found for each in _pairs(token)]
    return " ".join(found)


def is_pair(token: str) -> bool:
    """Whether this is a pair of characters of a script without spaces, or the last of a run."""
    return _RUN.match(token) is not None


def _inner(text: str) -> bool:
    return any(digit in text for digit in digits) and _INNER.search(text) is not None


def _pairs(token: str) -> list[str]:
    if not is_pair(token):
        return [token]
    # The last character too, so that each is the beginning of a token.
    return [token[at : at + 2] for at in range(len(token))]
