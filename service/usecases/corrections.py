"""The corrections of all stories, listed and in figures. No HTTP."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
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
from service.paging import Listing, checked_limit, encoded, position_cursor
from service.present.fact_view import Lead
from service.present.headlines import headline
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
    """From a time up to, not including, another. `years`: whether its steps are years, not months.
    `steps`: how each is called, such as “2026-05”, and its first day.
    """

    since: datetime
    until: datetime
    years: bool
    steps: tuple[tuple[str, date], ...]

    @property
    def named(self) -> str:
        """How a step is called, as `strftime` has it."""
        return "%Y" if self.years else "%Y-%m"


class Figures(NamedTuple):
    """`held`: by step, how many silent edits were held back; None if that cannot be read now."""

    period: Period
    counts: CorrectionCounts
    held: dict[str, int] | None


class Corrections:
    def __init__(self, archive: Archive, stories: Stories, held: HeldEdits, clock: Clock) -> None:
        self._archive, self._stories, self._held, self._clock = archive, stories, held, clock

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
        first, last = (each.year for each in span)
        return list(range(last, max(first, last - _YEARS + 1) - 1, -1))

    def period(self, since: datetime | None, until: datetime | None) -> Period:
        """The one that is meant: by default the twelve months up to the last one in which something
        was published. Raises Malformed.
        """
        end = until or self._end()
        if since and not until and since >= end:
            end = _months_later(since, _MONTHS)
        start = since or _months_later(end, -_MONTHS)
        if start >= end:
            raise Malformed([FieldError("until", "must be after since")])
        if end.year - start.year > _MOST_YEARS:
            message = f"must be at most {_MOST_YEARS} years before until"
            raise Malformed([FieldError("since", message)])
        months = [*_months(start, end)]
        if len(months) <= _MOST_MONTHS:
            steps = tuple((f"{each:%Y-%m}", each) for each in months)
            return Period(start, end, False, steps)
        firsts = {each.year: each for each in reversed(months)}
        steps = tuple((str(year), firsts[year]) for year in sorted(firsts))
        return Period(start, end, True, steps)

    def figures(self, period: Period) -> Figures:
        span = Span.of(period.since, period.until)
        counts = self._archive.index.count_corrections(span, period.named, BOUNDS)
        by_day = self._held.by_day(period.since, period.until)
        if by_day is None:
            return Figures(period, counts, None)
        held: dict[str, int] = {}
        for day, count in by_day.items():
            name = day.strftime(period.named)
            held[name] = held.get(name, 0) + count
        return Figures(period, counts, held)

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
        return _months_later(last.replace(day=1), 1)


def _months(since: datetime, until: datetime) -> Iterator[date]:
    """The first days of the months that a period touches."""
    year, month = since.year, since.month
    while (year, month) <= (until.year, until.month):
        first = datetime(year, month, 1, tzinfo=UTC)
        if first < until:
            yield first.date()
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _months_later(moment: datetime, months: int) -> datetime:
    """The same day at midnight, or the 28th, so many months later; at the end of
    time, that.
    """
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not datetime.min.year <= year <= datetime.max.year:
        return (datetime.max if months > 0 else datetime.min).replace(tzinfo=UTC)
    return datetime(year, month + 1, min(moment.day, 28), tzinfo=UTC)
