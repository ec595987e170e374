"""How many silent edits were held back, by day."""

import logging
from datetime import date
from pathlib import Path

import pytest

from service.accounts import HeldEdits
from service.accounts.database import Database


def _day(number: int) -> date:
    return date(2026, 5, number)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def test_they_are_counted_by_day(database: Database) -> None:
    held = HeldEdits(lambda: database)
    for moment in (_day(1), _day(2), _day(2), _day(4)):
        held.count(moment)
    assert held.by_day(_day(1), _day(9)) == {
        _day(1): 1,
        _day(2): 2,
        _day(4): 1,
    }
    assert held.by_day(_day(2), _day(4)) == {_day(2): 2}
    columns = [
        row["name"] for row in database.run("select name from pragma_table_info('held_edit')")
    ]
    assert columns == ["day", "count"], "nothing of who or what"


def test_counting_never_fails_and_says_so(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    held = HeldEdits(lambda: database)
    database.run("drop table held_edit")
    with caplog.at_level(logging.ERROR):
        held.count(_day(1))
        assert held.by_day(_day(1), _day(2)) is None
    assert "is not counted" in caplog.text
    database.close()
    database.path.unlink()
    held.count(_day(1))
    assert held.by_day(_day(1), _day(2)) is None
