"""The audit's part of the API: exports; the log's checkpoints, proofs and keys."""

import re

from flask import Response, request

from repo_store import FieldError, Malformed
from service.accounts import Permission
from service.present import schemas
from service.web.api.blueprint import blueprint, json_response
from service.web.api.openapi import describe
from service.web.http.access import open_to
from service.web.http.ranges import export_request, send_export
from service.web.http.services import services, stories

_SIZE = {"type": "integer", "minimum": 0}
_FLAG = {"type": "boolean"}
_STORIES = {"type": "array", "items": {"type": "string"}}
_WORDS = {"type": "string"}


@blueprint.get("/log/checkpoint")
@open_to(Permission.READ_DRAFTS)
@describe({200: ()}, texts=("text/plain",))
def show_checkpoint() -> Response:
    """The newest checkpoint of the log, signed.

    A signed note as https://c2sp.org/tlog-checkpoint has it. It covers all that is recorded.
    """
    text = services().audit.checkpoint().note
    return Response(text, content_type="text/plain; charset=utf-8")


@blueprint.get("/log/inclusion")
@open_to(Permission.READ_DRAFTS)
@describe({200: schemas.Inclusion}, query={"leaf": _SIZE, "story": _WORDS, "revision": _SIZE})
def show_inclusion() -> Response:
    """Prove that a leaf stands in the log; or, with `story` and `revision`, all leaves of these.

    Audit paths of RFC 6962, from the leaf up, in base64, with the checkpoint that they lead to.
    """
    audit = services().audit
    if "leaf" in request.args:
        return json_response(audit.inclusion(_whole("leaf")))
    if "story" not in request.args:
        raise Malformed([FieldError("leaf", "name a leaf, or a story and a revision")])
    story, revision = request.args["story"], _whole("revision")
    return json_response(audit.inclusion_of_revision(story, revision))


@blueprint.get("/log/consistency")
@open_to(Permission.READ_DRAFTS)
@describe({200: schemas.Consistency}, query={"first": _SIZE, "second": _SIZE})
def show_consistency() -> Response:
    """Prove that the log of `second` leaves, else of the newest checkpoint, extends `first`."""
    second = _whole("second") if "second" in request.args else None
    first = _whole("first")
    return json_response(services().audit.consistency(first, second))


@blueprint.get("/log/keys")
@open_to(Permission.READ_DRAFTS)
@describe({200: schemas.Keys})
def list_keys() -> Response:
    """The public keys of the log, the newest last."""
    keys = [
        schemas.Key(key=key.line, fingerprint=key.fingerprint, verifier=key.vkey)
        for key in services().audit.public_keys()
    ]
    return json_response(schemas.Keys(items=keys))


@blueprint.get("/stories/<story>/export")
@open_to(Permission.EXPORT)
@describe({200: (), 206: ()}, query={"drafts": _FLAG}, texts=("application/zip",))
def export_story(story: str) -> Response:
    """Export a story with proof: a BagIt bag in a zip; its VERIFY.txt says how to check it.

    The same bytes for as long as nothing is recorded of the story, so a broken transfer goes on
    with `Range`. With `drafts`, the texts of drafts and rejected revisions are in it as well.
    """
    stories().check_known(story)
    return send_export(export_request((story,)))


@blueprint.get("/export")
@open_to(Permission.EXPORT)
@describe(
    {200: (), 206: ()},
    query={"story": _STORIES, "since": _WORDS, "until": _WORDS, "drafts": _FLAG},
    texts=("application/zip",),
)
def export() -> Response:
    """Export several stories (`story`, repeated), those changed in a span of time, or all."""
    return send_export(export_request())


def _whole(name: str) -> int:
    text = request.args.get(name, "")
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise Malformed([FieldError(name, "must be a whole number")])
    return int(text)
