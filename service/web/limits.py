"""How often one may try: signing in, by address; writing, by token or address."""

from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from service.web.access import viewer

SIGN_IN = "10 per minute"
"""Attempts that failed, from one address."""
WRITES = "1200 per minute"
"""From one token. It keeps a program that runs wild from filling the archive."""


def _who() -> str:
    token = viewer()
    return f"token {token.id}" if token else get_remote_address()


def _reading() -> bool:
    return request.method in ("GET", "HEAD", "OPTIONS")


def register(app: Flask) -> None:
    """Counts are each process's own: with two, twice as much goes through at most."""
    limiter = Limiter(
        _who,
        app=app,
        application_limits=[WRITES],
        application_limits_exempt_when=_reading,
        storage_uri="memory://",
    )
    attempt = limiter.limit(
        SIGN_IN,
        key_func=get_remote_address,
        exempt_when=_reading,
        deduct_when=lambda response: response.status_code != 303,
    )
    views: dict[str, Any] = app.view_functions
    views["desk.sign_in"] = attempt(views["desk.sign_in"])
