"""Paragraphs that were split into several, or merged into one."""

from collections import Counter
from collections.abc import Callable, Collection

from service.diffing.thresholds import MAX_SPLIT_COMPARISONS, MIN_WORDS_OF_PART, PART_OF_WHOLE

Words = Counter[str]


def splits(
    wholes: Collection[int],
    partner: dict[int, int],
    free: set[int],
    whole_words: Callable[[int], Words],
    part_words: Callable[[int], Words],
) -> dict[int, tuple[int, ...]]:
    """The adjacent parts of each whole that was split.

    `partner`: the part that a whole is paired with. `free`: the parts that belong to no whole yet;
    those found are removed from it.
    """
    found = {}
    too_many = len(wholes) * len(free) > MAX_SPLIT_COMPARISONS
    for whole in wholes:
        if not free:
            break
        first = partner.get(whole)
        if too_many if first is None else free.isdisjoint((first - 1, first + 1)):
            continue
        words = whole_words(whole)
        if first is None:
            group = _best_group(words, free, part_words)
        else:
            rest = words - part_words(first)
            after, rest = _adjacent(first, 1, rest, free, part_words)
            before, rest = _adjacent(first, -1, rest, free, part_words)
            group = [*reversed(before), first, *after]
        if len(group) > 1:
            found[whole] = tuple(group)
            free.difference_update(group)
    return found


def _adjacent(
    at: int, step: int, rest: Words, free: Collection[int], part_words: Callable[[int], Words]
) -> tuple[list[int], Words]:
    """The parts next to `at` that contain what the whole still lacks, and what it lacks then."""
    found = []
    while (at := at + step) in free and _is_part(part_words(at), rest):
        found.append(at)
        rest -= part_words(at)
    return found, rest


def _is_part(part: Words, whole: Words) -> bool:
    total, shared = part.total(), (part & whole).total()
    if total >= MIN_WORDS_OF_PART:
        return shared >= PART_OF_WHOLE * total
    return 0 < shared == total


def _best_group(
    words: Words, free: Collection[int], part_words: Callable[[int], Words]
) -> list[int]:
    """Parts of a whole that resembles none of them: the longest run, if it is most of the whole."""
    best: list[int] = []
    for at in sorted(free):
        if best and at <= best[-1]:
            continue
        if _is_part(part_words(at), words):
            after, rest = _adjacent(at, 1, words - part_words(at), free, part_words)
            group = [at, *after]
            if len(group) > len(best) and 2 * rest.total() <= words.total():
                best = group
    return best
