"""For those who run the server: is it alive, is it ready?"""

from flask import Blueprint, Response

from service.web.http.access import public
from service.web.http.services import stories

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
@public
def alive() -> Response:
    """This process answers."""
    return Response("alive\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/readyz")
@public
def ready() -> Response:
    """The archive can be read; else the error handler answers 5xx, and the log says why."""
    stories().check_readable()
    return Response("ready\n", content_type="text/plain; charset=utf-8")
