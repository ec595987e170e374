"""Signing in and out, CSRF tokens, rate limits, and attacks on them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import Role, Tokens
from service.accounts.database import Database
from service.accounts.sessions import IDLE, LIFETIME
from service.app import create_app
from service.config import Settings
from tests.samples import new_token
from tests.web.conftest import Desk, Writer, form_csrf, read, signed_in

COOKIE = "story_history_desk"


@pytest.fixture
def token(editor: Writer) -> str:
    return editor.headers["Authorization"].removeprefix("Bearer ")


def _sign_in(client: FlaskClient, token: str, **form: str) -> TestResponse:
    csrf = form_csrf(client.get("/desk/sign-in"))
    return client.post("/desk/sign-in", data={"csrf": csrf, "token": token, **form})


def test_an_editor_signs_in_and_out(client: FlaskClient, token: str) -> None:
    assert client.get("/desk").headers["Location"] == "/desk/sign-in?next=/desk"
    desk = signed_in(client, token)
    assert "The editor" in desk.get("/desk").text
    assert desk.post("/desk/sign-out").status_code == 303
    assert client.get("/desk").status_code == 303


def test_signing_out_ends_the_session_not_just_the_cookie(
    app: Flask, client: FlaskClient, token: str
) -> None:
    desk = signed_in(client, token)
    kept = client.get_cookie(COOKIE, path="/desk")
    assert kept
    desk.post("/desk/sign-out")
    thief = app.test_client()
    thief.set_cookie(COOKIE, kept.value, path="/desk")
    assert thief.get("/desk").status_code == 303


def test_the_cookie_is_hidden_from_scripts_and_other_sites(client: FlaskClient, token: str) -> None:
    answer = _sign_in(client, token)
    [cookie] = [each for each in answer.headers.getlist("Set-Cookie") if COOKIE in each]
    assert {"HttpOnly", "SameSite=Lax", "Path=/desk"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    over_tls = client.get("/desk/sign-in", base_url="https://localhost")
    assert "Secure" in over_tls.headers["Set-Cookie"]


def test_public_pages_set_no_cookie_and_do_not_vary_by_one(
    client: FlaskClient, editor: Writer, token: str
) -> None:
    editor.publish()
    signed_in(client, token)
    for path in ("/", "/stories/library", "/api/v1/stories/library"):
        headers = client.get(path).headers
        assert "Set-Cookie" not in headers
        assert "Cookie" not in headers.get("Vary", "")


def test_no_page_of_the_desk_is_cached(desk: Callable[[Role], Desk]) -> None:
    for path in ("/desk", "/desk/sign-in", "/desk/stories", "/desk/nothing"):
        assert "no-store" in desk(Role.EDITOR).get(path).headers["Cache-Control"]


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.AUDITOR])
def test_the_desk_is_for_editors(
    client: FlaskClient, writer: Callable[[Role], Writer], role: Role
) -> None:
    token = writer(role).headers["Authorization"].removeprefix("Bearer ")
    answer = _sign_in(client, token)
    assert answer.status_code == 403
    assert "The desk is for editors" in answer.text
    assert client.get("/desk").status_code == 303


@pytest.mark.parametrize("wrong", ["", "x", "é" * 43, "\x00", "a" * 100_000])
def test_every_wrong_token_gets_the_same_answer(client: FlaskClient, wrong: str) -> None:
    answer = _sign_in(client, wrong)
    assert answer.status_code == 401
    assert "This token is unknown, revoked or expired." in answer.text


def test_a_revoked_token_ends_its_sessions_at_once(
    client: FlaskClient, token: str, archive_path: Path
) -> None:
    desk = signed_in(client, token)
    tokens = Tokens(Database(archive_path))
    [known] = tokens.all()
    tokens.revoke(known.id, datetime(2026, 5, 1, 12, tzinfo=UTC))
    assert desk.get("/desk").status_code == 303
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/stories", headers=headers).status_code == 401


class _Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 5, 1, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.mark.parametrize(("idle", "ends"), [(IDLE - timedelta(minutes=1), False), (IDLE, True)])
def test_an_unused_session_expires(archive_path: Path, idle: timedelta, ends: bool) -> None:
    clock = _Hands()
    client = create_app(Settings(archive_path), clock).test_client()
    signed_in(client, new_token(archive_path, now=clock.time))
    clock.time += idle
    assert (client.get("/desk").status_code == 303) == ends


def test_a_session_expires_after_a_week_even_if_it_is_used(archive_path: Path) -> None:
    clock = _Hands()
    client = create_app(Settings(archive_path), clock).test_client()
    signed_in(client, new_token(archive_path, now=clock.time))
    while clock.time < datetime(2026, 5, 1, 10, tzinfo=UTC) + LIFETIME - timedelta(hours=6):
        clock.time += timedelta(hours=6)
        assert client.get("/desk").status_code == 200
    clock.time += timedelta(hours=6)
    assert client.get("/desk").status_code == 303


def test_an_expired_token_gives_no_access(archive_path: Path) -> None:
    clock = _Hands()
    client = create_app(Settings(archive_path), clock).test_client()
    ends = clock.time + timedelta(hours=1)
    token = Tokens(Database(archive_path)).create(Role.EDITOR, "Dara", clock.time, ends)
    signed_in(client, token)
    clock.time = ends
    assert client.get("/desk").status_code == 303
    assert _sign_in(client, token).status_code == 401


# Fixation, forgery, redirects, guessing


def test_signing_in_does_not_adopt_a_planted_session(
    app: Flask, client: FlaskClient, token: str
) -> None:
    attacker = app.test_client()
    attacker.get("/desk/sign-in")
    planted = attacker.get_cookie(COOKIE, path="/desk")
    assert planted
    client.set_cookie(COOKIE, planted.value, path="/desk")
    signed_in(client, token)
    now = client.get_cookie(COOKIE, path="/desk")
    assert now
    assert now.value != planted.value
    assert attacker.get("/desk").status_code == 303


def test_signing_in_again_ends_the_previous_session(
    app: Flask, client: FlaskClient, token: str
) -> None:
    signed_in(client, token)
    before = client.get_cookie(COOKIE, path="/desk")
    assert before
    signed_in(client, token)
    other = app.test_client()
    other.set_cookie(COOKIE, before.value, path="/desk")
    assert other.get("/desk").status_code == 303


def _posts(app: Flask) -> list[str]:
    values = {"story": "library", "version": "1", "revision": "2", "token": "t"}
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("desk.") and "POST" in (rule.methods or ()):
            path = str(rule)
            for name, value in values.items():
                path = path.replace(f"<{name}>", value)
            found.append(path)
    return found


@pytest.mark.parametrize("csrf", ["", "x", "theirs"])
def test_a_form_without_this_session_s_csrf_token_is_rejected(
    app: Flask, desk: Callable[[Role], Desk], editor: Writer, csrf: str
) -> None:
    editor.publish()
    editor.draft(base=1, title="Draft")
    admin = desk(Role.ADMIN)
    theirs = desk(Role.ADMIN).csrf
    before = read(editor.get("/api/v1/stories/library/revisions"))
    paths = _posts(app)
    assert len(paths) > 10
    for path in paths:
        sent = {"csrf": theirs if csrf == "theirs" else csrf, "action": "approve", "do": "publish"}
        answer = admin.client.post(path, data=sent)
        assert answer.status_code == 403, path
        assert "was rejected" in answer.text
    assert read(editor.get("/api/v1/stories/library/revisions")) == before
    assert admin.get("/desk").status_code == 200


def test_a_form_sent_from_another_site_is_rejected(desk: Callable[[Role], Desk]) -> None:
    someone = desk(Role.EDITOR)
    sent = {"csrf": someone.csrf}
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200)):
        headers = {"Sec-Fetch-Site": site}
        answer = someone.client.post("/desk/watching/feed", data=sent, headers=headers)
        assert answer.status_code == status, site


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/desk/stories/library/revisions/2", None),
        ("/desk?section=faq&facts=yes", None),
        ("https://evil.example/", "/desk"),
        ("//evil.example", "/desk"),
        ("/\\evil.example", "/desk"),
        ("/desk//evil.example", "/desk"),
        ("/desk/../../evil", "/desk"),
        ("/desk\\@evil.example", "/desk"),
        ("/desk\r\nSet-Cookie: a=b", "/desk"),
        ("/desk%0d%0aSet-Cookie:a=b", "/desk"),
        ("javascript:alert(1)", "/desk"),
        ("/deskevil", "/desk"),
        ("", "/desk"),
    ],
)
def test_signing_in_redirects_only_within_the_desk(
    client: FlaskClient, token: str, asked: str, led: str | None
) -> None:
    answer = _sign_in(client, token, next=asked)
    assert answer.status_code == 303
    assert answer.headers["Location"] == (asked if led is None else led)
    assert not any("a=b" in each for each in answer.headers.getlist("Set-Cookie"))


def test_failed_sign_ins_are_rate_limited(app: Flask, client: FlaskClient, token: str) -> None:
    for _ in range(10):
        assert _sign_in(client, "wrong").status_code == 401
    answer = _sign_in(client, token)
    assert answer.status_code == 429
    assert 50 <= int(answer.headers["Retry-After"]) <= 60
    elsewhere = app.test_client()
    csrf = form_csrf(elsewhere.get("/desk/sign-in"))
    sent = {"csrf": csrf, "token": token}
    other = elsewhere.post("/desk/sign-in", data=sent, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 303


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_proxy_s_headers_are_trusted_only_where_one_is_configured(
    archive_path: Path, proxies: int
) -> None:
    client = create_app(Settings(archive_path, proxies=proxies)).test_client()
    over_tls = client.get("/desk/sign-in", headers={"X-Forwarded-Proto": "https"})
    assert ("Secure" in over_tls.headers["Set-Cookie"]) == bool(proxies)
    statuses = {
        client.post("/desk/sign-in", headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
        for number in range(12)
    }
    assert statuses == ({403} if proxies else {403, 429})


def test_a_successful_sign_in_does_not_count_as_a_failure(client: FlaskClient, token: str) -> None:
    for _ in range(15):
        assert _sign_in(client, token).status_code == 303


def test_writes_are_rate_limited_by_person(
    editor: Writer, contributor: Writer, archive_path: Path
) -> None:
    client = create_app(Settings(archive_path, writes_per_minute=3)).test_client()
    wild = Writer(client, editor.headers)
    answers = [wild.post(f"story-{number}") for number in range(5)]
    assert [each.status_code for each in answers] == [201, 201, 201, 429, 429]
    assert answers[3].content_type == "application/problem+json"
    assert 50 <= int(answers[3].headers["Retry-After"]) <= 60
    assert wild.get("/api/v1/stories").status_code == 200
    assert Writer(client, contributor.headers).post("other", state="draft").status_code == 201


def test_another_site_cannot_use_up_the_attempts_to_sign_in(
    client: FlaskClient, token: str
) -> None:
    for _ in range(12):
        sent = {"token": "wrong"}
        answer = client.post("/desk/sign-in", data=sent, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
    assert _sign_in(client, token).status_code == 303
