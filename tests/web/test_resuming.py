"""What was typed when the session ended is offered to who typed it; what another site sent, never.

Everything but one thing is right in each attack, so that no check can hide behind another.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import Role
from service.accounts.sessions import LIFETIME
from service.config import Settings
from tests.samples import NOON, new_token
from tests.web.conftest import application, form_csrf, signed_in, words

EDIT = "/desk/stories/library/edit"
OURS = {"Sec-Fetch-Site": "same-origin"}
TEXT = "First </textarea> paragraph"
TYPED = {"overview": [TEXT, "Second"], "note": "Why", "do": "publish", "title": "Typed"}
RESUMABLE = {
    *("desk.new", "desk.edit", "desk.merge_draft", "desk.merge_typed", "desk.act", "desk.restore"),
}
"""Writing, and notes to a review. What removes, revokes, withdraws or signs out is not here."""


@dataclass
class Hands:
    """A clock that a test moves."""

    time: datetime = NOON

    def __call__(self) -> datetime:
        return self.time


@dataclass(frozen=True)
class Editor:
    """At the desk: with a page open, and a session that has ended since."""

    client: FlaskClient
    token: str
    form: list[str]

    def post(
        self, path: str = EDIT, headers: Mapping[str, str] = OURS, **form: Any
    ) -> TestResponse:
        self.client.delete_cookie("story_history_desk", path="/desk")
        sent = {"csrf": "old", "form": self.form, **TYPED, **form}
        return self.client.post(path, data=sent, headers=headers)

    def sign_in(self, page: TestResponse, token: str = "", **form: Any) -> TestResponse:
        """By the form on this page, with all its fields."""
        fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
        sent = {name: unescape(value) for name, value in fields}
        sent |= {"token": token or self.token, **form}
        return self.client.post("/desk/sign-in", data=sent, headers=OURS)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def app(archive_path: Path, clock: Hands) -> Flask:
    return application(Settings(archive_path), clock)


def form_of(page: TestResponse) -> list[str]:
    """What this server signed in the page's forms."""
    return sorted(set(re.findall(r'name="form" value="([^"]+)"', page.text)))


@pytest.fixture
def away(app: Flask, archive_path: Path, published: None) -> Editor:
    return _away(app, archive_path, "Dara Voss")


def _away(app: Flask, archive_path: Path, name: str) -> Editor:
    client, token = app.test_client(), new_token(archive_path, Role.ADMIN, name)
    desk = signed_in(client, token)
    form = form_of(desk.get(EDIT))
    desk.post("/desk/sign-out")
    return Editor(client, token, form)


def test_typed_text_is_shown_after_signing_in_and_sent_when_its_owner_says_so(
    away: Editor, published: None
) -> None:
    answer = away.post()
    assert answer.status_code == 403
    assert "your text is not lost" in answer.text
    assert away.sign_in(answer, "wrong").status_code == 401
    page = away.sign_in(away.sign_in(answer, "wrong"))
    assert page.status_code == 200
    shown = words(page)
    assert "Nothing has been sent yet" in shown
    for each in ("Action Publish Story library", f"Overview {TEXT} Overview Second", "Note Why"):
        assert each in shown
    assert away.token not in page.text
    assert f'action="{EDIT}"' in page.text
    assert "autofocus" not in page.text
    sent = {"csrf": form_csrf(page), **TYPED}
    done = away.client.post(EDIT, data=sent, headers=OURS)
    assert done.status_code == 409, "the live version is another: and all is still there"
    assert unescape(done.text).count(TEXT) > 0


def test_it_can_be_resumed_once_more_if_the_session_ends_again(away: Editor) -> None:
    page = away.sign_in(away.post())
    assert "your text is not lost" in away.post(form=form_of(page)).text


def _is_offered(away: Editor, answer: TestResponse) -> bool:
    """Whether anything of what was sent comes back, now or after signing in."""
    page = away.sign_in(answer) if answer.text.count("/desk/sign-in") else answer
    offered = [TEXT in unescape(each.text) or "kept" in each.text for each in (answer, page)]
    return any(offered) or page.status_code == 200


ORIGIN = "http://localhost"


@pytest.mark.parametrize(
    ("headers", "offered"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": ORIGIN}, True),
        ({}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Sec-Fetch-Site": "same-origin, cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://localhost:81"}, False),
        ({"Origin": "https://localhost"}, False),
        ({"Origin": "http://localhost.evil.example"}, False),
        ({"Origin": f"{ORIGIN}, http://evil.example"}, False),
        ({"Origin": "http://evil.example", "Referer": f"{ORIGIN}{EDIT}"}, False),
    ],
)
def test_only_what_our_own_pages_sent_is_kept(
    away: Editor, headers: dict[str, str], offered: bool
) -> None:
    assert _is_offered(away, away.post(headers=headers)) == offered


@pytest.mark.parametrize(
    ("settings", "origin", "offered"),
    [
        ({"url": "https://history.example.org"}, "https://history.example.org", True),
        ({"url": "https://history.example.org"}, "https://evil.example", False),
        ({"proxies": 1}, "https://localhost", True),
        ({}, "https://localhost", False),
    ],
)
def test_behind_a_proxy_our_own_origin_is_the_public_one(
    archive_path: Path, settings: dict[str, Any], origin: str, offered: bool, published: None
) -> None:
    app = application(Settings(archive_path, **settings), Hands())
    headers = {"Origin": origin, "X-Forwarded-Proto": "https"}
    answer = _away(app, archive_path, "Dara Voss").post(headers=headers)
    assert ("your text is not lost" in answer.text) == offered


def test_a_form_without_our_signature_is_not_kept(
    app: Flask, archive_path: Path, away: Editor, clock: Hands
) -> None:
    elsewhere = [
        form_of(signed_in(app.test_client(), away.token).get(path))
        for path in ("/desk/new", "/desk/stories/library/restore/1")
    ]
    [good] = [each for each in away.form if _is_offered(away, away.post(form=each))]
    head, _, signature = good.rpartition(".")
    forged = f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    for form in ([], "x", forged, *elsewhere):
        assert not _is_offered(away, away.post(form=form)), form
    clock.time += LIFETIME + timedelta(seconds=1)
    assert not _is_offered(away, away.post(form=good))


def test_it_is_offered_to_nobody_else(app: Flask, archive_path: Path, away: Editor) -> None:
    other = new_token(archive_path, Role.EDITOR, "Mika Lund")
    answer = away.sign_in(away.post(), other)
    assert answer.status_code == 303
    page = away.client.get(answer.headers["Location"])
    assert "is another person's. It was not sent." in words(page)
    assert TEXT not in unescape(answer.text + page.text)
    same = new_token(archive_path, Role.EDITOR, "dara voss")
    assert TEXT in words(away.sign_in(away.post(), same)), "the same person, by another token"


def test_another_s_form_does_not_make_it_one_s_own(
    app: Flask, archive_path: Path, away: Editor
) -> None:
    attacker = _away(app, archive_path, "Mika Lund")
    answer = away.sign_in(away.post(form=attacker.form))
    assert answer.status_code == 303


@pytest.mark.parametrize("kept", ["x", "WyJhIl0.aaaa.bbbb", "form"])
def test_the_sign_in_form_takes_fields_only_as_we_signed_them(away: Editor, kept: str) -> None:
    page = away.client.get("/desk/sign-in")
    kept = away.form[0] if kept == "form" else kept
    answer = away.sign_in(page, "", kept=kept, next=EDIT, **TYPED)
    assert answer.status_code == 303
    assert answer.headers["Location"] == EDIT


def _posts(app: Flask) -> Iterator[tuple[str, str]]:
    """(endpoint, path) of each form of the desk."""
    values = {"story": "library", "version": "1", "revision": "1", "token": "t"}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("desk.") and "POST" in (rule.methods or ()):
            path = re.sub(r"<(\w+)>", lambda match: values[match[1]], str(rule))
            yield rule.endpoint, path


def test_only_writing_can_be_resumed(app: Flask, away: Editor) -> None:
    """Even with a signature for just this address, which no page of ours would give."""
    desk = signed_in(app.test_client(), away.token)
    with app.test_request_context():
        from service.web.desk.resuming import _signed  # what only this server can make

        person = _signed("form").loads(away.form[0])[0]
        paths = dict(_posts(app))
        forms = {path: _signed("form").dumps([person, path]) for path in paths.values()}
    assert desk.get("/desk").status_code == 200
    for endpoint, path in paths.items():
        if endpoint == "desk.sign_in":
            continue
        answer = away.post(path, form=forms[path], do="remove", action="comment")
        assert answer.status_code == 403
        assert ('name="kept"' in answer.text) == (endpoint in RESUMABLE), endpoint
        if endpoint not in RESUMABLE:
            assert TEXT not in unescape(answer.text)
            assert "Nothing was done" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {},
    ],
)
@pytest.mark.parametrize("is_signed_in", [False, True])
def test_a_post_from_another_site_sets_no_cookie(
    app: Flask, away: Editor, headers: dict[str, str], is_signed_in: bool
) -> None:
    """As a browser sends it: without our cookies, as they are for the same site only; and with
    them, from a browser that does not know of that.
    """
    desk = signed_in(app.test_client(), away.token)
    client = desk.client if is_signed_in else app.test_client()
    paths = [path for _, path in _posts(app)]
    for path in (*paths, "/desk", "/desk/nothing", "/nothing", "/", "/api/v1/stories/library"):
        answer = client.post(path, data={"form": away.form, **TYPED}, headers=headers)
        if headers or not is_signed_in:
            assert "Set-Cookie" not in answer.headers, path
        assert answer.status_code >= 400, path
        assert TEXT not in unescape(answer.text)
    if is_signed_in:
        assert client.get("/desk").status_code == 200, "nor does it end the session"
