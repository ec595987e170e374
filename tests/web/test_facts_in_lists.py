"""The most important fact that each version changed, in the lists of versions."""

import pytest
from flask.testing import FlaskClient

from service.usecases import list_diffs
from tests.web.conftest import Writer, words
from tests.web.test_facts_on_pages import NEW, OLD, priced

LISTS = ("/stories/library", "/stories/library/history")


@pytest.mark.parametrize("path", LISTS)
def test_a_list_tells_the_first_fact_in_words(
    client: FlaskClient, editor: Writer, path: str
) -> None:
    priced(editor, "1.2", "1.4")
    assert "Number 1.2 → 1.4 million crowns" in words(client.get(path))


def test_a_list_says_how_many_facts_follow(client: FlaskClient, editor: Writer) -> None:
    editor.publish(**OLD)
    editor.publish(base=1, **NEW)
    first = "Headline Bridge to close in March → Bridge to close in April , and 7 more"
    assert first in words(client.get("/stories/library/history"))


@pytest.mark.parametrize("path", LISTS)
def test_of_a_removed_text_no_list_keeps_a_word(
    client: FlaskClient, editor: Writer, path: str
) -> None:
    priced(editor, "1.2", "55.5", "1.4", "1.6")
    before = words(client.get(path))
    assert "1.2 → 55.5" in before
    assert "55.5 → 1.4" in before
    answer = client.post(
        "/api/v1/stories/library/revisions/2/actions",
        json={
            "action": "remove",
            "note": "By order.",
            "reason": "court-order",
            "legal_reference": "12 O 44/26",
        },
        headers=editor.headers,
    )
    assert answer.status_code == 201, answer.text
    after = client.get(path).text
    assert "55.5" not in after
    assert "Number 1.4 → 1.6 million crowns" in words(client.get(path))


def test_a_list_reads_only_the_texts_that_it_has_room_for(
    client: FlaskClient, editor: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    priced(editor, "1.2", "1.4", "1.6", "1.8")
    monkeypatch.setattr(list_diffs, "_READ", 3_200)  # the newest two or three
    shown = words(client.get("/stories/library/history"))
    assert "1.6 → 1.8 million crowns" in shown
    assert "1.2 → 1.4" not in shown


def test_where_there_is_no_room_for_facts_a_list_tells_the_first_words(
    client: FlaskClient, editor: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    priced(editor, "1.2", "1.4", "1.6", "1.8")
    monkeypatch.setattr(list_diffs, "_SEARCHED", 500)  # the edits of two
    shown = words(client.get("/stories/library/history"))
    assert "Number 1.6 → 1.8 million crowns" in shown
    assert "Number 1.2 → 1.4" not in shown
    assert "Overview: “It costs 1.2 million crowns” → “It costs 1.4 million crowns”" in shown
