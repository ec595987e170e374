"""The names of folders in an export: such that every system unpacks them.

Windows has names that no file may have, whatever follows their first dot (con, nul, com1 …), and
by default no path of more than 259 characters. What unpacks may add a folder named like the zip.
"""

import re
from hashlib import sha256

_RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)\d")
_LONGEST = 48


def folder_of(story: str) -> str:
    """The story's id. For one that is longer than 48 characters or a reserved name: its first 31
    characters, `_`, and the first 16 hex digits of its SHA-256. No id has `_`.
    """
    if len(story) <= _LONGEST and not _RESERVED.fullmatch(story):
        return story
    return f"{story[:31]}_{sha256(story.encode()).hexdigest()[:16]}"
