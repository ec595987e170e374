"""The desk's page for removing texts: paged, with selections carried from page to page."""

import re

import pytest
from werkzeug.test import TestResponse

from repo_store.archive import Archive
from tests.samples import content, entry
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
    return [int(each) for each in re.findall(r">r(\d+)</a></td>", page.text)]


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
    assert "10 of 21 revisions searched contain" in words(second)


def test_all_matches_of_a_search_are_selected_at_once(someone: Desk) -> None:
    page = someone.post(PATH, do="all", words="otter")
    assert _selected(page) == set(range(2, 121, 2))
    assert "60 of 120 revisions searched contain" in words(page)
    refused = someone.post(PATH, do="remove", words="otter", revision=list(range(2, 121, 2)))
    assert refused.status_code == 422
    assert _selected(refused) == set(range(2, 121, 2))


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
