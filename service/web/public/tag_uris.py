"""Ids of feeds and their entries, which stay when the archive moves to another host or path."""

from urllib.parse import quote

from service.web.http.services import services


def tag_uri(*parts: str) -> str:
    """A tag URI (RFC 4151) of something in this archive, such as
    “tag:history.example.org,2026-05-03:5f0c1a9e27b3d684/stories/library/versions/2”.
    """
    return f"tag:{services().identity}/{'/'.join(quote(part, safe='') for part in parts)}"
