"""A story's History for other sites: as a fragment, in a frame, as a custom element."""

from flask import Blueprint, Response, render_template, request

from repo_store import FieldError, Malformed
from service.web.http.access import public
from service.web.http.addresses import takes
from service.web.http.headers import cached
from service.web.http.response_cache import DependsOn
from service.web.http.services import stories
from service.web.http.template_filters import STATIC

blueprint = Blueprint("embedding", __name__)

VERSIONS = 10


@blueprint.get("/stories/<story>/history/embed")
@public
@cached(DependsOn.STORY, framed=True)
@takes("as")
def embed(story: str) -> str:
    """The History section alone, with absolute addresses; `as=page` gives a page for a frame."""
    form = request.args.get("as", "fragment")
    if form not in ("fragment", "page"):
        raise Malformed([FieldError("as", "must be fragment or page")])
    listing = stories().versions(story, limit=VERSIONS)
    template = "embed_page.html" if form == "page" else "embed.html"
    summary = stories().story(story)
    withdrawal = stories().withdrawal(summary)
    return render_template(template, story=summary, listing=listing, withdrawal=withdrawal)


@blueprint.get("/embed/story-history.js")
@public
@cached(DependsOn.RELEASE)
def element() -> Response:
    """The script of `<story-history>`, at a stable address for other sites to use."""
    text = (STATIC / "story-history.js").read_text(encoding="utf-8")
    return Response(text, content_type="text/javascript; charset=utf-8")
