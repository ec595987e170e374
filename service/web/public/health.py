"""Liveness and readiness probes."""

from flask import Blueprint, Response

from service.web.http.access import public
from service.web.http.services import stories

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
@public
def alive() -> Response:
    """The process responds."""
    return Response("alive\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/readyz")
@public
def ready() -> Response:
    """The archive can be read; if not, the response is 5xx and the log says why."""
    stories().check_readable()
    return Response("ready\n", content_type="text/plain; charset=utf-8")
