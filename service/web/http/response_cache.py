"""A cache of public responses: rendered once, compressed once, validated at every request.

WSGI middleware around the application. Before a cached response is sent, the index is asked for the
state that it depends on, so what any process wrote shows at once and nothing expires by age.
The API's requests with a token and the desk bypass the cache. Strong ETags and 304 as in RFC 9110.
"""

import gzip
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from cachetools import LRUCache
from werkzeug.datastructures import Headers
from werkzeug.http import parse_accept_header, parse_etags

from repo_store import StoreError
from service.web.http.addresses import target
from service.web.http.languages import wished
from service.web.wire import lanes

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

VALIDATOR = "story_history.validator"
ROUTE = "story_history.route"
HIT = "story_history.hit"
REFUSED = "story_history.refused"
"""In a request's environ: its response's `Validator`, its route, whether the cache had it, and what
was refused (`service.metrics.REFUSALS`).
"""
LARGEST = 2 * 1024 * 1024
"""A longer response, in bytes, is neither cached nor compressed."""
_SHORTEST = 400
"""Shorter responses are not compressed."""
_WAIT = 10
"""Seconds that a request waits for another that is rendering the same response."""
_COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/atom+xml",
    "application/xml",
    "application/link-format",
    "image/svg",
    "font/ttf",
)
_ENTRY, _ENCODING, _HEADER = 2_000, 400, 80
"""Bytes of Python's objects: a cached response and its entry, each encoding, each header."""
_IN_304 = frozenset(
    {"ETag", "Cache-Control", "Vary", "Link", "Memento-Datetime", "Access-Control-Allow-Origin"}
)


class DependsOn(Enum):
    """What invalidates a response."""

    RELEASE = "release"
    """A new release of the code."""
    SHAPES = "shapes"
    """A declaration of a shape, and a new release."""
    VERSION = "version"
    """A removal or an explanation in the story; the text of a version never changes."""
    STORY = "story"
    """Any record of the story."""
    ARCHIVE = "archive"
    """Any record of any story."""
    LOG = "log"
    """A checkpoint of the public log, or a cosignature of it."""


class Validator(NamedTuple):
    """`state` of what the response depends on, read before the response was rendered."""

    depends_on: DependsOn
    story: str
    state: object


StateOf = Callable[[DependsOn, str], object]
"""The current state, to compare with a validator's."""
Keep = Callable[["WSGIEnvironment", "CachedResponse"], None]
"""Is given each public answer, with its request, to keep it elsewhere as well."""


class _Encoded(NamedTuple):
    body: bytes
    etag: str
    headers: list[tuple[str, str]]


class _Uncached(NamedTuple):
    """A response that is passed on as it is."""

    status: str
    headers: list[tuple[str, str]]
    body: Iterable[bytes]


class CachedResponse:
    """A response with status 200, in each encoding that was requested so far."""

    def __init__(
        self, headers: list[tuple[str, str]], body: bytes, validator: Validator | None, route: str
    ) -> None:
        self.validator, self.route = validator, route
        self._body = body
        self.by_language = "Accept-Language" in Headers(headers).get("Vary", "")
        self._digest = sha256(body).hexdigest()[:32]
        self._headers = Headers(headers)
        media_type = self._headers.get("Content-Type", "")
        self._compressible = media_type.startswith(_COMPRESSIBLE) and len(body) >= _SHORTEST
        if self._compressible:
            vary = self._headers.get("Vary")
            self._headers.set("Vary", f"{vary}, Accept-Encoding" if vary else "Accept-Encoding")
        self._encoded: dict[str, _Encoded] = {}

    @property
    def size(self) -> int:
        """Bytes of memory that it takes, in the encodings that it has by now."""
        variants = sum(
            _ENCODING + len(each.body) * (each.body is not self._body) + _headers_size(each.headers)
            for each in list(self._encoded.values())
        )
        return _ENTRY + len(self._body) + _headers_size(list(self._headers)) + variants

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Those of every encoding."""
        return list(self._headers)

    def gzipped(self) -> bytes:
        """The body, compressed, whether it is kept so or not."""
        kept = self._encoded.get("gzip")
        return kept.body if kept else _ENCODERS["gzip"](self._body)

    def has(self, encoding: str) -> bool:
        return (encoding if self._compressible else "") in self._encoded

    def encoded(self, encoding: str) -> _Encoded:
        encoding = encoding if self._compressible else ""
        if not (encoded := self._encoded.get(encoding)):
            # Without a lock: two threads that do this at once produce the same bytes.
            encoded = self._encoded[encoding] = self._encode(encoding)
        return encoded

    def _encode(self, encoding: str) -> _Encoded:
        body, headers = self._body, Headers(self._headers)
        if encoding:
            body = _ENCODERS[encoding](body)
            headers.set("Content-Encoding", encoding)
        etag = f'"{self._digest}{"-" + encoding if encoding else ""}"'
        headers.set("ETag", etag)
        headers.set("Content-Length", str(len(body)))
        return _Encoded(body, etag, headers.to_wsgi_list())


_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstd.compress(body, level=6),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}

CacheKey = tuple[str, ...]
_KEY = ("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME")
_CONDITIONS = frozenset(
    {"HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_IF_RANGE"}
)


class _Entry(NamedTuple):
    key: CacheKey
    response: CachedResponse


class ResponseCache:
    """`max_size`: of all that is cached, in bytes of memory: keys, headers, and each encoding."""

    def __init__(
        self,
        app: "WSGIApplication",
        state_of: StateOf,
        max_size: int,
        keep: Keep = lambda *_: None,
    ) -> None:
        self._app, self._state_of, self._keep_elsewhere = app, state_of, keep
        self._cache: LRUCache[CacheKey, _Entry] = LRUCache(max_size, getsizeof=_entry_size)
        self._in_flight: dict[CacheKey, threading.Event] = {}
        self._lock = threading.Lock()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if (
            method not in ("GET", "HEAD")
            or lanes.with_token(environ)
            or environ["PATH_INFO"].startswith("/desk")
        ):
            lanes.enter(environ)
            return self._app(environ, start_response)
        # By the target as it was sent: only one spelling of an address has an answer to keep. By
        # the language, not by the header: browsers spell the same wish in many ways.
        address = (*(environ.get(name, "") for name in _KEY), target(environ))
        key = (*address, wished(environ.get("HTTP_ACCEPT_LANGUAGE", "")))
        response: CachedResponse | _Uncached | None = self._get(key)
        environ[HIT] = response is not None
        if response is None:
            lanes.enter(environ, key)
            with self._single_flight(key) as first:
                response = None if first else self._get(key)
                environ[HIT] = response is not None
                response = response or self._render(key, environ)
        if isinstance(response, _Uncached):
            start_response(response.status, response.headers)
            return response.body if method == "GET" else _close(response.body)
        environ[ROUTE] = response.route
        encoding = _encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        if not response.has(encoding):
            lanes.enter(environ, key)
            self._keep(key, response, encoding)
        self._keep_elsewhere(environ, response)
        return _send(response.encoded(encoding), environ, start_response)

    @contextmanager
    def _single_flight(self, key: CacheKey) -> Iterator[bool]:
        """Of concurrent requests for one response, the first renders it while the others wait, so
        a popular page is rendered once after a change. Yields whether this is the first.
        """
        with self._lock:
            rendered = self._in_flight.get(key)
            if first := rendered is None:
                rendered = self._in_flight[key] = threading.Event()
        if not first:
            rendered.wait(_WAIT)
        try:
            yield first
        finally:
            if first:
                with self._lock:
                    del self._in_flight[key]
                rendered.set()

    def _render(self, key: CacheKey, environ: "WSGIEnvironment") -> CachedResponse | _Uncached:
        # Always as an unconditional GET: the cache itself answers HEAD and conditional requests.
        inner = {name: value for name, value in environ.items() if name not in _CONDITIONS}
        inner["REQUEST_METHOD"] = "GET"
        status, headers, body = _call(self._app, inner)
        environ[ROUTE] = route = inner.get(ROUTE, "")
        if not status.startswith("200") or not _content_length(headers) <= LARGEST:
            return _Uncached(status, headers, body)
        validator: Validator | None = inner.get(VALIDATOR)
        response = CachedResponse(headers, b"".join(body), validator, route)
        _close(body)
        self._keep(key, response, _encoding(environ.get("HTTP_ACCEPT_ENCODING", "")))
        return response

    def _keep(self, key: CacheKey, response: CachedResponse, encoding: str) -> None:
        """Cache the response, which gets this encoding as well, if there is room for all of it."""
        response.encoded(encoding)
        key = key if response.by_language else key[:-1]
        entry = _Entry(key, response)
        if response.validator is None or response.validator.state is None:
            return
        with self._lock:
            if _entry_size(entry) <= self._cache.maxsize:
                self._cache[key] = entry
            else:
                self._cache.pop(key, None)

    def _get(self, key: CacheKey) -> CachedResponse | None:
        """The cached response, if what it depends on has not changed. One in all languages is
        under the key without them.
        """
        with self._lock:
            entry = self._cache.get(key) or self._cache.get(key[:-1])
        if entry is None or (validator := entry.response.validator) is None:
            return None
        try:
            state = self._state_of(validator.depends_on, validator.story)
        except (StoreError, OSError, sqlite3.Error):
            return None  # the application meets the same error, and explains it
        return entry.response if state == validator.state else None


def _entry_size(entry: _Entry) -> int:
    return entry.response.size + sum(map(sys.getsizeof, entry.key))


def _headers_size(headers: list[tuple[str, str]]) -> int:
    return sum(_HEADER + len(name) + len(value) for name, value in headers)


def _send(
    encoded: _Encoded, environ: "WSGIEnvironment", start_response: "StartResponse"
) -> Iterable[bytes]:
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and (known == encoded.etag or parse_etags(known).contains_weak(encoded.etag[1:-1])):
        headers = [header for header in encoded.headers if header[0] in _IN_304]
        start_response("304 Not Modified", headers)
        return []
    start_response("200 OK", list(encoded.headers))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [encoded.body]


@lru_cache(256)
def _encoding(accepted: str) -> str:
    """The best encoding that an Accept-Encoding header allows; "" for none."""
    qualities = {name.lower(): quality for name, quality in parse_accept_header(accepted)}
    return next((name for name in _ENCODERS if qualities.get(name, 0) > 0), "")


def _call(
    app: "WSGIApplication", environ: "WSGIEnvironment"
) -> tuple[str, list[tuple[str, str]], Iterable[bytes]]:
    """An application's status, headers and body."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
        started.append((status, headers))

    body = app(environ, start)
    return *started[-1], body


def _content_length(headers: list[tuple[str, str]]) -> float:
    return float(Headers(headers).get("Content-Length", "inf"))


def _close(body: Iterable[bytes]) -> list[bytes]:
    getattr(body, "close", lambda: None)()
    return []
