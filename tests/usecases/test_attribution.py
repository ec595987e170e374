"""Which version brought each change of a range: bisected, held against reading every version."""

from collections.abc import Iterator, Sequence
from math import ceil, log2
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store import Archive, Damaged, Revision, State
from service.comparison import page_of
from service.usecases import attribution
from service.usecases.attribution import Key, attributed, last_change
from service.usecases.reading import Stories
from service.wiring import now
from tests.diffing.pages import PARAGRAPHS
from tests.long_story import GAUGE_455, LONG, fill_long
from tests.redactions import removal, remove
from tests.samples import append, content, entry

VERSIONS = 60
A, B, C, D = PARAGRAPHS.values()
TEN = A.replace("nine", "ten")
E = "Snow fell on the harbour before dawn, and ferries waited."

Found = dict[Key, list[int]]


@pytest.fixture(scope="module")
def long_stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stories]:
    path: Path = tmp_path_factory.mktemp("long") / "archive"
    archive = Archive.open(path, now, create=True)
    fill_long(archive, VERSIONS)
    yield Stories(archive)
    archive.close()


def _found(stories: Stories, old: int, new: int, story: str = "library") -> Found:
    before, after = stories.version(story, old), stories.version(story, new)
    found = attributed(stories, before, after, stories.diff(before, after))
    return {key: [each.version or 0 for each in versions] for key, versions in found.items()}


def _history(archive: Archive, *overviews: Sequence[str], **fields: object) -> Stories:
    append(archive, *(entry(content(overview=list(each), **fields)) for each in overviews))
    return Stories(archive)


# The search

_answers = st.lists(st.booleans() | st.none(), max_size=40)


@given(_answers)
def test_a_change_is_found_where_reading_all_would_find_one(between: list[bool | None]) -> None:
    answers = [False, *between, True]
    asked: list[int] = []

    def holds(number: int) -> bool | None:
        asked.append(number)
        return answers[number]

    found = last_change(holds, 0, len(answers) - 1)
    changes = [
        number
        for number in range(1, len(answers))
        if answers[number] and answers[number - 1] is False
    ]
    assert found in changes or found is None
    if None not in answers:
        assert found is not None
        assert len(asked) <= ceil(log2(len(answers) - 1))
        assert len(set(asked)) == len(asked)


def test_with_one_change_it_is_found_past_texts_that_are_gone() -> None:
    for at in range(1, 31):
        gone = {each for each in range(31) if each % 3 == 0} - {at, at - 1, 0, 30}
        assert last_change(lambda each: None if each in gone else each >= at, 0, 30) == at  # noqa: B023 called at once


# Stories


def test_each_change_of_a_long_range_was_brought_by_the_versions_that_it_names(
    long_stories: Stories,
) -> None:
    def stands(number: int, section: str, text: tuple[str, ...]) -> bool:
        version = long_stories.version(LONG, number)
        return text in page_of(long_stories.content(version)).sections[section].units

    for old, new in ((1, VERSIONS), (2, 3), (7, 31), (20, 21), (31, 58)):
        before, after = (
            page_of(long_stories.content(long_stories.version(LONG, each))) for each in (old, new)
        )
        found = _found(long_stories, old, new, LONG)
        assert found
        for (section, olds, news), versions in found.items():
            assert all(old < each <= new for each in versions)
            assert versions == sorted(set(versions))
            sides = ((news, after, True), (olds, before, False))
            for indexes, page, there in sides[not news : 1 + bool(olds)]:
                text = page.sections[section].units[indexes[0]]
                assert any(
                    (stands(each - 1, section, text), stands(each, section, text))
                    == (not there, there)
                    for each in versions
                )


def test_all_changes_of_a_range_are_attributed(long_stories: Stories) -> None:
    before, after = long_stories.version(LONG, 1), long_stories.version(LONG, VERSIONS)
    diff = long_stories.diff(before, after)
    changes = {
        (each.section, block.old, block.new) for each in diff.sections for block in each.changes
    }
    assert attributed(long_stories, before, after, diff).keys() == changes
    assert _found(long_stories, 2, 5, LONG)["overview", (0,), (0,)] == [GAUGE_455]


def test_a_range_that_goes_back_was_brought_by_the_same_versions(long_stories: Stories) -> None:
    forward = _found(long_stories, 5, 44, LONG)
    back = _found(long_stories, 44, 5, LONG)
    assert back == {(section, new, old): each for (section, old, new), each in forward.items()}


def test_nothing_is_said_of_one_version_and_of_drafts(archive: Archive) -> None:
    stories = _history(archive, [A], [B])
    append(archive, entry(content(overview=[C]), state=State.DRAFT, base_version=2))
    first, draft = stories.version("library", 1), stories.revision("library", 3)
    assert attributed(stories, first, first, stories.diff(first, first)) == {}
    assert attributed(stories, first, draft, stories.diff(first, draft)) == {}


def test_an_edit_names_the_first_and_the_last_version_of_a_run(archive: Archive) -> None:
    edits = [A.replace("nine", str(number)) for number in (2, 2, 5, 5, 9)]
    stories = _history(
        archive, *([each, f"Else {at}"] for at, each in enumerate((A, *edits, edits[-1])))
    )
    assert _found(stories, 1, 7)["overview", (0,), (0,)] == [2, 6]
    assert _found(stories, 3, 5)["overview", (0,), (0,)] == [4]


def test_what_came_and_went_again_is_attributed_to_the_last_time(archive: Archive) -> None:
    texts = ([A], [A, B], [A, C], [A, B, C], [A, B, D])
    stories = _history(archive, *texts)
    assert _found(stories, 1, 5)["overview", (), (1,)] == [4]


def test_a_second_copy_of_a_text_is_a_change(archive: Archive) -> None:
    stories = _history(archive, [A, B], [A, C, B], [A, C, B, A], [A, D, B, A])
    assert _found(stories, 1, 4)["overview", (), (3,)] == [3]


def test_a_split_is_attributed_when_all_its_parts_stand(archive: Archive) -> None:
    joined = f"{A} {B}"
    stories = _history(archive, [joined, C], [joined, D], [A, B, D], [A, B, E])
    assert _found(stories, 1, 4)["overview", (0,), (0, 1)] == [3]


def test_a_move_is_attributed_by_what_it_moved_past_and_where_it_went(archive: Archive) -> None:
    stories = _history(
        archive,
        [A, B, C, D],
        [A, B, C, "Else.", D],
        [D, A, B, C, "Else."],
        [D, A, B, C, "Other."],
    )
    assert _found(stories, 1, 4)["overview", (3,), (0,)] == [3]
    assert _found(stories, 4, 1)["overview", (0,), (3,)] == [3]


def test_a_move_to_another_section_is_attributed(archive: Archive) -> None:
    for overview, analysis in (([A, B], [C]), ([A, B], [E]), ([A], [B, E]), ([A], [B, D])):
        append(archive, entry(content(overview=overview, analysis=analysis)))
    assert _found(Stories(archive), 1, 4)["analysis", (1,), (0,)] == [3]


def test_removed_texts_are_passed_over(archive: Archive) -> None:
    texts = [[A if number < 6 else TEN, f"Else {number}"] for number in range(1, 13)]
    stories = _history(archive, *texts)
    remove(archive, removal(7, (8,)))
    assert _found(stories, 1, 12)["overview", (0,), (0,)] == [6]
    remove(archive, removal(6))
    assert ("overview", (0,), (0,)) not in _found(stories, 1, 12), "5 has it, 9 has not"


def test_damaged_texts_are_passed_over(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [[A if number < 6 else TEN, f"Else {number}"] for number in range(1, 13)]
    stories = _history(archive, *texts)
    read = stories.content

    def content_of(revision: Revision) -> object:
        if revision.version == 7:
            raise Damaged("gone")
        return read(revision)

    monkeypatch.setattr(stories, "content", content_of)
    assert _found(stories, 1, 12)["overview", (0,), (0,)] == [6]


@pytest.mark.parametrize(("limit", "most"), [("_TEXTS", 3), ("_CHARACTERS", 5_000)])
def test_beyond_what_may_be_read_changes_go_without(
    long_stories: Stories, limit: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = _found(long_stories, 1, VERSIONS, LONG)
    monkeypatch.setattr(attribution, limit, most)
    some = _found(long_stories, 1, VERSIONS, LONG)
    assert len(some) < len(every)


def test_the_first_changes_of_very_many_are_attributed(
    long_stories: Stories, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attribution, "_CHANGES", 2)
    assert len(_found(long_stories, 1, VERSIONS, LONG)) == 2


def test_texts_are_read_once_for_all_changes(
    long_stories: Stories, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = long_stories.content
    numbers: list[int] = []

    def content_of(revision: Revision) -> object:
        numbers.append(revision.version or 0)
        return read(revision)

    before, after = long_stories.version(LONG, 1), long_stories.version(LONG, VERSIONS)
    diff = long_stories.diff(before, after)
    monkeypatch.setattr(long_stories, "content", content_of)
    found = attributed(long_stories, before, after, diff)
    assert len(numbers) == len(set(numbers)) <= 2 + len(found) * ceil(log2(VERSIONS))
