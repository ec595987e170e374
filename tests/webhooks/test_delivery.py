"""The delivery in the background, to real receivers: none waits for another."""

import json
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from repo_store import Archive, StoreError
from service.webhooks.delivery import Deliverer, send_test
from service.webhooks.events import Event, Events
from service.webhooks.queue import Queue
from service.webhooks.sending import NotDelivered, send
from service.webhooks.subscriptions import Webhooks
from service.wiring import now as clock
from tests.samples import NOON, append, content, entry
from tests.webhooks.receivers import Answering, Behave, Raw, close_early, drip, hang

STORIES = [f"story-{number}" for number in range(4)]


@pytest.fixture
def deliverer(archive: Archive, queue: Queue, tmp_path: Path) -> Callable[..., Deliverer]:
    """On an archive with a version of each story. Each receiver has so many seconds."""
    append(archive, *(entry(content(), story) for story in STORIES))
    (tmp_path / "locks").mkdir(exist_ok=True)
    make = Events(archive, "").of
    return lambda seconds=1: Deliverer(tmp_path, queue, make, clock, partial(send, seconds=seconds))


def _subscribe(webhooks: Webhooks, *receivers: Answering | Raw) -> list[str]:
    return [webhooks.add(each.url, (), clock(), private=True)[0].id for each in receivers]


def _queue_all(queue: Queue) -> None:
    for story in STORIES:
        queue.add(story, 1, clock())


def _waiting(webhooks: Webhooks, *receivers: Answering | Raw) -> int:
    urls = {each.url for each in receivers}
    return sum(each.waiting for each in webhooks.all() if each.url in urls)


def _stories(receiver: Answering) -> list[str]:
    return [json.loads(body)["data"]["story"] for _, body in receiver.got]


@pytest.mark.parametrize("behave", [hang, drip(b"HTTP/1.1 200 OK\r\nX: "), close_early])
def test_no_receiver_delays_another(
    webhooks: Webhooks,
    queue: Queue,
    raw: Callable[..., Raw],
    answering: Callable[[], Answering],
    deliverer: Callable[..., Deliverer],
    behave: Behave,
) -> None:
    """The bad ones come first in the list, and none of them is given up before the test ends."""
    bad = [raw(behave) for _ in range(12)]
    good = [answering() for _ in range(2)]
    _subscribe(webhooks, *bad, *good)
    _queue_all(queue)
    one = deliverer(60)
    thread = threading.Thread(target=one.once)
    thread.start()
    while _waiting(webhooks, *good) and thread.is_alive():
        time.sleep(0.01)
    assert [_stories(each) for each in good] == [STORIES] * 2
    while sum(each.calls for each in bad) < 12:
        time.sleep(0.01)
    assert behave is close_early or {each.state for each in webhooks.all()} == {"active"}
    assert _waiting(webhooks, *bad) == 12 * len(STORIES)
    one.stop()
    thread.join(60)


def test_failing_receivers_take_half_of_the_places_at_most(
    webhooks: Webhooks, queue: Queue, raw: Callable[..., Raw], deliverer: Callable[..., Deliverer]
) -> None:
    bad = [raw(hang) for _ in range(12)]
    for webhook in _subscribe(webhooks, *bad):
        queue.add("story-0", 1, NOON)
        due = queue.next(webhook, NOON)
        assert due
        queue.failed(due, "answered 500", NOON)
    one = deliverer(60)
    thread = threading.Thread(target=one.once)
    thread.start()
    while sum(each.calls for each in bad) < 8 and thread.is_alive():
        time.sleep(0.01)
    time.sleep(0.2)
    assert sum(each.calls for each in bad) == 8
    one.stop()
    thread.join(60)


def test_a_receiver_gets_one_message_at_a_time(
    webhooks: Webhooks, queue: Queue, raw: Callable[..., Raw], deliverer: Callable[..., Deliverer]
) -> None:
    slow = raw(hang)
    _subscribe(webhooks, slow)
    _queue_all(queue)
    assert deliverer().once() == 0
    assert slow.calls == 1


def test_it_arrives_once_the_receiver_has_recovered(
    webhooks: Webhooks, queue: Queue, receiver: Answering, deliverer: Callable[..., Deliverer]
) -> None:
    [webhook] = _subscribe(webhooks, receiver)
    queue.add("story-0", 1, clock())
    receiver.answers = [503]
    assert deliverer().once() == 0
    queue.resume(webhook, clock())
    assert deliverer().once() == 1
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1


def test_a_failure_is_logged_on_one_line_without_the_url(
    webhooks: Webhooks,
    queue: Queue,
    receiver: Answering,
    deliverer: Callable[..., Deliverer],
    caplog: pytest.LogCaptureFixture,
) -> None:
    [webhook] = _subscribe(webhooks, receiver)
    queue.add("story-0", 1, clock())
    receiver.answers = [503]
    with caplog.at_level(logging.WARNING):
        deliverer().once()
    [line] = caplog.messages
    assert line.startswith(f"webhook {webhook}: msg_")
    assert line.endswith("failed, attempt 1: answered 503")


def test_a_receiver_that_is_gone_is_suspended(
    webhooks: Webhooks, queue: Queue, receiver: Answering, deliverer: Callable[..., Deliverer]
) -> None:
    _subscribe(webhooks, receiver)
    _queue_all(queue)
    receiver.answers = [410]
    assert deliverer().once() == 0
    [webhook] = webhooks.all()
    assert (webhook.state, webhook.reason) == ("suspended", "answered 410 Gone")
    assert len(receiver.got) == 1


def test_an_entry_that_the_archive_lacks_is_dropped(
    webhooks: Webhooks, queue: Queue, receiver: Answering, deliverer: Callable[..., Deliverer]
) -> None:
    _subscribe(webhooks, receiver)
    queue.add("nothing", 7, clock())
    queue.add("story-1", 1, clock())
    assert deliverer().once() == 1
    assert _stories(receiver) == ["story-1"]
    assert webhooks.all()[0].waiting == 0


@pytest.mark.parametrize("error", [StoreError("damaged"), ZeroDivisionError()])
def test_an_event_that_cannot_be_made_holds_up_nothing_else(
    tmp_path: Path,
    archive: Archive,
    webhooks: Webhooks,
    queue: Queue,
    answering: Callable[[], Answering],
    error: Exception,
) -> None:
    append(archive, *(entry(content(), story) for story in STORIES))
    webhooks.add(answering().url, ("story-0",), clock(), private=True)
    other = answering()
    _subscribe(webhooks, other)
    _queue_all(queue)

    def make(story: str, number: int) -> Event | None:
        if story == "story-0":
            raise error
        return Events(archive, "").of(story, number)

    Deliverer(tmp_path, queue, make, clock).once()
    assert webhooks.all()[0].waiting == 1
    if isinstance(error, StoreError):
        assert webhooks.all()[0].reason == "the event could not be read: damaged"


def test_of_two_deliverers_one_delivers(
    webhooks: Webhooks, queue: Queue, receiver: Answering, deliverer: Callable[..., Deliverer]
) -> None:
    _subscribe(webhooks, receiver)
    for number in range(1, 21):
        queue.add(STORIES[number % 4], 1, clock())
    both = [deliverer() for _ in range(2)]
    delivered: list[int] = []
    threads = [threading.Thread(target=lambda d=each: delivered.append(d.once())) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(delivered) == len(receiver.got) == 20
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 20


def test_the_deliverer_runs_in_the_background_and_stops(
    webhooks: Webhooks, queue: Queue, receiver: Answering, deliverer: Callable[..., Deliverer]
) -> None:
    _subscribe(webhooks, receiver)
    queue.add("story-0", 1, clock())
    running = deliverer()
    running.start()
    for _ in range(200):
        if receiver.got:
            break
        time.sleep(0.05)
    running.stop()
    running.join(5)
    assert len(receiver.got) == 1
    assert not running.is_alive()


def test_a_test_event_is_sent_whatever_waits(
    webhooks: Webhooks, queue: Queue, receiver: Answering
) -> None:
    [webhook] = _subscribe(webhooks, receiver)
    queue.suspend(webhook, "answered 410 Gone", NOON)
    assert send_test(webhooks.receiver(webhook), clock()) == 200
    [(_, body)] = receiver.got
    assert json.loads(body)["data"] == {"webhook": webhook}
    receiver.answers = [500]
    with pytest.raises(NotDelivered, match="answered 500"):
        send_test(webhooks.receiver(webhook), clock())
