"""The versions of a story as a picture: when each came, how much it changed, and its kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from repo_store import Revision, State
from service.diffing.render.labels import counted
from service.present.times import readable

STEP = 26
"""The least distance of two versions: room enough for a finger, as WCAG 2.5.8 has it."""
_LEAST = 320
_MIDDLE = 60
_TALL = 44


@dataclass(frozen=True)
class Mark:
    """A version. `x`: of its middle; `up`, `down`: lengths for words added and removed; `compared`:
    whether its text and the one before are there to be compared.
    """

    version: int
    kind: str
    x: int
    up: int
    down: int
    label: str
    compared: bool


@dataclass(frozen=True)
class Timeline:
    """All measures are units of the picture, which is 120 high."""

    width: int
    marks: tuple[Mark, ...]
    first: datetime
    last: datetime


def timeline(versions: Sequence[Revision]) -> Timeline | None:
    """Of versions newest first; none of fewer than two.

    Each stands at its time, pushed right where it would come too near the one before.
    """
    ordered = list(reversed(versions))
    if len(ordered) < 2:
        return None
    first, last = ordered[0].live_since, ordered[-1].live_since
    wide = max(_LEAST, STEP * len(ordered)) - STEP
    span = max((last - first).total_seconds(), 1)
    most = max(max(each.changes[1:3]) for each in ordered) or 1
    marks: list[Mark] = []
    for number, each in enumerate(ordered):
        share = (each.live_since - first).total_seconds() / span
        # Room is left for those that come after.
        latest = wide - STEP * (len(ordered) - 1 - number)
        least = marks[-1].x + STEP if marks else 0
        x = min(max(round(share * (wide - STEP)) + STEP // 2, least), latest + STEP // 2)
        added, removed = each.changes.words_added, each.changes.words_removed
        first_one = each.version == 1
        marks.append(
            Mark(
                each.version or 1,
                "first" if first_one else each.kind.value,
                x,
                0 if first_one else _length(added, most),
                0 if first_one else _length(removed, most),
                _label(each),
                number > 0 and State.REMOVED not in (each.state, ordered[number - 1].state),
            )
        )
    return Timeline(wide + STEP, tuple(marks), first, last)


def _length(words: int, most: int) -> int:
    """By the square root, so that a small change is seen beside a large one."""
    return max(2, round(_TALL * (words / most) ** 0.5)) if words else 0


def _label(version: Revision) -> str:
    if version.version == 1:
        return f"Version 1, first version, {readable(version.live_since)}"
    changes = version.changes
    if version.state is State.REMOVED:
        return f"Version {version.version}, text removed, {readable(version.live_since)}"
    return (
        f"Version {version.version}, {version.kind.value}, {readable(version.live_since)}:"
        f" {counted(changes.words_added, 'word')} added,"
        f" {counted(changes.words_removed, 'word')} removed"
    )
