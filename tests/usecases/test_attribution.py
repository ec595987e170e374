"""Which version brought each change of a range: bisected, held against reading every version."""

from collections.abc import Iterator, Sequence
from math import ceil, log2
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store import Archive, Damaged, Kind, Revision, State
from service.usecases import attribution
from service.usecases.attribution import Attribution, Key, attributed, nearest_change
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


def _attributed(stories: Stories, old: int, new: int, story: str = "library") -> Attribution:
    before, after = stories.version(story, old), stories.version(story, new)
    diff = stories.diff(before, after)
    changes = [(section, block) for section in diff.sections for block in section.changes]
    return attributed(stories, before, after, diff, changes)


@pytest.fixture(scope="module")
def long_stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stories]:
    path: Path = tmp_path_factory.mktemp("long") / "archive"
    archive = Archive.open(path, now, create=True)
    fill_long(archive, VERSIONS)
    yield Stories(archive)
    archive.close()


def _found(stories: Stories, old: int, new: int, story: str = "library") -> Found:
    """The versions that brought each change."""
    found = _attributed(stories, old, new, story).changes
    return {key: [each.version or 0 for each in brought.versions] for key, brought in found.items()}


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

    before, after = nearest_change(holds, 0, len(answers) - 1)
    assert answers[before] is False
    assert answers[after] is True
    assert before < after
    if None not in answers:
        assert after == before + 1
        assert len(asked) <= ceil(log2(len(answers) - 1))
        assert len(set(asked)) == len(asked)


def test_with_one_change_it_is_found_past_texts_that_are_gone() -> None:
    for at in range(1, 31):
        gone = {each for each in range(31) if each % 3 == 0} - {at, at - 1, 0, 30}
        holds = [None if each in gone else each >= at for each in range(31)]
        assert nearest_change(holds.__getitem__, 0, 30) == (at - 1, at)
        turned = [None if each is None else not each for each in holds]
        assert nearest_change(turned.__getitem__, 30, 0) == (at, at - 1)


# Stories


def test_each_change_names_all_versions_that_touched_it(long_stories: Stories) -> None:
    """Held against the difference of each version from the one before."""

    def touched(section: str, index: int, back: bool) -> tuple[set[int], int | None]:
        """By which versions, and where the block was at the other end."""
        found = set()
        for number in range(VERSIONS, 1, -1) if back else range(2, VERSIONS + 1):
            old, new = (long_stories.version(LONG, each) for each in (number - 1, number))
            sections = {each.section: each for each in long_stories.diff(old, new).sections}
            block = next(
                each
                for each in sections[section].blocks
                if index in (each.new if back else each.old)
            )
            if block.op != "same":
                found.add(number)
            there = block.old if back else block.new
            if not there:
                return found, None
            (index,) = there
        return found, index

    attribution = _attributed(long_stories, 1, VERSIONS, LONG)
    assert attribution.every
    for (section, olds, news), brought in attribution.changes.items():
        expected, came_from = touched(section, news[0], True) if news else (set(), None)
        if olds and came_from != olds[0]:
            expected |= touched(section, olds[0], False)[0]
        assert {each.version for each in brought.versions} == expected
        assert (brought.removed, brought.complete) == ((), True)


def test_in_a_long_history_the_first_and_the_newest_edit_are_found_first(
    long_stories: Stories, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attribution, "_TEXTS", 40)
    found = _attributed(long_stories, 1, VERSIONS, LONG)
    assert not found.every
    gauge = found.changes["overview", (0,), (0,)]
    assert [each.version for each in gauge.versions][:1] == [2]
    assert [each.version for each in gauge.versions][-1:] == [60]


def test_all_changes_of_a_range_are_attributed(long_stories: Stories) -> None:
    before, after = long_stories.version(LONG, 1), long_stories.version(LONG, VERSIONS)
    diff = long_stories.diff(before, after)
    changes = {
        (each.section, block.old, block.new) for each in diff.sections for block in each.changes
    }
    assert _found(long_stories, 1, VERSIONS, LONG).keys() == changes
    assert _found(long_stories, 2, 5, LONG)["overview", (0,), (0,)] == [GAUGE_455]


def test_a_range_that_goes_back_is_not_attributed(long_stories: Stories) -> None:
    assert _found(long_stories, 44, 5, LONG) == {}


def test_nothing_is_said_of_one_version_and_of_drafts(archive: Archive) -> None:
    stories = _history(archive, [A], [B])
    append(archive, entry(content(overview=[C]), state=State.DRAFT, base_version=2))
    first, draft = stories.version("library", 1), stories.revision("library", 3)
    for other in (first, draft):
        assert attributed(stories, first, other, stories.diff(first, other), []).changes == {}
    assert _found(stories, 1, 1) == {}


def test_an_edit_names_each_version_of_a_run(archive: Archive) -> None:
    edits = [A.replace("nine", str(number)) for number in (2, 2, 5, 5, 9)]
    stories = _history(
        archive, *([each, f"Else {at}"] for at, each in enumerate((A, *edits, edits[-1])))
    )
    assert _found(stories, 1, 7)["overview", (0,), (0,)] == [2, 4, 6]
    assert _found(stories, 3, 5)["overview", (0,), (0,)] == [4]


def test_an_edit_that_was_undone_between_is_named(archive: Archive) -> None:
    five = A.replace("nine", "five")
    stories = _history(archive, [A], [TEN], [A], [five])
    assert _found(stories, 1, 4)["overview", (0,), (0,)] == [2, 3, 4]


def test_an_added_block_names_who_added_it_and_all_who_edited_it(archive: Archive) -> None:
    five = TEN.replace("ten", "five")
    stories = _history(archive, [B], [B, A], [B, C, A], [B, C, TEN], [C, five])
    assert _found(stories, 1, 5)["overview", (), (1,)] == [2, 4, 5]


def test_a_removed_block_names_who_edited_it_and_who_removed_it(archive: Archive) -> None:
    stories = _history(archive, [A, B], [TEN, B], [TEN, B, C], [B, C], [B, D])
    assert _found(stories, 1, 5)["overview", (0,), ()] == [2, 4]


def test_a_block_that_went_and_came_again_otherwise_names_both(archive: Archive) -> None:
    stories = _history(archive, [A, B], [B], [B, C], [TEN, B])
    assert _found(stories, 1, 4)["overview", (0,), (0,)] == [2, 4]


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


def test_a_move_to_another_section_is_attributed(archive: Archive) -> None:
    for overview, analysis in (([A, B], [C]), ([A, B], [E]), ([A], [B, E]), ([A], [B, D])):
        append(archive, entry(content(overview=overview, analysis=analysis)))
    assert _found(Stories(archive), 1, 4)["analysis", (1,), (0,)] == [3]


def test_removed_texts_are_passed_over(archive: Archive) -> None:
    texts = [[A if number < 6 else TEN, f"Else {number}"] for number in range(1, 13)]
    stories = _history(archive, *texts)
    remove(archive, removal(7, (8,)))
    assert _known(stories, 1, 12) == ([6], (), True)


def test_beside_a_removed_text_what_is_known_is_named_and_what_is_not(archive: Archive) -> None:
    words = ("nine", "ten", "five", "six", "six", "four")
    stories = _history(archive, *([A.replace("nine", each)] for each in words))
    remove(archive, removal(3))
    assert _known(stories, 1, 6) == ([2, 6], (3,), True)
    remove(archive, removal(2, (4,)))
    assert _known(stories, 1, 6) == ([6], (2, 3, 4), True)


def _known(stories: Stories, old: int, new: int) -> tuple[list[int], tuple[int, ...], bool]:
    """Of the first paragraph."""
    brought = _attributed(stories, old, new).changes["overview", (0,), (0,)]
    return [each.version or 0 for each in brought.versions], brought.removed, brought.complete


def test_damaged_texts_are_passed_over(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [[A if number < 6 else TEN, f"Else {number}"] for number in range(1, 13)]
    stories = _history(archive, *texts)
    read, damaged = stories.content, {7}

    def content_of(revision: Revision) -> object:
        if revision.version in damaged:
            raise Damaged("gone")
        return read(revision)

    monkeypatch.setattr(stories, "content", content_of)
    assert _known(stories, 1, 12) == ([6], (), True)
    damaged.add(6)
    assert _known(stories, 1, 12) == ([], (), False)


@pytest.mark.parametrize(
    ("limit", "most"),
    [("_TEXTS", 3), ("_CHARACTERS", 5_000), ("_COMPARED", 1_000), ("_STEPS", 12)],
)
def test_beyond_what_may_be_done_it_is_said_that_not_all_is_known(
    long_stories: Stories, limit: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = _attributed(long_stories, 1, VERSIONS, LONG).changes
    monkeypatch.setattr(attribution, limit, most)
    some = _attributed(long_stories, 1, VERSIONS, LONG).changes
    assert some.keys() == every.keys()
    assert any(not each.complete for each in some.values())
    for key, brought in some.items():
        assert {*brought.versions} <= {*every[key].versions}
        assert not brought.complete or brought == every[key]


def test_of_many_versions_the_first_the_newest_and_corrections_are_named_at_once(
    archive: Archive,
) -> None:
    words = ("nine", "ten", "five", "six", "seven", "eight", "four")
    append(
        archive,
        *(
            entry(
                content(overview=[A.replace("nine", word)]),
                kind=Kind.CORRECTION if number == 5 else Kind.UPDATE,
            )
            for number, word in enumerate(words, 1)
        ),
    )

    def named(old: int, new: int) -> list[list[int | None]]:
        brought = _attributed(Stories(archive), old, new).changes["overview", (0,), (0,)]
        return [[each.version for each in some] for some in (brought.first, brought.others)]

    assert named(1, 4) == [[2, 3, 4], []]
    assert named(1, 7) == [[2, 5, 7], [3, 4, 6]]


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
    changes = [(section, block) for section in diff.sections for block in section.changes]
    monkeypatch.setattr(long_stories, "content", content_of)
    attributed(long_stories, before, after, diff, changes)
    assert sorted(numbers) == list(range(1, VERSIONS + 1))
