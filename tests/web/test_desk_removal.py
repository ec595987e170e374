"""The desk's page for removing texts: paged, with selections carried from page to page."""

import re
from html import unescape

import pytest
from werkzeug.test import TestResponse

import service.usecases.mentions
from repo_store.archive import Archive
from repo_store.history.records import Verb
from tests.samples import action, content, entry
from tests.web.conftest import Desk, words

PATH = "/desk/stories/library/remove"
WHY = {"note": "By order.", "reason": "court-order", "legal_reference": "12 O 44/26"}
COUNT = 120


@pytest.fixture(autouse=True)
def long_story(archive: Archive) -> None:
    """120 versions; every second one has “Otter” in it."""
    with archive.batch() as batch:
        for number in range(1, COUNT + 1):
            animal = "An Otter" if number % 2 == 0 else "A heron"
            text = content(title=f"{animal} was seen, {number} times")
            batch.append(entry(text, base_version=number - 1 or None))


def _listed(page: TestResponse) -> list[int]:
    return [int(each) for each in re.findall(r">r(\d+)</a>", page.text)]


def _selected(page: TestResponse) -> set[int]:
    """The revisions that a browser would send, from this page's list and from the others."""
    boxes = re.findall(r'name="revision" value="(\d+)"[^>]* checked', page.text)
    return {int(each) for each in boxes}


def _next(page: TestResponse) -> str:
    found = re.search(r'name="do" value="(page/\d+)"', page.text)
    assert found
    return found[1]


def test_a_long_story_is_listed_a_page_at_a_time(someone: Desk) -> None:
    first = someone.get(PATH)
    assert _listed(first) == list(range(120, 70, -1))
    second = someone.post(PATH, do=_next(first), revision=["120", "75"], note="Half a thought")
    assert _listed(second) == list(range(70, 20, -1))
    assert _selected(second) == {120, 75}
    assert "Half a thought" in second.text
    third = someone.post(PATH, do=_next(second), revision=["120", "70"])
    assert _listed(third) == list(range(20, 0, -1))
    assert _selected(third) == {120, 70}, "one of them was deselected on the second page"
    assert 'value="page/' not in third.text


def test_what_is_selected_on_several_pages_is_removed(someone: Desk) -> None:
    second = someone.post(PATH, do=_next(someone.get(PATH)), revision=["119", "118"])
    selected = [str(each) for each in _selected(second)]
    answer = someone.post(PATH, do="remove", revision=[*selected, "60"], **WHY)
    assert answer.status_code == 303
    for number in range(1, COUNT + 1):
        expected = 410 if number in (119, 118, 60) else 200
        assert someone.get(f"/stories/library/versions/{number}").status_code == expected


def test_a_search_selects_its_matches_page_by_page(someone: Desk) -> None:
    first = someone.get(f"{PATH}?words=otter")
    assert _listed(first) == list(range(120, 20, -2))
    assert _selected(first) == set(range(120, 20, -2))
    kept = [str(each) for each in _selected(first) - {100}]
    second = someone.post(PATH, do=_next(first), words="otter", revision=kept)
    assert _listed(second) == list(range(20, 0, -2))
    assert _selected(second) == set(range(2, 121, 2)) - {100}, "a deselected one stays so"
    assert "Further on, 10 texts say otter . All 120 entries of this story searched." in words(
        second
    )


def test_all_matches_of_a_search_are_selected_at_once(someone: Desk) -> None:
    page = someone.post(PATH, do="all", words="otter")
    assert _selected(page) == set(range(2, 121, 2))
    assert "60 texts say otter . All 120 entries" in words(page)
    refused = someone.post(PATH, do="remove", words="otter", revision=list(range(2, 121, 2)))
    assert refused.status_code == 422
    assert _selected(refused) == set(range(2, 121, 2))


def test_what_says_it_in_notes_and_in_another_form_is_listed_apart(
    someone: Desk, archive: Archive
) -> None:
    with archive.batch() as batch:
        batch.append(entry(content(title="The Otterman"), note="Not an otter"))
        batch.append(entry(content(title="0tter: Оtter")))
        batch.act(action(121, Verb.COMMENT, "Otter?"))
        batch.act(action(121, Verb.EXPLAIN, "An otter, we said."))
        batch.act(action(122, Verb.WAIVE, "So it was.", value="1 otter"))
    page = someone.get(f"{PATH}?words=otter")
    text = words(page)
    assert "1 note, 1 comment, 1 explanation and 1 waived value say otter ." in text
    assert "2 texts may say it, in another form" in text
    assert "Title The Otter man part of a longer word" in text
    assert "Comment Otter ?" in text
    assert {121, 122}.isdisjoint(_selected(page)), "which may be another word is not selected"
    assert re.findall(r'name="note_of" value="(\d+)"[^>]* checked', page.text) == [
        *("125", "124", "123", "121")
    ]


def test_a_note_is_removed_and_its_text_stays(someone: Desk, archive: Archive) -> None:
    with archive.batch() as batch:
        batch.append(entry(content(title="No animal"), note="No beaver"))
    form = {"do": "remove", "words": "beaver", "note_of": "121", **WHY}
    assert someone.post(PATH, **form).status_code == 303
    page = words(someone.get(f"{PATH}?words=beaver"))
    assert "Nothing says beaver" in page
    trace = "[note removed: a court order, 1 May 2026"
    for path in ("/stories/library/versions/121", "/stories/library/history"):
        assert trace in words(someone.get(path)), path
    timeline = words(someone.get("/desk/stories/library/timeline"))
    assert "1 note removed by The editor" in timeline
    assert trace in timeline
    assert someone.post(PATH, **form).status_code == 409


def test_after_a_removal_the_page_lists_what_is_left(someone: Desk, archive: Archive) -> None:
    with archive.batch() as batch:
        batch.append(entry(content(title="A beaver")))
        batch.append(entry(content(), note="No beaver any more"))
    answer = someone.post(PATH, do="remove", words="beaver", revision="121", **WHY)
    assert answer.headers["Location"] == f"{PATH}?words=beaver"
    page = words(someone.get(answer.headers["Location"]))
    assert "Removed from the archive and from the disk." in page
    assert "1 note says beaver" in page


def test_every_story_that_says_it_is_found_page_by_page(
    someone: Desk, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.usecases.mentions, "TEXTS_PER_PAGE", 10)
    with archive.batch() as batch:
        for name in ("one", "two"):
            batch.append(entry(content(title="A beaver"), name, note="A\u00a0beaver"))
        batch.append(entry(content(overview=["bea-ver, beav\u00adér, b\u0435aver"]), "three"))
        batch.append(entry(content(title="Beaverish"), "four"))
    page = someone.get("/desk/mentions?words=beaver")
    found, steps = words(page), 1
    while cursor := re.search(r'name="cursor" value="(\d+)"', page.text):
        carried = re.search(r'name="found" value="([^"]*)"', page.text)
        assert carried
        sent = {"words": "beaver", "cursor": cursor[1], "found": unescape(carried[1])}
        page = someone.post("/desk/mentions", **sent)
        found, steps = words(page), steps + 1
    assert steps == 3
    assert "3 stories say beaver . 1 story may, in another form" in found
    assert "All 124 entries of the archive searched." in found
    assert found.count("1 text and 1 note") == 2


def test_what_a_page_did_not_send_is_no_list_of_stories(someone: Desk) -> None:
    for found in ("x", "[1]", '[["a",{"b":1},1]]', "[" * 100_000):
        assert someone.post("/desk/mentions", words="x", found=found).status_code == 400


def test_a_whole_story_is_removed_without_selecting_each_revision(someone: Desk) -> None:
    someone.post(PATH, do="remove", revision="120", **WHY)
    assert someone.post(PATH, do="remove", scope="story", **WHY).status_code == 303
    for number in (1, 60, 119, 120):
        assert someone.get(f"/stories/library/versions/{number}").status_code == 410


def test_nothing_selected_removes_nothing(someone: Desk) -> None:
    answer = someone.post(PATH, do="remove", **WHY)
    assert answer.status_code == 422
    assert "select at least one" in words(answer)
    assert someone.post(PATH, do="page/none").status_code == 400
