"""Which of many pairs keep their order."""

from collections.abc import Sequence
from itertools import pairwise

Weight = tuple[int, int]


def heaviest_increasing_subsequence(
    pairs: Sequence[tuple[int, int]], weights: Sequence[Weight]
) -> set[int]:
    """Positions of the heaviest subset of `pairs`, sorted by old, that rises on both sides.

    Longest increasing subsequence by weight, over a Fenwick tree of prefix maxima:
    O(n log n) (Fenwick 1994).
    """
    if all(one[1] < other[1] for one, other in pairwise(pairs)):
        return set(range(len(pairs)))
    size = max(new for _, new in pairs) + 2
    nothing: tuple[Weight, int] = ((0, 0), -1)
    tree = [nothing] * size
    before = [-1] * len(pairs)
    best = nothing
    for at, (_, new) in enumerate(pairs):
        top, position = nothing, new
        while position > 0:
            top, position = max(top, tree[position]), position & (position - 1)
        before[at] = top[1]
        (count, length), (more, longer) = top[0], weights[at]
        entry = ((count + more, length + longer), at)
        best, position = max(best, entry), new + 1
        while position < size:
            tree[position] = max(tree[position], entry)
            position += position & -position
    chosen, at = set(), best[1]
    while at >= 0:
        chosen.add(at)
        at = before[at]
    return chosen
