"""Times as RFC 3339 has them, read; and written as people read them."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Literal

from babel import Locale
from babel.dates import (
    format_date,
    format_datetime,
    format_time,
    get_date_format,
    get_datetime_format,
    get_time_format,
    get_timezone_name,
)

from service import messages


def readable(moment: datetime) -> str:
    """Such as “1 May 2026, 10:00 UTC”; on a page in its language and zone."""
    interface = messages.current()
    if not interface.language:
        return f"{moment.day} {moment:%B %Y, %H:%M} UTC"
    there, locale = in_zone(moment, interface.zone), interface.locale
    pattern = _pattern(locale, _zone_name(there, locale))
    return format_datetime(there, pattern, tzinfo=there.tzinfo, locale=locale)


def readable_day(moment: datetime, length: Literal["long", "medium"] = "long") -> str:
    """Such as “1 November 2026” or, at medium length, “1 Nov 2026”; in the same zone."""
    interface = messages.current()
    day = in_zone(moment, interface.zone)
    return format_date(day.date(), length, locale=interface.locale)


def day_name(day: date) -> str:
    """Such as “1 May 2026”."""
    return format_date(day, "long", locale=messages.current().locale)


def clock_time(moment: datetime) -> str:
    """Such as “10:00”, in the same zone, which is named in an hour that comes twice."""
    interface = messages.current()
    there = in_zone(moment, interface.zone)
    time = format_time(there, "short", tzinfo=there.tzinfo, locale=interface.locale)
    twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    return f"{time} {_zone_name(there, interface.locale)}" if twice else time


def in_zone(moment: datetime, zone: tzinfo) -> datetime:
    """The same time there; as it is given where that is before the year 1 or after 9999."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


@lru_cache(256)
def _pattern(locale: Locale, zone: str) -> str:
    """A day and a time without seconds, with its zone where the language puts it."""
    day, joined = get_date_format("long", locale), str(get_datetime_format("medium", locale))
    time = str(get_time_format("long", locale)).replace(":ss", "").replace("z", f"'{zone}'")
    return joined.replace("{1}", str(day)).replace("{0}", time)


def _zone_name(moment: datetime, locale: Locale) -> str:
    """Such as “MESZ”, else “UTC+2”."""
    if moment.tzinfo is UTC:
        return "UTC"
    name = get_timezone_name(moment, "short", locale=locale)
    return name if name.isalpha() else _offset(moment.utcoffset() or timedelta())


def _offset(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'−' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"


def parse(text: str, default_zone: tzinfo | None = None) -> datetime | None:
    """A time as RFC 3339 has it, in UTC, or None. One without a zone is taken to be in
    `default_zone`; without that it is None too.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if (zone := moment.tzinfo or default_zone) is None:
        return None
    try:
        return moment.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:  # in UTC it is in the year 0 or 10000: the nearest that exists
        return (datetime.min if moment.year == 1 else datetime.max).replace(tzinfo=UTC)


def parse_day_or_time(text: str, zone: tzinfo = UTC) -> datetime | None:
    """The same for a time, or a day such as “2026-05-01”, which begins at midnight in `zone`."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return parse(f"{text}T00:00:00", zone)
    return parse(text)
