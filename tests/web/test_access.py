"""Every route with every role: who is admitted, and that others learn nothing.

Generated from the application's own map of routes, so that a new one must be listed here.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import Permission, Role
from service.accounts.permissions import GRANTS
from service.web.http.access import open_to
from tests.samples import story
from tests.web.conftest import Desk, Writer

WHO: dict[str, Permission | frozenset[Permission] | None] = {
    "pages.front": None,
    "pages.story": None,
    "pages.history": None,
    "pages.version": None,
    "pages.choose_diff": None,
    "pages.diff": None,
    "memento.timegate": None,
    "memento.timemap": None,
    "feeds.all_feed": None,
    "feeds.story_feed": None,
    "feeds.sitemap_index": None,
    "feeds.sitemap": None,
    "feeds.robots": None,
    "corrections.listing": None,
    "corrections.figures": None,
    "corrections.feed": None,
    "embedding.embed": None,
    "embedding.element": None,
    "oembed.oembed": None,
    "previews.story_image": None,
    "previews.version_image": None,
    "previews.diff_image": None,
    "operations.alive": None,
    "assets.asset": None,
    "transparency.checkpoint": None,
    "transparency.keys": None,
    "transparency.tile": None,
    "operations.ready": None,
    "api.openapi": None,
    "api.list_stories": None,
    "api.list_changes": None,
    "api.list_corrections": None,
    "api.list_shapes": None,
    "api.search_stories": None,
    "api.get_story": None,
    "api.list_versions": None,
    "api.get_version": None,
    "api.get_proof": None,
    "api.get_stored": None,
    "api.get_diff": None,
    "api.get_diff_text": None,
    "api.get_provenance": None,
    "pages.provenance": None,
    "pages.play": None,
    "api_docs.api_docs": None,
    "api.export_story": Permission.EXPORT,
    "api.export_stories": Permission.EXPORT,
    "desk.export": Permission.EXPORT,
    "desk.export_story": Permission.EXPORT,
    "api.get_checkpoint": Permission.READ_DRAFTS,
    "api.prove_inclusion": Permission.READ_DRAFTS,
    "api.prove_consistency": Permission.READ_DRAFTS,
    "api.list_log_keys": Permission.READ_DRAFTS,
    "api.list_mentions": Permission.REMOVE,
    "api.list_all_mentions": Permission.REMOVE,
    "api.list_revisions": Permission.READ_DRAFTS,
    "api.get_revision": Permission.READ_DRAFTS,
    "api.list_actions": Permission.READ_DRAFTS,
    "api.list_inconsistencies": Permission.READ_DRAFTS,
    "api.convert_html": Permission.READ_DRAFTS,
    "api.record_revision": Permission.WRITE_DRAFTS,
    "api.act_on_revision": frozenset({Permission.PUBLISH, Permission.REVIEW, Permission.REMOVE}),
    "api.restore_version": Permission.PUBLISH,
    "desk.sign_in": None,
    "desk.feed": None,
    "desk.sign_out": Permission.USE_DESK,
    "desk.queue": Permission.USE_DESK,
    "desk.review": Permission.USE_DESK,
    "desk.act": Permission.REVIEW,
    "desk.merge_draft": Permission.WRITE_DRAFTS,
    "desk.merge_typed": Permission.WRITE_DRAFTS,
    "desk.new": Permission.WRITE_DRAFTS,
    "desk.edit": Permission.WRITE_DRAFTS,
    "desk.find": Permission.USE_DESK,
    "desk.story": Permission.USE_DESK,
    "desk.timeline": Permission.USE_DESK,
    "desk.watch": Permission.USE_DESK,
    "desk.restore": Permission.PUBLISH,
    "desk.to_explain": Permission.USE_DESK,
    "desk.withdraw": Permission.PUBLISH,
    "desk.ids": Permission.PUBLISH,
    "desk.remove": Permission.REMOVE,
    "desk.mentions": Permission.REMOVE,
    "desk.watching": Permission.USE_DESK,
    "desk.new_feed": Permission.USE_DESK,
    "desk.list_tokens": Permission.MANAGE_TOKENS,
    "desk.create_token": Permission.MANAGE_TOKENS,
    "desk.revoke_token": Permission.MANAGE_TOKENS,
}
"""Each route's permission, or those of which one is enough; None: public. Which roles have it is
the product's own table, which tests/accounts/test_permissions.py pins.
"""
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
    "digest": "0123456789ab",
    "name": "0/000.p/3",
}
CANARY = "canary7c1e"


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(endpoint, method, path with its story left open)."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        path = re.sub(r"<(?:\w+:)?story>", "STORY", str(rule))
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: NUMBERS[match[1]], path)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield rule.endpoint, method, path


def _open(endpoint: str, role: Role | None) -> bool:
    """Whether a route is open to a role; the desk takes being able to sign in, too."""
    permissions = _permissions(endpoint)
    if permissions is None or role is None:
        return permissions is None
    granted = GRANTS[role]
    signs_in = Permission.USE_DESK in granted or not endpoint.startswith("desk.")
    return signs_in and not permissions.isdisjoint(granted)


def _permissions(endpoint: str) -> frozenset[Permission] | None:
    permissions = WHO[endpoint]
    return frozenset({permissions}) if isinstance(permissions, Permission) else permissions


def addresses(path: str) -> list[str]:
    return [path.replace("STORY", story) for story in STATES] if "STORY" in path else [path]


@pytest.fixture(autouse=True)
def states(app: Flask, editor: Writer) -> None:
    hide(app, editor)


def hide(app: Flask, editor: Writer) -> None:
    """Make what `STATES` says; all that is not public has the canary."""
    editor.publish()
    app.extensions["story_history"].published.checkpoint()
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
        signed_in = desk(role) if role and Permission.USE_DESK in GRANTS[role] else None
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


def test_every_route_is_listed_with_the_permission_that_it_declares(app: Flask) -> None:
    views: dict[str, Any] = app.view_functions
    declared = {endpoint: views[endpoint].permissions for endpoint, _, _ in routes(app)}
    assert declared == {endpoint: _permissions(endpoint) for endpoint in WHO}


def test_a_route_without_a_permission_answers_no_one(app: Flask, caller: Any) -> None:
    for path in ("/new-page", "/desk/new-page", "/api/v1/new-page"):
        blueprint = {"/desk": "desk", "/api/": "api"}.get(path[:5], "pages")
        app._got_first_request = False
        app.add_url_rule(path, f"{blueprint}.forgotten{len(path)}", lambda: CANARY)
        for role in (None, *Role):
            answer = caller(role)("GET", path)
            assert answer.status_code in (303, 404), (path, role)
            assert CANARY not in answer.text


def test_a_route_outside_desk_and_api_that_needs_a_permission_answers_no_one(
    app: Flask, caller: Any
) -> None:
    app._got_first_request = False
    view = open_to(Permission.READ_DRAFTS)(lambda: CANARY)
    app.add_url_rule("/new-page", "pages.for_some", view)
    for role in (None, *Role):
        assert caller(role)("GET", "/new-page").status_code == 404


@pytest.mark.parametrize("role", [None, *Role])
def test_each_route_admits_exactly_its_roles(app: Flask, caller: Any, role: Role | None) -> None:
    call = caller(role)
    for endpoint, method, path in routes(app):
        if endpoint == "desk.sign_out":
            continue  # ends the session that the others need: tested by itself
        for filled in addresses(path):
            answer = call(method, filled)
            refused = (
                answer.status_code in (401, 403)
                or answer.headers.get("Location", "").startswith("/desk/sign-in")
            ) and endpoint != "desk.sign_in"
            assert refused == (not _open(endpoint, role)), (endpoint, method, filled, answer.status)
            assert answer.status_code < 500, (endpoint, method, filled)
            if refused or role is None:
                assert CANARY.encode() not in answer.data, (endpoint, filled)
                assert CANARY not in str(answer.headers), (endpoint, filled)


@pytest.mark.parametrize("role", [None, *Role])
def test_a_refusal_is_the_same_whatever_is_there(
    app: Flask, caller: Any, role: Role | None
) -> None:
    call = caller(role)
    for endpoint, method, path in routes(app):
        if _open(endpoint, role) or "STORY" not in path:
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
def test_other_methods_reveal_nothing(app: Flask, client: FlaskClient, method: str) -> None:
    for _, _, path in routes(app):
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
    for endpoint, method, path in routes(app):
        if method == "GET" and "STORY" in path and WHO[endpoint] is None:
            steps = []
            for story in ("secret", "nothing"):
                asked.clear()
                client.get(path.replace("STORY", story))
                steps.append([each.replace(story, "STORY") for each in asked])
            assert steps[0] == steps[1], endpoint
            counted += len(steps[0])
    assert counted > 5
