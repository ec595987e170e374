"""What editors do by the API: actions, the gate for silent edits, restoring, what was live when."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import Role
from tests.samples import new_token, story
from tests.web.conftest import Writer, draft, error_fields, read

API = "/api/v1/stories/library"
COSTS_MORE = ["The council voted nine to six to keep the library open.", "It will cost 2 crowns."]


def _act(who: Writer, action: str, revision: int = 2, **fields: Any) -> TestResponse:
    key = fields.pop("key", None)
    return who.client.post(
        f"{API}/revisions/{revision}/actions",
        json={"action": action, **fields},
        headers={**who.headers, **({"Idempotency-Key": key} if key else {})},
    )


def _restore(who: Writer, version: int, **fields: Any) -> TestResponse:
    return who.client.post(f"{API}/restore/{version}", json=fields, headers=who.headers)


def _problem(answer: TestResponse) -> tuple[int, str]:
    assert answer.content_type == "application/problem+json"
    return answer.status_code, read(answer)["type"].rpartition(":")[2]


def _fields(answer: TestResponse) -> list[str]:
    assert answer.status_code == 422, answer.text
    return error_fields(answer)


@pytest.fixture(autouse=True)
def drafted(editor: Writer, contributor: Writer) -> None:
    """Version 1, and as revision 2 a draft on it that changes a number and says nothing of it."""
    editor.publish()
    body: dict[str, Any] = {
        "content": story(overview=COSTS_MORE),
        "base_version": 1,
        "state": "draft",
        "note": "",
    }
    assert contributor.post(**body).status_code == 201


# Actions


def test_publishing_a_draft_makes_it_the_live_version(client: FlaskClient, editor: Writer) -> None:
    answer = _act(editor, "publish", note="The sum was wrong.", kind="correction")
    assert answer.status_code == 201
    found = read(answer)
    assert (found["revision"], found["version"], found["state"]) == (2, 2, "published")
    assert found["action"]["action"] == "publish"
    assert found["action"]["author"] == {"name": "The editor"}
    live = read(client.get(API))
    assert live["content"]["overview"] == COSTS_MORE
    assert (live["version"], live["kind"], live["note"]) == (2, "correction", "The sum was wrong.")
    assert live["author"] == {"name": "The contributor"}


def test_the_public_sees_when_a_version_was_published_not_when_it_was_written(
    client: FlaskClient, editor: Writer
) -> None:
    action = read(_act(editor, "publish", note="x"))["action"]
    public, private = read(client.get(f"{API}/versions/2")), read(editor.get(f"{API}/versions/2"))
    assert public["created_at"] == private["published_at"] == action["created_at"]
    assert private["created_at"] < public["created_at"]
    assert not {"published_at", "revision"} & set(public)


def test_each_action_is_listed_with_its_author_and_note(editor: Writer) -> None:
    _act(editor, "comment", note="Source?", section="overview", block=1)
    _act(editor, "approve")
    _act(editor, "reject", note="Wrong.")
    items = read(editor.get(f"{API}/revisions/2/actions"))["items"]
    assert [each["action"] for each in items] == ["comment", "approve", "reject"]
    assert (items[0]["section"], items[0]["block"], items[0]["note"]) == ("overview", 1, "Source?")
    assert read(editor.get(f"{API}/revisions/2"))["state"] == "rejected"


def test_a_repeated_key_acts_once(editor: Writer) -> None:
    one, two = (_act(editor, "comment", note="Once.", key="k") for _ in range(2))
    assert (one.status_code, two.status_code) == (201, 201)
    assert read(one)["action"] == read(two)["action"]
    assert len(read(editor.get(f"{API}/revisions/2/actions"))["items"]) == 1
    for other in ({"note": "Other."}, {"note": "Once.", "section": "overview", "block": 0}):
        assert _fields(_act(editor, "comment", key="k", **other)) == ["Idempotency-Key"]


def test_a_repeated_draft_gets_the_first_answer_even_after_its_publication(
    contributor: Writer, editor: Writer
) -> None:
    key = {"Idempotency-Key": "d"}
    body: dict[str, Any] = {"content": story(title="Two"), "state": "draft", "base_version": 1}
    first = contributor.post(headers=key, **body)
    _act(editor, "publish", revision=3, note="x")
    again = contributor.post(headers=key, **body)
    assert (again.status_code, read(again)) == (201, read(first))
    other = contributor.post(headers=key, **body, supersedes=2)
    assert _fields(other) == ["Idempotency-Key"]


@pytest.mark.parametrize(
    ("action", "fields", "named"),
    [
        ("reject", {}, ["note"]),
        ("reject", {"note": " "}, ["note"]),
        ("comment", {}, ["note"]),
        ("comment", {"note": "x", "block": 1}, ["section"]),
        ("comment", {"note": "x", "section": "overview", "block": 2}, ["block"]),
        ("comment", {"note": "x", "section": "title", "block": 1}, ["block"]),
        ("comment", {"note": "x", "section": "footer"}, ["section"]),
        ("comment", {"note": "x", "section": "faq", "block": -1}, ["block"]),
        ("approve", {"kind": "minor"}, ["kind"]),
        ("approve", {"section": "faq", "override_reason": "x"}, ["override_reason", "section"]),
        ("publish", {"note": "x", "kind": "huge"}, ["kind"]),
        ("publish", {"note": "x\u0000"}, ["note"]),
        ("publish", {"override_reason": " "}, ["override_reason"]),
        ("publish", {"override_reason": "a\nState: draft"}, ["override_reason"]),
        ("bless", {}, ["action"]),
        ("publish", {"note": "x", "why": "y"}, ["why"]),
        ("publish", {"note": 7}, ["note"]),
    ],
)
def test_missing_and_misplaced_fields_are_named(
    editor: Writer, action: str, fields: dict[str, Any], named: list[str]
) -> None:
    assert _fields(_act(editor, action, **fields)) == named
    assert read(editor.get(f"{API}/revisions/2"))["state"] == "draft"


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.AUDITOR])
@pytest.mark.parametrize("action", ["publish", "approve", "reject", "comment"])
def test_only_editors_review(writer: Callable[[Role], Writer], role: Role, action: str) -> None:
    assert _act(writer(role), action, note="x").status_code == 403
    assert _restore(writer(role), 1, note="x", base_version=1).status_code == 403


def test_a_draft_is_decided_once(editor: Writer) -> None:
    _act(editor, "publish", note="x")
    for action in ("publish", "approve", "reject"):
        assert _problem(_act(editor, action, note="y")) == (409, "wrong-state")
    assert _act(editor, "comment", note="Afterwards.").status_code == 201


def test_a_superseded_draft_cannot_be_decided(editor: Writer) -> None:
    body: dict[str, Any] = {
        "content": story(title="Better"),
        "state": "draft",
        "base_version": 1,
        "supersedes": 2,
    }
    made = read(editor.post(**body))
    assert made["supersedes"] == 2
    assert read(editor.get(f"{API}/revisions/2"))["superseded_by"] == 3
    assert _problem(_act(editor, "publish", note="x")) == (409, "wrong-state")
    assert _problem(editor.post(**{**body, "content": story(title="Again")})) == (
        409,
        "wrong-state",
    )
    assert _fields(editor.post(**{**body, "content": story(title="x"), "supersedes": 9})) == [
        "supersedes"
    ]


def test_a_contributor_replaces_only_drafts_of_their_own(
    client: FlaskClient, editor: Writer, archive_path: Path
) -> None:
    one, other, again = (
        Writer(
            client, {"Authorization": f"Bearer {new_token(archive_path, Role.CONTRIBUTOR, name)}"}
        )
        for name in ("Dara Voss", "Mika Lund", "Dara Voss")
    )
    number = draft(one, title="Dara's")

    def replace(who: Writer, title: str) -> TestResponse:
        text = story(title=title)
        return who.post(content=text, state="draft", base_version=1, supersedes=number)

    refused = replace(other, "Mika's")
    assert _problem(refused) == (403, "forbidden")
    assert read(refused)["detail"].startswith(f"supersedes: revision {number} is another person's")
    assert "superseded_by" not in read(one.get(f"{API}/revisions/{number}"))
    number = read(replace(again, "Dara's, with another token"))["revision"]
    assert replace(editor, "The editor's").status_code == 201


@pytest.mark.parametrize("path", ["library/revisions/9", "nothing/revisions/1"])
def test_an_action_on_a_missing_revision_is_404(editor: Writer, path: str) -> None:
    answer = editor.client.post(
        f"/api/v1/stories/{path}/actions", json={"action": "approve"}, headers=editor.headers
    )
    assert _problem(answer) == (404, "not-found")


def test_a_draft_with_a_stale_base_is_held_back(editor: Writer) -> None:
    editor.publish(base=1, title="Meanwhile")
    answer = _act(editor, "publish", note="x", override_reason="hurry")
    assert _problem(answer) == (409, "stale-base")
    assert read(answer)["live_version"] == 2


# The gate for silent edits


@pytest.mark.parametrize("fields", [{}, {"note": " \n"}, {"note": "Why", "kind": "minor"}])
def test_changed_facts_need_a_note(editor: Writer, fields: dict[str, Any]) -> None:
    answer = _act(editor, "publish", **fields)
    assert _problem(answer) == (409, "silent-edit")
    assert [(each["kind"], each["old"], each["new"]) for each in read(answer)["facts"]] == [
        ("number", "1.2 million crowns", "2 crowns")
    ]
    assert read(editor.get(f"{API}/revisions/2"))["state"] == "draft"


@pytest.mark.parametrize(
    "fields",
    [
        {"note": "Why"},
        {"note": "Why", "kind": "clarification"},
        {"override_reason": "The court asked for silence."},
        {"kind": "minor", "override_reason": "Known for years."},
    ],
)
def test_a_note_or_an_override_publishes_them(editor: Writer, fields: dict[str, Any]) -> None:
    answer = _act(editor, "publish", **fields)
    assert answer.status_code == 201
    assert read(answer).get("override_reason") == fields.get("override_reason")


def test_the_reason_of_an_override_is_recorded(editor: Writer) -> None:
    _act(editor, "publish", override_reason="The court asked for silence.")
    [action] = read(editor.get(f"{API}/revisions/2/actions"))["items"]
    assert action["override_reason"] == "The court asked for silence."
    assert read(editor.get(f"{API}/versions/2"))["override_reason"]


def test_a_draft_s_own_note_is_enough(contributor: Writer, editor: Writer) -> None:
    body: dict[str, Any] = {
        "content": story(overview=["It costs 3 crowns."]),
        "state": "draft",
        "base_version": 1,
    }
    contributor.post(**body, note="The figure of the new report.")
    answer = _act(editor, "publish", revision=3)
    assert (answer.status_code, read(answer)["note"]) == (201, "The figure of the new report.")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"note": ""}, 409),
        ({"note": "x", "kind": "minor"}, 409),
        ({"note": "x"}, 201),
        ({"note": "", "override_reason": "x"}, 201),
    ],
)
def test_publishing_at_once_is_checked_too(
    editor: Writer, fields: dict[str, Any], status: int
) -> None:
    answer = editor.post(content=story(overview=COSTS_MORE), base_version=1, **fields)
    assert answer.status_code == status, answer.text
    if status == 409:
        assert read(answer)["facts"]


def test_without_changed_facts_no_note_is_needed(editor: Writer) -> None:
    reworded = story(analysis=["Reports agree about the sums."])
    assert editor.post(content=reworded, base_version=1, note="", kind="minor").status_code == 201
    assert editor.post("another", content=story(), note="").status_code == 201


# Restoring


def test_restoring_makes_a_new_version(client: FlaskClient, editor: Writer) -> None:
    editor.publish(base=1, title="Second")
    answer = _restore(editor, 1, note="The second was wrong.", base_version=2)
    assert answer.status_code == 201
    live = read(client.get(API))
    assert (live["version"], live["kind"], live["content"]) == (3, "restore", story())
    assert live["note"] == "The second was wrong."


def test_restoring_is_checked_too(editor: Writer) -> None:
    editor.publish(base=1, title="Second")
    assert _problem(_restore(editor, 1, note="x", base_version=1)) == (409, "stale-base")
    assert _problem(_restore(editor, 1, base_version=2)) == (409, "silent-edit")
    assert _restore(editor, 9, note="x", base_version=2).status_code == 404
    assert _restore(editor, 2, note="x", base_version=2).status_code == 200
    assert _fields(_restore(editor, 1, note="x", base_version=2, kind="minor")) == ["kind"]


# What was live when


def test_which_version_was_live_at_a_time(client: FlaskClient, editor: Writer) -> None:
    for number in range(2, 8):
        editor.publish(base=number - 1, title=f"Title {number}")
    times = [read(client.get(f"{API}/versions/{n}"))["created_at"] for n in range(1, 8)]

    def live_at(time: str) -> list[int]:
        found = read(client.get(f"{API}/versions?live_at={time}"))
        assert found["next"] is None
        return [each["version"] for each in found["items"]]

    for number, time in enumerate(times, 1):
        assert live_at(time) == [number]
        assert live_at(time.replace("Z", ".999Z")) == [number]
    assert live_at("2001-01-01T00:00:00Z") == []
    assert live_at("2101-01-01T00:00:00%2B02:00") == [7]


@pytest.mark.parametrize("time", ["now", "2026-05-01T10:00:00", "2026-13-01T00:00:00Z"])
def test_a_malformed_time_is_named(client: FlaskClient, time: str) -> None:
    answer = client.get(f"{API}/versions?live_at={time}")
    assert answer.status_code == 400
    assert read(answer)["errors"][0]["field"] == "live_at"
