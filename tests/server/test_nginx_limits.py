"""docs/nginx.conf among clients that ask too much, or send too slowly."""

import json
import re
import socket
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from repo_store.archive import Archive
from service.present.problem_schemas import Problem
from service.web.http.problems import TOO_LARGE, TOO_MANY
from tests.nginx import nginx
from tests.samples import append, content, entry, ticking
from tests.servers import serving


@pytest.fixture(scope="module")
def fronted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """nginx's port, with time-outs of one second; the server's log."""
    folder = tmp_path_factory.mktemp("fronted")
    archive, logs = folder / "archive", folder / "logs"
    with closing(Archive.open(archive, ticking(), create=True)) as opened:
        append(opened, entry(content(title="First")))
    short = (
        ("client_header_timeout 10s", "client_header_timeout 1s"),
        ("client_body_timeout 10s", "client_body_timeout 1s"),
    )
    with (
        serving("serve", "--archive", archive, logs=logs, STORY_HISTORY_PROXIES="1") as server,
        nginx(folder, server.port, folder / "cache", archive, short) as url,
    ):
        yield int(url.rstrip("/").rpartition(":")[2]), logs


def _all(client: socket.socket) -> bytes:
    parts = []
    try:
        while part := client.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


@pytest.mark.parametrize(
    "begun",
    [
        "GET / HTTP/1.1\r\nHost: a",
        "POST /desk/dripped HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1",
    ],
    ids=["header", "body"],
)
def test_who_sends_nothing_more_is_cut_off(fronted: tuple[int, Path], begun: str) -> None:
    port, logs = fronted
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(begun.encode())
        answer = _all(client)
    assert answer == b"" or b" 408 " in answer
    assert "dripped" not in logs.read_text(), "the server never sees it"


def test_who_asks_too_much_is_told_to_wait(fronted: tuple[int, Path]) -> None:
    port, _ = fronted
    one = b"GET /stories/library HTTP/1.1\r\nHost: a\r\n\r\n"
    last = one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(one * 500 + last)
        statuses = Counter(re.findall(rb"HTTP/1.1 (\d+) ", _all(client)))
    assert set(statuses) == {b"200", b"429"}
    assert statuses[b"200"] >= 200, "the burst that a browser may ask for"
    time.sleep(0.5)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/stories/library") as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("request_line", "times", "status"),
    [
        ("GET /api/v1/stories/library HTTP/1.1", 500, 429),
        ("POST /api/v1/stories/library/revisions HTTP/1.1\r\nContent-Length: 3000000", 1, 413),
    ],
)
def test_what_nginx_refuses_of_the_api_is_a_problem(
    fronted: tuple[int, Path], request_line: str, times: int, status: int
) -> None:
    one = f"{request_line}\r\nHost: a\r\n\r\n".encode()
    last = one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with socket.create_connection(("127.0.0.1", fronted[0]), timeout=60) as client:
        client.sendall(one * (times - 1) + last)
        answer = _all(client)
    _, _, refused = answer.partition(f"HTTP/1.1 {status} ".encode())
    assert b"\r\nContent-Type: application/problem+json\r\n" in refused
    problem, _ = json.JSONDecoder().raw_decode(refused[refused.index(b"{") :].decode())
    assert Problem.model_validate(problem).status == status
    assert problem["type"] in {each.urn for each in (TOO_LARGE, TOO_MANY)}
