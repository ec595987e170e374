"""What waits for each webhook: its order, its retries, its bound."""

from datetime import datetime, timedelta

import pytest

from repo_store import InvalidInput, NotFound
from service.accounts.database import Database
from service.webhooks.queue import RETRIES, Delivery, Queue
from service.webhooks.subscriptions import Webhook, Webhooks
from tests.samples import NOON

SECOND = timedelta(seconds=1)


def _add(webhooks: Webhooks, *stories: str) -> str:
    return webhooks.add("https://a.example/", stories, NOON)[0].id


def _next(queue: Queue, webhook: str, now: datetime = NOON) -> Delivery:
    due = queue.next(webhook, now)
    assert due
    return due


def _only(webhooks: Webhooks) -> Webhook:
    [webhook] = webhooks.all()
    return webhook


def test_each_webhook_gets_the_events_of_its_stories(webhooks: Webhooks, queue: Queue) -> None:
    for stories in ((), ("library",), ("a", "library"), ("lib",)):
        _add(webhooks, *stories)
    queue.add("library", 1, NOON)
    assert [each.waiting for each in webhooks.all()] == [1, 1, 1, 0]


def test_a_story_s_events_keep_their_order_and_others_go_on(
    webhooks: Webhooks, queue: Queue
) -> None:
    webhook = _add(webhooks)
    for story, entry in (("a", 1), ("a", 2), ("b", 1), ("a", 3)):
        queue.add(story, entry, NOON)
    queue.failed(_next(queue, webhook), "answered 500", NOON)
    soon = NOON + SECOND
    other = _next(queue, webhook, soon)
    assert (other.story, other.entry) == ("b", 1)
    queue.delivered(other, soon)
    assert queue.next(webhook, soon) is None, "the others of the story wait for its first"
    got, later = [], NOON + RETRIES[0]
    while due := queue.next(webhook, later):
        got.append((due.story, due.entry))
        queue.delivered(due, later)
    assert got == [("a", 1), ("a", 2), ("a", 3)]


def test_what_is_given_up_makes_way_for_the_next_of_its_story(
    webhooks: Webhooks, queue: Queue
) -> None:
    webhook = _add(webhooks)
    queue.add("a", 1, NOON)
    queue.add("a", 2, NOON)
    now, ids = NOON, set()
    for wait in (timedelta(), *RETRIES):
        now += wait
        assert wait == timedelta() or queue.next(webhook, now - SECOND) is None
        due = _next(queue, webhook, now)
        ids.add(due.id)
        queue.failed(due, "answered 500", now)
    assert len(ids) == 1, "each retry has the same id"
    found = _only(webhooks)
    assert (found.waiting, found.failed, found.reason) == (1, 1, "answered 500")
    assert _next(queue, webhook, now + timedelta(minutes=5)).entry == 2


def test_a_failing_receiver_is_left_alone_for_longer_and_longer(
    webhooks: Webhooks, queue: Queue
) -> None:
    webhook = _add(webhooks)
    for number in range(13):
        queue.add(f"story-{number}", 1, NOON)
    now, pauses = NOON, []
    for _ in range(12):
        queue.failed(_next(queue, webhook, now), "the connection was refused", now)
        resumes = _only(webhooks).resumes_at
        assert resumes
        assert queue.next(webhook, resumes - SECOND) is None
        pauses.append(int((resumes - now).total_seconds()))
        now = resumes
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert (_only(webhooks).state, queue.ready(now)) == ("failing", [(webhook, True)])
    queue.delivered(_next(queue, webhook, now), now)
    found = _only(webhooks)
    assert (found.state, found.delivered_at, found.resumes_at) == ("active", now, None)
    assert queue.ready(now) == [(webhook, False)]


def test_a_queue_that_is_full_suspends_its_webhook_and_no_other(
    webhooks: Webhooks, database: Database
) -> None:
    queue = Queue(database, longest=3)
    full, other = _add(webhooks), _add(webhooks, "b")
    for entry in range(1, 6):
        queue.add("a", entry, NOON)
    queue.add("b", 1, NOON)
    first, second = webhooks.all()
    assert (first.state, first.waiting, first.missed) == ("suspended", 3, 3)
    assert first.reason == "the limit of 3 waiting messages was reached"
    assert (second.state, second.waiting) == ("active", 1)
    assert queue.ready(NOON) == [(other, False)]
    assert queue.resume(full, NOON) == 3
    resumed = webhooks.all()[0]
    assert (resumed.state, resumed.waiting, resumed.missed) == ("active", 3, 0)
    assert _next(queue, full).entry == 1


def test_resuming_tries_what_failed_at_once(webhooks: Webhooks, queue: Queue) -> None:
    webhook = _add(webhooks)
    queue.add("a", 1, NOON)
    queue.failed(_next(queue, webhook), "answered 500", NOON)
    assert queue.next(webhook, NOON) is None
    assert queue.resume(webhook, NOON) == 0
    assert _next(queue, webhook).attempts == 1
    with pytest.raises(NotFound):
        queue.resume("wh_nothing", NOON)


def test_removing_a_webhook_drops_its_queue(webhooks: Webhooks, queue: Queue) -> None:
    webhook = _add(webhooks)
    queue.add("a", 1, NOON)
    due = _next(queue, webhook)
    webhooks.remove(webhook)
    assert queue.next(webhook, NOON) is None
    for report in (queue.delivered, queue.drop):
        report(due, NOON)  # it was under way
    queue.failed(due, "answered 500", NOON)
    assert webhooks.all() == []
    for unknown in (webhooks.remove, webhooks.receiver):
        with pytest.raises(NotFound):
            unknown(webhook)


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


def test_the_queue_holds_no_text_of_a_story(database: Database) -> None:
    [row] = database.run("select sql from sqlite_master where name = 'message'")
    columns = {"number", "id", "webhook", "story", "entry", "due_at", "attempts"}
    assert {each["name"] for each in database.run("pragma table_info(message)")} == columns, row
