"""Versions by time, for web archives and their clients: Memento, RFC 7089.

A story is the original resource, its versions are the mementos. The TimeGate has an address of its
own and answers 302 (pattern 2.1 of the RFC); the TimeMap is paged, oldest first.
"""

from datetime import datetime

from flask import Blueprint, Response, redirect, request
from werkzeug.http import http_date, parse_date
from werkzeug.wrappers import Response as BaseResponse

from repo_store import FieldError, Malformed, NotFound, Revision
from service.web.http.access import public
from service.web.http.addresses import takes
from service.web.http.headers import cached
from service.web.http.links import LINKS, absolute, link
from service.web.http.memento import context_links
from service.web.http.params import number
from service.web.http.response_cache import DependsOn
from service.web.http.services import stories

blueprint = Blueprint("memento", __name__)

PAGE = 500
"""Mementos on one page of a TimeMap."""


@blueprint.get("/timegate/stories/<story>")
@public
def timegate(story: str) -> BaseResponse:
    """Redirect to the version that was live at `Accept-Datetime`, or else to the live one.

    A time before the first version leads to the first (section 4.5.3).
    """
    live = stories().story(story).live
    first, last = stories().version(story, 1), stories().version(story, live)
    target = last
    if (accepted := _accept_datetime()) is not None:
        target = stories().live_at(story, accepted) or first
    response = redirect(absolute("pages.version", story=story, version=target.version))
    response.headers["Vary"] = "Accept-Datetime"
    mementos = [_memento(version, rel) for version, rel in _relations(first, target, last)]
    response.headers["Link"] = ", ".join((*context_links(story), *mementos))
    return response


def _accept_datetime() -> datetime | None:
    text = request.headers.get("Accept-Datetime")
    if text is None:
        return None
    if (parsed := parse_date(text)) is None:
        message = "must be a date such as “Thu, 26 Nov 2026 10:00:00 GMT”"
        raise Malformed([FieldError("Accept-Datetime", message)])
    return parsed


def _relations(first: Revision, target: Revision, last: Revision) -> list[tuple[Revision, str]]:
    """Each version once, with all its link relations."""
    versions: dict[int | None, tuple[Revision, list[str]]] = {}
    for version, rel in ((first, "first"), (last, "last"), (target, "")):
        versions.setdefault(version.version, (version, []))[1].append(rel)
    return [
        (version, " ".join([*filter(None, rels), "memento"])) for version, rels in versions.values()
    ]


def _memento(version: Revision, rel: str) -> str:
    address = absolute("pages.version", story=version.story, version=version.version)
    return link(address, rel, datetime=http_date(version.live_since))


@blueprint.get("/timemap/stories/<story>")
@public
@cached(DependsOn.STORY)
@takes("page")
def timemap(story: str) -> Response:
    """Every version, oldest first, in link-format (RFC 6690); `page` counts from 1."""
    live = stories().story(story).live
    page = number(request.args.get("page", "1"), "page")
    pages = -(-live // PAGE)
    if page > pages:
        raise NotFound(f"This TimeMap has {pages} pages.")
    versions = stories().version_range(story, (page - 1) * PAGE + 1, page * PAGE)
    lines = [
        link(absolute("pages.story", story=story), "original"),
        link(absolute("memento.timegate", story=story), "timegate"),
        _timemap(story, page, versions, "self"),
    ]
    for other in (page - 1, page + 1):
        if 1 <= other <= pages:
            range_ = stories().version_range(story, (other - 1) * PAGE + 1, min(other * PAGE, live))
            lines.append(_timemap(story, other, range_, "timemap"))
    for version in versions:
        ends = {1: "first", live: "last"}
        rel = "first last" if live == 1 else ends.get(version.version or 0, "")
        lines.append(_memento(version, f"{rel} memento".strip()))
    return Response(",\n".join(lines) + "\n", content_type=LINKS)


def _timemap(story: str, page: int, versions: list[Revision], rel: str) -> str:
    address = absolute("memento.timemap", story=story, page=page if page > 1 else None)
    times = [version.live_since for version in versions]
    span = {"from": http_date(min(times)), "until": http_date(max(times))}
    return link(address, rel, type=LINKS, **span)
