"""Requests to remove texts: stored until a second person confirms or withdraws them."""

from datetime import timedelta

import pytest

from repo_store import Ground, Removal
from service.accounts.database import Database
from service.accounts.removal_requests import RemovalRequest, RemovalRequests
from tests.samples import NOON


@pytest.fixture
def requests(database: Database) -> RemovalRequests:
    """Of two stories, the newest stored first."""
    made = RemovalRequests(database)
    for hours, story, revisions in (
        (3, "other", (2,)),
        (2, "library", (2, 3)),
        (1, "library", (2,)),
    ):
        made.add(_request(story, revisions, hours))
    return made


def _request(story: str, revisions: tuple[int, ...], hours: int) -> RemovalRequest:
    removal = Removal(Ground.COURT_ORDER, "12 O 44/26")
    at = NOON + timedelta(hours=hours)
    return RemovalRequest(story, revisions, f"t{hours}", "Dara Voss", "Note", removal, at)


def _keys(requests: RemovalRequests) -> list[tuple[str, tuple[int, ...]]]:
    return [(each.story, each.revisions) for each in requests.all()]


def test_requests_are_listed_oldest_first(requests: RemovalRequests) -> None:
    assert _keys(requests) == [("library", (2,)), ("library", (2, 3)), ("other", (2,))]


def test_a_request_is_found_by_its_story_and_revisions(requests: RemovalRequests) -> None:
    assert requests.find("library", (2,)) == _request("library", (2,), 1)
    assert requests.find("other", (2,)) == _request("other", (2,), 3)
    assert requests.find("other", (2, 3)) is None


def test_the_first_request_for_the_same_revisions_stays(requests: RemovalRequests) -> None:
    requests.add(_request("library", (2,), 9))
    assert requests.find("library", (2,)) == _request("library", (2,), 1)


def test_deleting_a_request_leaves_the_others(requests: RemovalRequests) -> None:
    requests.delete("library", (2,))
    assert _keys(requests) == [("library", (2, 3)), ("other", (2,))]
