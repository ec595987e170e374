"""Nothing that is said of a published version is lost: explanations, withdrawals, other ids."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.accounts import Role
from tests.samples import story
from tests.web.conftest import Writer, error_fields, read, words

API = "/api/v1/stories/library"


@pytest.fixture
def cms(writer: Callable[[Role], Writer]) -> Writer:
    return writer(Role.INTEGRATION)


def live(who: Writer | FlaskClient) -> dict[str, Any]:
    found = read(who.get(API))
    assert isinstance(found, dict)
    return found


# The same content, said again


@pytest.mark.usefixtures("published")
def test_a_new_note_on_the_same_content_explains_it(editor: Writer, client: FlaskClient) -> None:
    answer = editor.post(note="The cost was 1.1 million when we published.", base_version=1)
    assert (answer.status_code, read(answer)["explained"]) == (201, True)
    assert answer.headers["Location"].endswith("/revisions/1")
    [said] = read(client.get(f"{API}/versions/1"))["explanations"]
    assert (said["note"], said["kind"], said["author"]) == (
        "The cost was 1.1 million when we published.",
        "correction",
        {"name": "The editor"},
    )
    again = editor.post(note="The cost was 1.1 million when we published.", base_version=1)
    assert (again.status_code, read(again)["unchanged"]) == (200, True)
    assert len(live(client)["explanations"]) == 1


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("said", "explained"),
    [
        ({"note": "Told."}, False),  # as the version says
        ({"note": "Told.", "kind": "correction"}, True),
        ({"note": "Told.", "kind": "minor"}, False),
        ({"note": ""}, False),
        ({"note": " \u200b"}, False),  # shows nothing
        ({"note": "", "kind": "correction"}, True),
        ({"note": "", "kind": "update"}, False),
        ({"note": "", "kind": "minor"}, False),
        ({"note": "New.", "kind": "clarification"}, True),
        ({"note": "New.", "state": "draft"}, False),
    ],
)
def test_what_says_something_new(editor: Writer, said: dict[str, Any], explained: bool) -> None:
    answer = editor.post(**said)
    assert answer.status_code == (201 if explained else 200)
    assert read(answer).get("explained", False) == explained
    assert read(answer).get("unchanged", False) == (not explained)


@pytest.mark.usefixtures("published")
def test_a_repeat_with_its_key_gets_the_first_answer(editor: Writer) -> None:
    key = {"Idempotency-Key": "k1"}
    first = editor.post(note="Why.", headers=key)
    editor.publish(base=1, title="Second")
    again = editor.post(note="Why.", headers=key)
    assert (first.status_code, again.status_code, read(again)["explained"]) == (201, 201, True)
    assert error_fields(editor.post(note="Else.", headers=key)) == ["Idempotency-Key"]
    changed = editor.post(note="Why.", headers=key, content=story(title="Else"))
    assert error_fields(changed) == ["Idempotency-Key"]


# explain


@pytest.mark.usefixtures("two_versions")
def test_readers_see_both_dates_of_an_explanation(editor: Writer, client: FlaskClient) -> None:
    note = "The first version gave no source."
    before = client.get("/stories/library/versions/1").headers["ETag"]
    answer = editor.act(1, action="explain", note=note, kind="clarification")
    assert answer.status_code == 201, answer.text
    assert read(answer)["explanations"][0]["note"] == note
    page = client.get("/stories/library/versions/1")
    assert page.headers["ETag"] != before
    said = read(client.get(f"{API}/versions/1"))
    assert said["created_at"] < said["explanations"][0]["created_at"]
    for path in ("", "/history", "/versions/1", "/history.atom", "/history/embed"):
        shown = words(client.get(f"/stories/library{path}"))
        assert note in shown, path
    second = client.get("/stories/library/versions/2").text
    assert note not in second[second.index("data-stage") : second.index('id="versions"')]
    data = client.get("/stories/library").text
    assert "correction" in data
    assert note in data


@pytest.mark.usefixtures("published")
def test_what_does_not_explain(editor: Writer) -> None:
    editor.draft(base=1, title="Draft")
    assert error_fields(editor.act(action="explain")) == ["note"]
    assert error_fields(editor.act(action="explain", note="\u200b")) == ["note"]
    for kind in ("minor", "restore"):
        assert error_fields(editor.act(action="explain", note="x", kind=kind)) == ["kind"]
    assert error_fields(editor.act(action="explain", note="x", section="faq")) == ["section"]
    draft = editor.act(2, action="explain", note="x")
    assert (draft.status_code, "wrong-state" in read(draft)["type"]) == (409, True)


@pytest.mark.usefixtures("published")
def test_an_explanation_that_is_sent_twice_stands_once(editor: Writer) -> None:
    for _ in range(2):
        assert editor.act(action="explain", note="Why.").status_code == 201
    assert len(live(editor)["explanations"]) == 1


# withdraw


@pytest.mark.usefixtures("two_versions")
def test_a_withdrawn_story_leaves_its_page_and_keeps_its_versions(
    editor: Writer, client: FlaskClient
) -> None:
    note = "Our source made it up."
    assert error_fields(editor.act(2, action="withdraw")) == ["note"]
    assert editor.act(1, action="withdraw", note=note).status_code == 409, "not the live one"
    assert editor.act(2, action="withdraw", note=note).status_code == 201
    assert editor.act(2, action="withdraw", note=note).status_code == 409, "once"
    page = client.get("/stories/library")
    assert (page.status_code, page.headers["Cache-Control"]) == (410, "no-store")
    assert note in words(page)
    assert "Version 2" in words(page)
    problem = read(client.get(API))
    assert problem["status"] == 410
    assert problem["type"].endswith("withdrawn")
    assert problem["note"] == note
    for path in ("versions", "versions/2", "diff/1..2"):
        assert client.get(f"{API}/{path}").status_code == 200, path
    for path in ("history", "versions/1", "diff/1..2", "history/embed"):
        assert client.get(f"/stories/library/{path}").status_code == 200, path
    assert note in words(client.get("/stories/library/history"))
    assert note in words(client.get("/stories/library/history/embed"))
    for path in ("/", "/api/v1/stories", "/?q=second", "/sitemap/1.xml"):
        assert "/stories/library" not in client.get(path).text, path


@pytest.mark.usefixtures("published")
def test_a_new_version_ends_a_withdrawal_also_with_the_same_text(
    editor: Writer, client: FlaskClient
) -> None:
    assert editor.act(action="withdraw", note="For now.").status_code == 201
    assert editor.act(action="waive", old="x", note="x").status_code == 409
    answer = editor.post(base_version=1, note="It was right after all.")
    assert (answer.status_code, read(answer)["version"]) == (201, 2)
    assert client.get("/stories/library").status_code == 200
    assert "library" in client.get("/").text


@pytest.mark.usefixtures("published")
def test_that_a_story_was_withdrawn_is_said_after_it_returned(
    editor: Writer, client: FlaskClient
) -> None:
    withdrawn = re.compile(r"Withdrawn 1 May 2026, [\d:]+ UTC(?: :)? Under review\.")
    editor.act(action="withdraw", note="Under review.")
    editor.post(base_version=1, content=story(title="Back"), note="It was right.")
    assert "published again since" in words(client.get("/stories/library"))
    for path in ("", "/history", "/versions/2", "/diff/1..2", "/history/embed"):
        found = withdrawn.findall(words(client.get(f"/stories/library{path}")))
        assert len(found) == 1, path
    row = client.get("/stories/library/history").text
    row = row[row.index('data-version="1"') :]
    assert "Under review." in row, "it is said of the version that was live"
    editor.act(2, action="withdraw", note="Again.")
    assert "published again since" not in client.get("/stories/library").text


# alias


@pytest.mark.usefixtures("two_versions")
def test_reads_of_an_alias_are_redirected_and_writes_are_the_storys(
    editor: Writer, cms: Writer, client: FlaskClient, writer: Callable[[Role], Writer]
) -> None:
    auditor = writer(Role.AUDITOR)
    assert client.get("/stories/library-hours").status_code == 404
    assert editor.act(2, action="alias", alias="library-hours").status_code == 201
    for path in (
        "/stories/library-hours",
        "/stories/library-hours/diff/1..2?view=split",
        "/api/v1/stories/library-hours/versions?limit=1",
        "/timegate/stories/library-hours",
    ):
        answer = client.get(path)
        assert answer.status_code == 308, path
        assert answer.headers["Location"].endswith(path.replace("library-hours", "library"))
    exported = auditor.get("/api/v1/export?story=library-hours")
    assert exported.status_code == 200
    exported.close()
    written = editor.post("library-hours", content=story(title="Third"), base_version=2)
    assert (read(written)["story"], read(written)["version"]) == ("library", 3)
    assert cms.act(3, "library-hours", action="explain", note="Why.").status_code == 201
    assert read(client.get(API))["explanations"][0]["note"] == "Why."
    why = {"note": "x", "reason": "privacy", "legal_reference": "x"}
    assert editor.act(1, "library-hours", action="remove", **why).status_code == 201
    assert client.get(f"{API}/versions/1").status_code == 410


@pytest.mark.usefixtures("published")
def test_an_id_is_one_storys(editor: Writer, client: FlaskClient) -> None:
    editor.publish("other")
    editor.draft("planned", None)
    assert editor.act(action="alias", alias="lib").status_code == 201
    editor.publish(base=1, title="Second")
    for number in (1, 2):
        again = editor.act(number, action="alias", alias="lib")
        assert (again.status_code, read(again)["action"]["alias"]) == (201, "lib"), "the same again"
    aliased = [
        each for each in read(client.get("/api/v1/changes"))["items"] if each["event"] == "alias"
    ]
    assert len(aliased) == 1
    for name, alias in (
        ("library", ""),
        ("library", "Not An Id"),
        ("library", "library"),
        ("library", "other"),
        ("library", "planned"),
        ("other", "lib"),
    ):
        assert error_fields(editor.act(1, name, action="alias", alias=alias)) == ["alias"], alias
    assert editor.act(1, "planned", action="alias", alias="p2").status_code == 409, "a draft"


# waive


@pytest.mark.usefixtures("two_versions")
def test_an_old_value_is_let_stand_with_a_reason(editor: Writer, cms: Writer) -> None:
    assert error_fields(editor.act(2, action="waive")) == ["old", "note"]
    assert editor.act(1, action="waive", old="1.2", note="x").status_code == 409
    answer = editor.act(2, action="waive", old="1.2 million", note="It was so in May.")
    assert read(answer)["action"]["old"] == "1.2 million"
    assert cms.act(2, action="waive", old="1.2", note="x").status_code == 403


# Who may


@pytest.mark.usefixtures("two_versions")
def test_what_an_integration_may(cms: Writer, contributor: Writer) -> None:
    for body in (
        {"action": "explain", "note": "x"},
        {"action": "alias", "alias": "lib"},
        {"action": "withdraw", "note": "x"},
    ):
        assert contributor.act(2, **body).status_code == 403
        assert cms.act(2, **body).status_code == 201
    removal = {"action": "remove", "note": "x", "reason": "privacy", "legal_reference": "x"}
    for refused in ({"action": "approve"}, {"action": "comment", "note": "x"}, removal):
        assert cms.act(2, **refused).status_code == 403
    assert cms.client.get("/desk").status_code != 200
