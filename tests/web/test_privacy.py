"""The public sees published versions and nothing that reveals drafts."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.conftest import Writer, read, settled

CANARY = "canary7c1e"
VALUES = {
    "story": ["library", "secret", "nothing"],
    "version": ["1", "2", "r2", "r1"],
    "revision": ["1", "2"],
    "old": ["1", "r2", "r1"],
    "new": ["1", "2", "r2"],
    "page": ["1", "2"],
    "digest": ["0123456789ab"],
    "name": ["0/000.p/3", "entries/000.p/3"],
}


@pytest.fixture(autouse=True)
def drafts(app: Flask, editor: Writer) -> None:
    editor.publish("library")
    app.extensions["story_history"].published.checkpoint()
    editor.draft("library", base=1, title=CANARY, overview=[CANARY])
    editor.draft("secret", title=CANARY, overview=[CANARY])


def _paths(app: Flask) -> Iterator[str]:
    """Every GET route, filled with every combination of likely values."""
    for rule in app.url_map.iter_rules():
        # The desk answers no one who is not signed in: see test_access.py.
        if "GET" not in (rule.methods or ()) or rule.endpoint.startswith(("static", "desk.")):
            continue
        filled = [str(rule)]
        for name in rule.arguments:
            filled = [
                re.sub(rf"<(\w+:)?{name}>", value, path)
                for path in filled
                for value in VALUES[name]
            ]
        yield from filled


def test_no_public_answer_shows_a_draft(app: Flask, client: FlaskClient) -> None:
    paths = list(_paths(app))
    assert len(paths) > 40
    for path in paths:
        for query in ("", f"?q={CANARY}&view=split&from=1&to=2"):
            answer = settled(client.get, path + query)
            shown = (
                answer.data.decode(errors="replace")
                .replace(f"“{CANARY}”", "")
                .replace(f'value="{CANARY}"', "")
            )
            assert CANARY not in shown.replace(f"Search: {CANARY}", ""), path
            assert CANARY not in str(answer.headers)
            if "secret" in path:
                assert answer.status_code in (400, 401, 404), path


def test_a_story_with_only_drafts_answers_like_one_that_does_not_exist(
    app: Flask, client: FlaskClient
) -> None:
    for path in _paths(app):
        if "secret" in path:
            hidden, absent = client.get(path), client.get(path.replace("secret", "nothing"))
            assert hidden.status_code == absent.status_code, path
            assert hidden.text == absent.text.replace("nothing", "secret"), path
            own = {"Content-Length": "", "X-Request-ID": ""}
            assert dict(hidden.headers) | own == dict(absent.headers) | own


def test_a_draft_changes_no_public_answer(app: Flask, client: FlaskClient, editor: Writer) -> None:
    def answers() -> dict[str, tuple[bytes, str | None]]:
        found = {path: client.get(path) for path in _paths(app)}
        return {path: (answer.data, answer.headers.get("ETag")) for path, answer in found.items()}

    before = answers()
    editor.draft("library", base=1, title=f"{CANARY} again")
    assert answers() == before


def test_public_numbers_reveal_nothing_about_drafts(client: FlaskClient, editor: Writer) -> None:
    editor.publish("library", base=1, title="Second")
    answer = read(client.get("/api/v1/stories/library/versions"))
    assert [each["version"] for each in answer["items"]] == [2, 1]
    assert all("revision" not in each and "base_version" not in each for each in answer["items"])
