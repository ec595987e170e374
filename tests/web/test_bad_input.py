"""Bad input of every kind: a clear error that names the field, nothing stored, never a 5xx."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.plain_git import git
from tests.samples import story
from tests.web.conftest import Writer, error_fields, read, settled

POST = "/api/v1/stories/{}/revisions"


def _refs(archive_path: Path) -> str:
    return git(archive_path, "for-each-ref", "refs/stories")


@pytest.fixture(autouse=True)
def nothing_is_stored(editor: Writer, archive_path: Path) -> Iterator[None]:
    editor.publish()
    before = _refs(archive_path)
    yield
    assert _refs(archive_path) == before
    assert len(read(editor.get(POST.format("library")))["items"]) == 1


def _send(editor: Writer, data: bytes, kind: str = "application/json") -> TestResponse:
    return editor.client.post(
        POST.format("library"), data=data, content_type=kind, headers=editor.headers
    )


def _is_problem(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    problem: dict[str, Any] = read(answer)
    assert problem["status"] == status
    assert {"type", "title", "detail"} <= set(problem)
    return problem


def _fields(answer: TestResponse) -> list[str]:
    _is_problem(answer, 422)
    return error_fields(answer)


BAD_IDS = [
    "-x",
    ".git",
    "...",
    "a--b",
    "A",
    "x" * 121,
    "%252e%252e%252fx",
    "a%00b",
    "%C3%A9",
    ":-text",
    "ref@%7B0%7D",
]


@pytest.mark.parametrize("name", BAD_IDS)
def test_an_invalid_id_is_not_found(client: FlaskClient, name: str) -> None:
    for path in ("", "/history", "/versions/1", "/diff/1..1", "/diff?from=1&to=1"):
        answer = client.get(f"/stories/{name}{path}")
        assert answer.status_code == 404
        assert "<h1>Not found</h1>" in answer.text
    for path in ("", "/versions", "/versions/1", "/diff/1..1"):
        _is_problem(client.get(f"/api/v1/stories/{name}{path}"), 404)


@pytest.mark.parametrize("name", BAD_IDS)
def test_nothing_is_written_under_an_invalid_id(editor: Writer, name: str) -> None:
    assert _fields(editor.post(name)) == ["id"]


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("diff/3..99", "This story has no version 3."),
        ("diff/1..99", "This story has no version 99."),
        ("diff/0..1", "“0” is not a version number."),
        ("diff/1..r1", "“r1” is not a version"),
        ("diff/a..b", "“a” is not a version"),
        ("diff/--output=x..1", "is not a version"),
        ("diff/1", "There is nothing at this address."),
        ("versions/abc", "“abc” is not a version"),
        ("versions/0", "“0” is not a version"),
        ("versions/-1", "“-1” is not a version"),
        ("versions/01", "“01” is not a version"),
        ("versions/%D9%A3", "“٣” is not a version"),
        ("versions/" + "9" * 40, "is not a version"),
        ("versions/2", "This story has no version 2."),
        ("versions/HEAD", "“HEAD” is not a version"),
    ],
)
def test_an_impossible_version_number_is_named(client: FlaskClient, path: str, detail: str) -> None:
    page = client.get(f"/stories/library/{path}")
    assert page.status_code == 404
    assert detail in page.text
    assert detail in _is_problem(client.get(f"/api/v1/stories/library/{path}"), 404)["detail"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("diff/1..1?view=zz", "view"),
        ("diff?from=x&to=1", "from"),
        ("diff?from=1", "to"),
        ("diff?from=1&to=0", "to"),
        ("history?cursor=x", "cursor"),
    ],
)
def test_a_malformed_parameter_is_named(client: FlaskClient, path: str, field: str) -> None:
    answer = client.get(f"/stories/library/{path}")
    assert answer.status_code == 400
    assert f"<p>{field}: " in answer.text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no json",
        b"{",
        b"[" * 50_000,
        b'{"content": ' * 50_000,
        b"\xff\xfe",
        b'{"content": 1, "content": 2}',
        b'{"base_version": NaN}',
        b'{"base_version": ' + b"9" * 10_000 + b"}",
    ],
)
def test_a_body_that_is_not_json_is_malformed(editor: Writer, data: bytes) -> None:
    assert _is_problem(_send(editor, data), 400)["errors"]


@pytest.mark.parametrize("size", [2 * 1024 * 1024, 5 * 1024 * 1024])
def test_a_body_of_two_mebibytes_is_too_large(editor: Writer, size: int) -> None:
    data = json.dumps({"content": story(overview=["x" * size])}).encode()
    _is_problem(_send(editor, data), 413)
    _is_problem(_send(editor, b"x" * size), 413)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_media_type_is_rejected(editor: Writer, kind: str) -> None:
    _is_problem(_send(editor, b"{}", kind), 415)


@pytest.mark.parametrize("character", ["\0", "\ud800", "\u202e", "\x1b", "\n"])
def test_forbidden_characters_are_rejected_by_field(editor: Writer, character: str) -> None:
    text = f"a{character}b"
    changed = story(
        title=text,
        overview=["fine", "fine", text],
        sources=[{"name": text, "url": "https://a.example/"}],
        faq=[{"question": text, "answer": text}],
    )
    assert set(_fields(editor.post(content=changed, base_version=1))) == {
        "title",
        "overview[2]",
        "sources[0].name",
        "faq[0].question",
        "faq[0].answer",
    }
    if character != "\n":
        changed = story(title="Other")
        assert _fields(editor.post(content=changed, note=text, base_version=1)) == ["note"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": None}, "content"),
        ({"content": []}, "content"),
        ({"state": "live"}, "state"),
        ({"state": None}, "state"),
        ({"kind": "typo"}, "kind"),
        ({"note": 3}, "note"),
        ({"note": "x" * 5_001}, "note"),
        ({"base_version": "1"}, "base_version"),
        ({"base_version": 0}, "base_version"),
        ({"base_version": 1.5}, "base_version"),
        ({"author": "me"}, "author"),
        ({"content": story(overview=["x"] * 1_001)}, "overview"),
        ({"content": story(title="x" * 501)}, "title"),
    ],
)
def test_a_field_of_the_request_is_named(editor: Writer, body: dict[str, Any], field: str) -> None:
    sent = {"content": story(title="Other"), "base_version": 1, **body}
    assert _fields(editor.post(**sent)) == [field]


@pytest.mark.parametrize("data", [b"[]", b'"text"', b"3", b"null"])
def test_a_body_that_is_not_an_object_is_invalid(editor: Writer, data: bytes) -> None:
    assert _fields(_send(editor, data)) == [""]


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "é"])
def test_an_idempotency_key_is_printable(editor: Writer, key: str) -> None:
    answer = editor.post(headers={"Idempotency-Key": key}, content=story(title="x"), base_version=1)
    problem = _is_problem(answer, 400)
    assert [error["field"] for error in problem["errors"]] == ["Idempotency-Key"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_allowed(client: FlaskClient, method: str) -> None:
    assert client.open("/stories/library", method=method).status_code == 405
    answer = client.open("/api/v1/stories/library", method=method)
    _is_problem(answer, 405)
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("words", ["%00", '"', "*", "a%20OR", "%ED%A0%80", "x%20" * 900, "NEAR("])
def test_a_search_never_fails(client: FlaskClient, words: str) -> None:
    assert settled(client.get, f"/?q={words}").status_code == 200
    assert settled(client.get, f"/api/v1/stories?q={words}").status_code == 200


def test_a_parameter_that_is_not_known_is_named(editor: Writer) -> None:
    problem = _is_problem(editor.get("/api/v1/mentions?phrase=bridge&scop=all"), 400)
    assert problem["errors"][0]["field"] == "scop"
    assert "known are: " in problem["errors"][0]["message"]
    sent = editor.client.post(
        f"{POST.format('library')}?note=x", json={"content": story()}, headers=editor.headers
    )
    _is_problem(sent, 400)
    unknown = editor.client.get("/api/v1/mentions?scop=all")
    _is_problem(unknown, 401)


def test_an_address_must_lead_where_it_seems_to(editor: Writer) -> None:
    said = {
        "https://bank.example@evil.example/": "must not hold a user name or password",
        "https://../": "must have the name of a site, such as example.org",
        "https://a.example:99999/": "must have the name of a site, such as example.org",
    }
    for url, message in said.items():
        answer = editor.post(content={"shape": "article", "title": "A", "url": url})
        (error,) = _is_problem(answer, 422)["errors"]
        assert error == {"field": "url", "message": message}


@pytest.mark.parametrize("state", ["live", "rejected", "removed", None, 1, []])
def test_only_the_states_that_are_taken_are_named(editor: Writer, state: object) -> None:
    (error,) = _is_problem(editor.post(state=state), 422)["errors"]
    assert error == {"field": "state", "message": "must be draft or published"}


def test_a_kind_that_explains_nothing_is_answered_with_those_that_do(editor: Writer) -> None:
    answer = editor.act(1, action="explain", note="A reason.", kind="minor")
    (error,) = _is_problem(answer, 422)["errors"]
    assert error["message"].endswith("one of update, correction, clarification, retraction")
