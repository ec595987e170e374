"""The desk's pages: the queue, review, writing, merging, the timeline."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from repo_store.commit import Committer
from repo_store.errors import StoreFull, Unwritable
from service.accounts import Role
from tests.samples import story
from tests.web.conftest import Desk, Writer, read, signed_in

OPEN, COSTS = story()["overview"]
EDIT = "/desk/stories/library/edit"


@pytest.fixture
def someone(desk: Callable[[Role], Desk]) -> Desk:
    return desk(Role.EDITOR)


@pytest.fixture
def contributor(writer: Callable[[Role], Writer]) -> Writer:
    return writer(Role.CONTRIBUTOR)


@pytest.fixture(autouse=True)
def published(editor: Writer) -> None:
    editor.publish()


def _words(answer: TestResponse) -> str:
    """What a reader sees of a page, in one line."""
    text = re.sub(r"<(script|textarea)\b.*?</\1>|<[^>]+>", " ", answer.text, flags=re.S)
    return " ".join(unescape(text).split())


def _draft(who: Writer, base: int | None = 1, name: str = "library", **fields: Any) -> int:
    """A draft with some of the sample's fields replaced; its number."""
    names = ("note", "kind", "supersedes")
    about: dict[str, Any] = {name: fields.pop(name) for name in names if name in fields}
    sent = {"note": "", **about, "state": "draft", "base_version": base}
    answer = who.post(name, content=story(**fields), **sent)
    assert answer.status_code == 201, answer.text
    return int(read(answer)["revision"])


# The queue


def _queue(someone: Desk, query: str = "") -> list[str]:
    page = someone.get(f"/desk{query}").text
    return re.findall(r'/desk/stories/[a-z-]+/revisions/\d+(?=" data-open)', page)


def test_an_empty_queue_says_so(someone: Desk) -> None:
    assert "Nothing waits." in _words(someone.get("/desk"))
    assert "No draft fits." in _words(someone.get("/desk?facts=yes"))


def test_a_draft_shows_what_an_editor_must_see_first(someone: Desk, contributor: Writer) -> None:
    text = [OPEN, "It will cost 2.5 million crowns a year."]
    analysis = ["Reports agree on 1.2 million crowns."]
    _draft(contributor, overview=text, analysis=analysis, note="New figure.", kind="correction")
    shown = _words(someone.get("/desk"))
    for words in (
        "Number 1.2 million crowns → 2.5 million crowns",
        "New figure.",
        "waits",
        "The contributor",
        "correction",
        "Overview, Analysis",
    ):
        assert words in shown, shown


def test_numbers_that_another_section_repeats_stand_on_top(
    someone: Desk, editor: Writer, contributor: Writer
) -> None:
    entry = {"question": "What does it cost?", "answer": "It will cost 1.2 million crowns."}
    editor.publish(base=1, faq=[entry])
    _draft(contributor, 2, overview=[OPEN, COSTS.replace("1.2", "1.4")], faq=[entry])
    page = _words(someone.get("/desk"))
    assert page.index("FAQ still says") < page.index("Number")


def test_facts_stand_first_and_slight_edits_are_folded(someone: Desk, contributor: Writer) -> None:
    _draft(contributor, analysis=["Reports agree on the sums ."])
    _draft(contributor, analysis=["Reports agree on all the sums."])
    _draft(contributor, overview=[OPEN, COSTS.replace("1.2", "7")])
    assert [path.rpartition("/")[2] for path in _queue(someone)] == ["4", "3", "2"]
    page = someone.get("/desk").text
    folded = page[page.index('<details class="slight"') :]
    assert "1 slight edit" in folded
    assert "/revisions/2" in folded
    assert "/revisions/3" not in folded


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?section=analysis", ["3"]),
        ("?section=overview", ["2"]),
        ("?kind=minor", ["3"]),
        ("?facts=yes", ["2"]),
        ("?author=The+contributor", ["2", "3"]),
        ("?author=Nobody", []),
        ("?story=library&kind=update", ["2"]),
        ("?story=other", []),
    ],
)
def test_the_queue_is_filtered(
    someone: Desk, contributor: Writer, query: str, found: list[str]
) -> None:
    _draft(contributor, overview=[OPEN, COSTS.replace("1.2", "7")])
    _draft(contributor, analysis=["Reports agree about sums."], kind="minor", note="x")
    numbers = [path.rpartition("/")[2] for path in _queue(someone, query)]
    assert sorted(numbers) == found


@pytest.mark.parametrize("query", ["?section=x", "?kind=x", "?cursor=x", "?cursor=WzFd"])
def test_a_filter_that_cannot_be_one_is_named(someone: Desk, query: str) -> None:
    answer = someone.get(f"/desk{query}")
    assert answer.status_code == 400
    assert query[1:].partition("=")[0] in _words(answer)


def test_a_long_queue_is_paged_and_every_draft_shown_once(
    someone: Desk, contributor: Writer
) -> None:
    made = [_draft(contributor, title=f"Title {number}") for number in range(30)]
    seen, path = [], "/desk"
    while path:
        page = someone.get(path).text
        seen += re.findall(r'/revisions/(\d+)" data-open', page)
        more = re.search(r'<a rel="next" href="([^"]+)"', page)
        path = unescape(more[1]) if more else ""
    assert sorted(map(int, seen)) == made


def test_what_came_since_the_last_visit_is_marked(
    app: Flask, writer: Callable[[Role], Writer], contributor: Writer
) -> None:
    token = writer(Role.EDITOR).headers["Authorization"].removeprefix("Bearer ")
    _draft(contributor, title="Old")
    first = signed_in(app.test_client(), token)
    assert first.get("/desk").text.count("badge new") == 0, "a first visit has no last one"
    _draft(contributor, title="New")
    second = signed_in(app.test_client(), token)
    for _ in range(2):
        page = second.get("/desk").text
        assert page.count('badge new">new<') == 1
        assert page.index("New</bdi>") < page.index('badge new">new<')


# Review


def test_after_a_decision_the_next_draft_is_one_step_away(
    someone: Desk, contributor: Writer
) -> None:
    one, two = (_draft(contributor, title=f"Title {n}") for n in (1, 2))
    page = someone.get(f"/desk/stories/library/revisions/{one}").text
    assert f'href="/desk/stories/library/revisions/{two}" data-key="]"' in page


def test_comments_stand_at_their_block(someone: Desk, contributor: Writer) -> None:
    number = _draft(contributor, overview=[OPEN, COSTS.replace("1.2", "7")])
    path = f"/desk/stories/library/revisions/{number}"
    for section, block, note in (("overview", 1, "At the change."), ("faq", 0, "Elsewhere.")):
        sent = {"section": section, "block": str(block), "note": note}
        answer = someone.post(f"{path}/actions", action="comment", **sent)
        assert answer.status_code == 303
    page = someone.get(path).text
    change = page[page.index("data-change>") : page.index('class="elsewhere"')]
    assert "At the change." in change
    assert "Elsewhere." in page[page.index('class="elsewhere"') :]
    assert "FAQ 1" in _words(someone.get(path))


def test_a_refused_form_keeps_what_was_typed(someone: Desk, contributor: Writer) -> None:
    number = _draft(contributor, overview=[OPEN, COSTS.replace("1.2", "7")])
    path = f"/desk/stories/library/revisions/{number}/actions"
    answer = someone.post(path, action="publish", kind="minor", note="My careful words")
    assert answer.status_code == 409
    assert "Held back: facts changed" in _words(answer)
    assert "My careful words</textarea>" in answer.text
    assert "<option selected>minor</option>" in answer.text
    answer = someone.post(path, action="reject", note=" ")
    assert answer.status_code == 422
    assert "say why it is rejected" in _words(answer)
    done = someone.post(path, action="publish", note="", override_reason="By law.")
    assert done.status_code == 303
    shown = _words(someone.get(f"/desk/stories/library/revisions/{number}"))
    assert "Gate overruled: By law." in shown
    assert "Gate overruled" in shown


def test_two_editors_at_once(someone: Desk, contributor: Writer, editor: Writer) -> None:
    number = _draft(contributor, title="Two")
    path = f"/desk/stories/library/revisions/{number}/actions"
    someone.post(path, action="reject", note="Not this one.")
    answer = someone.post(path, action="publish", note="x")
    assert answer.status_code == 409
    assert "is rejected, no draft any more" in _words(answer)


def test_a_new_story_is_reviewed_as_a_whole(someone: Desk, contributor: Writer) -> None:
    _draft(contributor, None, "other")
    page = _words(someone.get("/desk/stories/other/revisions/1"))
    assert "A new story" in page
    assert OPEN in page
    assert "Held back" not in page


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


def test_the_difference_is_seen_before_it_is_saved(someone: Desk, editor: Writer) -> None:
    typed = _form(do="preview", overview=[OPEN, COSTS.replace("1.2", "9")])
    answer = someone.post(EDIT, **typed)
    assert "What this changes of the live version" in _words(answer)
    assert "Number 1.2 million crowns → 9 million crowns" in _words(answer)
    assert len(read(editor.get("/api/v1/stories/library/revisions"))["items"]) == 1


def test_it_is_saved_as_a_draft_or_published(someone: Desk, client: FlaskClient) -> None:
    typed = _form(overview=[f"{OPEN}\r\nA line of its own.", COSTS, "  "], note="Why")
    answer = someone.post(EDIT, do="draft", **typed)
    assert answer.headers["Location"] == "/desk/stories/library/revisions/2"
    shown = someone.get("/desk/stories/library/revisions/2")
    assert "Saved as a draft." in _words(shown)
    assert "A line of its own." in _words(shown)
    published = someone.post(EDIT, do="publish", **typed, supersedes="2")
    assert published.status_code == 303
    live = read(client.get("/api/v1/stories/library"))
    assert live["content"]["overview"] == [OPEN, "A line of its own.", COSTS]
    assert (live["note"], live["author"]["name"]) == ("Why", "The editor")
    assert _queue(someone) == []


def test_what_breaks_the_rules_is_named_at_its_field(someone: Desk) -> None:
    typed = _form(do="draft", title="", **{"sources.url": ["gopher://x"], "source_count": "many"})
    answer = someone.post(EDIT, **typed)
    assert answer.status_code == 422
    for field in ("title", "sources[0].url", "source_count"):
        assert f'id="error-{field}"' in answer.text
        assert f'aria-describedby="error-{field}"' in answer.text
    assert _fields(answer, "sources.url") == ["gopher://x"]
    assert _fields(answer, "overview") == [OPEN, COSTS]


def test_the_gate_stands_here_too_and_the_text_is_kept(someone: Desk) -> None:
    typed = _form(overview=[OPEN, COSTS.replace("1.2", "9")])
    answer = someone.post(EDIT, do="publish", **typed)
    assert answer.status_code == 409
    assert "Held back: facts changed" in _words(answer)
    assert _fields(answer, "overview")[1] == COSTS.replace("1.2", "9")
    assert someone.post(EDIT, do="publish", **{**typed, "note": "Told"}).status_code == 303


def test_text_typed_while_another_published_is_merged(
    someone: Desk, editor: Writer, client: FlaskClient
) -> None:
    editor.publish(base=1, title="Meanwhile")
    typed = _form(analysis=["My own analysis."], note="Mine")
    refused = someone.post(EDIT, do="publish", **typed)
    assert refused.status_code == 409
    assert "Your text is all here." in _words(refused)
    assert _fields(refused, "analysis") == ["My own analysis."]
    merged = someone.post("/desk/stories/library/merge", **typed)
    assert "No edit touches another." in _words(merged)
    result = someone.post("/desk/stories/library/merge", do="merge", **typed)
    assert _fields(result, "title") == ["Meanwhile"]
    assert _fields(result, "analysis") == ["My own analysis."]
    assert _fields(result, "base_version") == ["2"]
    done = someone.post(EDIT, do="publish", **{**typed, "title": "Meanwhile", "base_version": "2"})
    assert done.status_code == 303
    content = read(client.get("/api/v1/stories/library"))["content"]
    assert (content["title"], content["analysis"]) == ("Meanwhile", ["My own analysis."])


@pytest.mark.parametrize(("error", "status"), [(StoreFull, 507), (Unwritable, 503)])
def test_a_disk_that_takes_nothing_takes_no_text_from_anyone(
    someone: Desk, monkeypatch: pytest.MonkeyPatch, error: type[Exception], status: int
) -> None:
    def refuse(*_: object) -> None:
        raise error("no room")

    monkeypatch.setattr(Committer, "commit", refuse)
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
    for bad, told in (("No id", "must be 1 to 120 of a-z"), ("library", "is another story's")):
        answer = someone.post("/desk/new", do="publish", id=bad, **typed)
        assert answer.status_code == 422
        assert told in _words(answer)
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
def test_a_number_that_is_none_is_named(someone: Desk, path: str, form: dict[str, str]) -> None:
    typed = _form(**form) if path.endswith("edit") else {"note": "x", **form}
    answer = someone.post(f"/desk/stories/{path}", **typed)
    assert answer.status_code == 422
    assert list(form)[-1] in _words(answer)
    assert someone.post(EDIT, **_form(do=f"up/overview/{HUGE}")).status_code == 200


# Merging


def test_what_both_changed_is_for_a_person_to_decide(
    someone: Desk, editor: Writer, contributor: Writer
) -> None:
    number = _draft(contributor, overview=[OPEN, COSTS.replace("1.2", "1.4")], note="Theirs")
    editor.publish(base=1, overview=[OPEN, COSTS.replace("1.2", "1.3")], title="Other title")
    path = f"/desk/stories/library/revisions/{number}"
    assert "It stands on version 1, but version 2 is live." in _words(someone.get(path))
    shown = _words(someone.get(f"{path}/merge"))
    for words in ("1 place to decide", "1.2 million", "1.3 million", "1.4 million", "Other title"):
        assert words in shown
    undecided = someone.post(f"{path}/merge", do="merge")
    assert undecided.status_code == 422
    assert "Decide each of the marked places." in _words(undecided)
    for choice, costs in (("live", ["1.3"]), ("draft", ["1.4"]), ("both", ["1.3", "1.4"])):
        merged = someone.post(f"{path}/merge", do="merge", **{"choice.0": choice})
        assert _fields(merged, "overview")[1:] == [COSTS.replace("1.2", cost) for cost in costs]
        assert _fields(merged, "title") == ["Other title"]
        assert _fields(merged, "supersedes") == [str(number)]
        assert "Theirs</textarea>" in merged.text


# The timeline


def test_the_timeline_tells_all_newest_first(
    someone: Desk, contributor: Writer, editor: Writer
) -> None:
    number = _draft(contributor, title="Two", note="As sent")
    path = f"/desk/stories/library/revisions/{number}/actions"
    for action, note in (("comment", "Hm."), ("approve", ""), ("publish", "Told.")):
        someone.post(path, action=action, note=note)
    shown = _words(someone.get("/desk/stories/library/timeline"))
    lines = [
        "Revision 2 published as version 2 by The editor live now",
        "Revision 2 approved by The editor",
        "Comment on revision 2 by The editor",
        "Draft, revision 2 by The contributor",
        "Version 1 published by The editor live until",
    ]
    places = [shown.index(line) for line in lines]
    assert places == sorted(places)


def test_which_version_was_live_when(someone: Desk, editor: Writer, client: FlaskClient) -> None:
    editor.publish(base=1, title="Two")
    at = read(client.get("/api/v1/stories/library/versions/2"))["created_at"]
    for time, told in (
        (at[:16], "version 2 was live"),
        ("2001-01-01T00:00", "no version was live"),
    ):
        shown = _words(someone.get(f"/desk/stories/library/timeline?at={time}"))
        assert told in shown
    assert someone.get("/desk/stories/library/timeline?at=x").status_code == 400


def test_a_long_timeline_is_paged(someone: Desk, editor: Writer) -> None:
    for number in range(1, 60):
        editor.publish(base=number, title=f"Title {number}")
    seen, path = 0, "/desk/stories/library/timeline"
    while path:
        page = someone.get(path).text
        seen += page.count("Version ")
        more = re.search(r'<a rel="next" href="([^"]+)"', page)
        path = unescape(more[1]) if more else ""
    assert seen == 60


def test_restoring_shows_what_it_would_change_and_asks_why(
    someone: Desk, editor: Writer, client: FlaskClient
) -> None:
    editor.publish(base=1, title="Two")
    path = "/desk/stories/library/restore/1"
    assert "is published once more, as version 3" in _words(someone.get(path))
    held = someone.post(path, base_version="2", note="")
    assert held.status_code == 409
    assert someone.post(path, base_version="1", note="x").status_code == 409
    assert someone.post(path, base_version="2", note="Back.").status_code == 303
    assert read(client.get("/api/v1/stories/library"))["version"] == 3
    same = someone.post("/desk/stories/library/restore/3", base_version="3", note="x")
    assert same.status_code == 303
    assert "nothing was changed" in _words(someone.get("/desk/stories/library/timeline"))


@pytest.mark.parametrize(
    "path",
    [
        "/desk/stories/nothing",
        "/desk/stories/nothing/timeline",
        "/desk/stories/nothing/edit",
        "/desk/stories/library/edit?from=9",
        "/desk/stories/library/edit?from=x",
        "/desk/stories/library/revisions/9",
        "/desk/stories/library/revisions/0/merge",
        "/desk/stories/library/restore/9",
    ],
)
def test_what_is_not_there_is_not_found(someone: Desk, path: str) -> None:
    assert someone.get(path).status_code == 404


# Tokens


def test_an_admin_makes_lists_and_revokes_tokens(
    desk: Callable[[Role], Desk], client: FlaskClient
) -> None:
    admin = desk(Role.ADMIN)
    for bad in (
        {"name": "a<b"},
        {"name": ""},
        {"days": "x"},
        {"days": "0"},
        {"days": HUGE},
        {"role": "king"},
    ):
        answer = admin.post("/desk/tokens", **{"name": "Mika", "role": "editor", **bad})
        assert answer.status_code == 422
    made = admin.post("/desk/tokens", name="Mika", role="contributor", days="30")
    found = re.search(r'class="secret">([\w-]{43})<', made.text)
    assert found
    headers = {"Authorization": f"Bearer {found[1]}"}
    assert client.get("/api/v1/stories/library/revisions", headers=headers).status_code == 200
    page = admin.get("/desk/tokens").text
    assert found[1] not in page
    row = page[page.index("Mika") :]
    revoke = re.search(r'action="(/desk/tokens/\w+/revoke)"', row)
    assert revoke
    assert admin.post(revoke[1]).status_code == 303
    assert client.get("/api/v1/stories/library/revisions", headers=headers).status_code == 401
    assert "revoked" in _words(admin.get("/desk/tokens"))
