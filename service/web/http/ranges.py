"""Exports over HTTP: streamed as they are made, and taken up again where a transfer broke off.

An export is made anew for each request: the same bytes, for as long as what it covers is the same.
A range is served by making the export and leaving out what comes before it, so nothing is kept on
the disk that a removal would have to find. Its length is known once it was sent, or is counted.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime

from flask import Response, request
from werkzeug.http import parse_range_header

from repo_store import FieldError, Malformed
from service.audit.export.exports import Export, Wanted
from service.present import times
from service.web.http.services import services

_KNOWN = 1_000


class Sizes:
    """How long exports are, by their ETags: of those made last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, int] = OrderedDict()

    def keep(self, etag: str, size: int) -> None:
        with self._lock:
            self._known[etag] = size
            if len(self._known) > _KNOWN:
                self._known.popitem(last=False)

    def of(self, made: Export) -> int:
        with self._lock:
            known = self._known.get(made.etag)
        if known is None:
            known = sum(map(len, made.parts()))
            self.keep(made.etag, known)
        return known


_sizes = Sizes()


def wanted(stories: tuple[str, ...] = ()) -> Wanted:
    """What the request asks for. Malformed names what cannot be read."""
    named = " ".join(request.args.getlist("story")).replace(",", " ").split()
    return Wanted(
        stories or tuple(dict.fromkeys(named)),
        _time("since"),
        _time("until"),
        drafts=_flag("drafts"),
    )


def sent(asked: Wanted) -> Response:
    """The export, whole or the range that is asked for (RFC 9110, section 14)."""
    made = services().exports.of(asked)
    etag = f'"{made.etag}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{made.name}.zip"',
    }
    if etag in (request.headers.get("If-None-Match") or "").split(", "):
        return Response(status=304, headers=headers)
    span = _range(made, etag)
    if span is None:
        return _answer(_counted(made), 200, headers)
    start, end, size = span
    if start >= end:
        return Response(status=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    headers |= {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
    headers |= {"Content-Length": f"{end - start}"}
    return _answer(_part(made, start, end), 206, headers)


def _answer(parts: Iterator[bytes], status: int, headers: dict[str, str]) -> Response:
    if request.method == "HEAD":
        parts = iter(())
    return Response(parts, status, headers, content_type="application/zip", direct_passthrough=True)


def _range(made: Export, etag: str) -> tuple[int, int, int] | None:
    """First byte, the one after the last, and how many there are; None: the whole is to be sent."""
    asked = parse_range_header(request.headers.get("Range"))
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return None
    if request.headers.get("If-Range", etag) != etag:
        return None
    size = _sizes.of(made)
    found = asked.range_for_length(size)
    return (*found, size) if found else (size, size, size)


def _counted(made: Export) -> Iterator[bytes]:
    size = 0
    for part in made.parts():
        size += len(part)
        yield part
    _sizes.keep(made.etag, size)


def _part(made: Export, start: int, end: int) -> Iterator[bytes]:
    at = 0
    for part in made.parts():
        piece = part[max(0, start - at) : max(0, end - at)]
        if piece:
            yield piece
        at += len(part)
        if at >= end:
            return


def _time(name: str) -> datetime | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    # A plus sign in a query arrives as a space.
    found = times.parse_day_or_time(text.replace(" ", "+"))
    if found is None:
        message = "must be a day, or a time with its zone, such as 2026-05-01T10:00:00Z"
        raise Malformed([FieldError(name, message)])
    return found


def _flag(name: str) -> bool:
    text = request.args.get(name, "")
    if text not in ("", "0", "1", "true", "false", "yes"):
        raise Malformed([FieldError(name, "must be true or false")])
    return text in ("1", "true", "yes")
