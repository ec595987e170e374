"""Real receivers of webhooks: one that answers, and some that do what no receiver should."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

Behave = Callable[["Raw", socket.socket], None]


class Answering(HTTPServer):
    """Answers with the given statuses, then with 200, and keeps what it got."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["Answering"]:
        with cls() as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield server
            finally:
                server.shutdown()
                thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?a=b"


class _Handler(BaseHTTPRequestHandler):
    server: Answering

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        status = self.server.answers.pop(0) if self.server.answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class Raw:
    """Does to each connection what `behave` does, until that returns or the receiver is stopped."""

    def __init__(self, behave: Behave, scheme: str) -> None:
        self.stopped = threading.Event()
        self.calls = 0
        self.sent = 0
        self._behave, self._scheme = behave, scheme
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=32)

    @classmethod
    @contextmanager
    def started(cls, behave: Behave, scheme: str = "http") -> Iterator["Raw"]:
        made = cls(behave, scheme)
        threading.Thread(target=made._serve, daemon=True).start()
        try:
            yield made
        finally:
            made.stopped.set()
            with suppress(OSError):
                made._listener.shutdown(socket.SHUT_RDWR)
            made._listener.close()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._listener.getsockname()[1]}/"

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.calls += 1
                threading.Thread(target=self._one, args=[connection], daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self._behave(self, connection)


def hang(receiver: Raw, _: socket.socket) -> None:
    receiver.stopped.wait(60)


def close_early(_: Raw, connection: socket.socket) -> None:
    connection.recv(65_536)


def reset(_: Raw, connection: socket.socket) -> None:
    """Closed at once, with what was sent unread."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def babble(receiver: Raw, connection: socket.socket) -> None:
    connection.sendall(b"\x1b[31mSSH-2.0-nothing\r\n\r\n")
    receiver.stopped.wait(60)


def drip(head: bytes) -> Behave:
    """Sends this, then a byte at a time, each long before any time-out between two reads."""

    def behave(receiver: Raw, connection: socket.socket) -> None:
        connection.sendall(head)
        while not receiver.stopped.wait(0.02):
            connection.sendall(b"x")

    return behave


def flood(receiver: Raw, connection: socket.socket) -> None:
    """A body of a gigabyte."""
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    chunk = b"x" * 65_536
    while receiver.sent < 1_000_000_000 and not receiver.stopped.is_set():
        receiver.sent += connection.send(chunk)
