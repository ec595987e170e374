"""Which block of the old text is which of the new one, and which of them moved."""

from collections import defaultdict
from collections.abc import Sequence
from difflib import SequenceMatcher

from service.diffing.matching import Budget, match
from service.diffing.tokens import is_word, tokenize

Unit = tuple[tuple[str, str], ...]
"""One block as (field, text) pairs; a plain paragraph has the one field ""."""
Pair = tuple[int, int]

_ALIKE = 0.5
_KEYS = {"url": 3.0, "question": 3.0, "name": 2.0, "answer": 2.0}
"""Fields that tell of a record that it is still the same one, with what their sameness weighs."""
_COMPARISON_STEPS = 4


def align(old: Sequence[Unit], new: Sequence[Unit], budget: Budget) -> tuple[list[Pair], set[Pair]]:
    """(pairs, moved): the (old, new) indexes that belong together, and those of them that moved.

    Swapping the texts swaps the pairs: the work is always done in one direction.
    """
    if list(old) > list(new):
        pairs, moved = align(new, old, budget)
        return [(j, i) for i, j in pairs], {(j, i) for i, j in moved}
    pairs = [(i + k, j + k) for i, j, length in match(old, new, budget) for k in range(length)]
    pairs += _identical(old, new, pairs)
    pairs += _similar(old, new, pairs, budget)
    weights = [1 + sum(len(text) for _, text in old[i]) for i, _ in pairs]
    return sorted(pairs), set(pairs) - _heaviest_in_order(pairs, weights)


def _left(count: int, taken: set[int]) -> list[int]:
    return [index for index in range(count) if index not in taken]


def _unpaired(
    old: Sequence[Unit], new: Sequence[Unit], pairs: list[Pair]
) -> tuple[list[int], list[int]]:
    return _left(len(old), {i for i, _ in pairs}), _left(len(new), {j for _, j in pairs})


def _identical(old: Sequence[Unit], new: Sequence[Unit], pairs: list[Pair]) -> list[Pair]:
    left_old, left_new = _unpaired(old, new, pairs)
    places = defaultdict(list)
    for j in reversed(left_new):
        places[new[j]].append(j)
    return [(i, places[old[i]].pop()) for i in left_old if places[old[i]]]


def _similar(
    old: Sequence[Unit], new: Sequence[Unit], pairs: list[Pair], budget: Budget
) -> list[Pair]:
    """Best first: a record by its key fields, a text by the share of words it has in common."""
    left_old, left_new = _unpaired(old, new, pairs)
    old_words = {i: _words(old[i]) for i in left_old}
    matcher: SequenceMatcher[str] = SequenceMatcher(autojunk=False)
    scored = []
    for j in left_new:
        new_words = _words(new[j])
        matcher.set_seq2(new_words)
        for i in left_old:
            score = _same_keys(old[i], new[j])
            budget.left -= _COMPARISON_STEPS
            if not score and budget.left > 0:
                matcher.set_seq1(old_words[i])
                if matcher.real_quick_ratio() >= _ALIKE:
                    budget.left -= len(new_words)
                    # The overlap of the two bags of words: linear, where ratio() is not.
                    score = matcher.quick_ratio()
            if score >= _ALIKE:
                scored.append((-score, abs(i - j), i, j))
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, i, j in sorted(scored):
        if i not in found and j not in taken:
            found[i] = j
            taken.add(j)
    return list(found.items())


def _words(unit: Unit) -> list[str]:
    return [token for _, text in unit for token in tokenize(text) if is_word(token)]


def _same_keys(old: Unit, new: Unit) -> float:
    shared = set(old) & set(new)
    return max((_KEYS.get(field, 0.0) for field, text in shared if text), default=0.0)


def _heaviest_in_order(pairs: list[Pair], weights: list[int]) -> set[Pair]:
    """The heaviest subset of pairs that rises on both sides; the others have moved.

    Longest increasing subsequence by weight, over a Fenwick tree of prefix maxima:
    O(n log n) (Fenwick 1994).
    """
    if not pairs:
        return set()
    size = max(j for _, j in pairs) + 2
    tree: list[tuple[int, int]] = [(0, -1)] * size
    before = [-1] * len(pairs)
    best = (0, -1)
    for at in sorted(range(len(pairs)), key=lambda at: pairs[at]):
        j = pairs[at][1]
        top, position = (0, -1), j
        while position > 0:
            top, position = max(top, tree[position]), position & (position - 1)
        before[at] = top[1]
        entry = (top[0] + weights[at], at)
        best, position = max(best, entry), j + 1
        while position < size:
            tree[position] = max(tree[position], entry)
            position += position & -position
    chosen, at = set(), best[1]
    while at >= 0:
        chosen.add(pairs[at])
        at = before[at]
    return chosen
