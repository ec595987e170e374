"""What has happened, for those who keep a copy in step."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from repo_store import Archive
from service.accounts import Role
from service.usecases.reading import Stories
from tests.samples import append, checkpoint, content, entry, ticking
from tests.web.conftest import Writer, draft, read

CHANGES = "/api/v1/changes"


def test_they_are_listed_as_they_were_recorded(
    writer: Callable[[Role], Writer], editor: Writer, client: FlaskClient
) -> None:
    assert read(client.get(CHANGES))["items"] == []
    editor.publish("zebra")
    draft(editor, None, "ant")
    editor.publish("ant")
    editor.post("zebra", note="Why.", base_version=1)
    first = read(client.get(f"{CHANGES}?limit=2"))
    assert [(each["event"], each["story"]) for each in first["items"]] == [
        ("published", "zebra"),
        ("published", "ant"),
    ]
    rest = read(client.get(f"{CHANGES}?since={first['next']}"))
    assert [(each["event"], each["story"], each["version"]) for each in rest["items"]] == [
        ("explained", "zebra", 1)
    ]
    assert read(client.get(f"{CHANGES}?since={rest['next']}")) == {
        "items": [],
        "next": rest["next"],
    }
    assert set(rest["items"][0]) == {"event", "story", "version", "at"}
    assert read(client.get(f"{CHANGES}?since=2")) == rest
    assert read(client.get(f"{CHANGES}?limit=2&since=0")) == first


def test_the_cursors_tell_nothing_of_drafts(editor: Writer, client: FlaskClient) -> None:
    editor.publish("one")
    before = read(client.get(CHANGES))["next"]
    for number in range(5):
        draft(editor, 1, "one", title=f"Draft {number}")
    assert read(client.get(CHANGES))["next"] == before
    editor.publish("two")
    assert read(client.get(CHANGES))["next"].startswith("2-")


@pytest.mark.parametrize("since", ["x", "-1", "1-xyz", "1e3", "9" * 30, "²"])
def test_a_cursor_that_is_none_is_named(client: FlaskClient, since: str) -> None:
    answer = client.get(CHANGES, query_string={"since": since})
    assert (answer.status_code, read(answer)["errors"][0]["field"]) == (400, "cursor")


def test_none_is_missed_while_writers_write(app: Flask, archive_path: Path) -> None:
    archive: Archive = app.extensions["story_history"].archive
    stories, seen, cursor = Stories(archive), [], ""

    def write(name: str) -> None:
        for number in range(15):
            append(archive, entry(content(title=f"{number}"), f"{name}-{number}"))

    writers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for each in writers:
        each.start()
    while True:
        alive = any(each.is_alive() for each in writers)
        page = stories.changes(cursor, 7)
        seen += [each.story for each in page.items]
        cursor = page.next or ""
        if not alive and not page.items:
            break
    assert len(seen) == len(set(seen)) == 60


def test_a_rebuilt_index_misses_none_though_its_order_was_lost(
    archive_path: Path,
) -> None:
    archive = Archive.open(archive_path, ticking(), create=True)
    append(archive, entry(content(), "first"))
    checkpoint(archive)
    for name in ("zebra", "moth", "ant"):
        append(archive, entry(content(), name))
    stories = Stories(archive)
    page = stories.changes("", 3)
    assert [each.story for each in page.items] == ["first", "zebra", "moth"]
    archive.reindex()
    rest = stories.changes(page.next or "", 9)
    assert "ant" in [each.story for each in rest.items]
    assert {"first"}.isdisjoint(each.story for each in rest.items), "that place is signed"
    archive.close()
