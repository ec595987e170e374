"""What still stands, in the API and at the desk."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.accounts import Role
from tests.samples import story
from tests.web.conftest import Desk, Writer, draft, error_fields, read, words

DAM = "The Arda dam holds {} million cubic metres of water."
FAQ = {"question": "How much water is that?", "answer": "All of 4.2 million cubic metres."}
REST = {"question": "", "answer": "The dam is closed."}
PATH = "/api/v1/stories/library/inconsistencies"
LINE = "The old figure 4.2 million cubic metres still stands in FAQ, answer 2"


def texts(size: str, *faq: dict[str, str]) -> dict[str, Any]:
    return {"overview": [DAM.format(size)], "faq": list(faq)}


@pytest.fixture
def corrected(editor: Writer) -> Writer:
    editor.publish(**texts("4.2", REST, FAQ))
    editor.publish(base=1, **texts("4.8", REST, FAQ))
    return editor


def test_the_api_lists_what_still_stands(corrected: Writer) -> None:
    found = read(corrected.get(PATH))
    [item] = found["items"]
    at = item.pop("at")
    assert at.endswith("Z")
    assert item == {
        "story": "library",
        "section": "faq",
        "block": 1,
        "field": "answer",
        "text": "4.2 million cubic metres",
        "sentence": FAQ["answer"],
        "old": "4.2 million cubic metres",
        "new": "4.8 million cubic metres",
        "corrected_in": "library",
        "version": 2,
        "waived": None,
    }
    assert found["complete"]
    corrected.publish(base=2, **texts("4.8", REST))
    assert read(corrected.get(PATH))["items"] == []


def test_when_it_was_recorded_stands_beside_another_time(
    writer: Callable[[Role], Writer], someone: Desk
) -> None:
    admin = writer(Role.ADMIN)
    for base, size in ((None, "4.2"), (1, "4.8")):
        sent = story(**texts(size, REST, FAQ))
        admin.post(content=sent, base_version=base, created_at="2026-05-01T08:00:00Z")
    [item] = read(admin.get(PATH))["items"]
    assert item["at"] == "2026-05-01T08:00:00Z"
    assert item["recorded_at"] > "2026-05-01T10"
    page = words(someone.get("/desk/stories/library/timeline"))
    assert re.search(r"in version 2 , 1 May 2026, 08:00 UTC recorded 1 May 2026, 10:", page)


def test_a_story_of_drafts_has_none_and_an_unknown_one_is_not_found(editor: Writer) -> None:
    draft(editor, None)
    assert read(editor.get(PATH))["items"] == []
    assert editor.get(PATH.replace("library", "nothing")).status_code == 404


def test_the_desk_says_on_the_storys_page_what_still_stands(
    corrected: Writer, someone: Desk
) -> None:
    page = someone.get("/desk/stories/library/timeline")
    assert LINE in words(page)
    assert 'href="/desk/stories/library/edit#faq-1"' in page.text
    assert 'id="faq-1"' in someone.get("/desk/stories/library/edit").text
    assert "1 old value still stands" in words(someone.get("/desk/stories"))
    draft(corrected, 2, title="Draft")
    assert "1 old value still stands" in words(someone.get("/desk"))


def test_a_review_says_what_the_draft_would_leave(corrected: Writer, someone: Desk) -> None:
    number = draft(corrected, 2, **texts("9.1", REST, FAQ))
    page = words(someone.get(f"/desk/stories/library/revisions/{number}"))
    assert "Old values that this draft would leave" in page
    assert "would still stand in FAQ, answer 2" in page
    assert "Waive" not in page
    number = draft(corrected, 2, **texts("4.8", REST))
    assert "Old values" not in words(someone.get(f"/desk/stories/library/revisions/{number}"))


def test_the_page_after_publishing_says_what_still_stands(editor: Writer, someone: Desk) -> None:
    editor.publish(**texts("4.2", REST, FAQ))
    number = draft(editor, 1, **texts("4.8", REST, FAQ))
    path = f"/desk/stories/library/revisions/{number}"
    answer = someone.post(f"{path}/actions", action="publish", note="We had the figure wrong.")
    landed = words(someone.get(answer.headers["Location"]))
    assert "Published as version 2." in landed
    assert "still stands in FAQ, answer 2" in landed


def _waive(who: Writer, **body: Any) -> TestResponse:
    sent = {"action": "waive", "old": "4.2 million cubic metres", "note": "As it was in 1962."}
    path = "/api/v1/stories/library/revisions/2/actions"
    return who.client.post(path, json=sent | body, headers=who.headers)


def test_a_repeat_that_may_stay_is_waived_with_a_reason(corrected: Writer, someone: Desk) -> None:
    assert error_fields(_waive(corrected, note=" ")) == ["note"]
    assert error_fields(_waive(corrected, old="")) == ["old"]
    assert _waive(corrected).status_code == 201
    [item] = read(corrected.get(PATH))["items"]
    assert item["waived"].pop("created_at").endswith("Z")
    assert item["waived"] == {"note": "As it was in 1962.", "author": {"name": "The editor"}}
    page = words(someone.get("/desk/stories/library/timeline"))
    assert "None is open. 1 waived" in page
    assert "As it was in 1962." in page
    assert "still stands" not in words(someone.get("/desk/stories"))


def test_the_desk_waives_without_scripts(corrected: Writer, someone: Desk) -> None:
    page = someone.get("/desk/stories/library/revisions/2")
    [(path, form)] = re.findall(
        r'<form method="post" action="([^"]*)" data-keep="waive-(.*?)</form>', page.text, re.S
    )
    assert "required" in form
    fields = dict(re.findall(r'<input type="hidden" name="(old|listed)" value="([^"]*)"', form))
    refused = someone.post(path, action="waive", note="", **fields)
    assert refused.status_code == 422
    answer = someone.post(path, action="waive", note="As it was.", **fields)
    assert answer.headers["Location"] == "/desk/stories/library/timeline"
    landed = words(someone.get(answer.headers["Location"]))
    assert "“4.2 million cubic metres” may stand." in landed
    assert "Waived by The editor" in landed


def test_only_an_editor_waives(corrected: Writer, contributor: Writer) -> None:
    assert _waive(contributor).status_code == 403
    assert read(contributor.get(PATH))["items"][0]["waived"] is None


def test_another_storys_text_is_named_with_its_title(corrected: Writer, someone: Desk) -> None:
    corrected.publish("valley", title="Valley towns", overview=[DAM.format("4.2")], faq=[])
    here = words(someone.get("/desk/stories/library/timeline"))
    assert "still stands in FAQ, answer 2 ." in here
    assert "still stands in Overview, paragraph 1 of Valley towns ." in here
    there = words(someone.get("/desk/stories/valley/timeline"))
    assert "still stands in Overview, paragraph 1 ." in there
    assert "in version 2 of Council keeps the library open" in there
