"""Histories of many versions: the same answers whatever their length, with bounded work."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from repo_store import CORRECTING, Archive, Kind, Malformed, NotFound, Revision, Verb, VersionFilter
from repo_store.index import buckets, version_filter
from service.usecases.reading import Stories
from service.wiring import now
from tests.long_story import EXPLAINED, GAUGE_455, LONG, fill_long, moment, text
from tests.samples import NOON, action, append, content, entry

VERSIONS = 60


@pytest.fixture(scope="module")
def long_archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """The long story; no test writes to it."""
    path: Path = tmp_path_factory.mktemp("long") / "archive"
    archive = Archive.open(path, now, create=True)
    fill_long(archive, VERSIONS)
    yield archive
    archive.close()


@pytest.fixture
def stories(long_archive: Archive) -> Stories:
    return Stories(long_archive)


def test_the_sample_is_as_it_says(stories: Stories) -> None:
    versions = stories.version_range(LONG, 1, VERSIONS)
    assert [each.version for each in versions] == list(range(1, VERSIONS + 1))
    assert [each.live_since for each in versions] == [
        moment(number, VERSIONS) for number in range(1, VERSIONS + 1)
    ]
    before, after = (
        stories.content(stories.version(LONG, number)).fields["overview"][0]
        for number in (GAUGE_455 - 1, GAUGE_455)
    )
    assert "431 cm" in before
    assert "455 cm" in after
    corrected = [each.version for each in versions if each.kind is Kind.CORRECTION]
    assert corrected == [4, 16, 28, 40, 52]
    assert [each.version for each in versions if each.explanations] == [EXPLAINED]
    assert all(text(number) != text(number + 1) for number in range(1, 200))


def test_an_import_records_which_facts_each_version_changed(stories: Stories) -> None:
    changed = {number: stories.version(LONG, number).changes.facts for number in range(1, 9)}
    assert changed[1] == (), "a first version changes nothing"
    assert changed[GAUGE_455] == ("number",)
    assert changed[8] == ()


# Choosing versions

_TIMES = (None, moment(1, VERSIONS), moment(13, VERSIONS), moment(41, VERSIONS))
FILTERS = [
    VersionFilter(*chosen)
    for chosen in product(
        (False, True), (False, True), ("", "summary", "overview", "nothing"), _TIMES, _TIMES
    )
]


def _is_chosen(version: Revision, chosen: VersionFilter) -> bool:
    kinds = {version.kind, *(each.kind for each in version.explanations)}
    return (
        (not chosen.corrections or not kinds.isdisjoint(CORRECTING))
        and (not chosen.facts or bool(version.changes.facts))
        and (not chosen.section or chosen.section in version.changes.sections)
        and (not chosen.since or version.live_since >= chosen.since)
        and (not chosen.until or version.live_since < chosen.until)
    )


def _numbers(stories: Stories, story: str, chosen: VersionFilter, limit: int = 20) -> list[int]:
    """Of all pages."""
    numbers: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = stories.versions_where(story, chosen, cursor, limit)
        numbers += [each.version or 0 for each in page.items]
        cursor = page.next
    return numbers


Sought = Callable[[VersionFilter], list[int]]


def _sought(stories: Stories, story: str, versions: int) -> Sought:
    """The filter, version by version."""
    every = stories.version_range(story, 1, versions)[::-1]
    return lambda chosen: [each.version or 0 for each in every if _is_chosen(each, chosen)]


def _check_neighbours(
    stories: Stories, story: str, versions: int, chosen: VersionFilter, sought: list[int]
) -> None:
    for number in range(1, versions + 1):
        older = next((each for each in sought if each < number), None)
        newer = next((each for each in reversed(sought) if each > number), None)
        assert stories.neighbours(story, number, chosen) == (older, newer)


@pytest.mark.parametrize("scanned", [version_filter.SCANNED, 7])
def test_versions_are_chosen_by_all_that_is_asked(
    stories: Stories, scanned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version_filter, "SCANNED", scanned)
    sought = _sought(stories, LONG, VERSIONS)
    for chosen in FILTERS:
        assert _numbers(stories, LONG, chosen) == sought(chosen), chosen


def test_the_neighbours_of_a_version_are_the_nearest_chosen_ones(stories: Stories) -> None:
    sought = _sought(stories, LONG, VERSIONS)
    for chosen in FILTERS[::3]:
        _check_neighbours(stories, LONG, VERSIONS, chosen, sought(chosen))


def test_without_a_filter_all_are_listed(stories: Stories) -> None:
    for cursor in ("", "40", "3"):
        chosen = stories.versions_where(LONG, VersionFilter(), cursor, 20)
        assert chosen == stories.versions(LONG, cursor, 20)


def test_one_request_looks_at_a_bounded_number_of_versions(
    stories: Stories, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version_filter, "SCANNED", 10)
    nothing = VersionFilter(section="nothing")
    page = stories.versions_where(LONG, nothing)
    assert (page.items, page.next) == ([], "51")
    page = stories.versions_where(LONG, VersionFilter(section="nothing"), "11")
    assert (page.items, page.next) == ([], None)
    rare = VersionFilter(section="summary")
    assert stories.neighbours(LONG, 33, rare) == (None, 34), "22 is too far away"


def test_an_explanation_counts_by_its_kind(archive: Archive) -> None:
    append(archive, *(entry(content(title=str(number))) for number in range(4)))
    with archive.batch() as batch:
        batch.act(action(2, Verb.EXPLAIN, "Why", kind=Kind.CORRECTION))
        batch.act(action(3, Verb.EXPLAIN, "Why", kind=Kind.UPDATE))
    assert _numbers(Stories(archive), "library", VersionFilter(corrections=True)) == [2]


def test_times_choose_versions_that_are_out_of_order(archive: Archive) -> None:
    hours = (0, 5, 3, 9, 4, 9, 12)
    entries = [
        entry(content(title=str(at)), created_at=NOON + timedelta(hours=hour))
        for at, hour in enumerate(hours)
    ]
    append(archive, *entries)
    stories = Stories(archive)
    assert any(each.out_of_order for each in stories.version_range("library", 1, len(hours)))
    sought = _sought(stories, "library", len(hours))
    full = [NOON + timedelta(hours=hour) for hour in range(14)]
    moments = [None, *full, *(each + timedelta(seconds=0.5) for each in full)]
    for since, until in product(moments, moments):
        chosen = VersionFilter(since=since, until=until)
        assert _numbers(stories, "library", chosen) == sought(chosen)
        _check_neighbours(stories, "library", len(hours), chosen, sought(chosen))


def test_what_cannot_be_listed_is_refused(stories: Stories) -> None:
    with pytest.raises(NotFound):
        stories.versions_where("unknown", VersionFilter())
    with pytest.raises(Malformed, match="cursor"):
        stories.versions_where(LONG, VersionFilter(), "x")
    with pytest.raises(Malformed, match="limit"):
        stories.versions_where(LONG, VersionFilter(), "", 101)
    for odd in ("overview,analysis", "over%", "overview' or 1 --"):
        assert stories.versions_where(LONG, VersionFilter(section=odd)).items == []


# Drawing them


@pytest.mark.parametrize("count", [1, 7, VERSIONS, 120])
def test_all_versions_are_in_buckets(long_archive: Archive, stories: Stories, count: int) -> None:
    versions = stories.version_range(LONG, 1, VERSIONS)
    found = long_archive.index.buckets(LONG, count)
    assert len(found) == min(count, VERSIONS)
    assert [each.first for each in found] == [1, *(each.last + 1 for each in found[:-1])]
    assert found[-1].last == VERSIONS
    corrections = VersionFilter(corrections=True)
    for each in found:
        of_it = versions[each.first - 1 : each.last]
        changes = [version.changes for version in of_it if version.version != 1]
        assert each.corrections == sum(_is_chosen(version, corrections) for version in of_it)
        assert each.words_added == max((of.words_added for of in changes), default=0)
        assert each.words_removed == max((of.words_removed for of in changes), default=0)
        assert (each.since, each.until) == (of_it[0].live_since, of_it[-1].live_since)
    sizes = {each.last - each.first for each in found}
    assert max(sizes) - min(sizes) <= 1


def test_of_very_many_versions_some_stand_for_the_rest(
    long_archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = long_archive.index.buckets(LONG, 3)
    monkeypatch.setattr(buckets, "LOOKED_AT", 24)
    some = long_archive.index.buckets(LONG, 3)
    assert [each.corrections for each in every] == [2, 2, 1]
    assert [each.corrections for each in some] == [1, 1, 0], "4 and 28"
    assert [each[:2] + each[-2:] for each in some] == [each[:2] + each[-2:] for each in every]


def test_a_chart_has_all_versions(stories: Stories, archive: Archive) -> None:
    chart = stories.timeline_of(LONG)
    assert (chart.versions, len(chart.bars)) == (VERSIONS, VERSIONS)
    assert (chart.first, chart.last) == (moment(1, VERSIONS), moment(VERSIONS, VERSIONS))
    append(archive, entry(content()))
    assert Stories(archive).timeline_of("library").versions == 1
    with pytest.raises(NotFound):
        stories.timeline_of("unknown")
