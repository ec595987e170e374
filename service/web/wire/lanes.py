"""Lanes: threads set apart by what a request costs, so that one kind of work cannot starve another.

A request starts where answers are ready: kept ones, the probes, files. Where an answer turns out to
need work, `enter` moves the request to the lane of that work, if the server has lanes. A lane that
has no room refuses.
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LANE = "story_history.lane"
ARRIVED = "story_history.arrived"
"""In a request's environ: the lane whose thread handles it, and when it had arrived in full, by
`perf_counter`. Absent if the server has no lanes.
"""
RETRY_AFTER = 5
"""Seconds after which a refused client may try again."""


class Lane(Enum):
    """What a request costs."""

    READY = "ready"
    """Nothing: a kept answer, a probe, a file."""
    READING = "reading"
    """A public page or API answer is made anew."""
    COMPARING = "comparing"
    """The same, where it compares texts or searches them."""
    SIGNED_IN = "signed in"
    """A reading with a token, or at the desk."""
    WRITING = "writing"
    """Whatever is sent to be stored."""
    EXPORTING = "exporting"
    """An export, for as long as it is sent."""
    FULL = "full"
    """None: the lane that the request needs has no room."""


class Elsewhere(Exception):
    """The request must go on in another lane. `work`: requests that wait for the same answer."""

    def __init__(self, lane: Lane, work: object = None) -> None:
        super().__init__(lane.value)
        self.lane, self.work = lane, work


class Full(Exception):
    """The request's lane has no room."""

    def __init__(self, lane: Lane) -> None:
        super().__init__(f"the server has no room for this at the moment ({lane.value})")
        self.lane = lane


_READY = re.compile(r"/(?:healthz|readyz|static/.*)")
_EXPORTING = re.compile(r".*/export")
_COMPARING = re.compile(
    r".*/(?:diff/[^/]*(?:/text|/preview\.png)?|preview\.png|provenance|play/[^/]*|oembed)|.*/?search"
)
_SEARCH = re.compile(r"(?:^|&)(?:q|change)=[^&]")


def threads(count: int) -> Mapping[Lane, int]:
    """How many threads each lane has, where `count` can write at once."""
    half = max(1, count // 2)
    return {
        Lane.READY: half,
        Lane.READING: half,
        Lane.COMPARING: max(1, count // 4),
        Lane.SIGNED_IN: half,
        Lane.WRITING: count,
        Lane.EXPORTING: half,
    }


def lane_of(method: str, path: str, query: str, token: bool) -> Lane:
    """`token`: whether the request carries one, valid or not."""
    if method not in ("GET", "HEAD", "OPTIONS"):
        return Lane.WRITING
    if _READY.fullmatch(path):
        return Lane.READY
    if _EXPORTING.fullmatch(path):
        return Lane.EXPORTING
    if token or path.startswith("/desk"):
        return Lane.SIGNED_IN
    if _COMPARING.fullmatch(path) or _SEARCH.search(query):
        return Lane.COMPARING
    return Lane.READING


def with_token(environ: "WSGIEnvironment") -> bool:
    """Whether the answer may depend on the request's Authorization: in the API alone."""
    return "HTTP_AUTHORIZATION" in environ and environ["PATH_INFO"].startswith("/api/")


def enter(environ: "WSGIEnvironment", work: object = None) -> None:
    """Call this before an answer is made. Elsewhere if this is not the lane for it; Full if that
    has no room.
    """
    here: Any = environ.get(LANE)
    if here is None:
        return
    wanted = lane_of(
        environ["REQUEST_METHOD"],
        environ["PATH_INFO"],
        environ.get("QUERY_STRING", ""),
        with_token(environ),
    )
    if here is Lane.FULL:
        raise Full(wanted)
    if here is not wanted and wanted is not Lane.READY:
        raise Elsewhere(wanted, work)
