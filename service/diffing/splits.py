"""Paragraphs that were split into several, or merged into one."""

from collections import Counter
from collections.abc import Callable, Collection

Words = Counter[str]

_HELD = 0.6
"""The share of a part's words that must come from the whole."""
_SHORTEST = 3
"""Fewer words than this are in many a paragraph by chance, unless they all are in this one."""
_FEW = 500
"""So many comparisons are made at most for texts that are like none of their parts."""


def splits(
    wholes: Collection[int],
    partner: dict[int, int],
    free: set[int],
    whole_words: Callable[[int], Words],
    part_words: Callable[[int], Words],
) -> dict[int, tuple[int, ...]]:
    """Of each whole that was split, the parts, which stand beside each other.

    `partner`: the part that a whole was paired with; `free`: the parts that have no whole yet,
    from which those found are taken.
    """
    found = {}
    many = len(wholes) * len(free) > _FEW
    for whole in wholes:
        if not free:
            break
        first = partner.get(whole)
        if many if first is None else free.isdisjoint((first - 1, first + 1)):
            continue
        words = whole_words(whole)
        if first is None:
            group = _scattered(words, free, part_words)
            if len(group) < 2:
                continue
        else:
            rest = words - part_words(first)
            after, rest = _stretch(first, 1, rest, free, part_words)
            before, rest = _stretch(first, -1, rest, free, part_words)
            group = [*reversed(before), first, *after]
        if len(group) > 1:
            found[whole] = tuple(group)
            free.difference_update(group)
    return found


def _stretch(
    at: int, step: int, rest: Words, free: Collection[int], part_words: Callable[[int], Words]
) -> tuple[list[int], Words]:
    """The parts beside `at` that hold what is still missing of the whole."""
    found = []
    while (at := at + step) in free and _held(part_words(at), rest):
        found.append(at)
        rest -= part_words(at)
    return found, rest


def _held(part: Words, whole: Words) -> bool:
    total, held = part.total(), (part & whole).total()
    return held >= _HELD * total if total >= _SHORTEST else 0 < held == total


def _scattered(
    words: Words, free: Collection[int], part_words: Callable[[int], Words]
) -> list[int]:
    """Parts of a whole that is like none of them: the longest stretch, if it is most of it."""
    best: list[int] = []
    for at in sorted(free):
        if best and at <= best[-1]:
            continue
        if _held(part_words(at), words):
            after, rest = _stretch(at, 1, words - part_words(at), free, part_words)
            group = [at, *after]
            if len(group) > len(best) and 2 * rest.total() <= words.total():
                best = group
    return best
