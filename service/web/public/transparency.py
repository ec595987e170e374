"""The public log as static files, for monitors and witnesses: https://c2sp.org/tlog-tiles."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from repo_store import NotFound, log_files
from service.web.http.access import public
from service.web.http.headers import cached
from service.web.http.response_cache import DependsOn
from service.web.http.services import services

blueprint = Blueprint("transparency", __name__, url_prefix="/log")

_TEXT = "text/plain; charset=utf-8"


@blueprint.get("/checkpoint")
@public
@cached(DependsOn.LOG)
def checkpoint() -> Response:
    """The newest checkpoint: the log's name, size and root, signed and cosigned."""
    return Response(_file("checkpoint"), content_type=_TEXT)


@blueprint.get("/keys")
@public
@cached(DependsOn.LOG)
def keys() -> Response:
    """The log's keys, oldest first, each with what leads to it from the one before."""
    return Response(_file("keys"), content_type=_TEXT)


@blueprint.get("/tile/<path:name>")
@public
def tile(name: str) -> BaseResponse:
    """Hashes, or leaves; they never change."""
    if not log_files.PATH.fullmatch(f"tile/{name}"):
        raise NotFound("The log has no such tile.")
    response = Response(_file(f"tile/{name}"), content_type="application/octet-stream")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.add_etag()
    return response.make_conditional(request)


def _file(name: str) -> bytes:
    data = services().archive.public_log.file(name)
    if data is None:
        raise NotFound("The log has no such file, or none yet.")
    return data
