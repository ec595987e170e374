"""Lawful removal over HTTP: who may, what must be said, and that the text shows nowhere after."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from repo_store.archive import Archive
from repo_store.errors import StoreFull
from repo_store.history.records import Action, ActionInput, Revision, RevisionInput
from repo_store.write.unit_of_work import Batch
from service.accounts import Role, Tokens
from service.accounts.database import Database
from service.accounts.removal_requests import RemovalRequest, RemovalRequests, Targets
from service.app import create_app
from service.config import Settings
from service.usecases.errors import WrongState
from service.webhooks.subscriptions import Webhooks
from service.wiring import Services
from tests.plain_git import git
from tests.redactions import CANARY, traces
from tests.samples import NOON, new_token, ticking
from tests.web.conftest import Desk, Writer, draft, error_fields, read, settled, signed_in, words

API = "/api/v1/stories/library"
WHY = {
    "note": "By order.",
    "reason": "court-order",
    "legal_reference": "District Court, 12 O 44/26",
}


def remove(who: Writer, revision: int = 2, **fields: Any) -> TestResponse:
    return who.act(revision, **{"action": "remove", **WHY, **fields})


@pytest.fixture(autouse=True)
def three_versions(editor: Writer, archive_path: Path) -> None:
    """Three versions, the second with the canary in it, and a webhook that nobody answers."""
    webhooks = Webhooks(Database(archive_path), lambda *_: ["9.9.9.9"])
    webhooks.add("https://hooks.example/", (), ticking()())
    editor.publish()
    editor.publish(base=1, overview=[f"The {CANARY} was seen."], title=f"The {CANARY}")
    editor.publish(base=2, title="Three")


def _every_address(app: Flask) -> list[str]:
    values = {
        "story": ["library"],
        "version": ["1", "2", "3"],
        "revision": ["1", "2", "3"],
        "old": ["1", "2", "r2"],
        "new": ["2", "3", "r2"],
        "page": ["1"],
        "key": ["k"],
        "token": ["t"],
    }
    paths = [str(rule) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    for name, each in values.items():
        paths = [
            filled
            for path in paths
            for filled in (
                [re.sub(rf"<(?:\w+:)?{name}>", value, path) for value in each]
                if re.search(rf"<(?:\w+:)?{name}>", path)
                else [path]
            )
        ]
    return [path for path in paths if "<" not in path]


def _everywhere(app: Flask, client: FlaskClient, who: Writer, someone: Desk) -> dict[str, bytes]:
    found = {}
    for path in _every_address(app):
        for query in ("", f"?q={CANARY[:5]}&words={CANARY[:5]}&phrase={CANARY[:5]}&since=2"):
            for answer in (
                settled(client.get, path + query),
                settled(who.get, path + query),
                settled(someone.get, path + query),
            ):
                assert answer.status_code < 500, path + query
                if CANARY.encode() in answer.data:
                    found[path + query] = answer.data
    return found


def test_the_text_shows_nowhere_and_is_off_the_disk(
    app: Flask, client: FlaskClient, editor: Writer, someone: Desk, archive_path: Path
) -> None:
    assert len(_everywhere(app, client, editor, someone)) > 20
    assert len(traces(archive_path)) > 2
    answer = remove(editor)
    assert answer.status_code == 201, answer.text
    assert _everywhere(app, client, editor, someone) == {}
    assert traces(archive_path) == []


def test_the_answer_tells_of_the_revision_and_the_action(editor: Writer) -> None:
    before = read(editor.get(f"{API}/revisions/2"))
    found = read(remove(editor))
    assert (found["state"], found["version"], found["note"]) == ("removed", 2, "")
    assert found["sha256"] == before["sha256"]
    action = found["action"]
    assert (action["action"], action["reason"]) == ("remove", "court-order")
    assert action["legal_reference"] == WHY["legal_reference"]
    assert read(editor.get(f"{API}/revisions/2/actions"))["items"] == [action]


@pytest.mark.parametrize("path", ["versions/2", "diff/1..2", "diff/2..3"])
def test_a_cached_text_is_not_served_any_longer(
    client: FlaskClient, editor: Writer, path: str
) -> None:
    assert client.get(f"{API}/{path}").status_code == 200
    remove(editor)
    answer = client.get(f"{API}/{path}")
    assert answer.status_code == 410
    problem = read(answer)
    assert problem["type"] == "urn:story-history:problem:removed"
    told = problem["removed"]
    assert (told["version"], told["reason"], told["by"]) == (2, "court-order", "The editor")
    assert "legal_reference" not in told
    assert client.get(f"{API}/diff/1..3").status_code == 200


def test_the_history_shows_the_removal_to_readers(client: FlaskClient, editor: Writer) -> None:
    remove(editor)
    for path in ("/stories/library", "/stories/library/history"):
        page = client.get(path)
        assert re.search(r"Text removed on .{5,40} because of a court order", words(page)), path
        assert "/diff/1..2" not in page.text
        assert "/diff/2..3" not in page.text
    page = client.get("/stories/library/versions/2")
    assert page.status_code == 410
    assert "ordered by The editor" in words(page)
    assert read(editor.get(f"{API}/revisions/3"))["sha256"]


def test_a_whole_story_can_be_removed_and_written_again(
    app: Flask, client: FlaskClient, editor: Writer, someone: Desk, archive_path: Path
) -> None:
    draft(editor, 3, title=f"A draft with {CANARY}")
    answer = remove(editor, 3, scope="story")
    assert answer.status_code == 201, answer.text
    assert read(answer)["action"]["also"] == [1, 2, 4]
    assert traces(archive_path) == []
    page = client.get("/stories/library")
    assert page.status_code == 410
    assert "The text of version 3 was removed." in words(page)
    assert "Version 1" in words(page)
    assert read(client.get("/api/v1/stories"))["items"] == []
    assert _everywhere(app, client, editor, someone) == {}
    editor.publish(base=3, title="New from the ground up")
    assert client.get("/stories/library").status_code == 200
    assert read(client.get(f"{API}/versions"))["items"][0]["version"] == 4


def test_the_same_text_can_be_published_again_as_another_version(
    client: FlaskClient, editor: Writer
) -> None:
    remove(editor)
    assert editor.publish(base=3, title=f"The {CANARY}").status_code == 201
    assert client.get(f"{API}/versions/2").status_code == 410
    assert CANARY in client.get(f"{API}/versions/4").text


def test_a_second_removal_invalidates_what_was_cached_after_the_first(
    client: FlaskClient, editor: Writer
) -> None:
    remove(editor, 1)
    assert CANARY in client.get("/stories/library/versions/2").text
    remove(editor, 2)
    assert client.get("/stories/library/versions/2").status_code == 410


def test_what_is_removed_cannot_be_acted_upon(editor: Writer) -> None:
    number = draft(editor, 3, title="A draft")
    remove(editor)
    remove(editor, number)
    for action in ("publish", "approve"):
        answer = editor.client.post(
            f"{API}/revisions/{number}/actions", json={"action": action}, headers=editor.headers
        )
        assert answer.status_code == 409, answer.text
    assert remove(editor).status_code == 409
    again = editor.client.post(f"{API}/restore/2", json={"note": "x"}, headers=editor.headers)
    assert again.status_code == 409


def test_a_repeat_gets_the_first_answer(editor: Writer) -> None:
    first = remove(editor, key="once")
    assert first.status_code == 201
    again = remove(editor, key="once")
    assert again.status_code == 201
    assert read(again)["action"] == read(first)["action"]
    assert remove(editor, 3, key="once").status_code == 422


@pytest.mark.parametrize(
    "fields",
    [
        {"also": [1]},
        {"scope": "story"},
        {"reason": "privacy"},
        {"legal_reference": "Another court, 1 O 1/26"},
        {"note": "For another reason."},
    ],
    ids=str,
)
def test_a_key_does_not_hide_that_more_was_asked_for(
    editor: Writer, fields: dict[str, Any]
) -> None:
    assert remove(editor, key="once").status_code == 201
    answer = remove(editor, 2, key="once", **fields)
    assert (answer.status_code, error_fields(answer)) == (422, ["Idempotency-Key"])


def test_a_repeat_for_a_whole_story_gets_the_first_answer(editor: Writer) -> None:
    first = remove(editor, scope="story", key="once")
    again = remove(editor, scope="story", key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert read(again)["action"] == read(first)["action"]
    assert remove(editor, 2, key="once").status_code == 422


def _beside(who: Writer) -> Writer:
    """The same person, for a request within a request."""
    return Writer(who.client.application.test_client(), who.headers)


def test_a_request_sent_twice_at_once_gets_one_answer(
    editor: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove_now, answers = Archive.remove, []
    beside = _beside(editor)

    def overtaken(archive: Archive, new: ActionInput) -> Action:
        monkeypatch.setattr(Archive, "remove", remove_now)
        answers.append(remove(beside, key="once"))
        return archive.remove(new)

    monkeypatch.setattr(Archive, "remove", overtaken)
    answers.append(remove(editor, key="once"))
    assert [each.status_code for each in answers] == [201, 201]
    assert read(answers[0])["action"] == read(answers[1])["action"]


def test_a_restore_that_a_removal_overtakes_publishes_nothing(
    editor: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Batch.append
    beside = _beside(editor)

    def overtaken(batch: Batch, new: RevisionInput) -> Revision:
        monkeypatch.setattr(Batch, "append", append)
        assert remove(beside).status_code == 201
        return append(batch, new)

    monkeypatch.setattr(Batch, "append", overtaken)
    body = {"base_version": 3, "note": "Again."}
    answer = editor.client.post(f"{API}/restore/2", json=body, headers=editor.headers)
    assert answer.status_code == 409
    assert CANARY not in editor.client.get("/stories/library").text


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"note": " "}, ["note"]),
        ({"reason": None, "legal_reference": None}, ["reason", "legal_reference"]),
        ({"reason": "dislike"}, ["reason"]),
        ({"legal_reference": "two\nlines"}, ["legal_reference"]),
        ({"also": [9]}, ["also"]),
        ({"also": [1], "scope": "story"}, ["also"]),
        ({"kind": "minor"}, ["kind"]),
    ],
)
def test_what_is_missing_is_named(editor: Writer, fields: dict[str, Any], named: list[str]) -> None:
    answer = remove(editor, **fields)
    assert answer.status_code == 422
    assert error_fields(answer) == named


def test_a_comment_has_no_ground(editor: Writer) -> None:
    answer = editor.client.post(
        f"{API}/revisions/2/actions",
        json={"action": "comment", **WHY},
        headers=editor.headers,
    )
    assert error_fields(answer) == ["reason", "legal_reference"]


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.AUDITOR])
def test_others_may_not(writer: Callable[[Role], Writer], role: Role) -> None:
    assert remove(writer(role)).status_code == 403


def test_two_persons_are_needed_if_so_configured(
    archive_path: Path, writer: Callable[[Role], Writer], editor: Writer
) -> None:
    app = create_app(Settings(archive_path, two_persons=True), ticking())
    with app.test_client() as client:
        one = Writer(client, editor.headers)
        two = Writer(client, writer(Role.ADMIN).headers)
        for _ in range(2):
            answer = remove(one)
            assert answer.status_code == 202, "one alone does not, however often"
            assert read(answer)["waits"]["ordered_by"] == "The editor"
        assert client.get(f"{API}/versions/2").status_code == 200
        done = read(remove(two, note="Seen."))
        assert done["action"]["author"]["name"] == "The editor"
        assert done["action"]["confirmed_by"] == "The admin"
        assert done["action"]["note"] == WHY["note"]
        assert client.get(f"{API}/versions/2").status_code == 410


@pytest.fixture
def two_persons(archive_path: Path) -> Callable[..., Writer]:
    """A holder of a new token of the person with this name, where removals need two persons."""
    app = create_app(Settings(archive_path, two_persons=True), ticking())

    def make(name: str, role: Role = Role.EDITOR) -> Writer:
        token = new_token(archive_path, role, name)
        return Writer(app.test_client(), {"Authorization": f"Bearer {token}"})

    return make


def test_one_person_with_two_tokens_is_one_person(two_persons: Callable[..., Writer]) -> None:
    one, again = two_persons("Dara Voss"), two_persons("dara  voss", Role.ADMIN)
    assert remove(one).status_code == 202
    answer = remove(again)
    assert answer.status_code == 409
    assert read(answer)["type"] == "urn:story-history:problem:second-person"
    assert "someone else must confirm it" in read(answer)["detail"]
    assert one.get(f"{API}/versions/2").status_code == 200
    assert remove(two_persons("Mika Lund")).status_code == 201


@pytest.mark.parametrize("field", ["reason", "legal_reference"])
def test_both_persons_must_name_the_same_ground_and_reference(
    two_persons: Callable[..., Writer], field: str
) -> None:
    one, two = two_persons("Dara Voss"), two_persons("Mika Lund")
    assert remove(one).status_code == 202
    answer = remove(two, 2, **{field: "privacy"})
    assert answer.status_code == 422
    assert error_fields(answer) == [field]
    assert "Dara Voss named" in answer.text
    assert remove(one, 2, **{field: "privacy"}).status_code == 422, "nor change it silently"
    assert remove(two).status_code == 201


def test_two_who_confirm_at_once_remove_it_once(
    two_persons: Callable[..., Writer], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = (two_persons(name) for name in ("Dara Voss", "Mika Lund", "Ines Marr"))
    assert remove(one, note="The first note.").status_code == 202
    remove_now = Archive.remove

    def overtaken(archive: Archive, new: ActionInput) -> Action:
        monkeypatch.setattr(Archive, "remove", remove_now)
        assert remove(three, note="The third.").status_code == 202
        return archive.remove(new)

    monkeypatch.setattr(Archive, "remove", overtaken)
    assert remove(two, note="The second.").status_code == 201
    [done] = read(one.get(f"{API}/revisions/2/actions"))["items"]
    assert (done["note"], done["author"]["name"]) == ("The first note.", "Dara Voss")
    assert done["confirmed_by"] == "Mika Lund"
    assert _services(two).takedown.pending_requests() == []
    assert remove(three).status_code == 409


def _services(who: Writer) -> Services:
    services: Services = who.client.application.extensions["story_history"]
    return services


@pytest.mark.parametrize("by", ["a person", "the end of the token"])
def test_a_request_is_withdrawn_or_confirmed_never_both(
    two_persons: Callable[..., Writer], monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    one, two = two_persons("Dara Voss"), two_persons("Mika Lund")
    assert remove(one).status_code == 202
    services = _services(two)
    mika = next(each for each in services.tokens.all() if each.name == "Mika Lund").person
    dara = next(each for each in services.tokens.all() if each.name == "Dara Voss")
    remove_now = Archive.remove

    def overtaken(archive: Archive, new: ActionInput) -> Action:
        if by == "a person":
            with pytest.raises(WrongState):
                services.takedown.withdraw("library", Targets((2,)), mika)
        else:
            services.tokens.revoke(dara.id, NOON)
        return remove_now(archive, new)

    monkeypatch.setattr(Archive, "remove", overtaken)
    assert remove(two).status_code == 201
    assert services.takedown.withdrawn_requests("library") == []


def test_a_request_waits_on_if_its_removal_fails(
    two_persons: Callable[..., Writer], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = two_persons("Dara Voss"), two_persons("Mika Lund")
    remove(one)
    with monkeypatch.context() as patched:
        patched.setattr(Archive, "remove", _full)
        assert remove(two).status_code == 507
    [request] = _services(two).takedown.pending_requests()
    assert request.name == "Dara Voss"
    assert remove(two).status_code == 201


def _full(archive: Archive, new: ActionInput) -> Action:
    raise StoreFull("no room")


def test_requests_that_a_removal_makes_impossible_end(two_persons: Callable[..., Writer]) -> None:
    one, two = two_persons("Dara Voss"), two_persons("Mika Lund")
    assert remove(one, 1).status_code == 202
    assert remove(one, 1, also=[2]).status_code == 202
    assert remove(two, 1, also=[2]).status_code == 201
    assert _services(two).takedown.pending_requests() == []


def test_a_request_sent_while_another_person_confirms_does_not_wait_for_ever(
    two_persons: Callable[..., Writer], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = (two_persons(name) for name in ("Dara Voss", "Mika Lund", "Ines Marr"))
    remove(one)
    add = RemovalRequests.add

    def overtaken(requests: RemovalRequests, request: RemovalRequest) -> RemovalRequest:
        monkeypatch.setattr(RemovalRequests, "add", add)
        assert remove(two).status_code == 201
        return add(requests, request)

    monkeypatch.setattr(RemovalRequests, "add", overtaken)
    assert remove(three).status_code == 409
    assert _services(three).takedown.pending_requests() == []


def test_the_record_of_a_removal_has_the_ids_of_both_persons(
    two_persons: Callable[..., Writer], archive_path: Path
) -> None:
    """And a repeat by the second one gets the first answer, with a note of its own."""
    one, two = two_persons("Dara Voss"), two_persons("Mika Lund")
    remove(one)
    first = remove(two, note="Seen.", key="once")
    assert read(remove(two, note="Seen.", key="once"))["action"] == read(first)["action"]
    held = {each.name: each.person for each in Tokens(Database(archive_path)).all()}
    dara, mika = held["Dara Voss"], held["Mika Lund"]
    message = git(archive_path, "log", "-1", "--format=%B", read(first)["action"]["commit"])
    trailers = (f"Person-Id: {dara.id}", f"Confirmed-By-Id: {mika.id}", f"Token-Id: {mika.token}")
    assert all(each in message for each in trailers)


def test_who_withdrew_a_request_stands_at_the_desk(
    archive_path: Path, two_persons: Callable[..., Writer]
) -> None:
    tokens = Tokens(Database(archive_path))
    client, path = two_persons("Dara Voss").client, "/desk/stories/library/remove"
    dara = signed_in(client, tokens.create(Role.EDITOR, "Dara Voss", NOON))
    mika = signed_in(
        client.application.test_client(), tokens.create(Role.EDITOR, "Mika Lund", NOON)
    )
    for _ in range(2):
        assert dara.post(path, do="remove", revision="2", **WHY).status_code == 303
        assert mika.post(path, do="withdraw", revision="2").status_code == 303
    page = words(dara.get(path))
    assert "2 withdrawn requests Withdrawn by Mika Lund" in page
    assert "requested by Dara Voss" in page
    again = mika.post(path, do="withdraw", revision="2")
    assert again.status_code == 409
    assert "There is no request to remove these" in words(again)


def test_a_request_of_one_s_own_other_token_shows_no_button(
    archive_path: Path, two_persons: Callable[..., Writer]
) -> None:
    one = two_persons("Dara Voss")
    remove(one)
    again = new_token(archive_path, Role.ADMIN, "Dara Voss")
    path = "/desk/stories/library/remove"
    dara = signed_in(one.client, again)
    assert "Remove them" not in words(dara.get(path))
    refused = dara.post(path, do="remove", revision="2", **WHY)
    assert refused.status_code == 409
    assert "someone else must confirm it" in words(refused)


def test_the_desk_finds_and_removes(someone: Desk, client: FlaskClient, archive_path: Path) -> None:
    page = someone.get(f"/desk/stories/library/remove?words={CANARY.upper()}")
    assert page.status_code == 200
    ticked = re.findall(r'name="revision" value="(\d+)"[^>]* checked', page.text)
    assert ticked == ["2"]
    refused = someone.post("/desk/stories/library/remove", do="remove", revision="2")
    assert refused.status_code == 422
    answer = someone.post("/desk/stories/library/remove", do="remove", revision="2", **WHY)
    assert answer.status_code == 303
    assert traces(archive_path) == []
    timeline = words(someone.get("/desk/stories/library/timeline"))
    assert "A court order" in timeline
    assert WHY["legal_reference"] in timeline


def test_the_desk_waits_for_a_second_editor(
    archive_path: Path, writer: Callable[[Role], Writer], someone: Desk
) -> None:
    app = create_app(Settings(archive_path, two_persons=True), ticking())

    def desk(role: Role) -> Desk:
        token = writer(role).headers["Authorization"].removeprefix("Bearer ")
        return signed_in(app.test_client(), token)

    one, two = desk(Role.EDITOR), desk(Role.ADMIN)
    path = "/desk/stories/library/remove"
    assert one.post(path, do="remove", revision="2", **WHY).status_code == 303
    assert "Withdraw the request" in words(one.get(path))
    assert "Remove them" not in words(one.get(path))
    assert "Remove them" in words(two.get(path))
    assert one.post(path, do="withdraw", revision="2").status_code == 303
    assert "Withdraw the request" not in words(one.get(path))
    one.post(path, do="remove", revision="2", **WHY)
    assert two.post(path, do="remove", revision="2", **WHY).status_code == 303
    assert one.get("/stories/library/versions/2").status_code == 410


def test_a_purge_that_a_crash_prevented_is_done_when_the_service_starts(
    editor: Writer, archive_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_: Archive) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Archive, "purge", crash)
        with pytest.raises(KeyboardInterrupt):
            remove(editor)
    assert traces(archive_path)
    create_app(Settings(archive_path), ticking())
    assert traces(archive_path) == []


def test_the_sources_of_sentences_skip_what_was_removed(
    client: FlaskClient, editor: Writer
) -> None:
    client.get(f"{API}/provenance")
    remove(editor)
    found = read(client.get(f"{API}/provenance"))
    assert {each["since"]["version"] for each in found["sentences"]} <= {1, 3}
    assert remove(editor, 3).status_code == 201
    assert client.get(f"{API}/provenance").status_code == 410
