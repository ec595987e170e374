"""Text as the archive takes it: controls, and what shows a text in another order, are left out."""

import re
import unicodedata

_REFUSED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\ud800-\udfff\ufffe\uffff]"
)
_BREAKS = re.compile("[\x85\u2028\u2029]")
_ISOLATES = re.compile("[\u2066-\u2069]")


def cleaned(text: str) -> str:
    """Lines are kept; separators of lines and pages become spaces."""
    text = _REFUSED.sub("", _BREAKS.sub(" ", text))
    return text if _runs_to_the_left(text) else _ISOLATES.sub("", text)


def line(text: str) -> str:
    return " ".join(cleaned(text).split())


def _runs_to_the_left(text: str) -> bool:
    return any(unicodedata.bidirectional(each) in ("R", "AL") for each in text)
