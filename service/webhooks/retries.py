"""When a delivery that failed is tried again: the schedule of Standard Webhooks."""

from datetime import datetime, timedelta

RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long to wait after each failure; when these are used up, a delivery is given up."""


def retry_at(attempts: int, now: datetime) -> datetime | None:
    """When to retry after so many earlier attempts; None: give up."""
    return now + RETRIES[attempts] if attempts < len(RETRIES) else None
