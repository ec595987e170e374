"""Ids of stories, made from what another system calls them."""

import re
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from service.present.story_text import slug

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_WEB = re.compile(r"https?://[^/?#]", re.IGNORECASE)
_LONGEST = 120
_DIGITS = 12
"""Of a hash, enough that no two ids are given the same one."""


class Proposal(NamedTuple):
    """`short`: what reads best, which another article may have got; `unique`: no other gets it."""

    short: str
    unique: str


def is_uri(text: str) -> bool:
    return _URI.fullmatch(text) is not None


def is_web_address(text: str) -> bool:
    return is_uri(text) and _WEB.match(text) is not None


def proposed(name: str, title: str) -> Proposal:
    """The same for the same name; the title counts only if there are no letters in that."""
    short = slug(_telling(name)) or slug(title) or "story"
    mark = sha256(name.encode()).hexdigest()[:_DIGITS]
    return Proposal(short, f"{short[: _LONGEST - _DIGITS - 1].rstrip('-')}-{mark}")


def _telling(name: str) -> str:
    """The part of a URI that tells articles apart: of an address the last part of its path, if
    that is in words.
    """
    if not is_web_address(name):
        return re.sub(r"^(urn:newsml:|urn:|tag:)", "", name, flags=re.IGNORECASE)
    parts = urlsplit(name)
    path = unquote(re.sub(r"(\.[a-z]{2,5})?/*$", "", parts.path))
    last = path.rpartition("/")[2]
    if not parts.query and re.search("[a-z]-[a-z]", slug(last)):
        return last
    return " ".join(filter(None, [parts.netloc, path, parts.query]))
