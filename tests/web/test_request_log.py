"""The request log: an ID and a line for each request, without secrets."""

import json
import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import Role
from service.logs import ACCESS, JsonFormatter
from tests.web.conftest import Desk, Writer


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, ACCESS)
    caplog.handler.setFormatter(JsonFormatter())
    return caplog


def _lines(logged: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [json.loads(line) for line in logged.text.splitlines()]


def test_a_request_is_one_line(client: FlaskClient, logged: pytest.LogCaptureFixture) -> None:
    answer = client.get("/?q=secret+plans", headers={"X-Request-ID": "from-the-proxy-1"})
    [line] = _lines(logged)
    assert answer.headers["X-Request-ID"] == line["request"] == "from-the-proxy-1"
    assert (line["method"], line["path"], line["status"], line["cache"]) == (
        "GET",
        "/",
        200,
        "miss",
    )
    assert isinstance(line["ms"], float)
    client.get("/?q=secret+plans")
    assert _lines(logged)[-1]["cache"] == "hit"


@pytest.mark.parametrize("sent", ["short", "x" * 65, "with space in it", 'quo"te--------'])
def test_a_request_id_that_could_forge_a_line_is_replaced(client: FlaskClient, sent: str) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"] != sent


def test_each_request_has_an_id_of_its_own(client: FlaskClient) -> None:
    ids = {client.get("/").headers["X-Request-ID"] for _ in range(5)}
    assert len(ids) == 5


def test_no_secret_is_logged(
    app: Flask, someone: Desk, editor: Writer, logged: pytest.LogCaptureFixture
) -> None:
    token = editor.headers["Authorization"].removeprefix("Bearer ")
    editor.get("/api/v1/stories?q=hidden")
    editor.post()
    someone.get("/desk")
    key = "private-feed-address-0123456789"
    app.test_client().get(f"/desk/feed/{key}.atom")
    for secret in (token, someone.csrf, key, "hidden"):
        assert secret not in logged.text
    assert "/desk/feed/…" in logged.text


def test_a_failure_is_logged_with_the_request_s_id(
    client: FlaskClient, logged: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("service.usecases.reading.Stories.recent", fail)
    answer = client.get("/")
    assert answer.status_code == 500
    failed = next(line for line in _lines(logged) if "exception" in line)
    assert failed["request"] == answer.headers["X-Request-ID"]
    assert "RuntimeError: broken" in str(failed["exception"])
    assert Role.EDITOR not in str(failed)


@pytest.mark.parametrize(
    "character", ["\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u202e", "\u2066"]
)
def test_no_request_paints_or_breaks_a_line(
    client: FlaskClient, logged: pytest.LogCaptureFixture, character: str
) -> None:
    client.get(f"/a{character}b")
    assert character not in logged.text
    [line] = _lines(logged)
    assert line["path"] == f"/a{character}b"
