"""The language of the interface: which one a page speaks.

It is that of the setting; else the one that the reader's browser wants most; else the one that the
story names; else English. What is for programs is English: the API, Memento, files. So are the desk
and, without the setting, feeds: their address says nothing about who reads them.
"""

import sqlite3
from functools import lru_cache

from flask import Flask, Response, g, request
from werkzeug.http import parse_accept_header

from repo_store import StoreError
from service import messages
from service.messages import LANGUAGES, Interface
from service.present.language import named_language
from service.present.template_messages import IN_TEMPLATES
from service.web.http.params import number
from service.web.http.services import services, stories

_ENGLISH = frozenset({"api", "api_docs", "desk", "health", "memento", "patterns", "transparency"})
_FOR_EVERYBODY = "feeds"
"""Blueprints."""


def register(app: Flask) -> None:
    app.before_request(_choose)
    app.after_request(_vary)
    app.teardown_request(lambda _: messages.use(messages.plain))
    app.jinja_env.globals.update(IN_TEMPLATES)


@lru_cache(256)
def wished(accepted: str) -> str:
    """Of `LANGUAGES` the one that an Accept-Language header wants most; "" if it names none."""
    wishes = parse_accept_header(accepted)
    tags = (tag.lower().partition("-")[0] for tag, share in wishes if share > 0)
    return next((tag for tag in tags if tag in LANGUAGES), "")


def _choose() -> None:
    if request.blueprint == _FOR_EVERYBODY:
        _speak(services().settings.language or "en")
    elif request.blueprint in _ENGLISH or request.path.startswith(("/api/", "/desk")):
        messages.use(messages.plain)
    else:
        messages.use(_for_the_reader)


def _speak(language: str) -> Interface:
    chosen = Interface(language, services().settings.zone)
    messages.use(lambda: chosen)
    return chosen


def _for_the_reader() -> Interface:
    """Chosen when the first word is needed: what has none does not depend on who reads it."""
    language = services().settings.language
    if not language:
        g.by_reader = True
        _speak("en")  # what goes wrong in asking for the story
        accepted = request.headers.get("Accept-Language", "")
        language = wished(accepted) or _named_by_story() or "en"
    return _speak(language)


def _named_by_story() -> str:
    """The language that what is shown names; "" if it is none of `LANGUAGES`."""
    values = request.view_args or {}
    if "story" not in values:
        return ""
    story, version = values["story"], values.get("new") or values.get("version")
    try:
        shown = stories().version(story, number(version)) if version else stories().live(story)
        tag = named_language(stories().content(shown))
    except (StoreError, OSError, sqlite3.Error):  # the view meets the same error, and says so
        return ""
    return wished(tag)


def _vary(response: Response) -> Response:
    if g.get("by_reader"):
        response.vary.add("Accept-Language")
    return response
