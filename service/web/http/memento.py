"""The links and headers of Memento (RFC 7089) and of version navigation (RFC 5829)."""

from flask import Response, request
from werkzeug.http import http_date

from repo_store import Revision
from service.web.http.links import ATOM, LINKS, absolute, link, with_links


def original_links(story: str) -> tuple[str, ...]:
    """Links from a story to its versions."""
    return (
        link(absolute("memento.timegate", story=story), "timegate"),
        link(absolute("memento.timemap", story=story), "timemap", type=LINKS),
        link(absolute("pages.history", story=story), "version-history"),
        link(absolute("feeds.story_feed", story=story), "alternate", type=ATOM),
        link(absolute("api.get_story", story=story), "alternate", type="application/json"),
    )


def context_links(story: str) -> tuple[str, ...]:
    """Links from a memento or a TimeGate to the original resource and its versions."""
    return (
        link(absolute("pages.story", story=story), "original"),
        link(absolute("memento.timegate", story=story), "timegate"),
        link(absolute("memento.timemap", story=story), "timemap", type=LINKS),
    )


def as_memento(response: Response, version: Revision) -> Response:
    """Mark a response as a memento. A memento never changes, so it names no later version but the
    latest.
    """
    response.headers["Memento-Datetime"] = http_date(version.live_since)
    story, number = version.story, version.version or 1
    links = [
        *context_links(story),
        link(absolute("pages.story", story=story), "latest-version"),
        link(absolute("pages.history", story=story), "version-history"),
    ]
    if number > 1:
        predecessor = absolute(request.endpoint or "", story=story, version=number - 1)
        links.append(link(predecessor, "predecessor-version"))
    return with_links(response, *links)
