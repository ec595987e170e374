"""Which public answers are kept as files, which nginx sends without asking (docs/nginx.conf).

nginx says the same headers of all answers of a kind, so only those that have just these are kept:
whatever else a view says about an answer, or varies it by, leaves it with the server.
"""

import re
import sqlite3
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from repo_store import StaticFiles, StoreError
from service.web.http.addresses import target
from service.web.http.headers import CHANGING, LASTING, OF_EVERY_PAGE
from service.web.http.response_cache import CachedResponse, DependsOn, StateOf, Validator

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_STORY = r"(?P<story>[a-z0-9]+(?:-[a-z0-9]+)*)"
_NUMBER = "[1-9][0-9]{0,8}"
_OF_A_STORY = (DependsOn.STORY, DependsOn.VERSION)
_OWN = frozenset({"Content-Length", "Content-Encoding", "ETag"})
"""Headers that a web server says of a file by itself."""


class _Kind(NamedTuple):
    """`name`: of the file in its story's folder, from the groups of `address`."""

    address: re.Pattern[str]
    name: str
    headers: Mapping[str, str]


def _kind(address: str, name: str, media_type: str, lifetime: str, vary: str = "") -> _Kind:
    said = {"Content-Type": media_type, "Cache-Control": lifetime, "Vary": vary}
    return _Kind(re.compile(address), name, OF_EVERY_PAGE | said)


_HTML, _IN_API = "text/html; charset=utf-8", "Authorization"
_DIFF = rf"diff/(?P<rest>{_NUMBER}\.\.{_NUMBER})"
_KINDS = (
    _kind(rf"/stories/{_STORY}/(?P<rest>history|play/{_NUMBER})", r"{rest}", _HTML, CHANGING),
    _kind(rf"/stories/{_STORY}/{_DIFF}", "diff/{rest}", _HTML, LASTING),
    _kind(
        rf"/stories/{_STORY}/(?P<rest>history\.atom)",
        "{rest}",
        "application/atom+xml; charset=utf-8",
        CHANGING,
    ),
    _kind(
        rf"/api/v1/stories/{_STORY}/{_DIFF}",
        "api/diff/{rest}",
        "application/json",
        LASTING,
        _IN_API,
    ),
)


class StaticAnswers:
    def __init__(self, files: StaticFiles, state_of: StateOf) -> None:
        self._files, self._state_of = files, state_of

    def keep(self, environ: "WSGIEnvironment", response: CachedResponse) -> None:
        """Keep an answer as a file, if it is one that nginx can send and is not there."""
        if not self._files.has_room or "HTTP_AUTHORIZATION" in environ:
            return
        if (named := _file_of(target(environ))) is None or (
            validator := response.validator
        ) is None:
            return
        story, name, said = named
        if validator.depends_on not in _OF_A_STORY or validator.story != story:
            return
        if _said(response) == said and self._files.lacks(story, name):
            is_current = partial(self._is_current, validator)
            self._files.keep(story, name, response.gzipped(), is_current)

    def _is_current(self, validator: Validator) -> bool:
        try:
            state = self._state_of(validator.depends_on, validator.story)
        except (StoreError, OSError, sqlite3.Error):
            return False
        return state is not None and state == validator.state


def _file_of(address: str) -> tuple[str, str, Mapping[str, object]] | None:
    """The story of an address, the name of its file there, and what nginx says of that."""
    for kind in _KINDS:
        if found := kind.address.fullmatch(address):
            said = {**kind.headers, "Vary": _listed(f"{kind.headers['Vary']}, Accept-Encoding")}
            return found["story"], f"{kind.name.format(**found.groupdict())}.gz", said
    return None


def _said(response: CachedResponse) -> Mapping[str, object]:
    said: dict[str, object] = {}
    for name, value in response.headers:
        if name in said:
            return {}
        if name not in _OWN:
            said[name] = _listed(value) if name == "Vary" else value
    return said


def _listed(value: str) -> frozenset[str]:
    return frozenset(each.strip() for each in value.split(",") if each.strip())
