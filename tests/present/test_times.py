"""How times are read and written."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from repo_store import rfc3339
from service.present.times import parse, parse_day_or_time, readable
from tests.samples import NOON


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOON, "2026-05-01T12:00:00Z"),
        (NOON.replace(microsecond=999_999), "2026-05-01T12:00:00Z"),
        (NOON.astimezone(timezone(timedelta(hours=5, minutes=30))), "2026-05-01T12:00:00Z"),
        (datetime(7, 1, 2, tzinfo=UTC), "0007-01-02T00:00:00Z"),
    ],
)
def test_every_time_is_written_in_utc_and_whole_seconds(moment: datetime, text: str) -> None:
    assert rfc3339(moment) == text
    assert parse(text) == moment.replace(microsecond=0)


def test_a_time_reads_as_people_write_it() -> None:
    assert readable(NOON) == "1 May 2026, 12:00 UTC"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-01T14:00:00+02:00", NOON),
        ("2026-05-01t12:00:00Z", NOON),
        ("2026-05-01T12:00:00.5Z", NOON.replace(microsecond=500_000)),
        ("2026-05-01T12:00:00", None),
        ("2026-05-01", None),
        ("yesterday", None),
        ("", None),
        ("0001-01-01T00:00:00+14:00", datetime.min.replace(tzinfo=UTC)),
        ("9999-12-31T23:59:59-14:00", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_a_time_needs_its_zone(text: str, moment: datetime | None) -> None:
    found = parse(text)
    assert found == moment
    assert found is None or found.tzinfo is UTC


def test_a_zone_can_be_assumed() -> None:
    assert parse("2026-05-01T12:00", UTC) == NOON
    assert parse("2026-05-01T14:00+02:00", UTC) == NOON


def test_a_day_begins_at_midnight_in_utc() -> None:
    assert parse_day_or_time("2026-05-01") == NOON.replace(hour=0)
    assert parse_day_or_time("2026-05-01T12:00:00Z") == NOON
    assert parse_day_or_time("2026-05") is None
