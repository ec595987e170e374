"""The text of a page from its bytes."""

import re

_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I)
HEAD = 4_096
"""Bytes in which a page begins, and says how it is encoded."""


def decoded(data: bytes) -> str:
    """A page's text: UTF-8 if it can be, else in the encoding it names, or browsers' default."""
    named = _CHARSET.search(data[:HEAD])
    for encoding in ("utf-8-sig", named[1].decode("ascii") if named else "cp1252"):
        try:
            return data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return data.decode("cp1252", "replace")
