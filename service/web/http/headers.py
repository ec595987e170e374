"""Headers of every answer: what browsers may do with it, and how long it may be kept."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request

from service.usecases.reading import Stories
from service.web.http.response_cache import KEEP, ROUTE, Basis, Keep
from service.web.http.services import stories

View = TypeVar("View", bound=Callable[..., Any])

IMMUTABLE = "public, max-age=86400, immutable"
CHANGING = "public, max-age=5, stale-while-revalidate=20"
"""What changes may be a few seconds old: a shared cache then asks once for all its readers."""
_LASTS = {
    Basis.VERSION: IMMUTABLE,
    Basis.RELEASE: "public, max-age=300, stale-while-revalidate=3600",
    Basis.STORY: CHANGING,
    Basis.ARCHIVE: CHANGING,
}
_CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors {}"
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# What the public may read, the pages of other sites may read too: without anyone's cookies.
_SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Memento-Datetime",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def kept(basis: Basis, framed: bool = False) -> Callable[[View], View]:
    """Say what a public view's answers stand on. `framed`: other sites may show them in a frame."""

    def mark(view: View) -> View:
        view.basis, view.framed = basis, framed  # type: ignore[attr-defined]  # marks, read below
        return view

    return mark


def stamp(stories: Stories, basis: Basis, story: str) -> object:
    """How what an answer stands on stands now; None if there is nothing of it."""
    if basis is Basis.ARCHIVE:
        return stories.newest_records()
    if basis is Basis.RELEASE:
        return True
    return stories.head(story) if basis is Basis.STORY else stories.removals(story)


def register(app: Flask) -> None:
    app.before_request(_stand)
    app.after_request(_finish)


def _stand() -> None:
    """Note what the answer will stand on before anything is read for it."""
    view = current_app.view_functions.get(request.endpoint or "")
    basis = Basis.RELEASE if request.endpoint == "static" else getattr(view, "basis", None)
    request.environ[ROUTE] = str(request.url_rule or "")
    if basis and "Authorization" not in request.headers:
        story = (request.view_args or {}).get("story", "")
        request.environ[KEEP] = Keep(basis, story, stamp(stories(), basis, story))


def _finish(response: Response) -> Response:
    view = current_app.view_functions.get(request.endpoint or "")
    framed = getattr(view, "framed", False)
    response.headers.update(_ALWAYS)
    response.headers["Content-Security-Policy"] = _CSP.format("*" if framed else "'none'")
    if request.path.startswith("/api/"):
        response.vary.add("Authorization")
    if "Authorization" in request.headers or request.path.startswith("/desk"):
        # A role may see more than the public: no cache keeps this.
        response.headers["Cache-Control"] = "private, no-store"
        return response
    if request.method in ("GET", "HEAD"):
        response.headers.update(_SHARED)
    keep: Keep | None = request.environ.get(KEEP)
    if response.status_code == 200 and keep:
        lasts = IMMUTABLE if "v" in request.args and request.endpoint == "static" else ""
        response.headers["Cache-Control"] = lasts or _LASTS[keep.basis]
    response.headers.setdefault("Cache-Control", "no-cache")
    return response
