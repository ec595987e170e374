"""Small plots as values: what is where, in the units of a picture that a page scales."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

WIDTH, HEIGHT = 360, 160
"""As wide as a phone shows it at its own size."""
_LEFT, _TOP, _BOTTOM = 30, 8, 20
_LABELS, _CHARACTERS = 12, 60
"""How many labels there is room for below the columns, and for how many characters."""


class Series(NamedTuple):
    """What one colour stands for. `style`: its class; `values`: one for each column."""

    name: str
    style: str
    values: Sequence[int]


class Bar(NamedTuple):
    style: str
    x: float
    y: float
    width: float
    height: float


class Tick(NamedTuple):
    """A number of the scale, or a label below a column, and its place along the axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Plot:
    """Columns of stacked bars. `name`: what a picture of it is called."""

    name: str
    bars: tuple[Bar, ...]
    scale: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    legend: tuple[tuple[str, str], ...]
    left: int = _LEFT
    base: int = HEIGHT - _BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


def stacked_columns(name: str, labels: Sequence[str], series: Sequence[Series]) -> Plot:
    """The first series is lowest. Of labels that would run into each other only some are kept."""
    totals = [sum(each.values[at] for each in series) for at in range(len(labels))]
    steps = _scale(max(totals, default=0))
    base, room = HEIGHT - _BOTTOM, HEIGHT - _BOTTOM - _TOP
    column = (WIDTH - _LEFT) / max(1, len(labels))
    thickness = min(28.0, column * 0.72)
    bars = []
    for at in range(len(labels)):
        top = float(base)
        for each in series:
            if height := each.values[at] / steps[-1] * room:
                top -= height
                x = _LEFT + column * at + (column - thickness) / 2
                bars.append(Bar(each.style, *map(_rounded, (x, top, thickness, height))))
    scale = tuple(Tick(_rounded(base - each / steps[-1] * room), f"{each:,}") for each in steps)
    fitting = min(_LABELS, _CHARACTERS // max(1, *map(len, labels), 1))
    every = -(-len(labels) // max(1, fitting))
    columns = tuple(
        Tick(_rounded(_LEFT + column * (at + 0.5)), label)
        for at, label in enumerate(labels)
        if at % every == 0
    )
    legend = tuple((each.style, each.name) for each in series)
    return Plot(name, tuple(bars), scale, columns, legend if len(series) > 1 else ())


def _scale(most: int) -> list[int]:
    """Whole numbers from 0 to at least `most`, few enough to be read, in steps that people use."""
    step, sizes = 1, (1, 2, 5)
    at = 0
    while most > 4 * step:
        at += 1
        step = int(sizes[at % 3] * 10 ** (at // 3))
    return list(range(0, max(step, -(-most // step) * step) + 1, step))


def _rounded(number: float) -> float:
    return round(number, 1)
