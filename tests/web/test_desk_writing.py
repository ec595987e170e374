"""The desk: writing in the browser, and merging."""

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from repo_store.errors import StoreFull, Unwritable
from repo_store.write.group_commit import GroupCommit
from tests.samples import story
from tests.web.conftest import Desk, Writer, draft, read, words

OPEN, COSTS = story()["overview"]
EDIT = "/desk/stories/library/edit"


pytestmark = pytest.mark.usefixtures("published")


# Writing


def _form(**changed: Any) -> dict[str, Any]:
    """The edit form as a browser sends it, for the sample."""
    content = story()
    return {
        "title": content["title"],
        "summary": content["summary"],
        "overview": content["overview"],
        "analysis": content["analysis"],
        "sources.name": [each["name"] for each in content["sources"]],
        "sources.url": [each["url"] for each in content["sources"]],
        "sources.title": [""],
        "sources.leaning": [""],
        "source_count": "2",
        "faq.question": [each["question"] for each in content["faq"]],
        "faq.answer": [each["answer"] for each in content["faq"]],
        "base_version": "1",
        "note": "",
        "kind": "update",
        **changed,
    }


def _fields(answer: TestResponse, name: str) -> list[str]:
    """The values of the page's fields of this name, as they stand."""
    pattern = rf'<textarea[^>]* name="{name}"[^>]*>\n(.*?)</textarea>'
    inputs = re.findall(rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"', answer.text)
    return [unescape(each) for each in re.findall(pattern, answer.text, re.S) or inputs]


def test_the_form_holds_the_live_text_and_sends_it_back_unchanged(
    someone: Desk, client: FlaskClient
) -> None:
    page = someone.get(EDIT)
    for name, value in _form().items():
        if name not in ("note", "kind"):
            assert _fields(page, name) == ([value] if isinstance(value, str) else value), name
    answer = someone.post(EDIT, **_form(do="publish"))
    assert answer.status_code == 303
    assert read(client.get("/api/v1/stories/library"))["version"] == 1


@pytest.mark.parametrize(
    ("do", "name", "values"),
    [
        ("up/overview/1", "overview", [COSTS, OPEN]),
        ("up/overview/0", "overview", [OPEN, COSTS]),
        ("down/overview/0", "overview", [COSTS, OPEN]),
        ("down/overview/1", "overview", [OPEN, COSTS]),
        ("add/overview/1", "overview", [OPEN, "", COSTS]),
        ("add/overview/2", "overview", [OPEN, COSTS, ""]),
        ("remove/overview/0", "overview", [COSTS]),
        ("remove/overview/9", "overview", [OPEN, COSTS]),
        ("down/faq/0", "faq.question", ["", "When does it open?"]),
        ("add/sources/0", "sources.name", ["", "Gazette"]),
        ("remove/sources/0", "sources.name", []),
        ("up/title/0", "overview", [OPEN, COSTS]),
        ("up/overview/x", "overview", [OPEN, COSTS]),
    ],
)
def test_blocks_are_added_removed_and_moved_without_storing(
    someone: Desk, editor: Writer, do: str, name: str, values: list[str]
) -> None:
    answer = someone.post(EDIT, **_form(do=do, note="Typed so far"))
    assert answer.status_code == 200
    assert _fields(answer, name) == values
    assert "Typed so far</textarea>" in answer.text
    assert len(read(editor.get("/api/v1/stories/library/revisions"))["items"]) == 1


def test_changes_are_previewed_without_saving(someone: Desk, editor: Writer) -> None:
    typed = _form(do="preview", overview=[OPEN, COSTS.replace("1.2", "9")])
    answer = someone.post(EDIT, **typed)
    assert "Changes to the live version" in words(answer)
    assert "Number 1.2 → 9 million crowns" in words(answer)
    assert len(read(editor.get("/api/v1/stories/library/revisions"))["items"]) == 1


def test_it_is_saved_as_a_draft_or_published(someone: Desk, client: FlaskClient) -> None:
    typed = _form(overview=[f"{OPEN}\r\nA line of its own.", COSTS, "  "], note="Why")
    answer = someone.post(EDIT, do="draft", **typed)
    assert answer.headers["Location"] == "/desk/stories/library/revisions/2"
    shown = someone.get("/desk/stories/library/revisions/2")
    assert "Saved as a draft." in words(shown)
    assert "A line of its own." in words(shown)
    published = someone.post(EDIT, do="publish", **typed, supersedes="2")
    assert published.status_code == 303
    live = read(client.get("/api/v1/stories/library"))
    assert live["content"]["overview"] == [OPEN, "A line of its own.", COSTS]
    assert (live["note"], live["author"]["name"]) == ("Why", "The editor")
    assert "Nothing is waiting." in words(someone.get("/desk"))


def test_an_error_is_shown_at_its_field(someone: Desk) -> None:
    typed = _form(do="draft", title="", **{"sources.url": ["gopher://x"], "source_count": "many"})
    answer = someone.post(EDIT, **typed)
    assert answer.status_code == 422
    for field in ("title", "sources[0].url", "source_count"):
        assert f'id="error-{field}"' in answer.text
        assert f'aria-describedby="error-{field}"' in answer.text
    assert _fields(answer, "sources.url") == ["gopher://x"]
    assert _fields(answer, "overview") == [OPEN, COSTS]


def test_the_silent_edit_check_applies_and_the_text_is_not_lost(someone: Desk) -> None:
    typed = _form(overview=[OPEN, COSTS.replace("1.2", "9")])
    answer = someone.post(EDIT, do="publish", **typed)
    assert answer.status_code == 409
    assert "Held back: facts changed" in words(answer)
    assert _fields(answer, "overview")[1] == COSTS.replace("1.2", "9")
    assert someone.post(EDIT, do="publish", **{**typed, "note": "Told"}).status_code == 303


def test_text_typed_while_another_published_is_merged(
    someone: Desk, editor: Writer, client: FlaskClient
) -> None:
    editor.publish(base=1, title="Meanwhile")
    typed = _form(analysis=["My own analysis."], note="Mine")
    refused = someone.post(EDIT, do="publish", **typed)
    assert refused.status_code == 409
    assert "Your text is still here." in words(refused)
    assert _fields(refused, "analysis") == ["My own analysis."]
    merged = someone.post("/desk/stories/library/merge", **typed)
    assert "There are no conflicts." in words(merged)
    result = someone.post("/desk/stories/library/merge", do="merge", **typed)
    assert _fields(result, "title") == ["Meanwhile"]
    assert _fields(result, "analysis") == ["My own analysis."]
    assert _fields(result, "base_version") == ["2"]
    done = someone.post(EDIT, do="publish", **{**typed, "title": "Meanwhile", "base_version": "2"})
    assert done.status_code == 303
    content = read(client.get("/api/v1/stories/library"))["content"]
    assert (content["title"], content["analysis"]) == ("Meanwhile", ["My own analysis."])


@pytest.mark.parametrize(("error", "status"), [(StoreFull, 507), (Unwritable, 503)])
def test_no_text_is_lost_when_the_disk_is_full(
    someone: Desk, monkeypatch: pytest.MonkeyPatch, error: type[Exception], status: int
) -> None:
    def refuse(*_: object) -> None:
        raise error("no room")

    monkeypatch.setattr(GroupCommit, "commit", refuse)
    answer = someone.post(EDIT, do="draft", **_form(overview=["Typed with care."]))
    assert answer.status_code == status
    assert _fields(answer, "overview") == ["Typed with care."]
    path = "/desk/stories/library/revisions/1/actions"
    answer = someone.post(path, action="comment", note="Thought over.")
    assert answer.status_code == status
    assert "Thought over.</textarea>" in answer.text


def test_a_new_story_is_written(someone: Desk, client: FlaskClient) -> None:
    typed = _form(base_version="")
    assert someone.get("/desk/new").status_code == 200
    for bad, told in (("No id", "must be 1 to 120 of a-z"), ("library", "is already taken")):
        answer = someone.post("/desk/new", do="publish", id=bad, **typed)
        assert answer.status_code == 422
        assert told in words(answer)
        assert _fields(answer, "id") == [bad]
    assert someone.post("/desk/new", do="publish", id="night-trains", **typed).status_code == 303
    assert read(client.get("/api/v1/stories/night-trains"))["content"] == story()


HUGE = "9" * 5_000


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("library/edit", {"do": "draft", "base_version": HUGE}),
        ("library/edit", {"do": "draft", "supersedes": HUGE}),
        ("library/edit", {"do": "draft", "source_count": HUGE}),
        ("library/revisions/1/actions", {"action": "comment", "section": "faq", "block": HUGE}),
        ("library/restore/1", {"base_version": HUGE}),
    ],
)
def test_an_invalid_number_is_named(someone: Desk, path: str, form: dict[str, str]) -> None:
    typed = _form(**form) if path.endswith("edit") else {"note": "x", **form}
    answer = someone.post(f"/desk/stories/{path}", **typed)
    assert answer.status_code == 422
    assert list(form)[-1] in words(answer)
    assert someone.post(EDIT, **_form(do=f"up/overview/{HUGE}")).status_code == 200


# Merging


def test_a_conflict_is_for_the_editor_to_resolve(
    someone: Desk, editor: Writer, contributor: Writer
) -> None:
    number = draft(contributor, overview=[OPEN, COSTS.replace("1.2", "1.4")], note="Theirs")
    editor.publish(base=1, overview=[OPEN, COSTS.replace("1.2", "1.3")], title="Other title")
    path = f"/desk/stories/library/revisions/{number}"
    assert "It is based on version 1, but version 2 is live." in words(someone.get(path))
    shown = words(someone.get(f"{path}/merge"))
    for told in (
        "1 conflict to resolve",
        "1.2 million",
        "1.3 million",
        "1.4 million",
        "Other title",
    ):
        assert told in shown
    undecided = someone.post(f"{path}/merge", do="merge")
    assert undecided.status_code == 422
    assert "Resolve every conflict first." in words(undecided)
    for choice, costs in (("live", ["1.3"]), ("draft", ["1.4"]), ("both", ["1.3", "1.4"])):
        merged = someone.post(f"{path}/merge", do="merge", **{"choice.0": choice})
        assert _fields(merged, "overview")[1:] == [COSTS.replace("1.2", cost) for cost in costs]
        assert _fields(merged, "title") == ["Other title"]
        assert _fields(merged, "supersedes") == [str(number)]
        assert "Theirs</textarea>" in merged.text
