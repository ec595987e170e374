"""The headers of every response."""

import re

import pytest
from flask.testing import FlaskClient

from service.web.http.headers import CHANGING, LASTING
from tests.web.conftest import Writer

MUTABLE = ["/", "/stories/library", "/stories/library/history", "/api/v1/stories/library"]
FOREVER = [
    "/stories/library/versions/1",
    "/stories/library/diff/1..2",
    "/api/v1/stories/library/versions/1",
    "/api/v1/stories/library/diff/1..2",
]
ERRORS = ["/nothing", "/stories/nothing", "/api/v1/nothing"]


pytestmark = pytest.mark.usefixtures("two_versions")


@pytest.mark.parametrize("path", MUTABLE + FOREVER + ERRORS)
def test_the_policy_forbids_inline_scripts_and_foreign_hosts(
    client: FlaskClient, path: str
) -> None:
    headers = client.get(path).headers
    policy = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["img-src"] == "'self' https:"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", MUTABLE + FOREVER)
def test_a_strong_etag_saves_a_second_transfer(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    second = client.get(path, headers={"If-None-Match": tag})
    assert (second.status_code, second.data, second.headers["ETag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", FOREVER)
def test_versions_and_diffs_may_be_kept_for_minutes(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == LASTING


@pytest.mark.parametrize("path", MUTABLE)
def test_what_changes_is_cached_for_seconds(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == CHANGING


@pytest.mark.parametrize("path", MUTABLE + FOREVER + ERRORS)
def test_other_sites_may_read_what_the_public_may(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_other_sites_may_neither_write_nor_use_a_token(client: FlaskClient, editor: Writer) -> None:
    asked = {
        "Origin": "https://elsewhere.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    preflight = client.options("/api/v1/stories/library/revisions", headers=asked)
    answers = [preflight, editor.get("/api/v1/stories/library"), client.get("/desk/sign-in")]
    for answer in [*answers, editor.post(base_version=2)]:
        assert not any(name.startswith("Access-Control") for name, _ in answer.headers)


@pytest.mark.parametrize("path", ERRORS)
def test_errors_are_not_cached(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", [path for path in MUTABLE + FOREVER if "/api/" in path])
def test_responses_to_a_token_are_not_stored(
    client: FlaskClient, editor: Writer, path: str
) -> None:
    answer = editor.get(path)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer.headers
    assert "Authorization" in client.get(path).headers["Vary"]


@pytest.mark.parametrize("path", MUTABLE + FOREVER)
def test_head_answers_like_get_without_a_body(client: FlaskClient, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]


def test_a_page_names_its_files_by_their_hash(client: FlaskClient) -> None:
    files = re.findall(
        r'(?:src|href)="(/static/[^"]+)"', client.get("/stories/library/diff/1..2").text
    )
    assert {"history.js", "history.css"} <= {file.partition("?")[0][8:] for file in files}
    for file in files:
        assert re.search(r"\?v=[0-9a-f]{12}$", file)
        with client.get(file) as answer:
            assert answer.status_code == 200
