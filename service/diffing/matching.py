"""diff-match-patch's matching over any tokens, bounded by steps instead of by a clock."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from diff_match_patch import diff_match_patch

T = TypeVar("T", bound=Hashable)

STEPS = 300_000
"""Steps for one whole diff, some 0.2 s of work; an ordinary edit takes a few hundred."""


@dataclass
class Budget:
    left: int = STEPS


class _Deadline:
    """Stands where diff-match-patch expects a time, and counts the steps of one bisection.

    The library asks `time.time() > deadline` once in each round; round d takes d + 1 steps on
    either side. Python turns the question to this object's `__lt__`.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget, self.round = budget, 0

    def __lt__(self, now: float) -> bool:
        self.round += 1
        self.budget.left -= 2 * self.round
        return self.budget.left < 0


class _Matcher(diff_match_patch):
    """diff-match-patch with a fresh count of rounds for each of its nested bisections."""

    def diff_bisect(self, text1: str, text2: str, deadline: _Deadline) -> list[tuple[int, str]]:
        fresh = _Deadline(deadline.budget)
        found: list[tuple[int, str]] = super().diff_bisect(text1, text2, fresh)
        return found


def match(old: Sequence[T], new: Sequence[T], budget: Budget) -> list[tuple[int, int, int]]:
    """Runs that both sequences share, in order: (old start, new start, length).

    Myers's O(ND) difference algorithm (1986) as diff-match-patch has it. When the budget runs out
    the remaining part is left unmatched.
    """
    codes: dict[T, str] = {}
    encoded = [
        "".join([codes.setdefault(token, _character(len(codes))) for token in sequence])
        for sequence in (old, new)
    ]
    matcher = _Matcher()
    matcher.Diff_Timeout = 0
    runs, i, j = [], 0, 0
    for op, text in matcher.diff_main(*encoded, False, _Deadline(budget)):
        if op == matcher.DIFF_EQUAL:
            runs.append((i, j, len(text)))
        i += len(text) if op != matcher.DIFF_INSERT else 0
        j += len(text) if op != matcher.DIFF_DELETE else 0
    return runs


def _character(number: int) -> str:
    """One character a distinct token, stepping over the surrogates."""
    return chr(number + 1 if number + 1 < 0xD800 else number + 0x801)
