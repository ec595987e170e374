"""Error handlers: problem+json (RFC 9457) under /api, a page elsewhere."""

import logging
import sqlite3
from collections.abc import Iterator
from typing import Any

from flask import (
    Flask,
    Response,
    json,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import HTTPException

from repo_store import (
    Damaged,
    Exhausted,
    InvalidInput,
    Malformed,
    NotFound,
    Rebuilding,
    StaleBase,
    StoreError,
    StoreFull,
    Unwritable,
)
from service.accounts import AccountsUnavailable, QuotaExceeded
from service.audit.keys import BadKey
from service.messages import gettext, marked, pgettext
from service.present.provenance_schemas import UnwrittenProvenance
from service.present.schemas import NoteRemoved, RemovedText
from service.provenance.origins import Unwritten
from service.usecases.article_head import article_head
from service.usecases.errors import Gone, SilentEdit, Withdrawn
from service.web.http.problems import INTERNAL, Problem, http_problem, problem_of
from service.web.http.services import services, stories

log = logging.getLogger(__name__)

_NOT_STORED = marked(
    "Nothing was stored. Reading still works. Tell the operator, then send the request again."
)
_ADVICE: dict[type[Exception], str] = {
    StoreFull: _NOT_STORED,
    Unwritable: _NOT_STORED,
    Damaged: marked(
        "Everything else can be read. Tell the operator: the log names what is damaged."
    ),
    Rebuilding: marked(
        "Nothing is lost: it is made anew from the archive itself. Try again in a minute."
    ),
    AccountsUnavailable: marked("Stories can be read. The operator finds in the log what to do."),
    BadKey: marked(
        "Reading and writing go on. The operator finds in the log what to do about the key."
    ),
    Exhausted: marked("Try again in a minute. The operator finds in the log what it is short of."),
}


def load_error_page(app: Flask) -> None:
    """Render it once, which reads its files: a server that is out of open files could not then."""
    with app.test_request_context():
        render_template("error.html", title="", detail="", nearby=[])


def register(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Unwritten, _unwritten)
    app.register_error_handler(Exception, _error)


def _error(error: Exception) -> Response:
    error = services().archive.explained(error)
    if isinstance(error, NotFound) and (elsewhere := _under_its_own_id()):
        return elsewhere
    problem = problem_of(error)
    if problem is None:
        log.exception("%s %s", request.method, request.path, exc_info=error)
        return _response(INTERNAL, gettext("The error has been logged."))
    if (status := problem.status) >= 500:
        log.error("%s %s: %s", request.method, request.path, error)
        advice = _ADVICE.get(type(error), marked("Please tell the operator."))
        response = _response(problem, gettext(advice))
        if status == 503:
            response.headers["Retry-After"] = "60"
        return response
    if isinstance(error, Gone) and not request.path.startswith("/api/"):
        return _gone(error)
    if isinstance(error, Withdrawn) and not request.path.startswith("/api/"):
        return _withdrawn(error)
    detail = str(error) if request.path.startswith("/api/") else _in_words(error)
    response = _response(problem, detail, **_extra(error))
    if isinstance(error, QuotaExceeded):
        response.headers["Retry-After"] = str(error.retry_after)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="story-history"'
    return response


def _in_words(error: Exception) -> str:
    """What is wrong, by the labels that the page's form has."""
    if not isinstance(error, Malformed):
        return str(error)
    labels = _labels()
    return "; ".join(
        f"{labels[each.field]} ({each.field}): {each.message}"
        if each.field in labels
        else str(each)
        for each in error.errors
    )


def _labels() -> dict[str, str]:
    match request.blueprint:
        case "corrections":
            return {
                "kind": gettext("Kind"),
                "section": gettext("Section"),
                "since": pgettext("the beginning of a time span", "From"),
                "until": pgettext("the end of a time span", "Before"),
            }
        case "pages":
            return {"day": gettext("Day"), "section": pgettext("of a text", "Section")}
        case _:
            return {}


def _nearby() -> Iterator[tuple[str, str]]:
    """Pages that a reader may have meant, with what they are called."""
    if request.blueprint == "corrections":
        yield url_for("corrections.listing"), gettext("Corrections")
    named = (request.view_args or {}).get("story")
    if named and request.blueprint == "pages":
        try:
            story = stories().story(named)
        except (StoreError, OSError, sqlite3.Error):  # of which the error may speak itself
            return
        yield url_for("pages.story", story=story.id), story.title
        yield url_for("pages.history", story=story.id), gettext("History")


def _unwritten(unwritten: Unwritten) -> Response:
    """It is being worked on in the background; ask again soon."""
    story, done, live = unwritten.story, unwritten.done, unwritten.live
    if request.path.startswith("/api/"):
        answer = UnwrittenProvenance(story=story, version=live, done=done)
        response = Response(f"{answer.as_json()}\n", 202, content_type="application/json")
    else:
        page = render_template("unwritten.html", story=story, done=done, live=live)
        response = make_response(page, 202)
    response.headers["Retry-After"] = "2"
    response.headers["Cache-Control"] = "no-store"
    return response


def _gone(error: Gone) -> Response:
    """The entry of a removed text; on the story's own page, its history as well."""
    is_story_page = request.endpoint == "pages.story"
    page = render_template(
        "gone.html",
        detail=str(error),
        revision=error.revision,
        removal=error.removal,
        versions=stories().versions(error.revision.story, limit=10).items if is_story_page else [],
    )
    response = make_response(page, 410)
    response.headers["Cache-Control"] = "no-store"
    return response


def _withdrawn(error: Withdrawn) -> Response:
    """The note to readers, and the story's history."""
    story = error.action.story
    summary = stories().story(story)
    page = render_template(
        "withdrawn.html",
        story=summary,
        head=article_head(stories(), summary),
        withdrawal=error.action,
        versions=stories().versions(story, limit=10).items,
    )
    response = make_response(page, 410)
    response.headers["Cache-Control"] = "no-store"
    return response


def _under_its_own_id() -> Response | None:
    """A redirect to the same address of the story that an alias leads to."""
    named = (request.view_args or {}).get("story")
    if not named or request.method not in ("GET", "HEAD"):
        return None
    if (story := stories().alias(named)) is None:
        return None
    where = (request.view_args or {}) | {"story": story}
    values: dict[str, Any] = request.args.to_dict() | where
    response = make_response(redirect(url_for(request.endpoint or "", **values), 308))
    response.headers["Cache-Control"] = "no-store"
    return response


def _extra(error: Exception) -> dict[str, Any]:
    if isinstance(error, InvalidInput):
        return {"errors": error.errors}
    if isinstance(error, Gone):
        return {"removed": RemovedText.of(error.revision, error.removal)}
    if isinstance(error, Withdrawn):
        redacted = error.action.redacted
        removed = NoteRemoved.of(redacted, redacted is not None and redacted.note)
        return {"note": error.action.note, "note_removed": removed}
    if isinstance(error, StaleBase):
        return {"live_version": error.live}
    if isinstance(error, SilentEdit):
        return {
            "facts": error.facts,
            "facts_complete": error.complete,
            "suggested_note": error.suggested_note or None,
        }
    return {}


def _http_error(error: HTTPException) -> Response:
    """Flask's own errors: no such route, method not allowed, body too large …"""
    problem = http_problem(error.code or 500, error.name)
    detail = {
        404: gettext("There is nothing at this address."),
        413: "A request body must be under 2 MiB; send text as UTF-8, not as \\u escapes.",
    }.get(problem.status, error.description or "")
    response = _response(problem, detail)
    for header, value in error.get_headers():
        if header in ("Allow", "Location", "Retry-After"):
            response.headers[header] = value
    return response


def _response(problem: Problem, detail: str, **extra: Any) -> Response:
    status, title = problem.status, problem.title
    if request.path.startswith("/api/"):
        values = {"type": problem.urn, "title": title, "status": status, "detail": detail, **extra}
        text = json.dumps(problem.shape.model_validate(values).as_dict())
        response = Response(text, status, content_type="application/problem+json")
    else:
        nearby = list(_nearby()) if 400 <= status < 500 else []
        page = render_template("error.html", title=gettext(title), detail=detail, nearby=nearby)
        response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
