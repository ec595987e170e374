"""Which of many pairs keep their order."""

from collections.abc import Sequence
from itertools import pairwise

Weight = tuple[int, int]
"""Compared and added up element by element: first the number of blocks, then their length."""


def heaviest_increasing_subsequence(
    pairs: Sequence[tuple[int, int]], weights: Sequence[Weight]
) -> set[int]:
    """Positions of the heaviest subset of `pairs`, sorted by old, that increases on both sides.

    A longest increasing subsequence by weight, over a Fenwick tree of prefix maxima (Fenwick 1994):
    O(n log n).
    """
    if all(one[1] < other[1] for one, other in pairwise(pairs)):
        return set(range(len(pairs)))
    size = max(new for _, new in pairs) + 2
    nothing: tuple[Weight, int] = ((0, 0), -1)
    tree = [nothing] * size
    previous = [-1] * len(pairs)
    best = nothing
    for at, (_, new) in enumerate(pairs):
        top, position = nothing, new
        while position > 0:
            top, position = max(top, tree[position]), position & (position - 1)
        previous[at] = top[1]
        (count, length), (more, longer) = top[0], weights[at]
        entry = ((count + more, length + longer), at)
        best, position = max(best, entry), new + 1
        while position < size:
            tree[position] = max(tree[position], entry)
            position += position & -position
    chosen, at = set(), best[1]
    while at >= 0:
        chosen.add(at)
        at = previous[at]
    return chosen
