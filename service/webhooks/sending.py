"""One message to one receiver: an HTTP request that as a whole has one deadline."""

import io
import socket
import ssl
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.client import HTTPConnection, HTTPException
from time import monotonic
from typing import Any, cast
from urllib.parse import urlsplit

from standardwebhooks import Webhook as Signer

from service.webhooks.addresses import Refused, checked, resolve

SECONDS = 10.0
"""From resolving the name to the last header of the answer."""
GONE = 410


@dataclass(frozen=True)
class Receiver:
    """Where a webhook's messages go. `private`: the URL may be on a private network."""

    webhook: str
    url: str
    secret: str = field(repr=False)
    private: bool


@dataclass(frozen=True)
class Message:
    """What is sent; each retry has the same `id`."""

    id: str
    body: str


class NotDelivered(Exception):
    """In words of ours: nothing that a receiver sent is repeated. `gone`: it asks for no more."""

    def __init__(self, reason: str, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone


Send = Callable[[Receiver, Message, datetime], int]
"""Sends a message; returns the status of the answer, from 200 to 299. Raises NotDelivered."""


def send(receiver: Receiver, message: Message, now: datetime, seconds: float = SECONDS) -> int:
    """Send a message; returns the status of the answer, from 200 to 299. Raises NotDelivered.

    Redirects are not followed, and nothing of the answer's body is read.
    """
    try:
        status = _exchange(receiver, message, now, _Deadline(seconds))
    except TimeoutError:
        raise NotDelivered(f"no answer within {seconds:g} seconds") from None
    except (OSError, HTTPException, Refused) as error:
        raise NotDelivered(_reason(error)) from None
    if not 200 <= status < 300:
        raise NotDelivered(f"answered {status}", gone=status == GONE)
    return status


def _reason(error: Exception) -> str:
    match error:
        case Refused():
            return str(error)
        case ssl.SSLCertVerificationError():
            return f"its certificate is not valid: {error.verify_message}"
        case ssl.SSLError():
            return f"no TLS connection ({error.reason or 'closed'})"
        case ConnectionRefusedError():
            return "the connection was refused"
        case ConnectionError():
            return "the connection was closed before the answer"
        case OSError():
            return f"no connection ({error.strerror or type(error).__name__})"
    return "the answer is not HTTP"


class _Deadline:
    def __init__(self, seconds: float) -> None:
        self._ends = monotonic() + seconds

    def left(self) -> float:
        """Seconds. TimeoutError if there are none."""
        seconds = self._ends - monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


def _exchange(receiver: Receiver, message: Message, now: datetime, deadline: _Deadline) -> int:
    parts = urlsplit(receiver.url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = checked(host, resolve(host, port, deadline.left()), receiver.private)
    sent_at = now.astimezone(UTC)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "story-history",
        "Connection": "close",
        "webhook-id": message.id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": Signer(receiver.secret).sign(message.id, sent_at, message.body),
    }
    with closing(_connected(addresses, port, deadline)) as plain:
        tls = parts.scheme == "https"
        with closing(_encrypted(plain, host, deadline) if tls else plain) as stream:
            connection = HTTPConnection(host, port)
            connection.default_port = 443 if tls else 80  # left out of the header Host
            # It asks for no more of a socket than this.
            connection.sock = cast(Any, _Timed(stream, deadline))
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, message.body.encode(), headers)
            return connection.getresponse().status


def _connected(addresses: list[str], port: int, deadline: _Deadline) -> socket.socket:
    """To one of the addresses that were checked: by now, the name may have others (DNS rebinding).

    Each has its share of what is left of the time.
    """
    for untried in range(len(addresses), 0, -1):
        address = addresses[-untried]
        try:
            found = socket.create_connection((address, port), deadline.left() / untried)
        except OSError:
            if untried == 1:
                raise
        else:
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return found
    raise AssertionError("a host that was resolved has an address")


def _encrypted(plain: socket.socket, host: str, deadline: _Deadline) -> ssl.SSLSocket:
    plain.settimeout(deadline.left())  # the handshake takes it as the limit of the whole
    return _tls().wrap_socket(plain, server_hostname=host)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Timed:
    """A socket as `http.client` uses it. Each step has what is left of the one deadline."""

    def __init__(self, stream: socket.socket, deadline: _Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def sendall(self, data: bytes) -> None:
        self._stream.settimeout(self._deadline.left())
        self._stream.sendall(data)

    def makefile(self, _: str) -> io.BufferedReader:
        return io.BufferedReader(_Reading(self._stream, self._deadline))

    def close(self) -> None:
        """Its owner does."""


class _Reading(io.RawIOBase):
    def __init__(self, stream: socket.socket, deadline: _Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._stream.settimeout(self._deadline.left())
        return self._stream.recv_into(buffer)
