"""What was corrected in all stories."""

from flask import Response, request

from repo_store import CORRECTING
from service.present.correction_schemas import CorrectionList
from service.present.correction_schemas import ListedCorrection as Answer
from service.web.api.blueprint import blueprint, json_response
from service.web.api.components import Schema
from service.web.api.openapi import CURSOR, LIMIT, Tag, describe
from service.web.http.access import public
from service.web.http.headers import cached
from service.web.http.links import absolute, link, with_links
from service.web.http.params import correction_filter, page_limit
from service.web.http.response_cache import DependsOn
from service.web.http.services import services

_DAY = "A day, which begins at midnight UTC, or a time"
_QUERY: dict[str, Schema] = {
    "kind": {"type": "string", "enum": [*CORRECTING]},
    "q": {
        "type": "string",
        "description": "Words in the note or the story's title, as in a search",
    },
    "section": {"type": "string", "description": "Of the paper, however it is written"},
    "since": {"type": "string", "description": _DAY},
    "until": {"type": "string", "description": f"{_DAY}; it is not included"},
}


@blueprint.get("/corrections")
@public
@cached(DependsOn.ARCHIVE)
@describe(Tag.CHANGES, {200: CorrectionList}, query=_QUERY | CURSOR | LIMIT)
def list_corrections() -> Response:
    """List what was corrected or explained in all stories, newest first.

    Withdrawn stories, and those whose live text was removed, are left out. With `q` a page may be
    short, and still have a next one.
    """
    words, cursor = request.args.get("q", ""), request.args.get("cursor", "")
    page = services().corrections.listed(correction_filter(), words, cursor, page_limit())
    items = [
        Answer.of(each.correction, each.title, each.section, each.changed) for each in page.items
    ]
    response = json_response(CorrectionList(items=items, next=page.next))
    if page.next:
        query = {name: request.args[name] for name in (*_QUERY, "limit") if name in request.args}
        following = absolute(request.endpoint or "", **query, cursor=page.next)
        with_links(response, link(following, "next"))
    return response
