"""The language of the interface: which catalogue a request's messages are read from."""

from flask import Flask, request
from flask_babel import Babel, get_translations

from service import messages

_SPEAKING = frozenset({"corrections", "embedding", "oembed", "pages", "previews"})
"""Blueprints whose answers are in the reader's language."""


def register(app: Flask) -> None:
    Babel(app)
    app.before_request(_choose)


def _choose() -> None:
    messages.use(get_translations if request.blueprint in _SPEAKING else messages.none)
