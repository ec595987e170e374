"""Where readers find the article that a story is the history of: on its publisher's own site."""

import re
from urllib.parse import urlsplit

from repo_store import Content

_USABLE = re.compile(r"https?://(?![^/?#]*@)[^\s\"<>\\^`{|}]+", re.IGNORECASE)
"""Whose host every reader takes for the same one, and which needs no escaping to be exact."""


def article_address(story: str, content: Content | None, pattern: str) -> str | None:
    """The article's own `url`, or else what the pattern says, such as “https://paper.example/{story}”;
    None without either. `content`: None if its text is not there.
    """
    own = content.fields.get("url") if content else None
    if isinstance(own, str) and _is_usable(own):
        return own
    return pattern.replace("{story}", story) if pattern else None


def _is_usable(address: str) -> bool:
    try:
        return bool(_USABLE.fullmatch(address) and urlsplit(address).hostname)
    except ValueError:
        return False
