"""Versions by the day on which they went live."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from repo_store import Archive, Revision
from service.present.days import by_day
from tests.samples import append, content, entry

Days = list[tuple[date, list[int]]]


def _versions(archive: Archive, *times: datetime) -> list[Revision]:
    append(archive, *(entry(content(title=f"At {at}"), created_at=at) for at in times))
    return archive.index.version_range("library", 1, len(times))[::-1]


def _numbers(days: list[tuple[date, list[Revision]]]) -> Days:
    return [(day, [each.version or 0 for each in versions]) for day, versions in days]


def test_a_day_begins_at_midnight_in_the_zone(archive: Archive) -> None:
    evening = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
    versions = _versions(archive, *(evening + timedelta(hours=hour) for hour in (0, 1, 2, 25)))
    second, third, fourth = (date(2026, 3, day) for day in (2, 3, 4))
    assert _numbers(by_day(versions, UTC)) == [(third, [4, 3]), (second, [2, 1])]
    berlin = by_day(versions, ZoneInfo("Europe/Berlin"))
    assert _numbers(berlin) == [(fourth, [4]), (third, [3, 2]), (second, [1])]
    york = by_day(versions, ZoneInfo("America/New_York"))
    assert _numbers(york) == [(third, [4]), (second, [3, 2, 1])]


def test_versions_keep_their_order_where_their_times_do_not(archive: Archive) -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    versions = _versions(archive, noon, noon + timedelta(days=1), noon)
    assert [day.day for day, _ in by_day(versions, UTC)] == [2, 3, 2]


def test_without_versions_there_are_no_days() -> None:
    assert by_day([], UTC) == []
