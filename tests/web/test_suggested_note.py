"""The gate's answer suggests a note: in the API, and at the desk without scripts."""

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.samples import story
from tests.web.conftest import Desk, Writer, draft, read, words
from tests.web.test_desk_writing import EDIT, _form

OPEN, COSTS = story()["overview"]
API = "/api/v1/stories/library"
REVIEW = "/desk/stories/library/revisions/2"
MORE = [OPEN, COSTS.replace("1.2", "1.4")]
SUGGESTED = "An earlier version of this story said 1.2 million crowns; it is 1.4 million."
BACK = "An earlier version of this story said 1.4 million crowns; it is 1.2 million."

pytestmark = pytest.mark.usefixtures("published")


def _note(answer: TestResponse) -> str:
    [note] = re.findall(r'<textarea id="note"[^>]*>\n(.*?)</textarea>', answer.text, re.S)
    return unescape(str(note))


def _suggested(answer: TestResponse) -> str:
    """The value of the one button that takes the note, which is what the page shows."""
    [value] = re.findall(r'name="use_note" value="([^"]*)"', answer.text)
    [shown] = re.findall(r'<blockquote id="suggested-note"[^>]*>(.*?)</blockquote>', answer.text)
    assert shown == value
    assert 'aria-describedby="note-hint suggested-note"' in answer.text.replace(
        '"hint suggested', '"note-hint suggested'
    )
    return unescape(str(value))


@pytest.mark.parametrize("way", ["publish", "act", "restore"])
def test_what_the_api_suggests_is_published(
    editor: Writer, contributor: Writer, client: FlaskClient, way: str
) -> None:
    url, body, note = f"{API}/revisions", {"content": story(overview=MORE)}, SUGGESTED
    sent: dict[str, Any] = {**body, "state": "published", "base_version": 1}
    if way == "act":
        draft(contributor, overview=MORE)
        url, sent = f"{API}/revisions/2/actions", {"action": "publish"}
    elif way == "restore":
        editor.publish(base=1, overview=MORE)
        url, sent, note = f"{API}/restore/1", {"base_version": 2}, BACK
    held = editor.client.post(url, json=sent, headers=editor.headers)
    assert held.status_code == 409
    assert read(held)["suggested_note"] == note
    published = editor.client.post(url, json=sent | {"note": note}, headers=editor.headers)
    assert published.status_code == 201, published.text
    assert read(client.get(API))["note"] == note


@pytest.mark.parametrize(
    ("overview", "fields"),
    [
        # Only added: nothing was wrong
        ([OPEN, COSTS, "It has 12 seats."], {}),
        # There is a note, of the wrong kind
        (MORE, {"note": "Why", "kind": "minor"}),
        # A language without phrases
        (["Il consiglio ha detto che non è per gli alunni della zona: 12."], {}),
    ],
)
def test_none_is_suggested(editor: Writer, overview: list[str], fields: dict[str, Any]) -> None:
    answer = editor.post(content=story(overview=overview), base_version=1, **{"note": ""} | fields)
    assert answer.status_code == 409
    assert "suggested_note" not in read(answer)


def test_the_desk_suggests_a_note_and_takes_it_without_scripts(
    someone: Desk, contributor: Writer, client: FlaskClient
) -> None:
    draft(contributor, overview=MORE)
    act = f"{REVIEW}/actions"
    held = someone.post(act, action="publish", kind="correction", note="", override_reason="")
    assert held.status_code == 409
    assert "(one is suggested below its field)" in words(held)
    assert (_note(held), _suggested(held)) == ("", SUGGESTED)
    taken = someone.post(act, kind="correction", note="", override_reason="x", use_note=SUGGESTED)
    assert taken.status_code == 200
    assert _note(taken) == SUGGESTED
    assert "Nothing is published yet." in words(taken)
    assert "<option selected>correction</option>" in taken.text
    assert 'name="override_reason" value="x"' in taken.text
    assert read(client.get(API))["version"] == 1
    assert someone.post(act, action="publish", note=_note(taken)).status_code == 303
    assert read(client.get(API))["note"] == SUGGESTED


def test_so_does_the_form_for_writing(someone: Desk, client: FlaskClient) -> None:
    typed = _form(overview=MORE)
    assert _suggested(someone.post(EDIT, do="publish", **typed)) == SUGGESTED
    taken = someone.post(EDIT, **typed, use_note=SUGGESTED)
    assert (taken.status_code, _note(taken)) == (200, SUGGESTED)
    assert COSTS.replace("1.2", "1.4") in taken.text
    assert read(client.get(API))["version"] == 1
    assert someone.post(EDIT, do="publish", **typed | {"note": SUGGESTED}).status_code == 303


def test_so_does_restoring(someone: Desk, editor: Writer, client: FlaskClient) -> None:
    editor.publish(base=1, overview=MORE)
    path = "/desk/stories/library/restore/1"
    assert _suggested(someone.post(path, base_version="2", note="")) == BACK
    taken = someone.post(path, base_version="2", note="", use_note=BACK)
    assert (taken.status_code, _note(taken)) == (200, BACK)
    assert read(client.get(API))["version"] == 2
    assert someone.post(path, base_version="2", note=_note(taken)).status_code == 303
    assert read(client.get(API))["note"] == BACK


@pytest.mark.parametrize(
    ("typed", "then"),
    [
        ("", SUGGESTED),
        (" \n", SUGGESTED),
        ("Sorry.", f"Sorry.\n{SUGGESTED}"),
        (f"{SUGGESTED} Sorry.", f"{SUGGESTED} Sorry."),
    ],
)
def test_what_was_typed_in_the_meantime_stays(
    someone: Desk, contributor: Writer, typed: str, then: str
) -> None:
    draft(contributor, overview=MORE)
    answer = someone.post(f"{REVIEW}/actions", note=typed, use_note=SUGGESTED)
    assert _note(answer) == then


def test_the_desk_suggests_nothing_where_nothing_was_wrong(
    someone: Desk, contributor: Writer
) -> None:
    draft(contributor, overview=[OPEN, COSTS, "It has 12 seats."])
    held = someone.post(f"{REVIEW}/actions", action="publish", note="")
    assert held.status_code == 409
    assert "suggested" not in held.text


def test_a_suggestion_is_shown_as_text(someone: Desk, contributor: Writer) -> None:
    draft(contributor, title='Council <b onclick="x">closes</b> it')
    held = someone.post(f"{REVIEW}/actions", action="publish", note="")
    assert '<b onclick="x">' in _suggested(held)
    assert "<b onclick" not in held.text
