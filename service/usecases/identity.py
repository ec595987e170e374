"""What names an archive for good, whatever its address becomes: the beginning of its tag URIs.

RFC 4151 asks for an authority, which is a name in the DNS, and a day on which whoever makes the ids
had that name; the rest is up to them. It is made once and noted in git, so that a moved, restored
or renamed archive keeps it.
"""

import re
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_hex
from urllib.parse import urlsplit

from repo_store import Archive

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NAMELESS = "localhost"
_LENGTH = 16


def identity(archive: Archive, url: str, now: datetime) -> str:
    """Such as “history.example.org,2026-05-03:5f0c1a9e27b3d684”. `url`: the archive's public one,
    if it has any.
    """
    return archive.identity(lambda: _made(archive, url, now))


def _made(archive: Archive, url: str, now: datetime) -> str:
    """The host of today, the day of the first publication, and what no other archive has: the hash
    of the first published text, which is stored with random bits. So the line is the same each
    time it is made until it can be noted.
    """
    day, unique = now, token_hex()
    for event in archive.index.events(0, 1):
        day = event.at
        if first := archive.index.version(event.story, event.version):
            unique = first.sha256
    digest = sha256(unique.encode()).hexdigest()[:_LENGTH]
    return f"{_authority(url)},{day.astimezone(UTC):%Y-%m-%d}:{digest}"


def _authority(url: str) -> str:
    host = urlsplit(url).hostname or ""
    return host if _NAME.fullmatch(host) else _NAMELESS
