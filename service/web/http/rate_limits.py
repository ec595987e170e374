"""Rate limits: failed sign-ins and answers made anew by address, writes by person."""

from ipaddress import IPv6Address, ip_address

from flask import Flask, Response, request
from werkzeug.exceptions import TooManyRequests

from service.web.http.access import viewer
from service.web.http.sender import Sender, sender
from service.web.http.services import services
from service.web.http.shared_counts import SharedCounts

_UNLIMITED = frozenset({"assets.asset", "operations.alive", "operations.ready", "static"})
_READING = ("GET", "HEAD", "OPTIONS")


def register(app: Flask, counts: SharedCounts | None = None) -> None:
    """`counts`: those of all processes; without them, each counts for itself."""
    shared = counts or SharedCounts()

    def check() -> None:
        settings = services().settings
        if request.method in _READING:
            # What the response cache has does not come here.
            if viewer() is None and request.endpoint not in _UNLIMITED:
                count("read", settings.reads_per_minute)
            return
        if _is_sign_in():
            refuse_above("sign-in", settings.sign_ins_per_minute)
        count("write", settings.writes_per_minute)

    def count(what: str, limit: int) -> None:
        refuse_above(what, limit)
        if limit:
            shared.add(f"{what} {_client()}")

    def refuse_above(what: str, limit: int) -> None:
        if limit and (seconds := shared.wait(f"{what} {_client()}", limit)):
            raise TooManyRequests(
                f"Too many requests in a short time. Try again in {seconds} seconds.",
                retry_after=seconds,
            )

    def count_failure(response: Response) -> Response:
        # Another site must not use up the attempts of whoever opens its pages.
        ours = sender() is not Sender.FOREIGN
        writing = request.method not in _READING
        if _is_sign_in() and writing and response.status_code >= 400 and ours:
            shared.add(f"sign-in {_client()}")
        return response

    app.before_request(check)
    app.after_request(count_failure)


def _client() -> str:
    person = viewer()
    return f"person {person.id}" if person else network(request.remote_addr or "")


def network(address: str) -> str:
    """What counts as one client: an IPv4 address; of IPv6 a /64, which one household has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)


def _is_sign_in() -> bool:
    return request.endpoint == "desk.sign_in"
