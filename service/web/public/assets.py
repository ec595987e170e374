"""What all pages load beside our own files: the text face, the paper's logo and style sheet."""

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from repo_store import NotFound
from service.web.http.access import public
from service.web.http.headers import cached
from service.web.http.response_cache import DependsOn
from service.web.http.services import services

blueprint = Blueprint("assets", __name__, url_prefix="/static")

# A logo in SVG is an image, and nothing else also if it is opened by itself.
_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


@blueprint.get("/<digest>/<name>")
@public
@cached(DependsOn.RELEASE, hashed=True)
def asset(digest: str, name: str) -> BaseResponse:
    """Under an older hash: a redirect, for pages that a cache still has."""
    found = services().look.assets.get(name)
    if found is None:
        raise NotFound("There is no such file.")
    if digest != found.digest:
        return redirect(url_for(".asset", digest=found.digest, name=name), 308)
    response = Response(found.data, content_type=found.media_type)
    response.headers["Content-Security-Policy"] = _CSP
    return response
