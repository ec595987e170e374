"""The list of versions beside what is shown: which are listed, and what each changed in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import request, url_for

from repo_store import FieldError, Malformed, Revision, State, VersionFilter
from service.messages import gettext
from service.present.days import by_day
from service.present.fact_view import Lead
from service.usecases.list_diffs import with_previous
from service.web.http.params import query_flag
from service.web.http.services import services, stories
from service.web.public.leads import leads_of_versions

FILTER = ("corrections", "day", "facts", "section")
"""The parameters that choose which versions are listed and stepped through."""
_ROWS = 30
_ABOVE = 10
"""Of those, how many are newer than the version that is shown."""


@dataclass(frozen=True)
class Chosen:
    """Which versions are listed; `kept`: the same as the parameters of an address."""

    filter: VersionFilter = field(default_factory=VersionFilter)
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, Any]:
        """The same for `url_for`."""
        return dict(self.kept)

    @property
    def all(self) -> bool:
        return not self.kept


@dataclass(frozen=True)
class Row:
    """`lead`: what the version changed, in words; None if it is not known or nothing was compared.
    `address`: of its change, or of its text where there is nothing to compare it with.
    """

    version: Revision
    lead: Lead | None
    address: str


@dataclass(frozen=True)
class Rail:
    """`earlier`, `later`: the addresses of further pages of the list."""

    days: tuple[tuple[date, tuple[Row, ...]], ...]
    earlier: str | None
    later: str | None

    @property
    def leads(self) -> dict[int, Lead]:
        """By version, what it changed in words."""
        rows = [row for _, day in self.days for row in day]
        return {row.version.version or 0: row.lead for row in rows if row.lead}


def chosen_versions() -> Chosen:
    """As the request's parameters say; Malformed if one of them cannot be."""
    day, section = request.args.get("day", "").strip(), request.args.get("section", "").strip()
    corrections, facts = query_flag("corrections"), query_flag("facts")
    since = until = None
    if day:
        try:
            since = datetime.combine(
                datetime.strptime(day, "%Y-%m-%d").date(), time(), services().settings.zone
            )
            until = since + timedelta(days=1)
        except (ValueError, OverflowError):
            message = gettext("must be a day such as %(example)s", example="2026-05-01")
            raise Malformed([FieldError("day", message)]) from None
    if section and section not in stories().shapes().parts:
        raise Malformed([FieldError("section", gettext("is no section of any story"))])
    given = {"corrections": "1" * corrections, "day": day, "facts": "1" * facts}
    kept = {name: value for name, value in (given | {"section": section}).items() if value}
    return Chosen(VersionFilter(corrections, facts, section, since, until), kept)


def rail_of(story: str, live: int, shown: int | None, chosen: Chosen, cursor: str) -> Rail:
    """The versions below `cursor` or, without one, those around the version that is `shown`."""
    if not cursor and shown and shown + _ABOVE < live:
        cursor = str(shown + _ABOVE + 1)
    listing = stories().versions_where(story, chosen.filter, cursor, _ROWS)
    leads = leads_of_versions(listing.items)
    rows = [
        Row(version, leads.get(version.version or 0), address_of(version, previous, chosen))
        for version, previous in with_previous(stories(), listing.items)
    ]
    row_of = {row.version.version: row for row in rows}
    days = by_day(listing.items, services().settings.zone)
    further = {"earlier": listing.next, "later": _later(story, listing.items, live, chosen)}
    addresses = {
        name: url_for("pages.history", story=story, cursor=at or None, **chosen.values)
        for name, at in further.items()
        if at is not None
    }
    return Rail(
        tuple((day, tuple(row_of[each.version] for each in of_it)) for day, of_it in days),
        addresses.get("earlier"),
        addresses.get("later"),
    )


def _later(story: str, listed: list[Revision], live: int, chosen: Chosen) -> str | None:
    """The cursor of the page before this one, "" for the first page, None if this is the first."""
    first = (listed[0].version or 1) if listed else live
    if stories().neighbours(story, first, chosen.filter)[1] is None:
        return None
    later = first + _ROWS
    return str(later + 1) if chosen.all and later < live else ""


def comparable(version: Revision, previous: Revision | None) -> bool:
    """Whether there are both texts."""
    return previous is not None and State.REMOVED not in (version.state, previous.state)


def address_of(version: Revision, previous: Revision | None, chosen: Chosen) -> str:
    """Of what a version changed or, where there are not both texts, of the version."""
    story, number = version.story, version.version or 1
    if not comparable(version, previous):
        return url_for("pages.version", story=story, version=number, **chosen.values)
    return url_for("pages.diff", story=story, old=number - 1, new=number, **chosen.values)
