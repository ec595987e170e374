"""Paragraphs that were split into several, or merged into one."""

from collections.abc import Callable, Collection

from service.diffing.likeness import Bag

_HELD = 0.6
"""The share of a part's words that must come from the whole."""
_SHORTEST = 3
"""Fewer words than this are in many a paragraph by chance."""
_FEW = 2_500
"""So many comparisons are made at most for texts that are like none of their parts."""


def splits(
    wholes: Collection[int],
    partner: dict[int, int],
    free: set[int],
    whole_bag: Callable[[int], Bag],
    part_bag: Callable[[int], Bag],
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
        words = whole_bag(whole)
        if first is None:
            if many:
                continue
            group = _scattered(words, free, part_bag)
            if len(group) < 2:
                continue
        else:
            rest = words - part_bag(first)
            after, rest = _stretch(first, 1, rest, free, part_bag)
            before, rest = _stretch(first, -1, rest, free, part_bag)
            group = [*reversed(before), first, *after]
        if len(group) > 1:
            found[whole] = tuple(group)
            free.difference_update(group)
    return found


def _stretch(
    at: int, step: int, rest: Bag, free: Collection[int], part_bag: Callable[[int], Bag]
) -> tuple[list[int], Bag]:
    """The parts beside `at` that hold what is still missing of the whole."""
    found = []
    while (at := at + step) in free and _held(part_bag(at), rest):
        found.append(at)
        rest -= part_bag(at)
    return found, rest


def _held(part: Bag, whole: Bag) -> bool:
    return len(part) >= _SHORTEST and len(part & whole) >= _HELD * len(part)


def _scattered(words: Bag, free: Collection[int], part_bag: Callable[[int], Bag]) -> list[int]:
    """Parts of a whole that is like none of them: the longest stretch, if it is most of it."""
    best: list[int] = []
    for at in sorted(free):
        if best and at <= best[-1]:
            continue
        if _held(part_bag(at), words):
            after, rest = _stretch(at, 1, words - part_bag(at), free, part_bag)
            group = [at, *after]
            if len(group) > len(best) and 2 * len(rest) <= len(words):
                best = group
    return best
