"""One HTTP request to an address that someone gave, with one deadline for all of it.

Redirects are not followed, the address is checked before it is connected to, and no more of the
answer is read than was asked for.
"""

import io
import socket
import ssl
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse
from time import monotonic
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from service.outbound.addresses import Refused, checked, resolve


class Unreachable(Exception):
    """There is no usable answer. In words of ours: nothing that the other side sent is repeated."""


@dataclass(frozen=True)
class Request:
    """`private`: the URL may be on a private network."""

    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    private: bool = False


class Answer(NamedTuple):
    """`headers`: by their names in any case. `body`: decompressed."""

    status: int
    headers: HTTPMessage
    body: bytes


def exchange(request: Request, seconds: float, most: int = 0) -> Answer:
    """Send a request, and read up to `most` bytes of the answer's body; 0: nothing of it.

    `seconds` is from resolving the name to the last byte that is read. Raises Unreachable, also for
    a longer body.
    """
    try:
        return _exchange(request, _Deadline(seconds), most)
    except TimeoutError:
        raise Unreachable(f"no answer within {seconds:g} seconds") from None
    except (OSError, HTTPException, Refused, zlib.error) as error:
        raise Unreachable(_reason(error)) from None


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
        case zlib.error():
            return "the answer is not compressed as it says"
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


def _exchange(request: Request, deadline: _Deadline, most: int) -> Answer:
    parts = urlsplit(request.url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = checked(host, resolve(host, port, deadline.left()), request.private)
    headers = {"User-Agent": "story-history", "Connection": "close", **request.headers}
    if most:
        headers["Accept-Encoding"] = "gzip, identity"
    with closing(_connected(addresses, port, deadline)) as plain:
        tls = parts.scheme == "https"
        with closing(_encrypted(plain, host, deadline) if tls else plain) as stream:
            connection = HTTPConnection(host, port)
            connection.default_port = 443 if tls else 80  # left out of the header Host
            # It asks for no more of a socket than this.
            connection.sock = cast(Any, _Timed(stream, deadline))
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(request.method, path, request.body or None, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, _body(answer, most) if most else b"")


def _body(answer: HTTPResponse, most: int) -> bytes:
    data = answer.read(most + 1)
    if len(data) <= most and answer.length:
        raise Unreachable("the answer was cut off")
    if answer.getheader("Content-Encoding", "").strip() == "gzip":
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
        data = unpacking.decompress(data, most + 1)
        if len(data) <= most and not unpacking.eof:
            raise Unreachable("the answer was cut off")
    if len(data) > most:
        raise Unreachable(f"the answer has more than {most} bytes")
    return data


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
