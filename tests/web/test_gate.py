"""The check for silent edits as a policy: by archive and by token."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from repo_store import rfc3339
from service.accounts import Gate, Role, Tokens
from service.accounts.database import Database
from service.config import Settings
from tests.samples import NOON, story
from tests.web.conftest import Desk, Writer, application, error_fields, read, words

API = "/api/v1/stories/library"
NOW = datetime.fromisoformat("2026-06-01T10:00:00Z")
FACTS: dict[str, Any] = {
    "overview": ["The council voted nine to six.", "It will cost 1.9 million crowns a year."]
}
HELD, FLAGGED, FREE = (409, None), (201, ["number"]), (201, None)


def _writer(path: Path, client: FlaskClient, role: Role, gate: Gate | None) -> Writer:
    text = Tokens(Database(path)).create(role, f"{role} {gate}", NOON, gate=gate)
    return Writer(client, {"Authorization": f"Bearer {text}"})


@pytest.mark.parametrize(
    ("archive_gate", "role", "own", "expected"),
    [
        (Gate.HOLD, Role.EDITOR, None, HELD),
        (Gate.HOLD, Role.EDITOR, Gate.FLAG, FLAGGED),
        (Gate.HOLD, Role.EDITOR, Gate.OFF, FREE),
        (Gate.HOLD, Role.INTEGRATION, None, FLAGGED),
        (Gate.HOLD, Role.INTEGRATION, Gate.HOLD, HELD),
        (Gate.HOLD, Role.INTEGRATION, Gate.OFF, FREE),
        (Gate.FLAG, Role.EDITOR, None, FLAGGED),
        (Gate.FLAG, Role.EDITOR, Gate.HOLD, HELD),
        (Gate.OFF, Role.EDITOR, None, FREE),
        (Gate.OFF, Role.INTEGRATION, None, FREE),
        (Gate.OFF, Role.INTEGRATION, Gate.FLAG, FLAGGED),
    ],
)
def test_the_token_s_gate_comes_before_the_role_s_and_that_before_the_archive_s(
    archive_path: Path,
    archive_gate: Gate,
    role: Role,
    own: Gate | None,
    expected: tuple[int, list[str] | None],
) -> None:
    client = application(Settings(archive_path, gate=archive_gate), lambda: NOW).test_client()
    who = _writer(archive_path, client, role, own)
    who.publish()
    answer = who.post(content=story(**FACTS), note="", base_version=1)
    assert (answer.status_code, read(answer).get("unexplained")) == expected
    draft = who.post(content=story(title="D", **FACTS), note="", base_version=None, state="draft")
    if role is Role.EDITOR and draft.status_code == 201 and expected != HELD:
        assert "unexplained" not in read(draft), "nobody reads a draft"


@pytest.fixture
def cms(archive_path: Path, client: FlaskClient) -> Writer:
    return _writer(archive_path, client, Role.INTEGRATION, None)


def test_a_refusal_does_not_cascade(cms: Writer, editor: Writer, archive_path: Path) -> None:
    """Each text is compared with what is live, and no base version is asked for."""
    strict = _writer(archive_path, cms.client, Role.INTEGRATION, Gate.HOLD)
    strict.publish()
    changed = story(overview=["It costs 1.9 million crowns.", "Nine to six."])
    assert strict.post(content=changed, note="").status_code == 409
    assert (
        strict.post(content=story(summary="The vote was nine to six."), note="").status_code == 201
    )
    assert strict.post(content=changed, note="It was 1.2.").status_code == 201
    assert editor.publish(base=3, title="By hand").status_code == 201
    assert read(cms.post(content=story(title="From the site"), note=""))["version"] == 5


def test_an_explicit_base_version_is_still_checked(cms: Writer) -> None:
    cms.publish()
    cms.publish(title="Second")
    assert cms.post(content=story(title="Third"), base_version=1).status_code == 409


def test_a_flagged_version_is_listed_until_it_is_explained(
    cms: Writer, client: FlaskClient, someone: Desk
) -> None:
    cms.publish()
    cms.post(content=story(**FACTS), note="")
    cms.post(content=story(title="Later", **FACTS), note="A new headline.")
    public = read(client.get(f"{API}/versions/2"))
    assert "unexplained" not in public, "for roles only"
    queue = words(someone.get("/desk"))
    assert "1 version to explain" in queue
    listed = words(someone.get("/desk/to-explain"))
    assert "Version 2" in listed
    assert "1.2 → 1.9 million crowns" in listed
    shown = someone.get("/desk/to-explain").text
    assert "An earlier version of this story said 1.2 million crowns; it is 1.9 million." in shown
    assert "to explain" in words(someone.get("/desk/stories/library/timeline"))
    path = "/desk/stories/library/revisions/2"
    assert "it is 1.9 million." in someone.get(path).text
    refused = someone.post(f"{path}/actions", action="explain", note=" ", back="to-explain")
    assert refused.status_code == 422
    said = {"action": "explain", "note": "It was the old cost.", "kind": "correction"}
    done = someone.post(f"{path}/actions", **said, back="to-explain")
    assert done.headers["Location"].endswith("/desk/to-explain")
    assert "Nothing is to be explained" in words(someone.get("/desk/to-explain"))
    assert "It was the old cost." in words(client.get("/stories/library/versions/2"))
    assert "unexplained" not in read(cms.get(f"{API}/revisions/2"))


def test_what_would_not_pass_the_gate_does_not_explain_a_flagged_version(cms: Writer) -> None:
    cms.publish()
    cms.post(content=story(**FACTS), note="")
    for note, kind in (("", "correction"), ("Typo.", "minor")):
        answer = cms.post(content=story(**FACTS), note=note, kind=kind)
        assert read(answer)["explained"], "and it is recorded"
        assert read(cms.get(f"{API}/revisions/2"))["unexplained"] == ["number"], kind
    cms.post(content=story(**FACTS), note="It was 1.2.", kind="correction")
    assert "unexplained" not in read(cms.get(f"{API}/revisions/2"))


def test_a_flagged_version_whose_text_was_removed_is_not_listed(
    cms: Writer, editor: Writer, someone: Desk
) -> None:
    cms.publish()
    cms.post(content=story(**FACTS), note="")
    removal = {"action": "remove", "note": "x", "reason": "privacy", "legal_reference": "x"}
    path = f"{API}/revisions/2/actions"
    assert editor.client.post(path, json=removal, headers=editor.headers).status_code == 201
    assert "Nothing is to be explained" in words(someone.get("/desk/to-explain"))


def test_a_draft_that_is_published_unexplained_is_flagged(archive_path: Path) -> None:
    client = application(Settings(archive_path, gate=Gate.FLAG), lambda: NOW).test_client()
    editor = _writer(archive_path, client, Role.EDITOR, None)
    editor.publish()
    editor.draft(base=1, **FACTS)
    # The draft's own note would explain it.
    editor.post(content=story(title="X", **FACTS), note="", base_version=1, state="draft")
    path = f"{API}/revisions/3/actions"
    answer = client.post(path, json={"action": "publish"}, headers=editor.headers)
    assert read(answer)["unexplained"] == ["headline", "number"]
    assert read(answer)["action"]["unexplained"] == ["headline", "number"]


# Who wrote it, and when


def test_who_may_say_who_wrote_it_and_when(
    cms: Writer, editor: Writer, writer: Callable[[Role], Writer], client: FlaskClient
) -> None:
    at = "2026-04-30T08:00:00Z"
    said: dict[str, Any] = {"author": {"name": "Ida Roth"}, "created_at": at}
    for name in said:
        assert editor.post(**{name: said[name]}).status_code == 403
    assert cms.post(**said).status_code == 201
    version = read(client.get(f"{API}/versions/1"))
    assert (version["author"], version["created_at"]) == ({"name": "Ida Roth"}, at)
    assert version["recorded_at"] > "2026-05-01"
    assert "recorded 1 May 2026" in words(client.get("/stories/library/versions/1"))
    path = f"{API}/revisions/1/actions"
    body = {"action": "explain", "note": "Why.", **said}
    assert client.post(path, json=body, headers=editor.headers).status_code == 403
    assert client.post(path, json=body, headers=cms.headers).status_code == 201
    [explained] = read(client.get(f"{API}/versions/1"))["explanations"]
    assert (explained["author"], explained["created_at"]) == ({"name": "Ida Roth"}, at)
    assert writer(Role.ADMIN).post("other", **said).status_code == 201


@pytest.mark.parametrize("stated", ["author", "created_at"])
def test_a_bad_origin_is_named(cms: Writer, stated: str) -> None:
    bad: dict[str, Any] = {"author": {"name": ""}, "created_at": "yesterday"}
    assert error_fields(cms.post(**{stated: bad[stated]}))[0].startswith(stated)


def test_times_run_forward(archive_path: Path) -> None:
    client = application(Settings(archive_path), lambda: NOW).test_client()
    cms = _writer(archive_path, client, Role.INTEGRATION, None)

    def sent(title: str, at: datetime) -> Any:
        return cms.post(content=story(title=title), created_at=rfc3339(at))

    assert sent("One", NOW - timedelta(days=1)).status_code == 201
    assert error_fields(sent("Two", NOW - timedelta(days=1, seconds=1))) == ["created_at"]
    assert error_fields(sent("Two", NOW + timedelta(minutes=5, seconds=1))) == ["created_at"]
    assert sent("Two", NOW - timedelta(days=1)).status_code == 201, "in the same second"
    assert sent("Three", NOW + timedelta(minutes=5)).status_code == 201
    answer = cms.post(content=story(title="Four"))
    assert read(answer)["created_at"] == rfc3339(NOW + timedelta(minutes=5)), "after the third"
    assert "out_of_order" not in read(answer)
    bodies: list[dict[str, Any]] = [
        {"state": "draft", "content": story(title="Five")},
        {"note": "Why.", "content": story(title="Four")},
    ]
    for body in bodies:
        late = rfc3339(NOW + timedelta(minutes=6))
        refused = cms.post(created_at=late, **body)
        assert error_fields(refused) == ["created_at"]
    early = cms.post(content=story(title="Four"), note="Why.", created_at="2026-01-01T00:00:00Z")
    assert error_fields(early) == ["created_at"]
    body = {"action": "withdraw", "note": "Why.", "created_at": "2026-01-01T00:00:00Z"}
    withdrawn = client.post(f"{API}/revisions/4/actions", json=body, headers=cms.headers)
    assert error_fields(withdrawn) == ["created_at"]


def test_a_clock_that_was_wrong_stops_nobody(archive_path: Path) -> None:
    times = [NOW + timedelta(days=3_650), NOW]
    app = application(Settings(archive_path), lambda: times[0])
    client = app.test_client()
    editor = _writer(archive_path, client, Role.EDITOR, None)
    cms = _writer(archive_path, client, Role.INTEGRATION, None)
    editor.publish()
    del times[0]
    explained = cms.post(note="It was 2026.", created_at=rfc3339(NOW))
    assert read(explained)["explanations"][0]["created_at"] == rfc3339(NOW)
    answer = editor.publish(base=1, title="Second")
    assert (read(answer)["created_at"], read(answer)["out_of_order"]) == (rfc3339(NOW), True)
    assert "out of order" in words(client.get("/stories/library/history"))
    found = read(client.get(f"{API}/versions?live_at={rfc3339(NOW)}"))["items"]
    assert [each["version"] for each in found] == [2]
    gate = client.get(
        "/timegate/stories/library",
        headers={"Accept-Datetime": "Mon, 01 Jun 2026 10:00:00 GMT"},
    )
    assert gate.headers["Location"].endswith("/versions/2")
    since = words(client.get(f"/stories/library?since={rfc3339(NOW)}"))
    assert "Nothing has changed since version 2" in since
    answer = cms.post(content=story(title="Third"), created_at=rfc3339(NOW))
    assert (read(answer)["created_at"], read(answer)["out_of_order"]) == (rfc3339(NOW), True)
