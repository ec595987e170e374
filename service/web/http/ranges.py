"""Exports over HTTP: streamed as they are produced, resumable by range requests (RFC 9110, 14).

Each request produces the export again, with the same bytes for as long as what it covers has not
changed. A range skips what precedes it, so no copy is left on the disk for a removal to find. The
size is known once an export has been sent in full; until then, a range request counts it first.
"""

import threading
from collections.abc import Iterator

from cachetools import LRUCache
from flask import Response, request
from werkzeug.http import parse_range_header

from service.audit.export.exports import Export, ExportRequest
from service.web.http.params import A_DAY_OR_TIME, query_flag, query_time
from service.web.http.services import services


class _Sizes:
    """The sizes of recent exports in bytes, by ETag."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sizes: LRUCache[str, int] = LRUCache(1_000)

    def set(self, etag: str, size: int) -> None:
        with self._lock:
            self._sizes[etag] = size

    def of(self, export: Export) -> int:
        with self._lock:
            size = self._sizes.get(export.etag)
        if size is None:
            size = sum(map(len, export.parts()))
            self.set(export.etag, size)
        return size


_sizes = _Sizes()


def export_request(stories: tuple[str, ...] = ()) -> ExportRequest:
    """What the query asks to export. Malformed names the parameter at fault."""
    named = " ".join(request.args.getlist("story")).replace(",", " ").split()
    own = map(services().archive.index.resolve, stories or named)
    return ExportRequest(
        tuple(dict.fromkeys(own)),
        query_time("since", A_DAY_OR_TIME),
        query_time("until", A_DAY_OR_TIME),
        drafts=query_flag("drafts"),
    )


def send_export(wanted: ExportRequest) -> Response:
    """The export, in full or the requested range."""
    export = services().exports.prepare(wanted)
    etag = f'"{export.etag}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{export.name}.zip"',
    }
    if etag in (request.headers.get("If-None-Match") or "").split(", "):
        return Response(status=304, headers=headers)
    span = _range(export, etag)
    if span is None:
        return _stream(_whole(export), 200, headers)
    start, end, size = span
    if start >= end:
        return Response(status=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    headers |= {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
    headers |= {"Content-Length": f"{end - start}"}
    return _stream(_slice(export, start, end), 206, headers)


def _stream(parts: Iterator[bytes], status: int, headers: dict[str, str]) -> Response:
    return Response(parts, status, headers, content_type="application/zip", direct_passthrough=True)


def _range(export: Export, etag: str) -> tuple[int, int, int] | None:
    """Start, end (exclusive) and total size in bytes; None if the whole export is to be sent."""
    requested = parse_range_header(request.headers.get("Range"))
    if requested is None or requested.units != "bytes" or len(requested.ranges) != 1:
        return None
    if request.headers.get("If-Range", etag) != etag:
        return None
    size = _sizes.of(export)
    [(start, end)] = requested.ranges
    if start < 0:  # the last bytes; all, if there are fewer
        start = max(0, size + start)
    return start, min(end or size, size), size


def _whole(export: Export) -> Iterator[bytes]:
    size = 0
    for part in export.parts():
        size += len(part)
        yield part
    _sizes.set(export.etag, size)


def _slice(export: Export, start: int, end: int) -> Iterator[bytes]:
    position = 0
    for part in export.parts():
        piece = part[max(0, start - position) : max(0, end - position)]
        if piece:
            yield piece
        position += len(part)
        if position >= end:
            return
