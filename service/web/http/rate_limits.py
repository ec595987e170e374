"""Rate limits: failed sign-ins by address, writes by token or address."""

from flask import Flask, Response, abort, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from service.web.http.access import viewer
from service.web.http.sender import Sender, sender

SIGN_IN = parse("10 per minute")
"""Failed attempts, by address."""
WRITES = parse("1200 per minute")
"""By token; stops a runaway program from filling the archive."""


def register(app: Flask) -> None:
    """Each process counts for itself: with two, at most twice as many requests get through."""
    limiter = FixedWindowRateLimiter(MemoryStorage())

    def check() -> None:
        if _is_read():
            return
        if not limiter.hit(WRITES, _client()):
            abort(429)
        if _is_sign_in() and not limiter.test(SIGN_IN, _address()):
            abort(429)

    def count_failure(response: Response) -> Response:
        # Another site must not use up the attempts of whoever opens its pages.
        ours = sender() is not Sender.FOREIGN
        if _is_sign_in() and not _is_read() and response.status_code >= 400 and ours:
            limiter.hit(SIGN_IN, _address())
        return response

    app.before_request(check)
    app.after_request(count_failure)


def _client() -> str:
    person = viewer()
    return f"token {person.id}" if person else _address()


def _address() -> str:
    return request.remote_addr or ""


def _is_sign_in() -> bool:
    return request.endpoint == "desk.sign_in"


def _is_read() -> bool:
    return request.method in ("GET", "HEAD", "OPTIONS")
