"""Exports in the API."""

from flask import Response

from repo_store import NotFound
from service.accounts import Permission
from service.audit.keys import BadKey
from service.web.api.blueprint import blueprint
from service.web.api.openapi import Tag, describe
from service.web.http.access import open_to
from service.web.http.ranges import export_request, send_export
from service.web.http.services import stories

_FLAG = {"type": "boolean"}
_IDS = {"type": "array", "items": {"type": "string"}}
_DAY = {"type": "string", "description": "A day, or a time with its zone (RFC 3339)"}


@blueprint.get("/stories/<story>/export")
@open_to(Permission.EXPORT)
@describe(Tag.EXPORT, {200: (), 206: ()}, query={"drafts": _FLAG}, file=True, raises=(BadKey,))
def export_story(story: str) -> Response:
    """Export a story with proof: a zip with a BagIt bag, whose VERIFY.txt says how to check it.

    The bytes stay the same until something is recorded about the story, so that a download can be
    resumed with `Range`. `drafts` adds the texts of drafts and rejected revisions.
    """
    stories().check_known(story)
    return send_export(export_request((story,)))


@blueprint.get("/export")
@open_to(Permission.EXPORT)
@describe(
    Tag.EXPORT,
    {200: (), 206: ()},
    query={"story": _IDS, "since": _DAY, "until": _DAY, "drafts": _FLAG},
    file=True,
    raises=(NotFound, BadKey),
)
def export_stories() -> Response:
    """Export several stories (`story`, repeated), those changed in a period, or all."""
    return send_export(export_request())
