"""Requests to remove texts: stored until a second person confirms or somebody withdraws them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from repo_store import Ground, Removal
from service.accounts import Person, Role, Tokens
from service.accounts.database import Database
from service.accounts.removal_requests import RemovalRequest, RemovalRequests, Targets
from tests.samples import NOON

MIKA = Person("p2", "Mika Lund", Role.EDITOR, "t9")


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
    at, token = NOON + timedelta(hours=hours), f"t{hours}"
    return RemovalRequest(story, Targets(revisions), token, token, "Dara Voss", "Note", removal, at)


def _keys(requests: RemovalRequests) -> list[tuple[str, tuple[int, ...]]]:
    return [(each.story, each.targets.revisions) for each in requests.all()]


def test_requests_are_listed_oldest_first(requests: RemovalRequests) -> None:
    assert _keys(requests) == [("library", (2,)), ("library", (2, 3)), ("other", (2,))]
    assert requests.all()[0] == _request("library", (2,), 1)


def test_the_first_request_for_the_same_revisions_stays(requests: RemovalRequests) -> None:
    assert requests.add(_request("library", (2,), 9)) == _request("library", (2,), 1)
    assert requests.add(_request("other", (2, 3), 9)) == _request("other", (2, 3), 9)
    assert len(requests.all()) == 4


def test_what_is_taken_cannot_be_withdrawn_and_can_be_put_back(requests: RemovalRequests) -> None:
    taken = requests.all()[0]
    assert requests.take(taken)
    assert not requests.take(taken)
    assert not requests.withdraw("library", Targets((2,)), MIKA, NOON)
    assert _keys(requests) == [("library", (2, 3)), ("other", (2,))]
    requests.put_back(taken)
    assert requests.all()[0] == taken


def test_what_is_taken_is_not_put_back_if_its_token_was_revoked(
    requests: RemovalRequests, tokens: Tokens
) -> None:
    tokens.create(Role.EDITOR, "Dara Voss", NOON)
    [token] = tokens.all()
    request = _request("third", (1,), 5)
    stored = requests.add(RemovalRequest(**vars(request) | {"token": token.id}))
    assert requests.take(stored)
    tokens.revoke(token.id, NOON)
    requests.put_back(stored)
    assert ("third", (1,)) not in _keys(requests)


def test_a_removal_ends_all_requests_for_one_of_its_texts(requests: RemovalRequests) -> None:
    requests.add(_request("library", (4,), 4))
    requests.end("library", Targets((3,)))
    assert _keys(requests) == [("library", (2,)), ("other", (2,)), ("library", (4,))]
    assert requests.withdrawn("library") == []


def test_a_removal_takes_the_notes_of_withdrawn_requests_for_it(requests: RemovalRequests) -> None:
    requests.add(replace(_request("library", (), 4), targets=Targets((), (7,))))
    for targets in (Targets((2,)), Targets((2, 3)), Targets((), (7,))):
        assert requests.withdraw("library", targets, MIKA, NOON)
    requests.end("library", Targets((3,), (8,)))
    left = {each.request.targets: each.request.note for each in requests.withdrawn("library")}
    assert left == {Targets((2,)): "Note", Targets((2, 3)): "", Targets((), (7,)): "Note"}
    requests.end("library", Targets((), (7,)))
    assert {each.request.note for each in requests.withdrawn("library")} == {"Note", ""}
    assert requests.withdrawn("library")[0].by == "Mika Lund"


def test_who_withdrew_a_request_and_when_is_kept(requests: RemovalRequests) -> None:
    for hours in (4, 6):
        now = NOON + timedelta(hours=hours)
        assert requests.withdraw("library", Targets((2,)), MIKA, now)
        assert not requests.withdraw("library", Targets((2,)), MIKA, now)
        requests.add(_request("library", (2,), hours + 1))
    newest, oldest = requests.withdrawn("library")
    assert oldest.request == _request("library", (2,), 1)
    assert (oldest.at, oldest.by) == (NOON + timedelta(hours=4), "Mika Lund")
    assert newest.request == _request("library", (2,), 5)
    assert requests.withdrawn("other") == []
    assert ("library", (2,)) in _keys(requests), "the same may be requested again"


def test_revoking_a_token_ends_what_was_requested_with_it(
    requests: RemovalRequests, tokens: Tokens
) -> None:
    for _ in range(2):
        tokens.create(Role.EDITOR, "Dara Voss", NOON)
    for revision, token in enumerate(tokens.all(), 7):
        request = _request("library", (revision,), 1)
        requests.add(RemovalRequest(**vars(request) | {"token": token.id}))
    kept, revoked = tokens.all()
    assert {each.person for each in requests.all() if each.token == kept.id} == {revoked.person.id}
    tokens.revoke(revoked.id, NOON)
    assert revoked.id not in {each.token for each in requests.all()}
    assert kept.id in {each.token for each in requests.all()}
    [ended] = requests.withdrawn("library")
    assert (ended.request.token, ended.at, ended.by) == (revoked.id, NOON, None)
