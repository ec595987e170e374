"""Histories of many versions: the same answers whatever their length, with bounded work."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_store import Archive, Kind
from service.usecases.reading import Stories
from service.wiring import now
from tests.long_story import EXPLAINED, GAUGE_455, LONG, fill_long, moment, text

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
