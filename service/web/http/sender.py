"""Which site a request was sent from, as far as the browser tells."""

from enum import Enum, auto

from flask import request

from service.web.http.services import services


class Sender(Enum):
    """`UNKNOWN`: a program, or a browser of years ago."""

    OURS = auto()
    FOREIGN = auto()
    UNKNOWN = auto()


def sender() -> Sender:
    """By the headers that no page can set. Whatever is not exactly as expected is foreign: two
    values, or the origin `null` of a sandbox.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return Sender.OURS if site in ("same-origin", "none") else Sender.FOREIGN
    # Over plain HTTP browsers leave that header out.
    if origin is None:
        return Sender.UNKNOWN
    ours = (services().settings.origin, request.host_url.rstrip("/"))
    return Sender.OURS if origin and origin in ours else Sender.FOREIGN
