"""A full or read-only disk: a clear error, reading still works, and it recovers by itself."""

from typing import Any

import pytest

from tests.small_disk import answers_of


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the application answered on a real small disk, mounted in a namespace of its own."""
    return answers_of("tests.web.full_disk", tmp_path_factory.mktemp("disk"))


def test_a_full_disk_is_507_with_a_problem(answers: dict[str, Any]) -> None:
    full = answers["full"]
    assert (full["status"], full["type"]) == (507, "application/problem+json")
    assert full["problem"]["type"].endswith("store-full")
    assert answers["stored"] > 10


def test_a_disk_that_takes_no_writes_is_503(answers: dict[str, Any]) -> None:
    refused = answers["read-only"]
    assert (refused["status"], refused["retry"]) == (503, "60")
    assert refused["problem"]["type"].endswith("unwritable")


def test_reading_still_works(answers: dict[str, Any]) -> None:
    assert answers["reads when full"] == [200] * 4
    assert answers["reads when read-only"] == [200] * 4
    assert answers["live when full"] == answers["stored"]


def test_readiness_says_that_writes_are_rejected(answers: dict[str, Any]) -> None:
    assert answers["ready when full"] == [
        200,
        "reads: yes\nwrites: no, the archive's disk is full\n",
    ]
    assert answers["ready when read-only"] == [
        200,
        "reads: yes\nwrites: no, the archive's disk rejects them\n",
    ]
    assert answers["ready with room"] == [200, "ready\n"]


def test_an_archive_opens_on_a_disk_that_takes_no_writes(answers: dict[str, Any]) -> None:
    assert answers["opened read-only"] == 200
    assert answers["token read-only"] == 200


def test_it_recovers_by_itself_and_verifies(answers: dict[str, Any]) -> None:
    assert answers["with room"] == 201
    assert answers["writable again"] == 201
    assert answers["version at last"] == answers["versions"]
    assert answers["verified with room"] == []
    assert answers["verified at last"] == []
