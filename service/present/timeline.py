"""All versions of a story as a chart with a slider: how much changed when, and where corrections
are. Pure; lengths are in the chart's own units.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from repo_store import Bucket

WIDTH, HEIGHT = 600, 56
MIDDLE = HEIGHT // 2
"""Words added go up from here, words removed down."""
_LONGEST = MIDDLE - 4
"""Of a bar, which leaves room for a mark above it."""
_SHORTEST = 2
_WIDEST, _GAP = 12, 1
"""Of a bar, and between two."""


@dataclass(frozen=True)
class Bar:
    """The versions from `first` to `last`, and when they went live. `x`: of its middle; `up`,
    `down`: how long it is for the words added and removed; `corrections`: how many there are.
    """

    first: int
    last: int
    x: float
    up: int
    down: int
    corrections: int
    since: datetime
    until: datetime


@dataclass(frozen=True)
class TimelineView:
    """`bars`: oldest first, at least one; `bar`: how wide each is."""

    width: ClassVar = WIDTH
    height: ClassVar = HEIGHT
    middle: ClassVar = MIDDLE
    bars: tuple[Bar, ...]
    bar: float

    @property
    def versions(self) -> int:
        """How many there are."""
        return self.bars[-1].last

    @property
    def first(self) -> datetime:
        return self.bars[0].since

    @property
    def last(self) -> datetime:
        return self.bars[-1].until

    def x(self, version: int) -> float:
        """Where a version is: from the middle of the first bar to that of the last one, all of them
        at the same distance, as a slider's steps are.
        """
        left, right = self.bars[0].x, self.bars[-1].x
        return round(left + (right - left) * (version - 1) / max(1, self.versions - 1), 1)


def timeline(buckets: Sequence[Bucket]) -> TimelineView:
    """ValueError without buckets: a story has a version."""
    if not buckets:
        raise ValueError("no versions")
    # From end to end, as the knob of a slider goes.
    step = (WIDTH - _WIDEST) / max(1, len(buckets) - 1)
    first = _WIDEST / 2 if buckets[1:] else WIDTH / 2
    most = max(max(each.words_added, each.words_removed) for each in buckets)
    bars = tuple(
        Bar(
            each.first,
            each.last,
            round(first + step * at, 1),
            _length(each.words_added, most),
            _length(each.words_removed, most),
            each.corrections,
            each.since,
            each.until,
        )
        for at, each in enumerate(buckets)
    )
    return TimelineView(bars, round(min(step - _GAP, _WIDEST), 1))


def _length(words: int, most: int) -> int:
    """By the square root, so that a small change is seen beside a large one."""
    return max(_SHORTEST, round(_LONGEST * (words / most) ** 0.5)) if words else 0
