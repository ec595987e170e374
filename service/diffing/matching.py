"""The longest common subsequence of any tokens, bounded by a count of steps instead of a clock."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from diff_match_patch import diff_match_patch
from rapidfuzz.distance import LCSseq

from service.diffing.page import Unit
from service.diffing.thresholds import BUDGET, CELLS_PER_STEP, STEPS_PER_ROUND

T = TypeVar("T", str, Unit)
Run = tuple[int, int, int]
"""Tokens that both sequences share: (old start, new start, length)."""


@dataclass
class Budget:
    """The steps left for one diff."""

    left: int = BUDGET

    def take(self, steps: int) -> bool:
        """Spend steps if no more than half of what is left, so that no block starves the others;
        whether they were spent.
        """
        if steps > self.left // 2:
            return False
        self.left -= steps
        return True


def match(old: list[T], new: list[T], budget: Budget) -> list[Run] | None:
    """A longest common subsequence as runs, in order. None if it exceeds the budget.

    Swapping the sequences swaps the runs: the search always goes in one direction.
    Hyyrö's bit-parallel table (2004, in rapidfuzz) while it fits the budget; else Myers's O(ND)
    search (1986, in diff-match-patch), which is fast on long texts that differ little.
    """
    if old > new:
        mirrored = match(new, old, budget)
        return mirrored and [(i, j, length) for j, i, length in mirrored]
    if budget.take(_table_steps(len(old), len(new))):
        runs = _by_table(old, new)
        # The table compares hashes, and two tokens may have the same one, if hardly ever.
        if all(old[i : i + length] == new[j : j + length] for i, j, length in runs):
            return runs
    codes: dict[T, int] = {}
    a = [codes.setdefault(token, len(codes)) for token in old]
    b = [codes.get(token, -1) for token in new]
    # A token of one side only matches nothing; without those the table may be small enough.
    shared = set(a) & set(b)
    at_a = [at for at, code in enumerate(a) if code in shared]
    at_b = [at for at, code in enumerate(b) if code in shared]
    a, b = [a[at] for at in at_a], [b[at] for at in at_b]
    fits = budget.take(_table_steps(len(a), len(b)))
    found = _by_table(a, b) if fits else _by_bisection(a, b, budget)
    return found and [part for run in found for part in _expanded(run, at_a, at_b)]


def _table_steps(rows: int, columns: int) -> int:
    return rows * (columns // CELLS_PER_STEP + 1)


def _by_table(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Run]:
    blocks = LCSseq.editops(a, b).as_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks if block.size]


def _by_bisection(a: list[int], b: list[int], budget: Budget) -> list[Run] | None:
    allowed = Budget(budget.left // STEPS_PER_ROUND // 2)
    before = allowed.left
    matcher = _Matcher()
    matcher.Diff_Timeout = 0
    encoded = ("".join(map(_character, codes)) for codes in (a, b))
    runs, i, j = [], 0, 0
    for op, text in matcher.diff_main(*encoded, False, _StepCounter(allowed)):
        if op == matcher.DIFF_EQUAL:
            runs.append((i, j, len(text)))
        i += len(text) if op != matcher.DIFF_INSERT else 0
        j += len(text) if op != matcher.DIFF_DELETE else 0
    budget.left -= (before - max(allowed.left, 0)) * STEPS_PER_ROUND
    return runs if allowed.left >= 0 else None


def _expanded(run: Run, at_a: list[int], at_b: list[int]) -> list[Run]:
    """A run of shared tokens as runs among all tokens."""
    i, j, length = run
    runs: list[Run] = []
    for k in range(length):
        x, y = at_a[i + k], at_b[j + k]
        if runs and (x, y) == (runs[-1][0] + runs[-1][2], runs[-1][1] + runs[-1][2]):
            runs[-1] = (runs[-1][0], runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((x, y, 1))
    return runs


class _StepCounter:
    """Takes the place of diff-match-patch's deadline, and counts steps instead of time.

    The library asks `time.time() > deadline` once a round, which Python answers with this object's
    `__lt__`; round d takes d + 1 steps on either side.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget, self.round = budget, 0

    def __lt__(self, now: float) -> bool:
        self.round += 1
        self.budget.left -= 2 * self.round
        return self.budget.left < 0


class _Matcher(diff_match_patch):
    """diff-match-patch with a new count of rounds for each nested bisection."""

    def diff_bisect(self, text1: str, text2: str, deadline: _StepCounter) -> list[tuple[int, str]]:
        counter = _StepCounter(deadline.budget)
        found: list[tuple[int, str]] = super().diff_bisect(text1, text2, counter)
        return found


def _character(code: int) -> str:
    """One character for each distinct token, skipping the surrogates; up to 1,112,063 of them."""
    return chr(code + 1 if code + 1 < 0xD800 else code + 0x801)
