"""Reading: what a revision is compared with, the next draft in the queue, who removed a text."""

import pytest

from repo_store import Revision, State
from repo_store.archive import Archive
from service.config import Settings
from service.diffing.rebuild import new_page, old_page
from service.usecases.reading import Stories
from service.wiring import Services
from tests.redactions import removal, remove
from tests.samples import append, content, entry, ticking


@pytest.fixture
def stories(archive: Archive) -> Stories:
    return Services(Settings(archive.path), archive, ticking()).stories


def _revision(archive: Archive, number: int, story: str = "library") -> Revision:
    revision = archive.index.revision(story, number)
    assert revision
    return revision


def test_a_version_is_compared_with_the_one_before_and_a_draft_with_the_live_one(
    archive: Archive, stories: Stories
) -> None:
    append(archive, *(entry(content(title=title)) for title in ("One", "Two", "Three")))
    append(archive, entry(content(title="Draft"), state=State.DRAFT, base_version=1))
    compared = [stories.against_live(_revision(archive, number)) for number in (1, 2, 3, 4)]
    assert [old_page(diff).title for diff in compared] == ["", "One", "Two", "Three"]
    assert [new_page(diff).title for diff in compared] == ["One", "Two", "Three", "Draft"]


def test_the_next_draft_is_another_one(archive: Archive, stories: Stories) -> None:
    append(archive, entry(content(), state=State.DRAFT))
    assert stories.next_waiting(_revision(archive, 1)) is None
    append(archive, entry(content(title="Other"), "other", state=State.DRAFT))
    here, other = _revision(archive, 1), _revision(archive, 1, "other")
    assert stories.next_waiting(here) == other
    assert stories.next_waiting(other) == here, "after the last one, the first"


def test_each_text_that_a_removal_took_leads_to_it(archive: Archive, stories: Stories) -> None:
    append(archive, *(entry(content(title=title)) for title in ("One", "Two", "Three", "Four")))
    first = remove(archive, removal(1))
    second = remove(archive, removal(3, (2,)))
    found = [stories.removal(_revision(archive, number)) for number in (1, 2, 3, 4)]
    expected = [first.entry, second.entry, second.entry, None]
    assert [each and each.entry for each in found] == expected
