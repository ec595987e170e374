"""Answers to the public, kept in memory: made once, compressed once, checked at each request.

WSGI middleware around the application. What an answer stands on is asked of the index before it is
given out again, so what any process wrote shows at once and nothing is guessed by age. Requests
with a token, and the desk, pass by untouched. Strong ETags and 304 as in RFC 9110.
"""

import gzip
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.datastructures import Headers
from werkzeug.http import parse_accept_header, parse_etags

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEEP = "story_history.keep"
ROUTE = "story_history.route"
HIT = "story_history.hit"
"""In a request's environ: the `Keep` of its answer, its route, and whether the answer was there."""
LARGEST = 2 * 1024 * 1024
"""A longer answer, in bytes, is neither kept nor compressed."""
_SHORTEST = 400
_PATIENCE = 10
"""Seconds that a request waits for another to make what both ask for."""
_ENCODABLE = (
    "text/",
    "application/json",
    "application/atom+xml",
    "application/xml",
    "application/link-format",
    "image/svg",
)
_IN_304 = frozenset(
    {"ETag", "Cache-Control", "Vary", "Link", "Memento-Datetime", "Access-Control-Allow-Origin"}
)


class Basis(Enum):
    """What an answer stands on, and so when it is no longer right."""

    RELEASE = "release"
    """The code alone."""
    VERSION = "version"
    """Versions of a story, which stay as they are unless they are removed."""
    STORY = "story"
    """What is recorded of a story."""
    ARCHIVE = "archive"
    """What is recorded of any."""


class Keep(NamedTuple):
    """`stamp`: how what the answer stands on stood before the answer was made."""

    basis: Basis
    story: str
    stamp: object


Stamp = Callable[[Basis, str], object]


class _Variant(NamedTuple):
    body: bytes
    etag: str
    headers: list[tuple[str, str]]


class _Passed(NamedTuple):
    """An answer that is given on as it is."""

    status: str
    headers: list[tuple[str, str]]
    body: Iterable[bytes]


class Answer:
    """An answer with status 200, in each encoding that was asked for so far."""

    def __init__(
        self, headers: list[tuple[str, str]], body: bytes, keep: Keep | None, route: str
    ) -> None:
        self.keep, self.route = keep, route
        self.size = len(body)
        self._body = body
        self._digest = sha256(body).hexdigest()[:32]
        self._headers = Headers(headers)
        kind = self._headers.get("Content-Type", "")
        self._encodable = kind.startswith(_ENCODABLE) and len(body) >= _SHORTEST
        if self._encodable:
            varies = self._headers.get("Vary")
            self._headers.set("Vary", f"{varies}, Accept-Encoding" if varies else "Accept-Encoding")
        self._variants: dict[str, _Variant] = {}

    def variant(self, encoding: str) -> _Variant:
        encoding = encoding if self._encodable else ""
        if not (found := self._variants.get(encoding)):
            # Two that make the same one at once make the same bytes.
            found = self._variants[encoding] = self._encoded(encoding)
        return found

    def _encoded(self, encoding: str) -> _Variant:
        body, headers = self._body, Headers(self._headers)
        if encoding:
            body = _ENCODERS[encoding](body)
            headers.set("Content-Encoding", encoding)
        etag = f'"{self._digest}{"-" + encoding if encoding else ""}"'
        headers.set("ETag", etag)
        headers.set("Content-Length", str(len(body)))
        return _Variant(body, etag, headers.to_wsgi_list())


_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstd.compress(body, level=6),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}


class ResponseCache:
    """`room`: bytes of bodies to keep. `stamp` tells how a basis stands now."""

    def __init__(self, app: "WSGIApplication", stamp: Stamp, room: int) -> None:
        self._app, self._stamp, self._room = app, stamp, room
        self._kept: OrderedDict[tuple[str, ...], Answer] = OrderedDict()
        self._size = 0
        self._making: dict[tuple[str, ...], threading.Event] = {}
        self._lock = threading.Lock()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if (
            method not in ("GET", "HEAD")
            or "HTTP_AUTHORIZATION" in environ
            or environ["PATH_INFO"].startswith("/desk")
        ):
            return self._app(environ, start_response)
        key = tuple(environ.get(name, "") for name in _KEY)
        found: Answer | _Passed | None = self._find(key)
        environ[HIT] = found is not None
        if found is None:
            with self._turn(key) as first:
                found = None if first else self._find(key)
                environ[HIT] = found is not None
                found = found or self._made(key, environ)
        if isinstance(found, _Passed):
            start_response(found.status, found.headers)
            return found.body if method == "GET" else _closed(found.body)
        environ[ROUTE] = found.route
        return _given(found, environ, start_response)

    @contextmanager
    def _turn(self, key: tuple[str, ...]) -> Iterator[bool]:
        """Of many who ask for the same at once, the first makes it while the others wait: a page
        that many read is made once after a change. Whether this is the first.
        """
        with self._lock:
            made = self._making.get(key)
            if first := made is None:
                made = self._making[key] = threading.Event()
        if not first:
            made.wait(_PATIENCE)
        try:
            yield first
        finally:
            if first:
                with self._lock:
                    del self._making[key]
                made.set()

    def _made(self, key: tuple[str, ...], environ: "WSGIEnvironment") -> "Answer | _Passed":
        # The whole answer is asked for, whatever part or proof of it the request wants.
        asked = {name: each for name, each in environ.items() if name not in _CONDITIONS}
        asked["REQUEST_METHOD"] = "GET"
        status, headers, body = _called(self._app, asked)
        environ[ROUTE] = route = asked.get(ROUTE, "")
        if not status.startswith("200") or not _length(headers) <= LARGEST:
            return _Passed(status, headers, body)
        keep: Keep | None = asked.get(KEEP)
        answer = Answer(headers, b"".join(body), keep, route)
        _closed(body)
        if keep and keep.stamp is not None:
            self._put(key, answer)
        return answer

    def _find(self, key: tuple[str, ...]) -> Answer | None:
        with self._lock:
            answer = self._kept.get(key)
            if answer is None:
                return None
            self._kept.move_to_end(key)
        keep = answer.keep
        if keep and self._stamp(keep.basis, keep.story) == keep.stamp:
            return answer
        return None

    def _put(self, key: tuple[str, ...], answer: Answer) -> None:
        with self._lock:
            if old := self._kept.pop(key, None):
                self._size -= old.size
            self._kept[key] = answer
            self._size += answer.size
            while self._size > self._room and self._kept:
                _, oldest = self._kept.popitem(last=False)
                self._size -= oldest.size


_KEY = ("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")
_CONDITIONS = frozenset(
    {"HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_IF_RANGE"}
)


def _given(
    answer: Answer, environ: "WSGIEnvironment", start_response: "StartResponse"
) -> Iterable[bytes]:
    variant = answer.variant(_encoding(environ.get("HTTP_ACCEPT_ENCODING", "")))
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and (known == variant.etag or parse_etags(known).contains_weak(variant.etag[1:-1])):
        headers = [each for each in variant.headers if each[0] in _IN_304]
        start_response("304 Not Modified", headers)
        return []
    start_response("200 OK", list(variant.headers))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [variant.body]


@lru_cache(256)
def _encoding(accepted: str) -> str:
    """The best encoding that a request takes; none if it says nothing of any."""
    asked = {name.lower(): quality for name, quality in parse_accept_header(accepted)}
    return next((name for name in _ENCODERS if asked.get(name, 0) > 0), "")


def _called(
    app: "WSGIApplication", environ: "WSGIEnvironment"
) -> tuple[str, list[tuple[str, str]], Iterable[bytes]]:
    """An application's answer. The environ stays the same object: what is noted in it is read."""
    told: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
        told.append((status, headers))

    body = app(environ, start)
    return *told[-1], body


def _length(headers: list[tuple[str, str]]) -> float:
    return float(Headers(headers).get("Content-Length", "inf"))


def _closed(body: Iterable[bytes]) -> list[bytes]:
    getattr(body, "close", lambda: None)()
    return []
