"""Headers of every response: security, CORS, and how long it may be cached."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request

from service.usecases.reading import Stories
from service.web.http.response_cache import ROUTE, VALIDATOR, DependsOn, Validator
from service.web.http.services import stories
from service.web.wire.lanes import with_token

View = TypeVar("View", bound=Callable[..., Any])

_SHARED = "stale-while-revalidate=20, stale-if-error=300"
"""How many seconds longer a shared cache may send what it has: while it asks for the new answer,
and while the server is away. So it forgets a removed text by itself."""
CHANGING = f"public, max-age=5, {_SHARED}"
"""What changes may be a few seconds old: a shared cache then asks once for all its readers."""
LASTING = f"public, max-age=300, s-maxage=5, {_SHARED}"
"""What only a removal or an explanation changes: a browser keeps it for minutes, a shared cache for
seconds."""
_HASHED = "public, max-age=86400, immutable"
_CACHE_CONTROL = {
    DependsOn.VERSION: LASTING,
    DependsOn.RELEASE: "public, max-age=300, stale-while-revalidate=3600",
    DependsOn.SHAPES: CHANGING,
    DependsOn.STORY: CHANGING,
    DependsOn.ARCHIVE: CHANGING,
    DependsOn.LOG: CHANGING,
}
# Images of a story may be anywhere, so long as nobody on the way can tell which.
_CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https:;"
    " font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {}"
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Pages of other sites may read what the public may read, without anyone's cookies.
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Memento-Datetime",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

OF_EVERY_PAGE = _ALWAYS | _CORS | {"Content-Security-Policy": _CSP.format("'none'")}
"""What is said of every public answer that no other site may frame."""


def cached(
    depends_on: DependsOn, framed: bool = False, lasting: bool = False, hashed: bool = False
) -> Callable[[View], View]:
    """Let a public view's responses be cached. `framed`: other sites may show them in a frame.
    `lasting`: what they are about does not change with what they depend on, only what is around it.
    `hashed`: their address has their hash.
    """

    def mark(view: View) -> View:
        view.depends_on, view.framed = depends_on, framed  # type: ignore[attr-defined]  # read below
        view.lasting, view.hashed = lasting, hashed  # type: ignore[attr-defined]  # as above
        return view

    return mark


def state_of(stories: Stories, depends_on: DependsOn, story: str) -> object:
    """The current state of what a response depends on; None if there is nothing of it."""
    if depends_on is DependsOn.ARCHIVE:
        return stories.newest_records()
    if depends_on is DependsOn.LOG:
        return stories.published_checkpoint()
    if depends_on is DependsOn.RELEASE:
        return True
    if depends_on is DependsOn.SHAPES:
        return stories.shapes()
    return stories.head(story) if depends_on is DependsOn.STORY else stories.additions(story)


def register(app: Flask) -> None:
    app.before_request(_note_validator)
    app.after_request(_finish)


def _note_validator() -> None:
    """Read the state that the response depends on before anything else is read for it."""
    view = current_app.view_functions.get(request.endpoint or "")
    static = request.endpoint == "static"
    depends_on = DependsOn.RELEASE if static else getattr(view, "depends_on", None)
    request.environ[ROUTE] = str(request.url_rule or "")
    if depends_on and not with_token(request.environ):
        story = (request.view_args or {}).get("story", "")
        state = state_of(stories(), depends_on, story)
        request.environ[VALIDATOR] = Validator(depends_on, story, state)


def _finish(response: Response) -> Response:
    view = current_app.view_functions.get(request.endpoint or "")
    framed = getattr(view, "framed", False)
    response.headers.update(_ALWAYS)
    response.headers.setdefault("Content-Security-Policy", _CSP.format("*" if framed else "'none'"))
    if request.path.startswith("/api/"):
        response.vary.add("Authorization")
    if with_token(request.environ) or request.path.startswith("/desk"):
        # A role may see more than the public, so no cache may store this.
        response.headers["Cache-Control"] = "private, no-store"
        return response
    if request.method in ("GET", "HEAD"):
        response.headers.update(_CORS)
    validator: Validator | None = request.environ.get(VALIDATOR)
    if response.status_code == 200 and validator:
        versioned = "v" in request.args and request.endpoint == "static"
        versioned = versioned or getattr(view, "hashed", False)
        usual = LASTING if getattr(view, "lasting", False) else _CACHE_CONTROL[validator.depends_on]
        response.headers["Cache-Control"] = _HASHED if versioned else usual
    response.headers.setdefault("Cache-Control", "no-cache")
    return response
