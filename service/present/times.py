"""Times as RFC 3339 has them, read; and written as people read them."""

import re
from datetime import UTC, datetime, tzinfo


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
