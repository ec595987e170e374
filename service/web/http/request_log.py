"""Each request gets an id, a line in the log, and is counted. WSGI, outside of what is kept.

What is logged holds no secret: no header, no query, no address of a private feed.
"""

import logging
import re
import secrets
from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from service.logs import ACCESS, request_id
from service.metrics import Metrics
from service.web.http.response_cache import HIT, ROUTE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(ACCESS)
_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")
_SECRET = re.compile(r"^(/desk/feed/)[^/]*")


class RequestLog:
    def __init__(self, app: "WSGIApplication", metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        begun = perf_counter()
        sent = environ.get("HTTP_X_REQUEST_ID", "")
        known = sent if _ID.fullmatch(sent) else secrets.token_hex(8)
        request_id.set(known)
        seen: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            seen.append(status[:3])
            headers.append(("X-Request-ID", known))
            return start_response(status, headers, error)

        try:
            return self._app(environ, start)
        finally:
            self._told(environ, seen[-1] if seen else "500", perf_counter() - begun)

    def _told(self, environ: "WSGIEnvironment", status: str, seconds: float) -> None:
        method, hit = environ["REQUEST_METHOD"], bool(environ.get(HIT))
        route = environ.get(ROUTE) or "none"
        known = method if method in _METHODS else "other"
        self._metrics.saw(known, route, int(status), seconds, hit)
        if log.isEnabledFor(logging.INFO):
            path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
            fields = {
                "method": method,
                "path": _SECRET.sub(r"\1…", path),
                "status": int(status),
                "ms": round(seconds * 1000, 2),
                "client": environ.get("REMOTE_ADDR", ""),
                "cache": "hit" if hit else "miss",
            }
            # As log.info, without a look through the stack for who calls.
            about = {"name": ACCESS, "levelno": logging.INFO, "levelname": "INFO"}
            log.handle(logging.makeLogRecord(about | {"msg": "request", "fields": fields}))


_METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}
