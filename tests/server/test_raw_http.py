"""What is no request that an application sees: one bounded answer in the house's shape, or none."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from repo_store.archive import Archive
from service.present.problem_schemas import Problem
from tests.samples import append, content, entry, ticking
from tests.servers import Server, serving
from tests.torture import raw_http

SEED = 20261129


def test_random_requests_have_one_bounded_answer_each() -> None:
    done = raw_http.run(600, SEED)
    assert done.faults == []
    assert done.sent == 600
    assert done.statuses[200] > 20, "some are well formed"
    assert done.statuses[308] > 20
    assert done.statuses[400] > 100


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with TemporaryDirectory() as folder:
        archive = Archive.open(path := Path(folder, "archive"), ticking(), create=True)
        append(archive, entry(content()))
        archive.close()
        with serving("serve", "--archive", path) as running:
            yield running


_HOST = b"\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"x" * 9_000 + b" HTTP/1.1" + _HOST + b"\r\n", 414),
        (b"GET / HTTP/1.1" + _HOST + b"Long: " + b"x" * 9_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1" + _HOST + b"A: b\r\n" * 120 + b"\r\n", 431),
        (b"nonsense\r\n\r\n", 400),
        (b"get / HTTP/1.1" + _HOST + b"\r\n", 400),
        (b"GET / HTTP/9.9" + _HOST + b"\r\n", 400),
        (b"GET /\xc3\xa9 HTTP/1.1" + _HOST + b"\r\n", 400),
        (b"GET /\0 HTTP/1.1" + _HOST + b"\r\n", 400),
        (b"GET / HTTP/1.1" + _HOST + b"Host: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1" + _HOST + b"No colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1" + _HOST + b"A : b\r\n\r\n", 400),
        (b"GET / HTTP/1.1" + _HOST + b"A: b\r\n c\r\n\r\n", 400),
        (b"GET / HTTP/1.1" + _HOST + b"A: \x1b[31m\r\n\r\n", 400),
        (b"GET / HTTP/1.1" + _HOST + b"Expect: 200-ok\r\n\r\n", 417),
        (b"POST / HTTP/1.1" + _HOST + b"Content-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1" + _HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (
            b"POST / HTTP/1.1" + _HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"0\r\n\r\n",
            400,
        ),
        (b"POST / HTTP/1.1" + _HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400),
        (b"POST / HTTP/1.1" + _HOST + b"Transfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n", 501),
    ],
)
def test_what_gunicorn_refuses_is_a_problem(server: Server, sent: bytes, status: int) -> None:
    answer = raw_http.ask(("127.0.0.1", server.port), sent)
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("ascii").split("\r\n")
    assert lines[0].startswith(f"HTTP/1.1 {status} ")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    assert headers["content-type"] == "application/problem+json"
    assert headers["cache-control"] == "no-store"
    assert headers["connection"] == "close"
    assert int(headers["content-length"]) == len(body)
    problem = Problem.model_validate(json.loads(body))
    assert problem.status == status
    assert problem.detail.isprintable()


@pytest.mark.parametrize(
    "host", ["x" * 64, "x." * 200 + "x", "xn--", "a b", "x:y", "evil.example/x", "a@b", "[::1"]
)
def test_a_host_that_no_address_can_have_is_refused(server: Server, host: str) -> None:
    sent = f"GET /stories/library HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    answer = raw_http.ask(("127.0.0.1", server.port), sent)
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:100]


@pytest.mark.parametrize(
    "spoofed",
    ["X-Forwarded-Proto: https", "X-Forwarded-Ssl: on", "SCRIPT_NAME: /stories", "PATH_INFO: /"],
)
def test_no_header_says_where_a_request_came_in_unless_a_proxy_is_trusted(
    server: Server, spoofed: str
) -> None:
    sent = f"GET /stories/library HTTP/1.0\r\nHost: x\r\n{spoofed}\r\n\r\n".encode()
    head = raw_http.ask(("127.0.0.1", server.port), sent).partition(b"\r\n\r\n")[0].decode()
    assert head.startswith("HTTP/1.0 200 "), head
    assert "<http://x/timegate/stories/library>" in head
