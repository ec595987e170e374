"""Times in and out: RFC 3339 is read, and written in UTC and whole seconds; and as people read it.

Every time that leaves the service in JSON, XML or an attribute is written by `rfc3339`.
"""

import re
from datetime import UTC, datetime, tzinfo


def rfc3339(moment: datetime) -> str:
    """Such as “2026-05-01T10:00:00Z”."""
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return in_utc.isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def readable(moment: datetime) -> str:
    """Such as “1 May 2026, 10:00 UTC”."""
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


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


def parse_day_or_time(text: str) -> datetime | None:
    """The same for a time, or a day such as “2026-05-01”, which begins at midnight UTC."""
    return parse(f"{text}T00:00:00Z" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text)
