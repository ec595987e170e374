"""Plots as values, and the figures that they show in words and tables."""

from typing import Any

import pytest

from repo_store import CorrectionCounts, Kind
from service.present.corrections import Step, duration, figures_view
from service.present.plots import HEIGHT, WIDTH, Series, stacked_columns

LABELS = [f"M{number}" for number in range(1, 13)]


def test_bars_stand_on_each_other_and_within_the_plot() -> None:
    one, two = Series("One", "a", range(12)), Series("Two", "b", [3] * 12)
    plot = stacked_columns("Both", LABELS, [one, two])
    assert len(plot.bars) == 11 + 12, "there is none for 0"
    lower, upper = [bar for bar in plot.bars if bar.x == plot.bars[-1].x]
    assert (lower.style, upper.style) == ("a", "b")
    assert upper.y + upper.height == pytest.approx(lower.y, abs=0.2)
    assert lower.y + lower.height == pytest.approx(plot.base, abs=0.2)
    assert lower.height / upper.height == pytest.approx(11 / 3, rel=0.02)
    for bar in plot.bars:
        assert plot.left <= bar.x <= WIDTH - bar.width
        assert 0 <= bar.y <= HEIGHT
    assert [tick.label for tick in plot.columns] == LABELS
    assert plot.legend == (("a", "One"), ("b", "Two"))


@pytest.mark.parametrize(
    ("most", "scale"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (4, ["0", "1", "2", "3", "4"]),
        (9, ["0", "5", "10"]),
        (1_999, ["0", "500", "1,000", "1,500", "2,000"]),
    ],
)
def test_the_scale_has_round_numbers_up_to_the_largest(most: int, scale: list[str]) -> None:
    plot = stacked_columns("", ["a"], [Series("", "", [most])])
    assert [tick.label for tick in plot.scale] == scale


def test_an_empty_plot_has_no_bars() -> None:
    assert stacked_columns("", [], [Series("", "", [])]).bars == ()


def test_labels_that_would_run_into_each_other_are_left_out() -> None:
    many = stacked_columns("", [f"{year}" for year in range(2000, 2036)], [])
    assert [tick.label for tick in many.columns][:2] == ["2000", "2003"]
    assert len(many.columns) == 12
    wide = stacked_columns("", ["September 2026"] * 12, [])
    assert len(wide.columns) == 4


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (59.9, "less than a minute"),
        (60, "1 minute"),
        (7_199, "120 minutes"),
        (7_200, "2 hours"),
        (172_800, "2 days"),
        (86_400 * 1_500, "1,500 days"),
    ],
)
def test_a_duration_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def _counts(**fields: Any) -> CorrectionCounts:
    nothing = CorrectionCounts({}, 0, (0, 0), 0, None, 0, 0, {}, {})
    return nothing._replace(**fields)


def test_figures_say_what_was_counted() -> None:
    steps = [Step("January 2026", "Jan"), Step("February 2026", "Feb")]
    counts = _counts(
        by_kind={(0, Kind.CORRECTION): 1_200, (1, Kind.RETRACTION): 1},
        delays=(2, 3),
        delayed=4,
        median=7_200.0,
        stories=8,
        corrected=1,
        explained={1: 5},
        unexplained={0: 6},
    )
    view = figures_view(counts, [0, 7], steps, (3_600, 86_400))
    assert (view.corrections, view.median, view.share) == (1_201, "2 hours", "12.5%")
    assert (view.held, view.explained, view.unexplained) == (7, 5, 6)
    assert view.how_many.table.rows == (
        ("January 2026", "1,200", "0", "0"),
        ("February 2026", "0", "0", "1"),
    )
    assert view.how_many.table.total == ("In all", "1,200", "0", "1")
    assert view.how_fast.table.rows == (
        ("under 1 hour", "2", "50%"),
        ("under 1 day", "1", "25%"),
        ("1 day or more", "1", "25%"),
    )
    assert view.silent.table.rows[1] == ("February 2026", "7", "5", "0")


def test_nothing_is_divided_by_nothing() -> None:
    view = figures_view(_counts(), None, [], (3_600, 86_400))
    assert (view.median, view.share, view.held) == ("", "", None)
    assert {row[1:] for row in view.how_fast.table.rows} == {("0", "–")}
