"""How often one may try: signing in, by address; writing, by token or address."""

from flask import Flask, Response, abort, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from service.web.http.access import viewer

SIGN_IN = parse("10 per minute")
"""Attempts that failed, from one address."""
WRITES = parse("1200 per minute")
"""From one token. It keeps a program that runs wild from filling the archive."""


def register(app: Flask) -> None:
    """Counts are each process's own: with two, twice as much goes through at most."""
    counts = FixedWindowRateLimiter(MemoryStorage())

    def ask() -> None:
        if _reading():
            return
        if not counts.hit(WRITES, _who()):
            abort(429)
        if _signing_in() and not counts.test(SIGN_IN, _address()):
            abort(429)

    def count(response: Response) -> Response:
        if _signing_in() and not _reading() and response.status_code != 303:
            counts.hit(SIGN_IN, _address())
        return response

    app.before_request(ask)
    app.after_request(count)


def _who() -> str:
    token = viewer()
    return f"token {token.id}" if token else _address()


def _address() -> str:
    return request.remote_addr or ""


def _signing_in() -> bool:
    return request.endpoint == "desk.sign_in"


def _reading() -> bool:
    return request.method in ("GET", "HEAD", "OPTIONS")
