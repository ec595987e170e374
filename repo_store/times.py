"""The one form in which times are written: RFC 3339, in UTC and whole seconds."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """Such as “2026-05-01T10:00:00Z”."""
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return in_utc.isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def from_seconds(seconds: int) -> datetime:
    """The time so many seconds after 1970, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
