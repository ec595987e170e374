"""Watching stories: webhook events and the private feed."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from service.accounts import Role, Tokens
from service.accounts.database import Database
from service.webhooks.queue import Queue
from service.webhooks.subscriptions import Webhooks
from tests.samples import ticking
from tests.web.conftest import Desk, Writer

ATOM = "{http://www.w3.org/2005/Atom}"
FAR = ticking("2100-01-01T00:00:00")()


@pytest.fixture
def waiting(archive_path: Path, app: Flask) -> Callable[[], int]:
    """How many messages wait for a webhook."""
    made = Webhooks(Database(archive_path), lambda *_: ["9.9.9.9"])
    made.add("https://a.example/", (), FAR)
    return lambda: made.all()[0].waiting


def test_webhooks_get_an_event_for_each_action(editor: Writer, waiting: Callable[[], int]) -> None:
    editor.publish()
    editor.draft(base=1, title="Two")
    for action in ("comment", "approve", "publish"):
        path = "/api/v1/stories/library/revisions/2/actions"
        editor.client.post(path, json={"action": action, "note": "x"}, headers=editor.headers)
    assert waiting() == 5


def test_a_request_that_stored_nothing_sends_no_event(
    editor: Writer, waiting: Callable[[], int]
) -> None:
    editor.publish()
    before = waiting()
    assert editor.post(base_version=1).status_code == 200
    assert editor.post(base_version=7, note="").status_code in (200, 409)
    assert waiting() == before


def test_a_write_succeeds_though_events_cannot_be_queued(
    editor: Writer, waiting: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Queue, "add", full)
    assert editor.publish().status_code == 201
    assert waiting() == 0


def _new_feed(desk: Desk) -> str:
    answer = desk.post("/desk/watching/feed")
    found = re.search(r"/desk/feed/[\w-]+\.atom", answer.text)
    assert found
    return found[0]


def test_a_private_feed_of_watched_stories(
    client: FlaskClient, editor: Writer, desk: Callable[[Role], Desk]
) -> None:
    someone = desk(Role.EDITOR)
    for story in ("library", "other"):
        editor.publish(story)
    someone.post("/desk/stories/library/watch", watch="yes")
    editor.draft("library", base=1, title="A draft <b>&amp;")
    path = _new_feed(someone)
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-store"
    root = etree.fromstring(answer.data)
    titles = [each.findtext(f"{ATOM}title") for each in root.iter(f"{ATOM}entry")]
    assert titles == ["library: draft, revision 2", "library: version 1 published"]
    entry = next(root.iter(f"{ATOM}entry"))
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == "http://localhost/desk/stories/library/revisions/2"
    assert "library: draft, revision 2" in someone.get("/desk/watching").text.replace(
        "<bdi>library</bdi>", "library"
    )
    someone.post("/desk/stories/library/watch", watch="no")
    assert "<entry" not in client.get(path).text


def test_only_the_newest_address_of_a_valid_token_works(
    client: FlaskClient, desk: Callable[[Role], Desk], archive_path: Path
) -> None:
    someone = desk(Role.EDITOR)
    old, new = _new_feed(someone), _new_feed(someone)
    none = client.get("/desk/feed/none.atom")
    assert (none.status_code, client.get(old).text) == (404, none.text)
    assert client.get(new).status_code == 200
    tokens = Tokens(Database(archive_path))
    tokens.revoke(tokens.all()[0].id, FAR)
    assert client.get(new).text == none.text
