"""The desk: text pasted with tabs, separators and controls is cleaned, and the page says so."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.samples import story
from tests.web.conftest import Desk, Writer, draft, read, words
from tests.web.test_desk_writing import COSTS, EDIT, OPEN, _fields, _form

pytestmark = pytest.mark.usefixtures("published")

PASTED: dict[str, Any] = {
    "title": "\tCouncil\vkeeps the library open\r\n",
    "summary": "Nine\u2028to six.",
    "overview": [
        f"{OPEN}\u2029\tA line\x08 of its own.\r\n\r\n\t\r\n",
        COSTS.replace(" ", "\t", 1),
    ],
    "sources.name": ["Gaz\0ette"],
    "faq.answer": ["At\r\nnine.", "The cafe\x85 stays\fclosed until 4 May."],
    "note": "One\r\nTwo\tthree\u2028four",
}
SAID = [
    "Title: a tab was left out, a vertical tab became a space.",
    "Summary: a line separator became a space.",
    "Overview, paragraph 1: a backspace was left out, a paragraph separator started a new"
    " paragraph, a tab was left out.",
    "Overview, paragraph 3: a tab became a space.",
]


def test_what_was_pasted_is_stored_as_it_was_meant_and_said(
    someone: Desk, client: FlaskClient
) -> None:
    assert someone.post(EDIT, **_form(**PASTED, do="publish", kind="update")).status_code == 303
    live = read(client.get("/api/v1/stories/library"))
    assert live["content"] == story(
        title="Council keeps the library open",
        summary="Nine to six.",
        overview=[OPEN, "A line of its own.", COSTS],
        faq=[
            {"question": "When does it open?", "answer": "At nine."},
            {"question": "", "answer": "The cafe stays closed until 4 May."},
        ],
    )
    assert live["note"] == "One\nTwo three\nfour"
    page = someone.get("/desk/stories/library/revisions/2")
    assert "Published as version 2." in words(page)
    for line in SAID:
        assert line in words(page)
    assert "And in 3 more places." in words(page)
    assert "left out" not in words(someone.get("/desk/stories/library/revisions/2")), "once"


@pytest.mark.parametrize("do", ["preview", "add/overview/1"])
def test_a_form_that_is_shown_again_is_clean_and_says_so(someone: Desk, do: str) -> None:
    answer = someone.post(EDIT, **_form(overview=[OPEN, COSTS, "a\tb"], note="a\0b", do=do))
    assert answer.status_code == 200
    assert "Overview, paragraph 3: a tab became a space." in words(answer)
    assert "The note, line 1: a null character was left out." in words(answer)
    assert "a b" in _fields(answer, "overview")
    assert ">\nab</textarea>" in answer.text
    clean = _form(overview=_fields(answer, "overview"), do=do)
    assert "became a space" not in words(someone.post(EDIT, **clean))


def test_a_refused_form_says_so_too(someone: Desk) -> None:
    answer = someone.post(EDIT, **_form(title="", overview=["a\tb"], do="draft"))
    assert answer.status_code == 422
    assert "Overview, paragraph 1: a tab became a space." in words(answer)


def test_a_merge_keeps_what_was_meant(someone: Desk, editor: Writer) -> None:
    editor.publish(base=1, title="Meanwhile")
    typed = _form(analysis=["My\town analysis."])
    for do in ({}, {"do": "merge"}):
        answer = someone.post("/desk/stories/library/merge", **typed, **do)
        assert "Analysis, paragraph 1: a tab became a space." in words(answer)
    assert _fields(answer, "analysis") == ["My own analysis."]


def test_notes_and_reasons_of_other_forms_are_cleaned(
    someone: Desk, editor: Writer, client: FlaskClient
) -> None:
    number = draft(editor, title="Second")
    act = f"/desk/stories/library/revisions/{number}/actions"
    assert someone.post(act, action="comment", note="See\tline\u20282").status_code == 303
    shown = words(someone.get(f"/desk/stories/library/revisions/{number}"))
    assert "See line 2" in shown
    assert "The note, line 1: a tab became a space, a line separator became a line break." in shown
    someone.post(act, action="publish", note="So\0")
    back = "/desk/stories/library/restore/1"
    reason = "Agreed\twith them"
    assert someone.post(back, base_version="2", override_reason=reason).status_code == 303
    assert "The override reason: a tab became a space." in words(
        someone.get("/desk/stories/library/timeline")
    )
    assert read(client.get("/api/v1/stories/library"))["version"] == 3


def test_the_notices_of_a_text_full_of_controls_fit_the_cookie(someone: Desk) -> None:
    texts = ["a\tb\0c\x1bd\u2028" * 20 + "end"] * 9
    answer = someone.post(EDIT, **_form(overview=texts, do="draft"))
    assert answer.status_code == 303
    assert len(answer.headers["Set-Cookie"]) < 2_000


def test_an_override_of_the_reading_order_is_refused_with_its_place(someone: Desk) -> None:
    answer = someone.post(EDIT, **_form(overview=[OPEN, "a \u202eb"], do="draft"))
    assert answer.status_code == 422
    assert "Overview, paragraph 2: holds characters that show a text in another" in words(answer)
