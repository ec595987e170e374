"""Each request gets an id, a line in the log, and is counted. WSGI, outside the response cache.

No secret is logged: no header, no query string, no address of a private feed.
"""

import logging
import re
import secrets
from collections.abc import Iterable
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any

from service.logs import ACCESS, request_id
from service.metrics import Metrics
from service.web.http.addresses import is_host
from service.web.http.response_cache import HIT, REFUSED, ROUTE
from service.web.wire import refusals
from service.web.wire.lanes import ARRIVED, RETRY_AFTER, Elsewhere, Full
from service.web.wire.requests import Refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(ACCESS)
_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")
_SECRET = re.compile(r"(/desk/feed/)[^/]*")
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


class RequestLog:
    def __init__(self, app: "WSGIApplication", metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        started = environ.get(ARRIVED) or perf_counter()
        proposed = environ.get("HTTP_X_REQUEST_ID", "")
        accepted = proposed if _ID.fullmatch(proposed) else secrets.token_hex(8)
        request_id.set(accepted)
        statuses: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            statuses.append(status[:3])
            headers.append(("X-Request-ID", accepted))
            return start_response(status, headers, error)

        try:
            if is_host(environ.get("HTTP_HOST", "")):
                answer = self._app(environ, start)
            else:
                answer = _refuse(refusals.BAD_HOST, environ, start)
        except Elsewhere:
            raise  # the request is not answered yet
        except Full:
            environ[REFUSED] = "cold-work"
            answer = _refuse(refusals.BUSY, environ, start)
        except BaseException:
            self._record(environ, 500, perf_counter() - started)
            raise
        self._record(environ, int(statuses[-1]), perf_counter() - started)
        return answer

    def _record(self, environ: "WSGIEnvironment", status: int, seconds: float) -> None:
        method, hit = environ["REQUEST_METHOD"], bool(environ.get(HIT))
        route = environ.get(ROUTE) or "none"
        label = method if method in _METHODS else "other"
        self._metrics.observe(label, route, status, seconds, hit)
        if what := environ.get(REFUSED):
            self._metrics.refuse(what)
        if log.isEnabledFor(logging.INFO):
            path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
            fields = {
                "method": method,
                "path": _SECRET.sub(r"\1…", path),
                "status": status,
                "ms": round(seconds * 1000, 2),
                "client": environ.get("REMOTE_ADDR", ""),
                "cache": "hit" if hit else "miss",
            }
            # As log.info, without walking the stack to find the caller.
            attributes = {"name": ACCESS, "levelno": logging.INFO, "levelname": "INFO"}
            log.handle(logging.makeLogRecord(attributes | {"msg": "request", "fields": fields}))


def _refuse(
    refusal: Refusal, environ: "WSGIEnvironment", start_response: "StartResponse"
) -> list[bytes]:
    """Costs nothing, whatever was asked for."""
    api = environ["PATH_INFO"].startswith("/api/")
    body = refusals.problem(refusal) if api else refusals.page(refusal)
    headers = [
        ("Content-Type", "application/problem+json" if api else "text/html; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if refusal is refusals.BUSY:
        headers.append(("Retry-After", str(RETRY_AFTER)))
    start_response(f"{refusal.status} {HTTPStatus(refusal.status).phrase}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
