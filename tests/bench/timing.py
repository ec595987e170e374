"""Times of calls, and how they are told."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """Seconds of single calls."""

    calls: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.calls)

    @property
    def mean(self) -> float:
        return statistics.mean(self.calls)

    @property
    def p99(self) -> float:
        return sorted(self.calls)[min(len(self.calls) - 1, int(len(self.calls) * 0.99))]


def once(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def times(call: Callable[[], object], count: int) -> Times:
    """`count` calls, after one that is not counted."""
    call()
    return Times(tuple(once(call) for _ in range(count)))


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.3f} ms"


def ratio(one: float, other: float) -> str:
    return f"{one / other:.2f} ×"
