"""Corrections as readers see them: what their kinds are called, and figures about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from repo_store import CORRECTING, CorrectionCounts, Kind
from service.messages import figure, gettext, ngettext, percentage, pgettext
from service.present.plots import Plot, Series, stacked_columns

_SHORTEST = 60
"""Seconds below which a delay is less than a minute."""


def kind_label(kind: Kind) -> str:
    """Of one correction, such as “Clarification”."""
    match kind:
        case Kind.CLARIFICATION:
            return gettext("Clarification")
        case Kind.RETRACTION:
            return gettext("Retraction")
        case _:
            return gettext("Correction")


def _kinds_label(kind: Kind) -> str:
    match kind:
        case Kind.CLARIFICATION:
            return gettext("Clarifications")
        case Kind.RETRACTION:
            return gettext("Retractions")
        case _:
            return pgettext("a kind, in the plural", "Corrections")


class Step(NamedTuple):
    """A month or year of the period. `label`: as it is called; `short`: the same below a column of
    a plot.
    """

    label: str
    short: str


@dataclass(frozen=True)
class Table:
    """Numbers as text; each row begins with what it is of, and `total` is the last one."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()


class Figure(NamedTuple):
    plot: Plot
    table: Table


@dataclass(frozen=True)
class FiguresView:
    """`median`: in words; empty if no delay is known. `share`: in per cent, empty without stories.
    `held`: None if that cannot be read now.
    """

    corrections: int
    unlisted: int
    how_many: Figure
    median: str
    delayed: int
    how_fast: Figure
    stories: int
    corrected: int
    share: str
    held: int | None
    explained: int
    unexplained: int
    silent: Figure


def figures_view(
    counts: CorrectionCounts,
    held: Sequence[int] | None,
    steps: Sequence[Step],
    bounds: Sequence[int],
) -> FiguresView:
    """`bounds`: of the distribution of delays, in seconds."""
    kinds = {
        kind: [counts.by_kind.get((at, kind), 0) for at in range(len(steps))] for kind in CORRECTING
    }
    explained, unexplained = (
        [counted.get(at, 0) for at in range(len(steps))]
        for counted in (counts.explained, counts.unexplained)
    )
    share = counts.corrected / counts.stories if counts.stories else None
    return FiguresView(
        corrections=sum(counts.by_kind.values()),
        unlisted=counts.unlisted,
        how_many=_over_time(
            gettext("Corrections, clarifications and retractions over time"),
            steps,
            [Series(_kinds_label(kind), kind.value, values) for kind, values in kinds.items()],
        ),
        median="" if counts.median is None else duration(counts.median),
        delayed=counts.delayed,
        how_fast=_delays(counts, bounds),
        stories=counts.stories,
        corrected=counts.corrected,
        share="" if share is None else percentage(share, 1),
        held=None if held is None else sum(held),
        explained=sum(explained),
        unexplained=sum(unexplained),
        silent=_over_time(
            gettext("Silent edits over time"),
            steps,
            [
                Series(gettext("Held back"), "held", held or [0] * len(steps)),
                Series(gettext("Explained later"), "explained", explained),
                Series(gettext("Not explained"), "unexplained", unexplained),
            ],
        ),
    )


def duration(seconds: float) -> str:
    """Such as “2 hours”, in the largest unit of which there are two, or in minutes."""
    if seconds < _SHORTEST:
        return gettext("less than a minute")
    if seconds < 2 * 3_600:
        minutes = round(seconds / 60)
        return ngettext("%(number)s minute", "%(number)s minutes", minutes)
    if seconds < 2 * 86_400:
        return ngettext("%(number)s hour", "%(number)s hours", round(seconds / 3_600))
    return ngettext("%(number)s day", "%(number)s days", round(seconds / 86_400))


def _over_time(name: str, steps: Sequence[Step], series: Sequence[Series]) -> Figure:
    plot = stacked_columns(name, [each.short for each in steps], series)
    rows = tuple(
        (step.label, *(figure(each.values[at]) for each in series)) for at, step in enumerate(steps)
    )
    total = gettext("In all"), *(figure(sum(each.values)) for each in series)
    columns = pgettext("a period", "Time"), *(each.name for each in series)
    return Figure(plot, Table(name, columns, rows, total))


def _delays(counts: CorrectionCounts, bounds: Sequence[int]) -> Figure:
    name = gettext("Time until a text was corrected")
    ends = [*counts.delays, counts.delayed]
    numbers = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    labels = [gettext("under %(time)s", time=_bound(each)) for each in bounds]
    labels.append(gettext("%(time)s or more", time=_bound(bounds[-1])))
    short = [f"< {_short(each)}" for each in bounds] + [f"≥ {_short(bounds[-1])}"]
    plot = stacked_columns(name, short, [Series(name, "delay", numbers)])
    columns = name, pgettext("how many", "Number"), pgettext("in per cent", "Share")
    rows = tuple(
        (label, figure(number), _share(number, counts.delayed))
        for label, number in zip(labels, numbers, strict=True)
    )
    return Figure(plot, Table(name, columns, rows))


def _share(part: int, whole: int) -> str:
    return percentage(part / whole) if whole else "–"


def _bound(seconds: int) -> str:
    """Such as “1 week”."""
    number, unit = _in_units(seconds)
    match unit:
        case "hour":
            return ngettext("%(number)s hour", "%(number)s hours", number)
        case "day":
            return ngettext("%(number)s day", "%(number)s days", number)
        case "week":
            return ngettext("%(number)s week", "%(number)s weeks", number)
        case _:
            return ngettext("%(number)s year", "%(number)s years", number)


def _short(seconds: int) -> str:
    """The same below a column, such as “1 wk”."""
    number, unit = _in_units(seconds)
    match unit:
        case "hour":
            return pgettext("hours", "%(number)s h", number=number)
        case "day":
            return pgettext("days", "%(number)s d", number=number)
        case "week":
            return pgettext("weeks", "%(number)s wk", number=number)
        case _:
            return pgettext("years", "%(number)s y", number=number)


def _in_units(seconds: int) -> tuple[int, str]:
    for size, unit in ((365 * 86_400, "year"), (7 * 86_400, "week"), (86_400, "day")):
        if seconds % size == 0:
            return seconds // size, unit
    return seconds // 3_600, "hour"
