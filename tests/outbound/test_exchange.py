"""One request: what is read of an answer, and how much."""

import gzip
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from service.outbound.exchange import Request, Unreachable, exchange
from tests.webhooks.receivers import Behave, Raw, drip, flood, hang

MOST = 1_000


@pytest.fixture
def raw() -> Iterator[Callable[[Behave], str]]:
    """Starts a server that does this to each connection; its URL."""
    with ExitStack() as stack:
        yield lambda behave: stack.enter_context(Raw.started(behave)).url


def answering(head: str, body: bytes) -> Behave:
    def behave(_: Raw, connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body)

    return behave


def read(url: str) -> bytes:
    return exchange(Request("GET", url, private=True), 5, MOST).body


def test_a_body_is_read_and_decompressed(raw: Callable[[Behave], str]) -> None:
    packed = gzip.compress(b"x" * MOST)
    assert read(raw(answering("Content-Length: 2", b"ok"))) == b"ok"
    assert read(raw(answering("X: y", b"ok"))) == b"ok"
    chunks = b"2\r\nok\r\n0\r\n\r\n"
    assert read(raw(answering("Transfer-Encoding: chunked", chunks))) == b"ok"
    head = f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}"
    assert read(raw(answering(head, packed))) == b"x" * MOST


@pytest.mark.parametrize(
    ("behave", "message"),
    [
        (answering("X: y", b"x" * (MOST + 1)), "more than 1000 bytes"),
        (answering("Content-Encoding: gzip", gzip.compress(b"x" * 10**8)), "more than 1000 bytes"),
        (answering("Content-Encoding: gzip", gzip.compress(b"x" * 9)[:-1]), "cut off"),
        (answering("Content-Encoding: gzip", b"none"), "not compressed as it says"),
        (answering("Content-Length: 3", b"ok"), "cut off"),
        (answering("Transfer-Encoding: chunked", b"9\r\nok"), "not HTTP"),
        (flood, "more than 1000 bytes"),
    ],
)
def test_an_answer_that_is_too_long_or_not_whole_is_none(
    raw: Callable[[Behave], str], behave: Behave, message: str
) -> None:
    with pytest.raises(Unreachable, match=message):
        read(raw(behave))


@pytest.mark.parametrize("behave", [hang, drip(b"HTTP/1.1 200 OK\r\n\r\n")])
def test_all_of_an_answer_has_one_deadline(raw: Callable[[Behave], str], behave: Behave) -> None:
    with pytest.raises(Unreachable, match=r"no answer within 0\.3 seconds"):
        exchange(Request("GET", raw(behave), private=True), 0.3, MOST)


def test_an_address_on_a_private_network_is_not_asked(raw: Callable[[Behave], str]) -> None:
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1 is on a private network"):
        exchange(Request("GET", raw(hang)), 5)
