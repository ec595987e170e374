"""Liveness and readiness probes."""

import logging

from flask import Blueprint, Response

from repo_store import StoreFull, Unwritable
from service.accounts import AccountsUnavailable
from service.web.http.access import public
from service.web.http.services import services, stories

log = logging.getLogger(__name__)
blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
@public
def alive() -> Response:
    """The process responds."""
    return _text("alive")


@blueprint.get("/readyz")
@public
def ready() -> Response:
    """The archive can be read, and says whether it can be written to; if it cannot be read, or
    its accounts cannot, the response is 5xx and the log says why.
    """
    stories().check_readable()
    try:
        services().check_accounts()
    except AccountsUnavailable as error:
        log.error("not ready: %s", error)
        response = _text(f"reads: yes\naccounts: no, {error.what}")
        response.status_code = 503
        return response
    try:
        services().archive.check_writable()
    except StoreFull:
        return _text("reads: yes\nwrites: no, the archive's disk is full")
    except Unwritable:
        return _text("reads: yes\nwrites: no, the archive's disk rejects them")
    return _text("ready")


def _text(text: str) -> Response:
    return Response(f"{text}\n", content_type="text/plain; charset=utf-8")
