"""Versions by the day on which they went live, as it is counted where readers are."""

from collections.abc import Iterable
from datetime import date, tzinfo
from itertools import groupby

from repo_store import Revision


def by_day(versions: Iterable[Revision], zone: tzinfo) -> list[tuple[date, list[Revision]]]:
    """The days of these versions in their order, with those of each. A day comes twice only where
    a version of another one stands between, since it is out of order.
    """
    days = groupby(versions, lambda each: each.live_since.astimezone(zone).date())
    return [(day, list(of_it)) for day, of_it in days]
