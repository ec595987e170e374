"""Answers that need no application: a request that is malformed, too large or too slow; no room."""

import html
import json
import logging

from service.logs import ACCESS
from service.web.wire.lanes import RETRY_AFTER
from service.web.wire.requests import Refusal

_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    "<h1>{title}</h1><p>{detail}</p></html>\n"
)
BUSY = Refusal(
    503, "Too busy", f"The server is too busy for this. Try again in {RETRY_AFTER} seconds."
)
BAD_HOST = Refusal(400, "Bad Request", "The Host header is not the name of a host.")
log = logging.getLogger(ACCESS)


def problem(refusal: Refusal) -> bytes:
    """The body, as problem+json (RFC 9457)."""
    name = refusal.title.lower().replace(" ", "-")
    value = {
        "type": f"urn:story-history:problem:{name}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
    }
    return json.dumps(value).encode()


def page(refusal: Refusal) -> bytes:
    """The body, as a page."""
    title, detail = html.escape(refusal.title), html.escape(refusal.detail)
    return _PAGE.format(title=title, detail=detail).encode()


def response(refusal: Refusal) -> bytes:
    """The whole answer, after which the connection is closed."""
    body = problem(refusal)
    retry_after = f"Retry-After: {RETRY_AFTER}\r\n" if refusal is BUSY else ""
    head = (
        f"HTTP/1.1 {refusal.status} {refusal.title}\r\n"
        "Connection: close\r\n"
        "Content-Type: application/problem+json\r\n"
        "Cache-Control: no-store\r\n"
        f"{retry_after}"
        "X-Content-Type-Options: nosniff\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def note(refusal: Refusal, client: str) -> None:
    """A line in the access log."""
    fields = {"status": refusal.status, "client": client}
    log.info("refused", extra={"fields": fields})
