"""The OpenAPI document as a page to read, at `/api`."""

import json
from functools import partial

from flask import Blueprint, render_template

from service.web.api.openapi import current_document
from service.web.http.access import public
from service.web.http.headers import cached
from service.web.http.response_cache import DependsOn

blueprint = Blueprint("api_docs", __name__)


@blueprint.get("/api")
@public
@cached(DependsOn.SHAPES)
def api_docs() -> str:
    as_json = partial(json.dumps, indent=2, ensure_ascii=False)
    return render_template("api.html", document=current_document(), as_json=as_json)
