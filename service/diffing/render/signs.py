"""Signs of plain text for what was removed and added, as wdiff has them: [-old-]{+new+}.

Tags and colours are lost where a text is copied, stripped or printed; these are not.
"""

from service.diffing.types import SpanOp

SIGNS: dict[SpanOp, tuple[str, str]] = {
    "equal": ("", ""),
    "delete": ("[-", "-]"),
    "insert": ("{+", "+}"),
}


def on_one_line(text: str) -> str:
    """A newline separates paragraphs that were split or merged."""
    return text.replace("\n", " ¶ ")
