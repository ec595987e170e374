"""The log in the API: its checkpoints, proofs and keys."""

import re

from flask import Response, request

from repo_store import FieldError, Malformed, NotFound
from service.accounts import Permission
from service.audit.keys import BadKey
from service.present import schemas
from service.web.api.blueprint import blueprint, json_response
from service.web.api.openapi import Tag, describe
from service.web.http.access import open_to
from service.web.http.services import services

_SIZE = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}


@blueprint.get("/log/checkpoint")
@open_to(Permission.READ_DRAFTS)
@describe(Tag.LOG, {200: ()}, texts=("text/plain",), raises=(BadKey,))
def get_checkpoint() -> Response:
    """Get the newest signed checkpoint of the log.

    A signed note as in https://c2sp.org/tlog-checkpoint. It covers everything recorded so far.
    """
    text = services().audit.checkpoint().note
    return Response(text, content_type="text/plain; charset=utf-8")


@blueprint.get("/log/inclusion")
@open_to(Permission.READ_DRAFTS)
@describe(
    Tag.LOG,
    {200: schemas.Inclusion},
    query={"leaf": _SIZE, "story": _TEXT, "revision": _SIZE},
    raises=(NotFound, BadKey),
)
def prove_inclusion() -> Response:
    """Prove that a leaf is in the log; with `story` and `revision`, all leaves of that revision.

    Audit paths as in RFC 6962, from the leaf up, in base64, with the checkpoint that they lead to.
    """
    audit = services().audit
    if "leaf" in request.args:
        return json_response(audit.inclusion(_whole_number("leaf")))
    if "story" not in request.args:
        raise Malformed([FieldError("leaf", "name a leaf, or a story and a revision")])
    story, revision = request.args["story"], _whole_number("revision")
    return json_response(audit.inclusion_of_revision(story, revision))


@blueprint.get("/log/consistency")
@open_to(Permission.READ_DRAFTS)
@describe(
    Tag.LOG,
    {200: schemas.Consistency},
    query={"first": _SIZE, "second": _SIZE},
    needs=("first",),
    raises=(BadKey,),
)
def prove_consistency() -> Response:
    """Prove that the log of `second` leaves extends the log of `first`.

    `second` is by default the size of the newest checkpoint.
    """
    second = _whole_number("second") if "second" in request.args else None
    first = _whole_number("first")
    return json_response(services().audit.consistency(first, second))


@blueprint.get("/log/keys")
@open_to(Permission.READ_DRAFTS)
@describe(Tag.LOG, {200: schemas.Keys}, raises=(BadKey,))
def list_log_keys() -> Response:
    """List the public keys of the log, newest last."""
    keys = [
        schemas.Key(
            key=each.key.line,
            fingerprint=each.key.fingerprint,
            verifier=each.key.vkey,
            epoch=each.epoch,
        )
        for each in services().audit.key_series()
    ]
    return json_response(schemas.Keys(items=keys))


def _whole_number(name: str) -> int:
    text = request.args.get(name, "")
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise Malformed([FieldError(name, "must be a whole number")])
    return int(text)
