"""Errors to answers, in one place: problem+json (RFC 9457) under /api, a page elsewhere."""

import logging
from typing import Any

from flask import Flask, Response, json, make_response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from repo_store.errors import (
    ArchiveError,
    Damaged,
    FieldError,
    InvalidInput,
    Malformed,
    Moved,
    NotFound,
    StaleBase,
    StoreFull,
    Unwritable,
)
from service.accounts import Forbidden
from service.changed import SilentEdit
from service.diffing.as_json import fact_json
from service.web.access import Forged, SignInNeeded, Unauthorized
from service.web.desk.signin import ask
from service.writing import WrongState

log = logging.getLogger(__name__)

# Status, the name that ends the problem's type, and its title. The first class that fits counts.
_PROBLEMS: tuple[tuple[type[Exception], int, str, str], ...] = (
    (Malformed, 400, "malformed", "The request cannot be read"),
    (InvalidInput, 422, "invalid", "The content breaks the rules"),
    (Unauthorized, 401, "unauthorized", "A token is needed"),
    (Forged, 403, "forged", "This form cannot be taken"),
    (Forbidden, 403, "forbidden", "Your role does not allow this"),
    (NotFound, 404, "not-found", "Not found"),
    (SilentEdit, 409, "silent-edit", "Facts changed, and readers are not told why"),
    (WrongState, 409, "wrong-state", "The revision is no draft any more"),
    (StaleBase, 409, "stale-base", "The story has changed meanwhile"),
    (Moved, 409, "conflict", "Other writers were faster; try again"),
    (StoreFull, 507, "store-full", "The archive's disk is full"),
    (Unwritable, 503, "unwritable", "The archive takes no writes just now"),
    (Damaged, 500, "damaged", "The archive is damaged here"),
    (ArchiveError, 500, "archive", "The archive cannot be used"),
)

_NOT_STORED = (
    "Reading goes on. The operator must help; then send it again: nothing was acknowledged."
)
_ADVICE: dict[type[Exception], str] = {StoreFull: _NOT_STORED, Unwritable: _NOT_STORED}


def register(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _error)


def _error(error: Exception) -> Response | BaseResponse:
    if isinstance(error, SignInNeeded):
        return ask()
    for kind, status, name, title in _PROBLEMS:
        if isinstance(error, kind):
            if status >= 500:
                log.error("%s %s: %s", request.method, request.path, error)
                response = _answer(
                    status, name, title, _ADVICE.get(kind, "Please tell the operator.")
                )
                if status == 503:
                    response.headers["Retry-After"] = "60"
                return response
            extra = _extra(error)
            response = _answer(status, name, title, str(error), **extra)
            if status == 401:
                response.headers["WWW-Authenticate"] = 'Bearer realm="story-history"'
            return response
    log.exception("%s %s", request.method, request.path, exc_info=error)
    return _answer(500, "internal", "Something went wrong here", "The error has been logged.")


def _extra(error: Exception) -> dict[str, Any]:
    if isinstance(error, InvalidInput):
        return {"errors": [_field(each) for each in error.errors]}
    if isinstance(error, StaleBase):
        return {"live_version": error.live}
    if isinstance(error, SilentEdit):
        return {"facts": list(map(fact_json, error.facts)), "facts_complete": error.complete}
    return {}


def _field(error: FieldError) -> dict[str, str]:
    return {"field": error.field, "message": error.message}


def _http_error(error: HTTPException) -> Response:
    """Flask's own: no such route, method not allowed, body too large …"""
    status = error.code or 500
    detail = {
        404: "There is nothing at this address.",
        429: "Too many in too short a time. Wait a minute, then try again.",
        413: "A request must be shorter than 2 MiB; send text as UTF-8, not as \\u escapes.",
    }.get(status, error.description or "")
    name = "not-found" if status == 404 else error.name.lower().replace(" ", "-")
    title = "Not found" if status == 404 else error.name
    response = _answer(status, name, title, detail)
    if status == 429:
        response.headers["Retry-After"] = "60"
    for header, value in error.get_headers():
        if header in ("Allow", "Location"):
            response.headers[header] = value
    return response


def _answer(status: int, name: str, title: str, detail: str, **extra: Any) -> Response:
    if request.path.startswith("/api/"):
        problem = {
            "type": f"urn:story-history:problem:{name}",
            "title": title,
            "status": status,
            "detail": detail,
            **extra,
        }
        response = Response(json.dumps(problem), status, content_type="application/problem+json")
    else:
        page = render_template("error.html", title=title, detail=detail, status=status)
        response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
