"""A story's versions as a chart: when each was published, how much it changed, and its kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from repo_store import Revision, State
from service.diffing.render.labels import counted
from service.present.fact_view import Lead
from service.present.times import readable

STEP = 26
"""The minimum distance between two versions: a large enough target (WCAG 2.5.8)."""
_MIN_WIDTH = 320
_MAX_BAR = 44


@dataclass(frozen=True)
class Mark:
    """A version. `x`: of its centre; `up`, `down`: the lengths of its bars for words added and
    removed; `comparable`: whether its text and the previous one still exist.
    """

    version: int
    kind: str
    x: int
    up: int
    down: int
    label: str
    comparable: bool


@dataclass(frozen=True)
class Timeline:
    """Lengths are in units of the chart, which is 120 high."""

    width: int
    marks: tuple[Mark, ...]
    first: datetime
    last: datetime


def timeline(versions: Sequence[Revision], leads: Mapping[int, Lead]) -> Timeline | None:
    """The chart of versions given newest first; None for fewer than two. `leads`: by version, the
    most important fact that it changed.

    Each is placed by its time, pushed right where it would be too close to the previous one.
    """
    ordered = list(reversed(versions))
    if len(ordered) < 2:
        return None
    first, last = ordered[0].live_since, ordered[-1].live_since
    width = max(_MIN_WIDTH, STEP * len(ordered)) - STEP
    seconds = max((last - first).total_seconds(), 1)
    most_words = max(max(version.changes[1:3]) for version in ordered) or 1
    marks: list[Mark] = []
    for position, version in enumerate(ordered):
        share = (version.live_since - first).total_seconds() / seconds
        # Leave room for the versions that follow.
        highest = width - STEP * (len(ordered) - 1 - position)
        lowest = marks[-1].x + STEP if marks else 0
        x = min(max(round(share * (width - STEP)) + STEP // 2, lowest), highest + STEP // 2)
        added, removed = version.changes.words_added, version.changes.words_removed
        is_first = version.version == 1
        marks.append(
            Mark(
                version.version or 1,
                "first" if is_first else version.kind.value,
                x,
                0 if is_first else _length(added, most_words),
                0 if is_first else _length(removed, most_words),
                _label(version, leads.get(version.version or 0)),
                position > 0 and State.REMOVED not in (version.state, ordered[position - 1].state),
            )
        )
    return Timeline(width + STEP, tuple(marks), first, last)


def _length(words: int, most_words: int) -> int:
    """Scaled by the square root, so that a small change is visible beside a large one."""
    return max(2, round(_MAX_BAR * (words / most_words) ** 0.5)) if words else 0


def _label(version: Revision, lead: Lead | None) -> str:
    if version.version == 1:
        return f"Version 1, first version, {_when(version)}"
    changes = version.changes
    if version.state is State.REMOVED:
        return f"Version {version.version}, text removed, {_when(version)}"
    fact = f"; {lead}" if lead else ""
    return (
        f"Version {version.version}, {version.kind.value}, {_when(version)}:"
        f" {counted(changes.words_added, 'word')} added,"
        f" {counted(changes.words_removed, 'word')} removed{fact}"
    )


def _when(version: Revision) -> str:
    recorded = version.recorded_apart
    said = f", recorded {readable(recorded)}" if recorded else ""
    return f"{readable(version.live_since)}{said}{', out of order' * version.out_of_order}"
