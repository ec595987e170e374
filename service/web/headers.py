"""Headers of every answer: what browsers may do with it, and how long it may be kept."""

from flask import Flask, Response, request

IMMUTABLE = "public, max-age=86400, immutable"
_CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def register(app: Flask) -> None:
    app.after_request(_finish)


def immutable(response: Response) -> Response:
    """Mark an answer as one that never changes."""
    response.headers["Cache-Control"] = IMMUTABLE
    return response


def _finish(response: Response) -> Response:
    response.headers.update(_ALWAYS)
    if request.path.startswith("/api/"):
        response.vary.add("Authorization")
    if "Authorization" in request.headers or request.path.startswith("/desk"):
        # A role may see more than the public: no cache keeps this.
        response.headers["Cache-Control"] = "private, no-store"
        return response
    response.headers.setdefault("Cache-Control", "no-cache")
    if response.status_code == 200 and request.method in ("GET", "HEAD"):
        if not response.is_streamed:
            response.add_etag()
        response.make_conditional(request)
    return response
