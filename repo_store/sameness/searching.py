"""A text as it is searched: its words, and its numbers in digits."""

import re
from unicodedata import decimal

from repo_store.sameness.levels import same_word
from repo_store.sameness.numbers import ungrouped
from repo_store.sameness.tokens import numbers_in_digits

_PLANES = range(128, 0x20000)  # none beyond has digits
_DIGIT = {code: str(decimal(chr(code))) for code in _PLANES if chr(code).isdecimal()}
_SEPARATED = re.compile(r"[0-9][.,' \u066b\u066c][0-9]")


def as_searched(text: str) -> str:
    """`same_word`, with numbers in ASCII digits and without grouping: 12 000, 12,000, १२,००० and
    １２０００ are 12000. Two texts that a searcher takes for the same are the same here.
    """
    folded = same_word(text)
    if not folded.isascii():
        folded = folded.translate(_DIGIT)
    if not _SEPARATED.search(folded):
        return folded
    parts: list[str] = []
    last = 0
    for start, end in numbers_in_digits(folded):
        parts += (folded[last:start], ungrouped(folded[start:end]))
        last = end
    return "".join([*parts, folded[last:]])
