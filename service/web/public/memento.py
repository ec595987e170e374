"""Versions by time, as archives and their clients do it: Memento, RFC 7089.

A story is the original resource, its versions are the mementos. The TimeGate is a resource of its
own and answers 302 (pattern 2.1 of the RFC); the TimeMap is paged, oldest first.
"""

from datetime import datetime

from flask import Blueprint, Response, redirect, request
from werkzeug.http import http_date, parse_date
from werkzeug.wrappers import Response as BaseResponse

from repo_store import FieldError, Malformed, NotFound, Revision
from service.web.http.access import public
from service.web.http.headers import cached
from service.web.http.links import ATOM, LINKS, absolute, link, with_links
from service.web.http.params import number
from service.web.http.response_cache import DependsOn
from service.web.http.services import stories

blueprint = Blueprint("memento", __name__)

PAGE = 500
"""Mementos that one TimeMap lists."""


def original_links(story: str) -> tuple[str, ...]:
    """What leads from a story to its versions."""
    return (
        link(absolute("memento.timegate", story=story), "timegate"),
        link(absolute("memento.timemap", story=story), "timemap", type=LINKS),
        link(absolute("pages.history", story=story), "version-history"),
        link(absolute("feeds.story_feed", story=story), "alternate", type=ATOM),
        link(absolute("api.show_story", story=story), "alternate", type="application/json"),
    )


def remembered(response: Response, version: Revision) -> Response:
    """Mark an answer as a memento: what it says does not change, so no later one is named.

    Its neighbours are told as in RFC 5829.
    """
    response.headers["Memento-Datetime"] = http_date(version.live_since)
    story, number = version.story, version.version or 1
    links = [
        *_around(story),
        link(absolute("pages.story", story=story), "latest-version"),
        link(absolute("pages.history", story=story), "version-history"),
    ]
    if number > 1:
        before = absolute(request.endpoint or "", story=story, version=number - 1)
        links.append(link(before, "predecessor-version"))
    return with_links(response, *links)


def _around(story: str) -> tuple[str, ...]:
    return (
        link(absolute("pages.story", story=story), "original"),
        link(absolute("memento.timegate", story=story), "timegate"),
        link(absolute("memento.timemap", story=story), "timemap", type=LINKS),
    )


@blueprint.get("/timegate/stories/<story>")
@public
def timegate(story: str) -> BaseResponse:
    """Redirect to the version that was live at `Accept-Datetime`, else to the live one.

    A time before the first version leads to that one, as section 4.5.3 has it.
    """
    known = stories().story(story)
    found = stories().version(story, known.live)
    if (asked := _asked()) is not None:
        found = stories().live_at(story, asked) or stories().version(story, 1)
    response = redirect(absolute("pages.version", story=story, version=found.version))
    response.headers["Vary"] = "Accept-Datetime"
    first, last = stories().version(story, 1), stories().version(story, known.live)
    chosen = [_memento(each, rel) for each, rel in _distinct(first, found, last)]
    response.headers["Link"] = ", ".join((*_around(story), *chosen))
    return response


def _asked() -> datetime | None:
    text = request.headers.get("Accept-Datetime")
    if text is None:
        return None
    if (found := parse_date(text)) is None:
        message = "must be a date such as “Thu, 26 Nov 2026 10:00:00 GMT”"
        raise Malformed([FieldError("Accept-Datetime", message)])
    return found


def _distinct(first: Revision, found: Revision, last: Revision) -> list[tuple[Revision, str]]:
    """Each of them once, with all that it is."""
    told: dict[int | None, tuple[Revision, list[str]]] = {}
    for version, rel in ((first, "first"), (last, "last"), (found, "")):
        told.setdefault(version.version, (version, []))[1].append(rel)
    return [
        (version, " ".join([*filter(None, names), "memento"])) for version, names in told.values()
    ]


def _memento(version: Revision, rel: str = "memento") -> str:
    address = absolute("pages.version", story=version.story, version=version.version)
    return link(address, rel, datetime=http_date(version.live_since))


@blueprint.get("/timemap/stories/<story>")
@public
@cached(DependsOn.STORY)
def timemap(story: str) -> Response:
    """Every version, oldest first, as link-format (RFC 6690); `page` counts from 1."""
    live = stories().story(story).live
    page = number(request.args.get("page", "1"), "page")
    pages = -(-live // PAGE)
    if page > pages:
        raise NotFound(f"This TimeMap has {pages} pages.")
    listed = stories().version_range(story, (page - 1) * PAGE + 1, page * PAGE)
    lines = [
        link(absolute("pages.story", story=story), "original"),
        link(absolute("memento.timegate", story=story), "timegate"),
        _page(story, page, listed, "self"),
    ]
    for other in (page - 1, page + 1):
        if 1 <= other <= pages:
            ends = stories().version_range(story, (other - 1) * PAGE + 1, min(other * PAGE, live))
            lines.append(_page(story, other, ends, "timemap"))
    for version in listed:
        ends_of = {1: "first", live: "last"}
        name = "first last" if live == 1 else ends_of.get(version.version or 0, "")
        lines.append(_memento(version, f"{name} memento".strip()))
    return Response(",\n".join(lines) + "\n", content_type=LINKS)


def _page(story: str, page: int, listed: list[Revision], rel: str) -> str:
    address = absolute("memento.timemap", story=story, page=page if page > 1 else None)
    since, until = (http_date(each.live_since) for each in (listed[0], listed[-1]))
    return link(address, rel, type=LINKS, **{"from": since, "until": until})
