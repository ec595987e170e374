"""Liveness and readiness probes."""

from flask import Blueprint, Response

from repo_store import StoreFull, Unwritable
from service.web.http.access import public
from service.web.http.services import services, stories

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
@public
def alive() -> Response:
    """The process responds."""
    return _text("alive")


@blueprint.get("/readyz")
@public
def ready() -> Response:
    """The archive can be read, and says whether it can be written to; if it cannot be read, the
    response is 5xx and the log says why.
    """
    stories().check_readable()
    try:
        services().archive.check_writable()
    except StoreFull:
        return _text("reads: yes\nwrites: no, the archive's disk is full")
    except Unwritable:
        return _text("reads: yes\nwrites: no, the archive's disk rejects them")
    return _text("ready")


def _text(text: str) -> Response:
    return Response(f"{text}\n", content_type="text/plain; charset=utf-8")
