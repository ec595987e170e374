"""One message: how it is signed, and what receivers may do without holding it up."""

import gc
import re
import socket
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Reference

from service.webhooks.sending import Message, NotDelivered, Receiver, send
from service.wiring import now as clock
from tests.samples import NOON
from tests.webhooks.receivers import (
    Answering,
    Behave,
    Raw,
    babble,
    close_early,
    drip,
    flood,
    hang,
    reset,
)

SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"
MESSAGE = Message("msg_1", '{"type": "x", "data": {"note": "“é”"}}')


def _to(url: str) -> Receiver:
    return Receiver("wh_1", url, SECRET, private=True)


def test_what_arrives_is_signed_as_the_standard_says(receiver: Answering) -> None:
    assert send(_to(receiver.url), MESSAGE, clock()) == 200
    [(headers, body)] = receiver.got
    assert Reference(SECRET).verify(body, headers)["data"] == {"note": "“é”"}
    assert headers["Content-Type"] == "application/json"
    with pytest.raises(Exception, match="No matching signature"):
        Reference(SECRET).verify(body.replace(b"note", b"mote"), headers)


def test_the_manual_s_function_verifies_what_arrives(receiver: Answering) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", manual, re.S)
    named: dict[str, Any] = {}
    exec(code, named)  # noqa: S102 the manual's own code
    send(_to(receiver.url), MESSAGE, NOON)
    [(headers, body)] = receiver.got
    assert named["is_ours"](SECRET, headers, body)
    assert not named["is_ours"](SECRET, headers, body + b" ")
    assert headers["webhook-timestamp"] == str(int(NOON.timestamp()))


@pytest.mark.parametrize("status", [302, 404, 410, 500])
def test_a_status_but_2xx_is_a_failure_and_no_redirect_is_followed(
    receiver: Answering, status: int
) -> None:
    receiver.answers = [status]
    with pytest.raises(NotDelivered, match=f"^answered {status}$") as raised:
        send(_to(receiver.url), MESSAGE, NOON)
    assert raised.value.gone == (status == 410)
    assert len(receiver.got) == 1


BAD: list[tuple[Behave, str, str]] = [
    (hang, "http", "no answer within 0.3 seconds"),
    (hang, "https", "no answer within 0.3 seconds"),
    (drip(b""), "http", "no answer within 0.3 seconds"),
    (drip(b"HTTP/1.1 200 OK\r\nX: "), "http", "no answer within 0.3 seconds"),
    # The length of a TLS record, and never all of it.
    (drip(b"\x16\x03\x03\x40\x00"), "https", "no answer within 0.3 seconds"),
    (drip(b"HTTP/1.1 100 Continue\r\n\r\n"), "http", "no answer within 0.3 seconds"),
    (close_early, "http", "the connection was closed before the answer"),
    (reset, "http", "the connection was closed before the answer"),
    (reset, "https", "the connection was closed before the answer"),
    (babble, "http", "the answer is not HTTP"),
    (babble, "https", "no TLS connection"),
]


# Python forgets to close a socket that is reset just before the handshake; it is collected below.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
@pytest.mark.parametrize(("behave", "scheme", "reason"), BAD)
def test_one_deadline_holds_for_the_whole_exchange(
    raw: Callable[..., Raw], behave: Behave, scheme: str, reason: str
) -> None:
    receiver = raw(behave, scheme)
    begun = time.monotonic()
    with pytest.raises(NotDelivered) as raised:
        send(_to(receiver.url), MESSAGE, NOON, seconds=0.3)
    assert str(raised.value).startswith(reason)
    assert str(raised.value).isprintable(), "nothing that a receiver sent"
    assert time.monotonic() - begun < 5
    assert receiver.calls == 1
    del raised
    gc.collect()


def test_nothing_of_an_answer_s_body_is_waited_for(raw: Callable[..., Raw]) -> None:
    dripping = raw(drip(b"HTTP/1.1 200 OK\r\n\r\n"))
    assert send(_to(dripping.url), MESSAGE, NOON, seconds=20) == 200
    flooding = raw(flood)
    assert send(_to(flooding.url), MESSAGE, NOON, seconds=20) == 200
    time.sleep(0.1)
    assert flooding.sent < 50_000_000


def test_a_refused_connection_is_told_as_that() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(NotDelivered, match="the connection was refused"):
        send(_to(f"http://127.0.0.1:{port}/"), MESSAGE, NOON)
