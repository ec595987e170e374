"""The OpenAPI document as a page to read, at `/api`."""

from flask import Blueprint, current_app, render_template

from service.web.api.openapi import document
from service.web.http.access import public
from service.web.http.headers import cached
from service.web.http.response_cache import DependsOn

blueprint = Blueprint("api_docs", __name__)


@blueprint.get("/api")
@public
@cached(DependsOn.RELEASE)
def api_docs() -> str:
    return render_template("api.html", document=document(current_app))
