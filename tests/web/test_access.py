"""Every route, every role: who may, and that whoever may not learns nothing.

Generated from the application's own map of routes, so that a new one must be listed here.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import Role
from service.web.http.access import open_to
from tests.samples import story
from tests.web.conftest import Desk, Writer

EVERYBODY = {None, *Role}
EVERY_ROLE = set(Role)
WRITERS = {Role.CONTRIBUTOR, Role.EDITOR, Role.ADMIN}
EDITORS = {Role.EDITOR, Role.ADMIN}
AUDITORS = {Role.AUDITOR, Role.EDITOR, Role.ADMIN}
ADMINS = {Role.ADMIN}

WHO: dict[str, set[Any]] = {
    "pages.front": EVERYBODY,
    "pages.story": EVERYBODY,
    "pages.history": EVERYBODY,
    "pages.version": EVERYBODY,
    "pages.choose_diff": EVERYBODY,
    "pages.diff": EVERYBODY,
    "memento.timegate": EVERYBODY,
    "memento.timemap": EVERYBODY,
    "feeds.all_feed": EVERYBODY,
    "feeds.story_feed": EVERYBODY,
    "feeds.sitemap_index": EVERYBODY,
    "feeds.sitemap": EVERYBODY,
    "feeds.robots": EVERYBODY,
    "embedding.embed": EVERYBODY,
    "embedding.element": EVERYBODY,
    "operations.alive": EVERYBODY,
    "operations.ready": EVERYBODY,
    "api.openapi": EVERYBODY,
    "api.list_stories": EVERYBODY,
    "api.show_story": EVERYBODY,
    "api.list_versions": EVERYBODY,
    "api.show_version": EVERYBODY,
    "api.show_diff": EVERYBODY,
    "api.show_provenance": EVERYBODY,
    "pages.provenance": EVERYBODY,
    "pages.play": EVERYBODY,
    "pages.api_docs": EVERYBODY,
    "api.export_story": AUDITORS,
    "api.export": AUDITORS,
    "desk.export": EDITORS,
    "desk.export_story": EDITORS,
    "api.show_checkpoint": EVERY_ROLE,
    "api.show_inclusion": EVERY_ROLE,
    "api.show_consistency": EVERY_ROLE,
    "api.list_keys": EVERY_ROLE,
    "api.list_revisions": EVERY_ROLE,
    "api.show_revision": EVERY_ROLE,
    "api.list_actions": EVERY_ROLE,
    "api.record_revision": WRITERS,
    "api.act": EDITORS,
    "api.restore_version": EDITORS,
    "desk.sign_in": EVERYBODY,
    "desk.feed": EVERYBODY,
    "desk.sign_out": EDITORS,
    "desk.queue": EDITORS,
    "desk.review": EDITORS,
    "desk.act": EDITORS,
    "desk.merge_draft": EDITORS,
    "desk.merge_typed": EDITORS,
    "desk.new": EDITORS,
    "desk.edit": EDITORS,
    "desk.find": EDITORS,
    "desk.story": EDITORS,
    "desk.timeline": EDITORS,
    "desk.watch": EDITORS,
    "desk.restore": EDITORS,
    "desk.remove": EDITORS,
    "desk.watching": EDITORS,
    "desk.new_feed": EDITORS,
    "desk.list_tokens": ADMINS,
    "desk.create_token": ADMINS,
    "desk.revoke_token": ADMINS,
}
STATES = {
    "library": "published, with drafts, rejected and replaced ones, and comments",
    "secret": "drafts only",
    "nothing": "not there",
}
NUMBERS = {
    "version": "1",
    "revision": "2",
    "old": "1",
    "new": "1",
    "key": "k",
    "token": "t",
    "page": "1",
}
CANARY = "canary7c1e"


def _routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(endpoint, method, path with its story left open)."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        path = re.sub(r"<(?:\w+:)?story>", "STORY", str(rule))
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: NUMBERS[match[1]], path)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield rule.endpoint, method, path


def _filled(path: str) -> list[str]:
    return [path.replace("STORY", story) for story in STATES] if "STORY" in path else [path]


@pytest.fixture(autouse=True)
def states(editor: Writer) -> None:
    editor.publish()
    for number in (2, 3, 4):
        body: dict[str, Any] = {"supersedes": 2} if number == 3 else {}
        answer = editor.post(
            state="draft",
            base_version=1,
            note=CANARY,
            content=_hidden(number),
            **body,
        )
        assert answer.status_code == 201, answer.text
    editor.post("secret", state="draft", note=CANARY, content=_hidden(1))
    for revision, action in ((4, "reject"), (2, "comment")):
        answer = editor.client.post(
            f"/api/v1/stories/library/revisions/{revision}/actions",
            json={"action": action, "note": CANARY},
            headers=editor.headers,
        )
        assert answer.status_code == 201


def _hidden(number: int) -> dict[str, Any]:
    source = {"name": CANARY, "url": f"https://{CANARY}.example/"}
    return story(
        title=f"{CANARY} {number}",
        overview=[CANARY],
        sources=[source],
        summary=f"{CANARY} {number}",
    )


Call = Callable[[str, str], TestResponse]


@pytest.fixture
def caller(app: Flask, writer: Callable[[Role], Writer], desk: Callable[[Role], Desk]) -> Any:
    """A way to call as a role, or as the public: by token at the API, signed in at the desk."""

    def make(role: Role | None) -> Call:
        # A role that may not sign in comes with the session that it cannot have: none.
        signed_in = desk(role) if role in EDITORS else None
        headers = writer(role).headers if role else {}

        def call(method: str, path: str) -> TestResponse:
            if path.startswith("/desk") and signed_in:
                data = {"csrf": signed_in.csrf} if method == "POST" else None
                return signed_in.client.open(path, method=method, data=data)
            client = app.test_client()
            json: dict[str, Any] | None = (
                {} if method == "POST" and path.startswith("/api") else None
            )
            return client.open(path, method=method, headers=headers, json=json)

        return call

    return make


def test_every_route_is_listed(app: Flask) -> None:
    assert {endpoint for endpoint, _, _ in _routes(app)} == WHO.keys()


def test_a_route_that_names_no_one_answers_no_one(app: Flask, caller: Any) -> None:
    for path in ("/new-page", "/desk/new-page", "/api/v1/new-page"):
        blueprint = {"/desk": "desk", "/api/": "api"}.get(path[:5], "pages")
        app._got_first_request = False
        app.add_url_rule(path, f"{blueprint}.forgotten{len(path)}", lambda: CANARY)
        for role in (None, *Role):
            answer = caller(role)("GET", path)
            assert answer.status_code in (303, 404), (path, role)
            assert CANARY not in answer.text


def test_a_public_part_s_route_that_is_not_for_all_answers_no_one(app: Flask, caller: Any) -> None:
    app._got_first_request = False
    view = open_to(frozenset(Role))(lambda: CANARY)
    app.add_url_rule("/new-page", "pages.for_some", view)
    for role in (None, *Role):
        assert caller(role)("GET", "/new-page").status_code == 404


@pytest.mark.parametrize("role", [None, *Role])
def test_each_route_is_for_whom_it_is_for(app: Flask, caller: Any, role: Role | None) -> None:
    call = caller(role)
    for endpoint, method, path in _routes(app):
        if endpoint == "desk.sign_out":
            continue  # ends the session that the others need: tested by itself
        for filled in _filled(path):
            answer = call(method, filled)
            refused = (
                answer.status_code in (401, 403)
                or answer.headers.get("Location", "").startswith("/desk/sign-in")
            ) and endpoint != "desk.sign_in"
            assert refused == (role not in WHO[endpoint]), (endpoint, method, filled, answer.status)
            assert answer.status_code < 500, (endpoint, method, filled)
            if refused or role is None:
                assert CANARY not in answer.text + str(answer.headers), (endpoint, filled)


@pytest.mark.parametrize("role", [None, *Role])
def test_a_refusal_is_the_same_whatever_is_there(
    app: Flask, caller: Any, role: Role | None
) -> None:
    call = caller(role)
    for endpoint, method, path in _routes(app):
        if role in WHO[endpoint] or "STORY" not in path:
            continue
        answers = {
            (answer.status_code, answer.text.replace(story, "STORY"))
            for story in STATES
            for answer in [call(method, path.replace("STORY", story))]
        }
        assert len({status for status, _ in answers}) == 1, (endpoint, method)
        shown = {re.sub(r'name="csrf" value="[^"]*"', "", text) for _, text in answers}
        assert len(shown) == 1, (endpoint, method)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
def test_other_methods_tell_nothing(app: Flask, client: FlaskClient, method: str) -> None:
    for _, _, path in _routes(app):
        if "STORY" in path:
            hidden, absent = (
                client.open(path.replace("STORY", story), method=method)
                for story in ("secret", "nothing")
            )
            assert hidden.status_code == absent.status_code
            assert CANARY not in hidden.text
            assert hidden.headers.get("Allow") == absent.headers.get("Allow")


def test_what_is_hidden_takes_the_same_steps_as_what_is_absent(
    app: Flask, client: FlaskClient
) -> None:
    """No timing can tell them apart: the index is asked the same questions."""
    index = app.extensions["story_history"].archive.index
    asked: list[str] = []
    index._db().conn.set_trace_callback(asked.append)
    counted = 0
    for endpoint, method, path in _routes(app):
        if method == "GET" and "STORY" in path and None in WHO[endpoint]:
            steps = []
            for story in ("secret", "nothing"):
                asked.clear()
                client.get(path.replace("STORY", story))
                steps.append([each.replace(story, "STORY") for each in asked])
            assert steps[0] == steps[1], endpoint
            counted += len(steps[0])
    assert counted > 5
