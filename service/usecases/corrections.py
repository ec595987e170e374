"""The corrections of all stories, listed and in figures. No HTTP."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import NamedTuple

from repo_store import (
    Archive,
    Correction,
    CorrectionCounts,
    CorrectionFilter,
    CorrectionPlace,
    FieldError,
    Malformed,
    Revision,
    Span,
    State,
    corrections_of,
    parse_query,
)
from service.accounts import HeldEdits
from service.messages import gettext
from service.paging import Listing, checked_limit, encoded, position_cursor
from service.present.fact_view import Lead
from service.present.headlines import headline
from service.present.times import in_zone
from service.usecases.list_diffs import diffs_with_previous
from service.usecases.reading import Clock, Stories

BOUNDS = (3_600, 6 * 3_600, 86_400, 7 * 86_400, 28 * 86_400, 365 * 86_400)
"""The seconds at which the distribution of delays is cut."""
_MONTHS, _MOST_MONTHS = 12, 36
"""Of a period that nobody chose, and of the longest that is shown by month; longer ones are by
year.
"""
_MOST_YEARS = 20
_SECTIONS, _YEARS = 60, 10
"""How many sections and years there are to choose from."""


class ListedCorrection(NamedTuple):
    """`title`, `section`: of its story as it is now. `removed`: the version's text was removed;
    `comparable`: whether its text and the one before are there; `changed`: what mattered most of
    what differs, where there was room to compare them.
    """

    correction: Correction
    title: str
    section: str
    removed: bool
    comparable: bool
    changed: Lead | None


@dataclass(frozen=True)
class Period:
    """From a time up to, not including, another, both in the paper's zone. `begins`: when each of
    its steps does, which are months, or years.
    """

    since: datetime
    until: datetime
    years: bool
    begins: tuple[datetime, ...]


class Figures(NamedTuple):
    """`held`: how many silent edits were held back in each step; None if nobody can read it."""

    period: Period
    counts: CorrectionCounts
    held: list[int] | None


class Corrections:
    """`zone`: the paper's, in which months and years begin."""

    def __init__(
        self, archive: Archive, stories: Stories, held: HeldEdits, clock: Clock, zone: tzinfo
    ) -> None:
        self._archive, self._stories, self._held = archive, stories, held
        self._clock, self._zone = clock, zone

    def listed(
        self, chosen: CorrectionFilter, words: str = "", cursor: str = "", limit: int = 20
    ) -> Listing[ListedCorrection]:
        """Newest first, of all stories that lists have; with `words` those whose note or whose
        story's title has them. A page may be short, and still have a next.
        """
        index = self._archive.index
        query = parse_query(words) if words.strip() else None
        before = position_cursor(cursor)
        places, after = index.list_corrections(chosen, query, before, checked_limit(limit))
        versions = dict(self._versions(places))
        comparable = {
            (story, number): each
            for (story, number), each in versions.items()
            if each.state is not State.REMOVED and self._is_there(story, number - 1)
        }
        diffs = diffs_with_previous(self._stories, comparable.values())
        found = []
        for place in places:
            key = place.story, place.version
            version = versions.get(key)
            for each in corrections_of(version) if version else ():
                if version and each.entry == place.entry:
                    changed = headline(diffs[key]) if key in diffs else None
                    removed = version.state is State.REMOVED
                    about = place.title, place.section, removed, key in comparable, changed
                    found.append(ListedCorrection(each, *about))
        return Listing(found, encoded((after,)) if after else None)

    def sections(self) -> list[str]:
        """The sections of the paper to choose from."""
        return self._archive.index.correction_sections(_SECTIONS)

    def years(self) -> list[int]:
        """The newest years in which something was published, newest first."""
        span = self._archive.index.time_span()
        if not span:
            return []
        first, last = (in_zone(each, self._zone).year for each in span)
        return list(range(last, max(first, last - _YEARS + 1) - 1, -1))

    def period(self, since: datetime | None, until: datetime | None) -> Period:
        """The one that is meant: by default the twelve months up to the last one in which something
        was published. Raises Malformed.
        """
        start = in_zone(since, self._zone) if since else None
        end = in_zone(until, self._zone) if until else self._end()
        if start and not until and start >= end:
            end = _months_later(start, _MONTHS)
        start = start or _months_later(end, -_MONTHS)
        if start >= end:
            raise Malformed([FieldError("until", gettext("must be after the beginning (since)"))])
        if end.year - start.year > _MOST_YEARS:
            message = gettext(
                "must be at most %(years)s years before the end (until)", years=_MOST_YEARS
            )
            raise Malformed([FieldError("since", message)])
        months = [*_months(start, end)]
        years = len(months) > _MOST_MONTHS
        begins = [each for each in months[1:] if each.month == 1 or not years]
        return Period(start, end, years, (start, *begins))

    def figures(self, period: Period) -> Figures:
        parts = [Span.of(*each) for each in pairwise((*period.begins, period.until))]
        counts = self._archive.index.count_corrections(parts, BOUNDS)
        by_day = self._held.by_day(period.since.date(), period.until.date())
        if by_day is None:
            return Figures(period, counts, None)
        firsts = [each.date() for each in period.begins]
        held = [0] * len(firsts)
        for day, count in by_day.items():
            held[bisect(firsts, day) - 1] += count
        return Figures(period, counts, held)

    def count_held(self) -> None:
        """Count a publication that was held back just now."""
        self._held.count(in_zone(self._clock(), self._zone).date())

    def _versions(
        self, places: Sequence[CorrectionPlace]
    ) -> Iterator[tuple[tuple[str, int], Revision]]:
        for key in dict.fromkeys((each.story, each.version) for each in places):
            if found := self._archive.index.version(*key):
                yield key, found

    def _is_there(self, story: str, number: int) -> bool:
        found = self._archive.index.version(story, number) if number else None
        return found is not None and found.state is not State.REMOVED

    def _end(self) -> datetime:
        """The end of the month in which something was published last. A time ahead of the clock,
        which an import may have, does not count.
        """
        span = self._archive.index.time_span()
        last = min(span[1], self._clock()) if span else self._clock()
        return _months_later(in_zone(last, self._zone).replace(day=1), 1)


def _months(since: datetime, until: datetime) -> Iterator[datetime]:
    """When the months begin that a period touches."""
    year, month = since.year, since.month
    while (year, month) <= (until.year, until.month):
        first = datetime(year, month, 1, tzinfo=since.tzinfo)
        if first < until:
            yield first
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _months_later(moment: datetime, months: int) -> datetime:
    """The same day at midnight, or the 28th, so many months later; at the end of
    time, that.
    """
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not datetime.min.year <= year <= datetime.max.year:
        return (datetime.max if months > 0 else datetime.min).replace(tzinfo=moment.tzinfo)
    return datetime(year, month + 1, min(moment.day, 28), tzinfo=moment.tzinfo)
