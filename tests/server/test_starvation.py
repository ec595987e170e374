"""The real server among clients that send slowly, read slowly, or ask for costly answers."""

import json
import re
import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from repo_store.archive import Archive
from service.web.wire.worker import CONNECTIONS
from tests.samples import append, content, entry, new_token, story, ticking
from tests.servers import Server, get, serving

DRIPPING = 20
"""More clients than the server has threads."""
_RESET = struct.pack("ii", 1, 0)
"""For SO_LINGER: closing resets the connection."""
_HEAD = "POST /api/v1/stories/slow/revisions HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("starved") / "archive"
    with closing(Archive.open(path, ticking(), create=True)) as archive:
        append(archive, entry(content(title="First")))
        append(archive, entry(content(title="Second")))
        long = ["word " * 3_900] * 40
        append(archive, entry(content(title="Long", overview=long), "long"))
        append(archive, entry(content(title="Unread", overview=long[:6]), "unread"))
    return path


@pytest.fixture(scope="module")
def server(filled: Path) -> Iterator[Server]:
    with serving("serve", "--archive", filled) as server:
        yield server


def _connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def _answer(client: socket.socket) -> str:
    """All that the server sends until it closes the connection."""
    parts = []
    while part := client.recv(65_536):
        parts.append(part)
    return b"".join(parts).decode()


def _asked(server: Server, request: str) -> str:
    with _connected(server) as client:
        client.sendall(request.encode())
        return _answer(client)


def _answers_others(server: Server, waiting: list[socket.socket]) -> None:
    """The server answers, and not because it has given up those who wait."""
    for path in ("healthz", "stories/library", "stories/library/diff/1..2", "api/v1/stories"):
        assert get(f"{server.url}{path}")[0] == 200
    readable, _, _ = select.select(waiting, [], [], 0)
    assert not readable


@pytest.mark.parametrize(
    "begun",
    [
        "",
        "GET /stories/library HT",
        "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: a",
        f"{_HEAD}Content-Length: 1000\r\n\r\n{{",
        f"{_HEAD}Transfer-Encoding: chunked\r\n\r\n1",
    ],
    ids=["silent", "line", "header", "body", "chunk"],
)
def test_clients_that_send_slowly_hold_up_nobody(server: Server, begun: str) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(_connected(server)) for _ in range(DRIPPING)]
        for client in clients:
            client.sendall(begun.encode())
        time.sleep(0.2)
        for client in clients if begun else []:
            client.sendall(b"1")
        _answers_others(server, clients)


def test_clients_that_read_slowly_hold_up_nobody(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(DRIPPING):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            client.connect(("127.0.0.1", server.port))
            client.sendall(b"GET /stories/long HTTP/1.1\r\nHost: localhost\r\n\r\n" * 8)
        time.sleep(0.5)
        _answers_others(server, [])
        assert "word word" in get(f"{server.url}stories/long")[1]


@pytest.fixture(scope="module")
def small(filled: Path) -> Iterator[Server]:
    """A server of one process that has little patience."""
    with serving(
        "serve", "--archive", filled, STORY_HISTORY_PATIENCE="1", STORY_HISTORY_WORKERS="1"
    ) as server:
        yield server


def test_more_connections_than_it_can_have_lock_out_nobody(small: Server) -> None:
    with ExitStack() as stack:
        for _ in range(CONNECTIONS + 20):
            stack.enter_context(_connected(small))
        assert get(f"{small.url}healthz")[0] == 200


def test_nor_do_those_that_do_not_read_their_answers(filled: Path) -> None:
    with (
        serving("serve", "--archive", filled, STORY_HISTORY_WORKERS="1") as server,
        ExitStack() as stack,
    ):
        for _ in range(CONNECTIONS + 20):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            client.connect(("127.0.0.1", server.port))
            client.sendall(b"GET /stories/unread HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
            time.sleep(0.003)
        time.sleep(1)
        begun = time.monotonic()
        assert get(f"{server.url}healthz")[0] == 200
        assert time.monotonic() - begun < 10, "sooner than their patience ends"


def test_who_is_too_slow_is_told_so(small: Server) -> None:
    with _connected(small) as client:
        client.sendall(f"{_HEAD}Content-Length: 1000\r\n\r\n{{".encode())
        head, _, body = _answer(client).partition("\r\n\r\n")
        assert head.startswith("HTTP/1.1 408 Request Timeout\r\n")
        assert "Connection: close" in head
        assert json.loads(body)["status"] == 408


def test_a_body_that_arrives_in_pieces_is_taken(server: Server, filled: Path) -> None:
    token = new_token(filled)
    body = json.dumps({"content": story(), "state": "published", "base_version": None}).encode()
    head = f"Host: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    for number, framing in enumerate(("length", "chunks", "expect")):
        with _connected(server) as client:
            line = f"POST /api/v1/stories/in-pieces-{number}/revisions HTTP/1.1\r\n"
            length = f"Content-Length: {len(body)}"
            how = "Transfer-Encoding: chunked" if framing == "chunks" else length
            expect = "Expect: 100-continue\r\n" if framing == "expect" else ""
            sent = f"{line}{head}{expect}Connection: close\r\n{how}\r\n\r\n".encode()
            client.sendall(sent[:40])
            time.sleep(0.05)
            client.sendall(sent[40:])
            if framing == "expect":
                assert client.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
            for start in range(0, len(body), 100):
                piece = body[start : start + 100]
                if framing == "chunks":
                    client.sendall(f"{len(piece):x};a=b\r\n".encode())
                    time.sleep(0.01)
                client.sendall(piece + (b"\r\n" if framing == "chunks" else b""))
                time.sleep(0.01)
            if framing == "chunks":
                client.sendall(b"0\r\n\r\n")
            assert _answer(client).startswith("HTTP/1.1 201 "), framing


def test_who_goes_away_before_100_continue_ends_no_process(small: Server) -> None:
    with _connected(small) as other:
        for _ in range(50):
            with _connected(small) as client:
                client.sendall(f"{_HEAD}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n".encode())
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        other.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert _answer(other).startswith("HTTP/1.1 200 ")


def test_requests_that_follow_without_waiting_are_answered_in_turn(server: Server) -> None:
    asked = (
        "GET /stories/library HTTP/1.1\r\nHost: localhost\r\n\r\n"
        "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    answer = _asked(server, asked)
    assert re.findall(r"HTTP/1.1 (\d+) ", answer) == ["200", "404", "200"]
    assert answer.endswith("alive\n")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (f"GET /{'a' * 9_000} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (f"GET /{'a' * 9_000}", 414),
        ("GET / HTTP/1.1\r\nHost: localhost\r\n" + f"X-A: {'a' * 900}\r\n" * 90 + "\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: localhost\r\n" + "X-A: a\r\n" * 200 + "\r\n", 431),
        ("GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400),
        ("nonsense\r\n\r\n", 400),
        (f"{_HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
        (f"{_HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (f"{_HEAD}Transfer-Encoding: chunked\r\n\r\nz\r\n", 400),
        (f"{_HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\naXX1\r\n", 400),
        (f"{_HEAD}Transfer-Encoding: chunked\r\n\r\nffffff\r\n", 413),
        (f"{_HEAD}Transfer-Encoding: chunked\r\n\r\n" + "1\r\na\r\n" * 11_000, 413),
        (f"{_HEAD}Content-Type: application/json\r\nContent-Length: 3000000\r\n\r\n", 413),
    ],
)
def test_what_is_no_request_is_refused_as_a_problem(
    server: Server, filled: Path, request_: str, status: int
) -> None:
    token = new_token(filled)
    asked = request_.replace(_HEAD, f"{_HEAD}Authorization: Bearer {token}\r\n")
    answer = _asked(server, asked)
    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} "), answer[:200]
    assert "application/problem+json" in head
    assert json.loads(body)["status"] == status
