"""Webhooks: what is delivered, to whom, signed how, and what happens when it fails."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Reference

from repo_store.errors import InvalidInput, NotFound
from service.webhooks.delivery import Deliverer, Refused, checked_address, deliver_due, post
from service.webhooks.events import RevisionPublished
from service.webhooks.retries import RETRIES
from service.webhooks.subscriptions import Delivery, Webhooks
from service.wiring import now as clock
from tests.samples import NOON

EVENT = RevisionPublished("library", NOON, {"story": "library", "note": "“é”"})


class Receiver(HTTPServer):
    """A real server that answers with the given statuses and records its requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?a=b"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

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


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _deliver(webhooks: Webhooks, now: datetime = NOON) -> int:
    return deliver_due(webhooks, lambda: now, post)


def test_the_time_of_an_event_is_formatted_as_in_the_api() -> None:
    assert json.loads(EVENT.body())["timestamp"] == "2026-05-01T12:00:00Z"


def test_what_arrives_is_signed_as_the_standard_says(
    webhooks: Webhooks, receiver: Receiver
) -> None:
    _, secret = webhooks.add(receiver.url, (), NOON, private=True)
    webhooks.enqueue(RevisionPublished("library", clock(), EVENT.data))
    assert deliver_due(webhooks, clock, post) == 1
    [(headers, body)] = receiver.got
    assert Reference(secret).verify(body, headers)["data"] == EVENT.data
    assert json.loads(body)["type"] == "revision.published"
    assert headers["Content-Type"] == "application/json"
    with pytest.raises(Exception, match="No matching signature"):
        Reference(secret).verify(body.replace(b"library", b"archive"), headers)


def test_the_manual_s_function_verifies_what_arrives(
    webhooks: Webhooks, receiver: Receiver
) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", manual, re.S)
    named: dict[str, Any] = {}
    exec(code, named)  # noqa: S102 the manual's own code
    _, secret = webhooks.add(receiver.url, (), NOON, private=True)
    webhooks.enqueue(EVENT)
    assert _deliver(webhooks) == 1
    [(headers, body)] = receiver.got
    assert named["is_ours"](secret, headers, body)
    assert not named["is_ours"](secret, headers, body + b" ")
    assert headers["webhook-timestamp"] == str(int(NOON.timestamp()))


def test_each_webhook_gets_the_events_of_its_stories(
    webhooks: Webhooks, receiver: Receiver
) -> None:
    for stories in ((), ("library",), ("a", "library"), ("lib",)):
        webhooks.add(receiver.url, stories, NOON, private=True)
    webhooks.enqueue(EVENT)
    assert [each.waiting for each in webhooks.all()] == [1, 1, 1, 0]
    assert _deliver(webhooks) == 3
    assert [each.waiting for each in webhooks.all()] == [0, 0, 0, 0]


def test_a_failed_delivery_is_retried_with_the_same_id_until_it_is_given_up(
    webhooks: Webhooks, receiver: Receiver
) -> None:
    webhooks.add(receiver.url, (), NOON, private=True)
    webhooks.enqueue(EVENT)
    receiver.answers = [500] * 99
    now = NOON
    for wait in (timedelta(), *RETRIES):
        now += wait
        assert webhooks.due(now - timedelta(seconds=1), 9) == []
        assert _deliver(webhooks, now) == 0
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 1 + len(RETRIES)
    assert _deliver(webhooks, now + timedelta(days=9)) == 0
    [webhook] = webhooks.all()
    assert (webhook.waiting, webhook.failed) == (0, 1)


def test_it_arrives_once_the_receiver_has_recovered(webhooks: Webhooks, receiver: Receiver) -> None:
    webhooks.add(receiver.url, (), NOON, private=True)
    webhooks.enqueue(EVENT)
    receiver.answers = [503, 200]
    assert [_deliver(webhooks), _deliver(webhooks, NOON + RETRIES[0])] == [0, 1]


def test_a_webhook_that_answers_410_is_removed(webhooks: Webhooks, receiver: Receiver) -> None:
    webhooks.add(receiver.url, (), NOON, private=True)
    for _ in range(3):
        webhooks.enqueue(EVENT)
    receiver.answers = [410, 410, 410]
    assert _deliver(webhooks) == 0
    assert webhooks.all() == []


def test_a_webhook_that_answers_410_takes_nothing_from_the_others(
    webhooks: Webhooks, receiver: Receiver
) -> None:
    gone, _ = webhooks.add("http://gone.example/", (), NOON)
    webhooks.add(receiver.url, (), NOON, private=True)
    for _ in range(3):
        webhooks.enqueue(EVENT)

    def send(delivery: Delivery, now: datetime) -> int:
        return 410 if delivery.webhook == gone.id else post(delivery, now)

    assert deliver_due(webhooks, lambda: NOON, send) == 3
    assert len(receiver.got) == 3
    assert [each.url for each in webhooks.all()] == [receiver.url]


def test_a_redirect_is_not_followed(webhooks: Webhooks, receiver: Receiver) -> None:
    webhooks.add(receiver.url, (), NOON, private=True)
    webhooks.enqueue(EVENT)
    receiver.answers = [302]
    assert _deliver(webhooks) == 0
    assert len(receiver.got) == 1


def test_a_refused_connection_and_a_timeout(webhooks: Webhooks, receiver: Receiver) -> None:
    impatient = partial(post, timeout=0.2)
    webhooks.add("http://127.0.0.1:9/", (), NOON, private=True)
    webhooks.enqueue(EVENT)
    assert deliver_due(webhooks, lambda: NOON, impatient) == 0
    webhooks.add(receiver.url, (), NOON, private=True)
    webhooks.enqueue(EVENT)
    receiver.shutdown()  # still listening, but nobody takes the call
    assert deliver_due(webhooks, lambda: NOON, impatient) == 0
    assert [each.waiting for each in webhooks.all()] == [2, 1]
    threading.Thread(target=receiver.serve_forever).start()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.7", "169.254.169.254", "[::1]", "192.168.1.1"]
)
def test_nothing_is_sent_to_a_private_network_unless_allowed(host: str) -> None:
    url = f"http://{host}:9/"
    delivery = Delivery("msg_1", "wh_1", url, "whsec_c2VjcmV0", False, "{}", 0)
    with pytest.raises(Refused, match="private network"):
        post(delivery, NOON)


@pytest.mark.parametrize("addresses", [["9.9.9.9", "10.0.0.7"], ["10.0.0.7", "9.9.9.9"]])
def test_a_host_with_a_public_and_a_private_address_is_on_a_private_network(
    addresses: list[str],
) -> None:
    with pytest.raises(Refused, match="private network"):
        checked_address("a.example", addresses, private=False)
    assert checked_address("a.example", addresses, private=True) == addresses[0]
    assert checked_address("a.example", ["9.9.9.9"], private=False) == "9.9.9.9"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/",
        "a.example",
        "http://",
        "http://a b/",
        "http://a.example/\r\nX: y",
        "https://user:secret@a.example/",
        "http://a.example:99999/",
        "http://é.example/",
    ],
)
def test_an_invalid_url_is_named(webhooks: Webhooks, url: str) -> None:
    with pytest.raises(InvalidInput, match="url"):
        webhooks.add(url, (), NOON)
    assert webhooks.all() == []


def test_an_invalid_story_id_is_named(webhooks: Webhooks) -> None:
    with pytest.raises(InvalidInput, match="id"):
        webhooks.add("https://a.example/", ("Not an id",), NOON)


def test_removing_a_webhook_drops_its_queued_deliveries(webhooks: Webhooks) -> None:
    made, _ = webhooks.add("https://a.example/", (), NOON)
    webhooks.enqueue(EVENT)
    webhooks.remove(made.id)
    assert webhooks.due(NOON, 9) == []
    with pytest.raises(NotFound):
        webhooks.remove(made.id)


def test_of_two_deliverers_one_delivers(
    tmp_path: Path, webhooks: Webhooks, receiver: Receiver
) -> None:
    webhooks.add(receiver.url, (), NOON, private=True)
    for _ in range(20):
        webhooks.enqueue(EVENT)
    both = [Deliverer(tmp_path, webhooks, clock) for _ in range(2)]
    delivered: list[int] = []
    threads = [threading.Thread(target=lambda d=each: delivered.append(d.once())) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(delivered) == len(receiver.got) == 20
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 20


def test_the_deliverer_runs_in_the_background_and_stops(
    tmp_path: Path, webhooks: Webhooks, receiver: Receiver
) -> None:
    webhooks.add(receiver.url, (), NOON, private=True)
    webhooks.enqueue(EVENT)
    deliverer = Deliverer(tmp_path, webhooks, clock)
    deliverer.start()
    for _ in range(100):
        if receiver.got:
            break
        threading.Event().wait(0.05)
    deliverer.stop()
    deliverer.join(5)
    assert len(receiver.got) == 1
    assert not deliverer.is_alive()


def test_forgetting_a_story_drops_its_deliveries_and_no_others(webhooks: Webhooks) -> None:
    webhooks.add("https://a.example/", (), NOON)
    webhooks.enqueue(EVENT)
    webhooks.enqueue(RevisionPublished("museum", NOON, {"story": "museum"}))
    webhooks.enqueue(RevisionPublished("", NOON, {"note": "An event about no story."}))
    webhooks.forget("library")
    left = [json.loads(each.body)["data"] for each in webhooks.due(NOON, 9)]
    assert left == [{"story": "museum"}, {"note": "An event about no story."}]
