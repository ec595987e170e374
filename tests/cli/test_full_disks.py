"""Whichever disk takes no writes is called by its name, and no other is."""

from typing import Any

import pytest

from tests.small_disk import answers_of


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Exit code and errors of each command, on real small disks."""
    return answers_of("tests.cli.full_disks", tmp_path_factory.mktemp("disks"))


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("backup", "other/backup's disk is full: "),
        ("backup of accounts", "other/backup's disk is full: "),
        ("backup, read-only", "other/backup cannot be written to: "),
        ("export", "other/e.zip's disk is full: "),
        ("export, read-only", "other/e.zip cannot be written to: "),
        ("key", "other's disk is full: "),
        ("memory", "other/archive.key.signed's disk is full: "),
        ("memory, read-only", "other/archive.key.signed cannot be written to: "),
        ("checkpoint", "the archive's disk is full: "),
        ("rotate", "the archive's disk is full: "),
    ],
)
def test_what_takes_no_writes_is_named(answers: dict[str, Any], what: str, told: str) -> None:
    code, errors = answers[what]
    assert code == 2
    assert told in errors.splitlines()[-1], errors
    assert "readonly database" not in errors


def test_an_export_is_not_judged_without_room_to_unpack_it(answers: dict[str, Any]) -> None:
    judged = [answer for what, answer in answers.items() if what.startswith("verify ")]
    assert judged[0][0] == 2
    for code, errors in judged:
        told = "" if code == 0 else "story-history: the temporary directory "
        assert (code, errors[: len(told)]) in ((0, ""), (2, told)), errors
    assert judged[-1][0] == 0
