"""HTML as the Markdown that a content holds, to look at before it is sent."""

from flask import Response

from repo_store import parse
from service.accounts import Permission
from service.conversion import convert
from service.present import schemas
from service.usecases.commands import HtmlToConvert
from service.web.api.blueprint import blueprint, json_body, json_response
from service.web.api.openapi import Tag, describe
from service.web.http.access import open_to


@blueprint.post("/convert")
@open_to(Permission.READ_DRAFTS)
@describe(Tag.REVISIONS, {200: schemas.Converted}, body=HtmlToConvert)
def convert_html() -> Response:
    """Convert HTML to blocks of Markdown. Nothing is stored.

    `dropped` names what of the HTML is not in the blocks. In a new revision's content `body_html`
    may stand in place of `body`, with the same result.
    """
    sent = parse(HtmlToConvert, json_body())
    return json_response(schemas.Converted.model_validate(convert(sent.html, sent.url)))
