"""oEmbed (https://oembed.com): what another site asks to show a story's History, or one change, in
a frame of its page.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, Response, current_app, json, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotImplemented as OtherFormat

from repo_store import FieldError, Malformed, NotFound, Revision, State
from service.messages import gettext
from service.present.preview_image import HEIGHT, WIDTH
from service.web.http.access import public
from service.web.http.addresses import takes
from service.web.http.headers import cached
from service.web.http.links import absolute
from service.web.http.params import compared
from service.web.http.response_cache import DependsOn
from service.web.http.services import stories
from service.web.public.changes import found_change
from service.web.public.previews import paper_name

blueprint = Blueprint("oembed", __name__)

_AGE = 300
"""Seconds that an answer may be kept."""
_WIDTH, _HISTORY, _CHANGE = 600, 480, 320
"""Pixels of a frame, where the other site has room for it: its width, and its heights."""
_CHANGE_NAME = re.compile("c[a-z2-7]{8}(-[0-9]{1,6})?")
"""As `change_ids` makes them: other fragments are other places of a page."""
_LONGEST = 2_000
"""Characters of an address that is looked at."""


@dataclass(frozen=True)
class _Embedded:
    """`frame`: the address of what is shown; `image`: of its preview, empty if it has none."""

    title: str
    version: Revision
    frame: str
    image: str
    height: int


@blueprint.get("/oembed")
@public
@cached(DependsOn.ARCHIVE)
@takes("format", "maxheight", "maxwidth", "url")
def oembed() -> Response:
    if request.args.get("format", "json") != "json":
        raise OtherFormat("Answers are in JSON alone.")
    address = request.args.get("url", "")
    if not address:
        raise Malformed([FieldError("url", "is required: the address of a page of this site")])
    widest, highest = _most("maxwidth"), _most("maxheight")
    shown = _embedded(address)
    width, height = min(_WIDTH, widest), min(shown.height, highest)
    frame = render_template("oembed_frame.html", shown=shown, width=width, height=height)
    answer: dict[str, Any] = {
        "version": "1.0",
        "type": "rich",
        "title": shown.title,
        "author_name": shown.version.author.name,
        "provider_name": paper_name(),
        "provider_url": absolute("pages.front"),
        "cache_age": _AGE,
        "html": frame.strip(),
        "width": width,
        "height": height,
    }
    if shown.image and widest >= WIDTH and highest >= HEIGHT:
        answer |= {
            "thumbnail_url": shown.image,
            "thumbnail_width": WIDTH,
            "thumbnail_height": HEIGHT,
        }
    return Response(json.dumps(answer), content_type="application/json")


def _most(name: str) -> int:
    text = request.args.get(name, "100000")
    if not re.fullmatch("[1-9][0-9]{0,5}", text):
        raise Malformed([FieldError(name, "must be a whole number of pixels")])
    return int(text)


def _embedded(address: str) -> _Embedded:
    """What a page of this site is as an embed. NotFound for any other address."""
    endpoint, values, change = _page_at(address)
    story = _own_id(values.get("story", ""))
    if endpoint == "pages.diff":
        old, new = values["old"], values["new"]
        if change:
            return _one_change(story, old, new, change)
        compared(story, old, new, private=False)
    elif endpoint == "pages.story":
        stories().standing(story)
    elif endpoint != "pages.history":
        raise NotFound("There is nothing to embed at this address.")
    return _history(story)


def _history(story: str) -> _Embedded:
    summary = stories().story(story)
    live = stories().version(story, summary.live)
    gone = summary.withdrawn is not None or live.state is State.REMOVED
    return _Embedded(
        gettext("History of “%(title)s”", title=summary.title),
        live,
        absolute("embedding.embed", **{"story": story, "as": "page"}),
        "" if gone else absolute("previews.story_image", story=story),
        _HISTORY,
    )


def _one_change(story: str, old: str, new: str, change: str) -> _Embedded:
    version = found_change(story, old, new, change).new
    named = {"story": story, "change": change}
    return _Embedded(
        gettext("One change in “%(title)s”", title=stories().content(version).title),
        version,
        absolute("embedding.embed", **named, **{"as": "page", "versions": f"{old}..{new}"}),
        absolute("previews.diff_image", **named, old=old, new=new),
        _CHANGE,
    )


def _own_id(story: str) -> str:
    """The id of the story that another id leads to."""
    try:
        stories().story(story)
    except NotFound:
        return stories().alias(story) or story
    return story


def _page_at(address: str) -> tuple[str, dict[str, str], str]:
    """The endpoint that an address of this site has, its values, and the change that it names: as
    a parameter, or after the #.
    """
    site = urlsplit(absolute("pages.front"))
    elsewhere = NotFound("This is no address of this site.")
    try:
        parts = urlsplit(address[:_LONGEST])
        same = parts.netloc == site.netloc and parts.scheme in ("http", "https")
    except ValueError:
        raise elsewhere from None
    if not same or not parts.path.startswith(site.path):
        raise elsewhere
    path = parts.path.removeprefix(site.path.removesuffix("/"))
    try:
        endpoint, values = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        raise elsewhere from None
    named = parts.fragment if _CHANGE_NAME.fullmatch(parts.fragment) else ""
    return str(endpoint), dict(values), parse_qs(parts.query).get("change", [named])[0]
