"""The chart of all versions, in its own units."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store import Bucket
from service.present.timeline import HEIGHT, MIDDLE, WIDTH, timeline
from tests.samples import NOON


def _buckets(*words: tuple[int, int], size: int = 1) -> list[Bucket]:
    return [
        Bucket(at * size + 1, (at + 1) * size, at % 2, *each, NOON, NOON + timedelta(hours=at))
        for at, each in enumerate(words)
    ]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=150))
def test_bars_stay_in_the_chart_and_apart(words: list[tuple[int, int]]) -> None:
    chart = timeline(_buckets(*words, size=3))
    assert 0 < chart.bar <= 12
    for bar, (added, removed) in zip(chart.bars, words, strict=True):
        assert bar.x - chart.bar / 2 >= 0
        assert bar.x + chart.bar / 2 <= WIDTH
        assert max(bar.up, bar.down) < MIDDLE < HEIGHT
        assert (bool(bar.up), bool(bar.down)) == (bool(added), bool(removed))
    for one, other in pairwise(chart.bars):
        assert other.x - one.x >= chart.bar
    places = [chart.x(version) for version in range(1, chart.versions + 1)]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (chart.bars[0].x, chart.bars[-1].x)


def test_a_small_change_is_seen_beside_a_large_one() -> None:
    bars = timeline(_buckets((0, 0), (1, 0), (100, 25), (10_000, 0))).bars
    assert [(each.up, each.down) for each in bars] == [(0, 0), (2, 0), (2, 2), (24, 0)]
    assert [each.corrections for each in bars] == [0, 1, 0, 1]


def test_a_single_version_is_in_the_middle() -> None:
    chart = timeline(_buckets((0, 0)))
    assert (chart.versions, chart.x(1)) == (1, WIDTH / 2)


def test_no_versions_are_refused() -> None:
    with pytest.raises(ValueError, match="no versions"):
        timeline([])


@pytest.mark.parametrize("count", [2, 3, 40, 120])
def test_the_first_bar_and_the_last_are_at_the_ends_of_the_slider(count: int) -> None:
    bars = timeline(_buckets(*[(3, 2)] * count)).bars
    assert (bars[0].x, bars[-1].x) == (6, WIDTH - 6)
