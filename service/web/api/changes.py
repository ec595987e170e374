"""What has happened, for those who keep a copy in step."""

from flask import Response, request

from service.present import schemas
from service.web.api.blueprint import blueprint, json_response
from service.web.api.openapi import LIMIT, Tag, describe
from service.web.http.access import public
from service.web.http.headers import cached
from service.web.http.params import page_limit
from service.web.http.response_cache import DependsOn
from service.web.http.services import stories


@blueprint.get("/changes")
@public
@cached(DependsOn.ARCHIVE)
@describe(Tag.CHANGES, {200: schemas.ChangeList}, query={"since": {"type": "string"}} | LIMIT)
def list_changes() -> Response:
    """List what was published, explained, withdrawn, removed or given another id, in the order in
    which it was recorded, after the cursor `since`.

    `next` is the cursor to go on with; at the end it is the one to ask with later.
    """
    page = stories().changes(request.args.get("since", ""), page_limit())
    items = [schemas.Change.of(each) for each in page.items]
    return json_response(schemas.ChangeList(items=items, next=page.next or "0"))
