"""The words of explanations, withdrawals and waivers are removed over HTTP; what they did stays."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.redactions import CANARY, traces
from tests.samples import story
from tests.web.conftest import Writer, read, words
from tests.web.test_note_takedown import API, remove

EXPLAINED, WAIVED, WITHDRAWN = 3, 4, 5
REMOVED = "[note removed: a court order, 1 May 2026"
SHOWN = ("/history", "/versions/2", "/diff/1..2", "/history.atom", "/history/embed")


def act(who: Writer, key: str = "", **body: Any) -> TestResponse:
    headers = {**who.headers, **({"Idempotency-Key": key} if key else {})}
    return who.client.post(f"{API}/revisions/2/actions", json=body, headers=headers)


@pytest.fixture(autouse=True)
def said(editor: Writer) -> None:
    editor.publish()
    editor.post(content=story(title="Two"), base_version=1, note="New.")
    act(editor, "e", action="explain", note=f"Not the {CANARY}.")
    act(editor, "w", action="waive", old=f"{CANARY} 12", note="So it was.")


def test_an_explanation_says_that_its_note_was_removed(
    editor: Writer, client: FlaskClient, archive_path: Path
) -> None:
    for path in ("", *SHOWN):
        assert CANARY in client.get(f"/stories/library{path}").text, path
    changes = read(client.get("/api/v1/changes"))["items"]
    answer = remove(editor, 2, also_notes=[EXPLAINED, WAIVED], phrase=CANARY)
    assert read(answer)["left"]["items"] == []
    assert traces(archive_path) == []
    for path in ("", *SHOWN):
        page = client.get(f"/stories/library{path}")
        assert CANARY not in page.text, path
        assert REMOVED in words(page), path
    assert client.get("/stories/library").text.count(REMOVED) == 3, "in the linked data, too"
    [explained] = read(client.get(f"{API}/versions/2"))["explanations"]
    assert (explained["note"], explained["note_removed"]["reason"]) == ("", "court-order")
    assert read(client.get("/api/v1/changes"))["items"] == changes


def test_a_waiver_loses_its_value_with_its_note(editor: Writer) -> None:
    left = read(editor.get(f"{API}/mentions?phrase={CANARY}"))["items"]
    assert [(each["entry"], each["part"]) for each in left] == [
        (WAIVED, "waived_value"),
        (EXPLAINED, "explanation"),
    ]
    remove(editor, 2, also_notes=[WAIVED])
    waiver = next(
        each
        for each in read(editor.get(f"{API}/revisions/2/actions"))["items"]
        if each["action"] == "waive"
    )
    assert "old" not in waiver
    assert waiver["old_removed"] == waiver["note_removed"]


def test_a_withdrawn_story_stays_withdrawn(
    editor: Writer, client: FlaskClient, archive_path: Path
) -> None:
    act(editor, action="withdraw", note=f"The {CANARY} was right.")
    remove(editor, 2, also_notes=[EXPLAINED, WAIVED, WITHDRAWN])
    assert traces(archive_path) == []
    page = client.get("/stories/library")
    assert (page.status_code, REMOVED in words(page)) == (410, True)
    problem = read(client.get(API))
    assert (problem["status"], problem["note"]) == (410, "")
    assert problem["note_removed"]["reason"] == "court-order"
    for path in SHOWN:
        shown = client.get(f"/stories/library{path}")
        assert (shown.status_code, CANARY in shown.text) == (200, False), path
    assert "/stories/library" not in client.get("/").text


def test_a_repeat_is_answered_after_the_words_were_removed(editor: Writer) -> None:
    again: dict[str, Any] = {
        "content": story(title="Two"),
        "base_version": 2,
        "note": f"Nor the {CANARY}, again.",
        "headers": {"Idempotency-Key": "live"},
    }
    assert read(editor.post(**again))["explained"] is True
    assert remove(editor, 2, also_notes=[EXPLAINED, WAIVED, 5]).status_code == 201
    assert read(editor.post(**again))["explained"] is True
    for key, body in (
        ("e", {"action": "explain", "note": f"Not the {CANARY}."}),
        ("w", {"action": "waive", "old": f"{CANARY} 12", "note": "So it was."}),
    ):
        answer = act(editor, key, **body)
        assert (answer.status_code, read(answer)["action"]["note"]) == (201, ""), key
