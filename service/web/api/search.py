"""Search: live texts for everyone; what stood before, drafts and sources for roles."""

from flask import Response, request

from repo_store import FieldError, Malformed, SearchPlace
from service.accounts import Forbidden, Permission
from service.present.search_schemas import Found, SearchResults
from service.web.api.blueprint import blueprint, json_response
from service.web.api.components import Schema
from service.web.api.openapi import CURSOR, LIMIT, Tag, describe
from service.web.http.access import check_may, public
from service.web.http.headers import cached
from service.web.http.links import absolute, link, with_links
from service.web.http.params import page_limit, search_places
from service.web.http.response_cache import DependsOn
from service.web.http.services import stories

_QUERY: dict[str, Schema] = {
    "q": {
        "type": "string",
        "minLength": 1,
        "description": 'Words, `begin*` and `"a phrase"`: all must be there',
    },
    "in": {
        "type": "string",
        "description": "One or several of live, history, drafts, sources, separated by commas;"
        " all but live are for token holders",
        "pattern": "^(live|history|drafts|sources)(,(live|history|drafts|sources))*$",
        "default": "live",
    },
}


@blueprint.get("/search")
@public
@cached(DependsOn.ARCHIVE)
@describe(Tag.STORIES, {200: SearchResults}, query=_QUERY | CURSOR | LIMIT, raises=(Forbidden,))
def search_stories() -> Response:
    """Search live texts, newest first; with `in`, also lines that stood in earlier versions,
    lines of drafts, and sources.

    A live text must have all that is searched for; of the others one line or one source must.
    """
    words = request.args.get("q", "")
    places = search_places(request.args.get("in") or SearchPlace.LIVE)
    if places != [SearchPlace.LIVE]:
        check_may(Permission.READ_DRAFTS)
    if not words.strip():
        raise Malformed([FieldError("q", "must have a word")])
    page = stories().search(words, places, request.args.get("cursor", ""), page_limit())
    found = [Found.of(*each) for each in page.items]
    response = json_response(SearchResults(items=found, next=page.next))
    if page.next:
        query = {name: request.args[name] for name in ("q", "in", "limit") if name in request.args}
        following = absolute(request.endpoint or "", **query, cursor=page.next)
        with_links(response, link(following, "next"))
    return response
