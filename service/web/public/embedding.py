"""A story's History, or one change of it, for other sites: as a fragment, in a frame, as a custom
element.
"""

import json
import re

from flask import Blueprint, Response, render_template, request

from repo_store import FieldError, Malformed
from service.messages import LANGUAGES, catalogue, gettext, marked
from service.present.language import is_rtl
from service.present.one_change import OneChange, excerpt, sentence
from service.web.http.access import public
from service.web.http.addresses import takes
from service.web.http.headers import cached
from service.web.http.params import query_choice
from service.web.http.response_cache import DependsOn
from service.web.http.services import stories
from service.web.http.template_filters import STATIC
from service.web.public.changes import found_change
from service.web.public.leads import leads_of_versions

blueprint = Blueprint("embedding", __name__)

VERSIONS = 10
_LONGEST = 1_200
"""Characters of a changed text that are shown whole."""
_FAILURES = (
    marked("The history of this story could not be loaded."),
    marked("This change could not be loaded."),
    marked("Read it at the source"),
)


@blueprint.get("/stories/<story>/history/embed")
@public
@cached(DependsOn.STORY, framed=True)
@takes("as", "change", "versions")
def embed(story: str) -> str:
    """The History section alone, or the `change` of that name between two `versions`, with absolute
    addresses; `as=page` gives a page for a frame.
    """
    form = query_choice("as", ("fragment", "page"))
    change, versions = request.args.get("change", ""), request.args.get("versions", "")
    if change or versions:
        return _one_change(story, change, versions, form)
    listing = stories().versions(story, limit=VERSIONS)
    summary = stories().story(story)
    return render_template(
        "embed_page.html" if form == "page" else "embed.html",
        what="embed.html",
        title=gettext("History of “%(title)s”", title=summary.title),
        story=summary,
        listing=listing,
        leads=leads_of_versions(listing.items),
        withdrawal=stories().withdrawal(summary),
    )


def _one_change(story: str, name: str, versions: str, form: str) -> str:
    ends = re.fullmatch(r"(\d{1,9})\.\.(\d{1,9})", versions)
    if not ends:
        message = gettext("must be two versions, such as %(example)s", example="3..4")
        raise Malformed([FieldError("versions", message)])
    if not name:
        raise Malformed([FieldError("change", gettext("is required: the name of a change"))])
    summary = stories().story(story)
    found = found_change(story, ends[1], ends[2], name)
    heading, spans = _shown(found.change)
    return render_template(
        "embed_page.html" if form == "page" else "embed_change.html",
        what="embed_change.html",
        title=gettext("One change in “%(title)s”", title=summary.title),
        story=summary,
        found=found,
        heading_text=heading,
        spans=spans,
        rtl=is_rtl(found.change.after or found.change.before),
        withdrawal=stories().withdrawal(summary),
    )


def _shown(change: OneChange) -> tuple[str, object]:
    """How a change is announced, and its marked text: the sentence that changed, else all of it
    unless it is long.
    """
    if spans := sentence(change.spans):
        return gettext("This sentence changed"), spans
    whole = sum(len(text) for _, text in change.spans) <= _LONGEST
    return change.change.label, change.spans if whole else excerpt(change.spans)


@blueprint.get("/embed/story-history.js")
@public
@cached(DependsOn.RELEASE)
def element() -> Response:
    """The script of `<story-history>`, at a stable address for other sites to use. What it says by
    itself it knows in all languages, since nothing can be asked for then.
    """
    text = (STATIC / "story-history.js").read_text(encoding="utf-8")
    known = {each: list(map(catalogue(each).gettext, _FAILURES)) for each in LANGUAGES}
    text = text.replace("failures = {}", f"failures = {json.dumps(known, ensure_ascii=False)}")
    return Response(text, content_type="text/javascript; charset=utf-8")
