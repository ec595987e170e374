"""The desk: the queue, and the review of one change."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask

from service.accounts import Role
from tests.samples import story
from tests.web.conftest import Desk, Writer, draft, signed_in, words

OPEN, COSTS = story()["overview"]


pytestmark = pytest.mark.usefixtures("published")


# The queue


def _queue(someone: Desk, query: str = "") -> list[str]:
    page = someone.get(f"/desk{query}").text
    return re.findall(r'/desk/stories/[a-z-]+/revisions/\d+(?=" data-open)', page)


def test_an_empty_queue_says_so(someone: Desk) -> None:
    assert "Nothing is waiting." in words(someone.get("/desk"))
    assert "No drafts match." in words(someone.get("/desk?facts=yes"))


def test_a_draft_shows_what_an_editor_must_see_first(someone: Desk, contributor: Writer) -> None:
    text = [OPEN, "It will cost 2.5 million crowns a year."]
    analysis = ["Reports agree on 1.2 million crowns."]
    draft(contributor, overview=text, analysis=analysis, note="New figure.", kind="correction")
    shown = words(someone.get("/desk"))
    for expected in (
        "Number 1.2 → 2.5 million crowns Overview",
        "New figure.",
        "waiting",
        "The contributor",
        "correction",
        "Overview, Analysis",
    ):
        assert expected in shown, shown


def test_numbers_that_another_section_still_repeats_come_first(
    someone: Desk, editor: Writer, contributor: Writer
) -> None:
    entry = {"question": "What does it cost?", "answer": "It will cost 1.2 million crowns."}
    editor.publish(base=1, faq=[entry])
    draft(contributor, 2, overview=[OPEN, COSTS.replace("1.2", "1.4")], faq=[entry])
    page = words(someone.get("/desk"))
    assert page.index("FAQ still says") < page.index("Number")


def test_facts_come_first_and_cosmetic_edits_are_folded(someone: Desk, contributor: Writer) -> None:
    draft(contributor, analysis=["Reports agree on the sums ."])
    draft(contributor, analysis=["Reports agree on all the sums."])
    draft(contributor, overview=[OPEN, COSTS.replace("1.2", "7")])
    assert [path.rpartition("/")[2] for path in _queue(someone)] == ["4", "3", "2"]
    page = someone.get("/desk").text
    folded = page[page.index('<details class="cosmetic"') :]
    assert "1 cosmetic edit" in folded
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
    draft(contributor, overview=[OPEN, COSTS.replace("1.2", "7")])
    draft(contributor, analysis=["Reports agree about sums."], kind="minor", note="x")
    numbers = [path.rpartition("/")[2] for path in _queue(someone, query)]
    assert sorted(numbers) == found


@pytest.mark.parametrize("query", ["?section=x", "?kind=x", "?cursor=x", "?cursor=WzFd"])
def test_an_invalid_filter_is_named(someone: Desk, query: str) -> None:
    answer = someone.get(f"/desk{query}")
    assert answer.status_code == 400
    assert query[1:].partition("=")[0] in words(answer)


def test_a_long_queue_is_paged_and_every_draft_shown_once(
    someone: Desk, contributor: Writer
) -> None:
    made = [draft(contributor, title=f"Title {number}") for number in range(30)]
    seen, path = [], "/desk"
    while path:
        page = someone.get(path).text
        seen += re.findall(r'/revisions/(\d+)" data-open', page)
        more = re.search(r'<a rel="next" href="([^"]+)"', page)
        path = unescape(more[1]) if more else ""
    assert sorted(map(int, seen)) == made


def test_drafts_since_the_last_visit_are_marked(
    app: Flask, writer: Callable[[Role], Writer], contributor: Writer
) -> None:
    token = writer(Role.EDITOR).headers["Authorization"].removeprefix("Bearer ")
    draft(contributor, title="Old")
    first = signed_in(app.test_client(), token)
    assert first.get("/desk").text.count("badge new") == 0, "a first visit has no last one"
    draft(contributor, title="New")
    second = signed_in(app.test_client(), token)
    for _ in range(2):
        page = second.get("/desk").text
        assert page.count('badge new">new<') == 1
        assert page.index("New</bdi>") < page.index('badge new">new<')


# Review


def test_after_a_decision_the_next_draft_is_one_step_away(
    someone: Desk, contributor: Writer
) -> None:
    one, two = (draft(contributor, title=f"Title {n}") for n in (1, 2))
    page = someone.get(f"/desk/stories/library/revisions/{one}").text
    assert f'href="/desk/stories/library/revisions/{two}" data-key="]"' in page


def test_comments_are_shown_at_their_block(someone: Desk, contributor: Writer) -> None:
    number = draft(contributor, overview=[OPEN, COSTS.replace("1.2", "7")])
    path = f"/desk/stories/library/revisions/{number}"
    for section, block, note in (("overview", 1, "At the change."), ("faq", 0, "Elsewhere.")):
        sent = {"section": section, "block": str(block), "note": note}
        answer = someone.post(f"{path}/actions", action="comment", **sent)
        assert answer.status_code == 303
    page = someone.get(path).text
    change = page[page.index(" data-change=") : page.index('class="elsewhere"')]
    assert "At the change." in change
    assert "Elsewhere." in page[page.index('class="elsewhere"') :]
    assert "FAQ 1" in words(someone.get(path))


def test_a_rejected_form_keeps_what_was_typed(someone: Desk, contributor: Writer) -> None:
    number = draft(contributor, overview=[OPEN, COSTS.replace("1.2", "7")])
    path = f"/desk/stories/library/revisions/{number}/actions"
    answer = someone.post(path, action="publish", kind="minor", note="My careful words")
    assert answer.status_code == 409
    assert "Held back: facts changed" in words(answer)
    assert "My careful words</textarea>" in answer.text
    assert "<option selected>minor</option>" in answer.text
    answer = someone.post(path, action="reject", note=" ")
    assert answer.status_code == 422
    assert "say why it is rejected" in words(answer)
    done = someone.post(path, action="publish", note="", override_reason="By law.")
    assert done.status_code == 303
    shown = words(someone.get(f"/desk/stories/library/revisions/{number}"))
    assert "Check overridden: By law." in shown
    assert "Check overridden" in shown


def test_two_editors_at_once(someone: Desk, contributor: Writer, editor: Writer) -> None:
    number = draft(contributor, title="Two")
    path = f"/desk/stories/library/revisions/{number}/actions"
    someone.post(path, action="reject", note="Not this one.")
    answer = someone.post(path, action="publish", note="x")
    assert answer.status_code == 409
    assert "is rejected, no longer a draft" in words(answer)


def test_a_new_story_is_reviewed_as_a_whole(someone: Desk, contributor: Writer) -> None:
    draft(contributor, None, "other")
    page = words(someone.get("/desk/stories/other/revisions/1"))
    assert "A new story" in page
    assert OPEN in page
    assert "Held back" not in page
