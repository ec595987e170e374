"""The longest common subsequence of any tokens, bounded by steps instead of by a clock."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from diff_match_patch import diff_match_patch
from rapidfuzz.distance import LCSseq

from service.diffing.page import Unit

T = TypeVar("T", str, Unit)
Run = tuple[int, int, int]
"""Tokens that both sequences share: (old start, new start, length)."""

STEPS = 3_000_000
"""Steps for one whole diff, of some 10 ns each; an ordinary edit takes a few hundred."""
_WORD = 64
"""Cells of the table that one machine word holds: one step."""
_ROUND = 64
"""What one step of a bisection in Python weighs against one of the table."""


@dataclass
class Budget:
    left: int = STEPS

    def take(self, steps: int) -> bool:
        """Whether that much may be spent, which is then gone; nobody may take more than half."""
        if steps > self.left // 2:
            return False
        self.left -= steps
        return True


def match(old: list[T], new: list[T], budget: Budget) -> list[Run] | None:
    """Runs that both sequences share, in order, as many tokens as can be; None: too much work.

    Swapping the sequences swaps the runs: the work is always done in one direction.
    Hyyrö's bit-parallel table (2004), as rapidfuzz has it, while it fits the budget; else Myers's
    O(ND) search (1986), as diff-match-patch has it, which is fast on long texts that differ little.
    """
    if old > new:
        mirrored = match(new, old, budget)
        return mirrored and [(i, j, length) for j, i, length in mirrored]
    if budget.take(_table(len(old), len(new))):
        runs = _by_table(old, new)
        # The table compares hashes: two tokens may share one, though hardly ever do.
        if all(old[i : i + length] == new[j : j + length] for i, j, length in runs):
            return runs
    codes: dict[T, int] = {}
    a = [codes.setdefault(token, len(codes)) for token in old]
    b = [codes.get(token, -1) for token in new]
    # A token of one side only can't match: without those the table may be small enough.
    shared = set(a) & set(b)
    at_a = [at for at, code in enumerate(a) if code in shared]
    at_b = [at for at, code in enumerate(b) if code in shared]
    a, b = [a[at] for at in at_a], [b[at] for at in at_b]
    found = _by_table(a, b) if budget.take(_table(len(a), len(b))) else _by_bisection(a, b, budget)
    return found and [run for each in found for run in _spread(each, at_a, at_b)]


def _table(rows: int, columns: int) -> int:
    return rows * (columns // _WORD + 1)


def _by_table(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Run]:
    blocks = LCSseq.editops(a, b).as_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks if block.size]


def _by_bisection(a: list[int], b: list[int], budget: Budget) -> list[Run] | None:
    allowed = Budget(budget.left // _ROUND // 2)
    before = allowed.left
    matcher = _Matcher()
    matcher.Diff_Timeout = 0
    encoded = ("".join(map(_character, codes)) for codes in (a, b))
    runs, i, j = [], 0, 0
    for op, text in matcher.diff_main(*encoded, False, _Deadline(allowed)):
        if op == matcher.DIFF_EQUAL:
            runs.append((i, j, len(text)))
        i += len(text) if op != matcher.DIFF_INSERT else 0
        j += len(text) if op != matcher.DIFF_DELETE else 0
    budget.left -= (before - max(allowed.left, 0)) * _ROUND
    return runs if allowed.left >= 0 else None


def _spread(run: Run, at_a: list[int], at_b: list[int]) -> list[Run]:
    """A run among the kept tokens as runs among all of them."""
    i, j, length = run
    runs: list[Run] = []
    for k in range(length):
        x, y = at_a[i + k], at_b[j + k]
        if runs and (x, y) == (runs[-1][0] + runs[-1][2], runs[-1][1] + runs[-1][2]):
            runs[-1] = (runs[-1][0], runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((x, y, 1))
    return runs


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


def _character(code: int) -> str:
    """One character a distinct token, stepping over the surrogates; never more than 1,112,063."""
    return chr(code + 1 if code + 1 < 0xD800 else code + 0x801)
