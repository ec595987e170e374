"""A note, comment or reason is removed over HTTP while the text that it is about stays."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import Role
from service.accounts.database import Database
from service.app import create_app
from service.config import Settings
from service.webhooks.subscriptions import Webhooks
from tests.redactions import CANARY, traces
from tests.samples import story, ticking
from tests.web.conftest import Writer, error_fields, read, words

API = "/api/v1/stories/library"
WHY = {"note": "By order.", "reason": "court-order", "legal_reference": "12 O 44/26"}
REMOVED = {"reason": "court-order"}


def remove(who: Writer, revision: int = 1, key: str = "", **fields: Any) -> TestResponse:
    body = {"action": "remove", "scope": "notes", **WHY, **fields}
    return who.act(revision, key=key, **body)


@pytest.fixture(autouse=True)
def said(editor: Writer, archive_path: Path) -> None:
    """Entry 2 has a note, entry 3 a comment and entry 4 a reason with the canary; no text has."""
    webhooks = Webhooks(Database(archive_path), lambda *_: ["9.9.9.9"])
    webhooks.add("https://hooks.example/", (), ticking()())
    editor.publish()
    editor.post(content=story(title="Two"), base_version=1, note=f"Not the {CANARY}.")
    comment = {"action": "comment", "note": f"The {CANARY}?"}
    editor.act(2, **comment)
    editor.post(
        content=story(title="3", overview=["It costs 9 crowns."]),
        base_version=2,
        note="",
        override_reason=f"The {CANARY} said so",
    )


def test_the_notes_are_off_the_disk_and_off_every_answer(
    editor: Writer, client: FlaskClient, archive_path: Path
) -> None:
    shown = (
        *("/stories/library", "/stories/library/history", "/history.atom"),
        *("/stories/library/versions/2", "/stories/library/diff/1..2", f"{API}/versions/2"),
    )
    for path in shown:
        assert CANARY in client.get(path).text, path
    editor.get("/api/v1/stories/library/provenance")
    assert len(traces(archive_path)) > 2
    answer = remove(editor, also_notes=[2, 3, 4], phrase=CANARY)
    assert answer.status_code == 201, answer.text
    assert read(answer)["left"]["items"] == []
    assert traces(archive_path) == []
    for path in shown:
        assert CANARY not in client.get(path).text, path
    assert client.get("/stories/library/versions/2").status_code == 200


def test_the_record_says_that_a_note_was_removed(editor: Writer, client: FlaskClient) -> None:
    done = read(remove(editor, also_notes=[2, 3, 4]))["action"]
    assert (done["scope"], done["also_notes"]) == ("notes", [2, 3, 4])
    shown = REMOVED | {"at": done["created_at"]}
    assert read(client.get(f"{API}/versions/2"))["note_removed"] == shown
    third = read(client.get(f"{API}/versions/3"))
    assert "note_removed" not in third, "there was none"
    assert "override_reason_removed" not in third, "the public never saw it"
    assert read(editor.get(f"{API}/revisions/3"))["override_reason_removed"] == shown
    [comment] = read(editor.get(f"{API}/revisions/2/actions"))["items"]
    assert (comment["note"], comment["note_removed"]) == ("", shown)
    for path in ("/stories/library/history", "/stories/library/versions/2", "/history.atom"):
        assert "[note removed: a court order, 1 May 2026" in words(client.get(path)), path


def test_what_is_left_is_in_the_answer(editor: Writer) -> None:
    left = read(remove(editor, also_notes=[2], phrase=CANARY))["left"]
    assert [(each["entry"], each["part"]) for each in left["items"]] == [
        (4, "override_reason"),
        (3, "comment"),
    ]


def test_a_note_about_a_removed_text_is_none_of_its_own(editor: Writer) -> None:
    done = read(remove(editor, 2, scope="revision", also_notes=[2, 3, 4]))["action"]
    assert done["also_notes"] == [4]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "also_notes"),
        ({"also_notes": [9]}, "also_notes"),
        ({"also_notes": [1, 2], "also": [2]}, "also"),
        ({"also_notes": [2], "scope": "story"}, "also_notes"),
        ({"also_notes": [2], "phrase": "–"}, "phrase"),
        ({"also_notes": [2], "action": "comment", "scope": "revision"}, "reason"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_named(editor: Writer, fields: dict[str, Any], named: str) -> None:
    answer = remove(editor, **fields)
    assert answer.status_code == 422
    assert error_fields(answer)[0] == named


def test_what_was_removed_is_not_removed_again_and_a_repeat_is_answered(editor: Writer) -> None:
    first = remove(editor, also_notes=[2], key="once")
    assert read(remove(editor, also_notes=[2], key="once"))["action"] == read(first)["action"]
    assert remove(editor, also_notes=[3], key="once").status_code == 422
    assert remove(editor, also_notes=[2]).status_code == 409


def test_two_persons_remove_a_note_together(
    archive_path: Path, writer: Callable[[Role], Writer], editor: Writer
) -> None:
    app = create_app(Settings(archive_path, two_persons=True), ticking())
    with app.test_client() as client:
        one = Writer(client, editor.headers)
        two = Writer(client, writer(Role.ADMIN).headers)
        waits = read(remove(one, also_notes=[2, 4]))["waits"]
        assert (waits["revisions"], waits["also_notes"]) == ([], [2, 4])
        assert remove(two, also_notes=[2]).status_code == 202, "another request"
        done = read(remove(two, 3, also_notes=[4, 2]))["action"]
        assert (done["confirmed_by"], done["also_notes"]) == ("The admin", [2, 4])
        assert traces(archive_path) != [], "the comment stays"
        assert remove(one, also_notes=[2]).status_code == 409, "its request has ended"


def test_no_form_of_a_name_is_left_in_any_store(
    archive_path: Path, writer: Callable[[Role], Writer], editor: Writer
) -> None:
    """Neither in git, nor the index, provenance, accounts or what waits to be sent; also if a
    request that quoted it was withdrawn.
    """
    name = "Zo\u00eb\u00a0Quillpen-\u00d8"
    sources = [{"name": "A", "url": "https://a.example/zo%C3%AB%C2%A0quillpen-%C3%98"}]
    decomposed = "Zoe\u0308\u00a0Quillpen-\u00d8"
    content = story(overview=[f"We met {name.upper()} today."], analysis=[decomposed])
    editor.post("person", content=content | {"sources": sources}, note=f"On {name}")
    editor.post("person", content=story(), base_version=1, note=f"Without {decomposed}")
    editor.get("/api/v1/stories/person/provenance")
    path = "/api/v1/stories/person/revisions/1/actions"
    body = {"action": "remove", **WHY, "note": f"{name} asks", "also_notes": [2]}
    app = create_app(Settings(archive_path, two_persons=True), ticking())
    with app.test_client() as client:
        one = Writer(client, editor.headers)
        two = Writer(client, writer(Role.ADMIN).headers)
        client.post(path, json=body, headers=one.headers)
        services = app.extensions["story_history"]
        [request] = services.takedown.pending_requests()
        person = services.tokens.all()[0].person
        services.takedown.withdraw("person", request.targets, person)
        assert {"accounts.db", "index.db", "an object of git's"} <= {
            each.removesuffix("-wal") for each in traces(archive_path, name)
        }
        body["note"] = "By order."
        assert client.post(path, json=body, headers=one.headers).status_code == 202
        assert client.post(path, json=body, headers=two.headers).status_code == 201
        assert traces(archive_path, name) == []
        assert traces(archive_path, "quillpen") == [], "nor as a word of the search"


def test_what_is_repeated_after_its_note_was_removed_gets_the_first_answer(editor: Writer) -> None:
    key = {"Idempotency-Key": "again"}
    content = story(title="Four")
    sent: dict[str, Any] = {"content": content, "base_version": 3, "note": f"By {CANARY}"}
    first = editor.post(headers=key, **sent)
    comment: dict[str, Any] = {
        "json": {"action": "comment", "note": CANARY},
        "headers": editor.headers | key,
    }
    path = f"{API}/revisions/4/actions"
    commented = editor.client.post(path, **comment)
    assert (first.status_code, commented.status_code) == (201, 201)
    assert remove(editor, 4, also_notes=[5, 6]).status_code == 201
    again, once_more = editor.post(headers=key, **sent), editor.client.post(path, **comment)
    assert (again.status_code, once_more.status_code) == (201, 201)
    assert read(again)["revision"] == 4
    assert read(once_more)["action"]["note_removed"]["reason"] == "court-order"
    assert editor.post(headers=key, **sent | {"base_version": 2}).status_code == 422
