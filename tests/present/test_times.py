"""How times are read and written."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest

from repo_store import rfc3339
from service import messages
from service.messages import LANGUAGES, Interface
from service.present.times import parse, parse_day_or_time, readable, readable_day
from tests.samples import NOON

BERLIN = ZoneInfo("Europe/Berlin")


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
    assert readable_day(NOON) == "1 May 2026"


@pytest.fixture(autouse=True)
def in_english_again() -> Iterator[None]:
    yield
    messages.use(messages.plain)


def speak(language: str, zone: tzinfo = UTC) -> None:
    messages.use(lambda: Interface(language, zone))


@pytest.mark.parametrize(
    ("language", "text", "in_berlin"),
    [
        ("en", "1 May 2026, 12:00 UTC", "1 May 2026, 14:00 CEST"),
        ("de", "1. Mai 2026, 12:00 UTC", "1. Mai 2026, 14:00 MESZ"),
        ("fr", "1 mai 2026, 12:00 UTC", "1 mai 2026, 14:00 UTC+2"),
        ("es", "1 de mayo de 2026, 12:00 UTC", "1 de mayo de 2026, 14:00 CEST"),
        ("ar", "1 مايو 2026، 12:00 م UTC", "1 مايو 2026، 2:00 م UTC+2"),
        ("zh", "2026年5月1日 UTC 12:00", "2026年5月1日 UTC+2 14:00"),
        ("ja", "2026年5月1日 12:00 UTC", "2026年5月1日 14:00 UTC+2"),
    ],
)
def test_a_page_tells_times_in_its_language_and_zone(
    language: str, text: str, in_berlin: str
) -> None:
    speak(language)
    assert readable(NOON) == text
    speak(language, BERLIN)
    assert readable(NOON) == in_berlin


@pytest.mark.parametrize(
    ("zone", "text", "day"),
    [
        ("America/St_Johns", "1 May 2026, 09:30 UTC−2:30", "1 May 2026"),
        ("Asia/Kathmandu", "1 May 2026, 17:45 UTC+5:45", "1 May 2026"),
        ("Pacific/Kiritimati", "2 May 2026, 02:00 UTC+14", "2 May 2026"),
        ("Africa/Abidjan", "1 May 2026, 12:00 GMT", "1 May 2026"),
    ],
)
def test_a_zone_without_a_short_name_is_an_offset(zone: str, text: str, day: str) -> None:
    speak("en", ZoneInfo(zone))
    assert readable(NOON) == text
    assert readable_day(NOON) == day


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2026-03-29T00:59:00Z", "29. März 2026, 01:59 MEZ"),
        ("2026-03-29T01:00:00Z", "29. März 2026, 03:00 MESZ"),
        ("2026-10-25T00:30:00Z", "25. Oktober 2026, 02:30 MESZ"),
        ("2026-10-25T01:30:00Z", "25. Oktober 2026, 02:30 MEZ"),
    ],
)
def test_summer_time_begins_and_ends(moment: str, text: str) -> None:
    speak("de", BERLIN)
    assert readable(datetime.fromisoformat(moment)) == text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Honolulu"])
def test_the_first_and_the_last_moment_can_be_told(language: str, zone: str) -> None:
    speak(language, ZoneInfo(zone))
    for moment in (datetime.min, datetime.max):
        assert readable(moment.replace(tzinfo=UTC))


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


def test_a_day_begins_at_midnight_in_utc_or_in_a_zone() -> None:
    assert parse_day_or_time("2026-05-01", BERLIN) == datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert parse_day_or_time("2026-12-01", BERLIN) == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert parse_day_or_time("2026-05-01T12:00:00Z", BERLIN) == NOON
    assert parse_day_or_time("2026-05-01T12:00:00", BERLIN) is None
    assert parse_day_or_time("2026-05-01") == NOON.replace(hour=0)
    assert parse_day_or_time("2026-05-01T12:00:00Z") == NOON
    assert parse_day_or_time("2026-05") is None
