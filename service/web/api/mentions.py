"""Where a phrase stands, in a story or in all, in the API: for those who may remove it."""

from flask import Response, request

from service.accounts import Permission
from service.present import schemas
from service.usecases.mentions import LONGEST_PHRASE, Mention, MentionPage
from service.web.api.blueprint import blueprint, json_response
from service.web.api.openapi import CURSOR, LIMIT, Tag, describe
from service.web.http.access import known_viewer, open_to
from service.web.http.links import absolute, link, with_links
from service.web.http.params import page_limit
from service.web.http.services import services, stories

_QUERY = {"phrase": {"type": "string", "minLength": 1, "maxLength": LONGEST_PHRASE}}


@blueprint.get("/stories/<story>/mentions")
@open_to(Permission.REMOVE)
@describe(Tag.REMOVAL, {200: schemas.Mentions}, query=_QUERY | CURSOR | LIMIT, needs=("phrase",))
def list_mentions(story: str) -> Response:
    """List what of a story says a phrase, newest entry first: texts, notes, comments.

    Drafts and former versions are looked at too. At most `limit` entries; a page looks at a part of
    a long history, so it may be empty and still have a `next`.
    """
    stories().check_known(story)
    phrase, cursor = request.args.get("phrase", ""), request.args.get("cursor", "")
    page = services().mentions.in_story(story, phrase, known_viewer(), cursor, page_limit())
    return _answer(page)


@blueprint.get("/mentions")
@open_to(Permission.REMOVE)
@describe(Tag.REMOVAL, {200: schemas.Mentions}, query=_QUERY | CURSOR | LIMIT, needs=("phrase",))
def list_all_mentions() -> Response:
    """List what says a phrase in every story, in the order in which it was recorded.

    As for one story. What is written while the pages are read comes at the end of them.
    """
    phrase, cursor = request.args.get("phrase", ""), request.args.get("cursor", "")
    return _answer(services().mentions.everywhere(phrase, known_viewer(), cursor, page_limit()))


def _answer(page: MentionPage) -> Response:
    response = json_response(mentions_of(page))
    if page.next:
        query = {name: request.args[name] for name in ("phrase", "limit") if name in request.args}
        query |= (request.view_args or {}) | {"cursor": page.next}
        with_links(response, link(absolute(request.endpoint or "", **query), "next"))
    return response


def mentions_of(page: MentionPage) -> schemas.Mentions:
    return schemas.Mentions(
        items=[_mention(each) for each in page.mentions],
        next=page.next,
        by_author=page.by_author,
        searched=page.searched,
        total=page.total,
    )


def _mention(found: Mention) -> schemas.Mention:
    return schemas.Mention(
        story=found.revision.story,
        entry=found.entry,
        revision=found.revision.revision,
        version=found.revision.version,
        state=found.revision.state,
        action=found.action and found.action.verb,
        part=found.part,
        field=found.at,
        match=found.match.certainty,
        before=found.before,
        said=found.said,
        after=found.after,
        places=found.places,
    )
