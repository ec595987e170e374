"""A client's connection: what it has sent, and what it has yet to read."""

import select
import socket
import time
from collections import deque
from enum import Enum
from errno import ECONNRESET
from typing import Any

from gunicorn.http import RequestParser

from service.web.wire.lanes import Elsewhere, Lane
from service.web.wire.requests import Incoming

RATE = 16 * 1024
"""Bytes that a client sends or reads in a second, or its patience runs out."""
IDLE = 20.0
"""Seconds that a connection may be silent before a request. A proxy closes its own earlier, so that
it never sends a request on one that is being closed here."""
LINGER = 2.0
"""Seconds in which a client can read its last answer before the connection is closed."""
_AHEAD = 256 * 1024
"""Bytes that an answer may be ahead of its reader before the thread that makes it waits."""


class Phase(Enum):
    """Who has the connection: in `WORKING` a thread, else the event loop."""

    RECEIVING = "receiving"
    WAITING = "waiting"
    WORKING = "working"
    SENDING = "sending"
    LINGERING = "lingering"
    CLOSED = "closed"


class Connection:
    """As gunicorn's thread worker expects one, but no thread that handles it waits for the client.

    A thread reads a request that has arrived in full, and its answer is kept for the event loop to
    send. Only an answer that is longer than what a client reads ahead, an export, has to wait.
    """

    initialized = data_ready = True  # for gunicorn: there is nothing to wait for
    is_http2 = False

    def __init__(
        self, cfg: Any, raw: socket.socket, client: Any, server: Any, patience: float
    ) -> None:
        """`patience`: seconds in which a request must arrive and an answer be read, with one more
        for each `RATE` bytes that were.
        """
        self.cfg, self.raw, self.client, self.server = cfg, raw, client, server
        raw.setblocking(False)
        self.phase = Phase.RECEIVING
        self.since = self.deadline = 0.0
        """When the phase began, and when it ends at the latest, by the monotonic clock."""
        self.queue: deque[Connection] | None = None
        """Where it waits."""
        self.incoming = Incoming()
        self.keep = False
        self.sock = Exchange(raw, patience)
        self.parser: Any = None
        self.lane = Lane.READY
        self.work: object = None
        """What others wait for that want the same answer."""
        self.elsewhere: Elsewhere | None = None
        self.cut = False
        """Whether the rest of the request's body was left with the client."""
        self.counted = self.drained = 0
        self.watched = False
        self._request = b""

    @property
    def held(self) -> int:
        """Bytes of requests that are kept for it."""
        return len(self.incoming) + len(self._request)

    def init(self) -> None:
        """Called by gunicorn in a thread, before it parses."""

    def begin(self) -> None:
        """Take the request that has arrived."""
        self.cut, self._request = self.incoming.take()
        self.sock.arrived = time.perf_counter()
        self.elsewhere = self.work = None

    def reading(self) -> bool:
        """Whether the request only asks for something."""
        return self._request.startswith((b"GET ", b"HEAD ", b"OPTIONS "))

    def finish(self) -> None:
        """The request was answered."""
        self._request = b""

    def again(self) -> None:
        """Hand the request to the parser, from its start."""
        self.elsewhere = None
        self.sock.hold(self._request, self.lane)
        self.parser = RequestParser(self.cfg, self.sock, self.client)

    def clean(self) -> bool:
        """Whether the parser found the request to end where we did, so that another may follow."""
        unread = len(self.parser.unreader.buf.getvalue())
        return not self.sock.starved and not self.sock.ended and not unread


class Exchange:
    """One request and its answer, with the methods of a socket that gunicorn calls."""

    def __init__(self, raw: socket.socket, patience: float) -> None:
        self._raw, self._patience = raw, patience
        self._request = memoryview(b"")
        self._outgoing: deque[memoryview] = deque()
        self.waiting = self.sent = 0
        """Bytes that wait to be sent, and bytes that were."""
        self.starved = self.ended = False
        """Whether more was read than had arrived; whether the answer was broken off."""
        self.lane = Lane.READY
        self.arrived = 0.0
        self._waited = 0.0

    def hold(self, request: bytes, lane: Lane) -> None:
        self._request, self.lane = memoryview(request), lane
        self.starved = self.ended = False
        self.sent, self._waited = 0, 0.0

    def recv(self, size: int) -> bytes:
        data = bytes(self._request[:size])
        self._request = self._request[size:]
        self.starved = self.starved or not data
        return data

    def send(self, data: bytes) -> int:
        """gunicorn sends only “100 Continue” by this, which the event loop has already sent."""
        return len(data)

    def sendall(self, data: bytes) -> None:
        """Send what the client takes now, keep the rest. OSError if it reads too slowly."""
        while self.waiting > _AHEAD:
            if self.patience() <= 0:
                self.ended = True
                raise ConnectionResetError(ECONNRESET, "the answer was read too slowly")
            since = time.monotonic()
            poll = select.poll()
            poll.register(self._raw, select.POLLOUT)
            poll.poll(self.patience() * 1_000)
            self._waited += time.monotonic() - since
            self.push()
        if data:
            self._outgoing.append(memoryview(data))
            self.waiting += len(data)
            self.push()

    def push(self) -> bool:
        """Send what the client takes now; whether nothing is left. OSError if it is gone."""
        try:
            while self._outgoing:
                sent = self._raw.send(self._outgoing[0])
                self.sent += sent
                self.waiting -= sent
                if sent < len(self._outgoing[0]):
                    self._outgoing[0] = self._outgoing[0][sent:]
                else:
                    self._outgoing.popleft()
        except BlockingIOError:
            return False
        return True

    def patience(self) -> float:
        """Seconds for which the answer may still wait for its reader."""
        return self._patience + self.sent / RATE - self._waited

    def shutdown(self, how: int) -> None:
        """gunicorn breaks an answer off."""
        self.ended = True

    def gettimeout(self) -> float:
        return 0.0

    def settimeout(self, seconds: float | None) -> None:
        pass

    def setblocking(self, blocking: bool) -> None:
        pass

    def close(self) -> None:
        self.ended = True
