"""Which block of the old text is which of the new one, and which of them moved."""

from bisect import bisect
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Hashable, Sequence
from functools import cache
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from service.diffing.likeness import Bag, Unit, alike_in_parts, bag, ranked
from service.diffing.matching import Budget, match
from service.diffing.ordering import heaviest_in_order
from service.diffing.partition import splits

Pairs = dict[int, int]

_ALIKE = 0.5
"""Blocks with so much in common are the same block, wherever they stand."""
_FEWEST_WORDS = 3
"""A text of fewer words stands in two sections by chance."""
_ALIKE_IN_PLACE = 0.35
"""As much is enough where they stand between the same neighbours."""


class Link(NamedTuple):
    """Blocks of either text that are each other: one and one, or several side by side."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    moved: bool = False


def align(
    old: Sequence[Unit], new: Sequence[Unit], budget: Budget, keys: tuple[int, ...] = ()
) -> list[Link]:
    """What belongs together, in the old order.

    `keys`: the fields by which records are known, best first. Blocks without keys are paragraphs,
    which may be split and merged too. Swapping the texts swaps the links: the work is always done
    in one direction.
    """
    if not old or not new:
        return []
    if list(old) > list(new):
        return sorted(Link(b, a, moved) for a, b, moved in align(new, old, budget, keys))
    old_bag, new_bag = _bags(old), _bags(new)
    runs = match(old, new, budget) or []
    pairs = {i + k: j + k for i, j, length in runs for k in range(length)}
    _pair_equal(pairs, old, new, lambda unit: unit)
    for key in keys:
        _pair_equal(pairs, old, new, itemgetter(key))
    _pair_alike(pairs, left(len(old), pairs), left(len(new), pairs.values()), old_bag, new_bag)
    if not keys:
        _pair_lonely(pairs, old, new)
    links = [Link((i,), (j,)) for i, j in pairs.items()]
    if not keys:
        links = _grouped(links, old, new, old_bag, new_bag)
    return _with_moves(sorted(links), old)


def across(old: dict[int, Unit], new: dict[int, Unit]) -> list[Link]:
    """Blocks of one section that stand in another one now; what is given is left over there."""
    if list(old.values()) > list(new.values()):
        return sorted(Link(b, a, True) for a, b, _ in across(new, old))
    found: Pairs = {}
    old_bag, new_bag = cache(lambda i: bag(old[i])), cache(lambda j: bag(new[j]))
    long_old = [i for i in old if len(old_bag(i)) >= _FEWEST_WORDS]
    long_new = [j for j in new if len(new_bag(j)) >= _FEWEST_WORDS]
    _take_best(found, ranked(long_old, long_new, old_bag, new_bag))
    return sorted(Link((i,), (j,), True) for i, j in found.items())


def left(count: int, taken: Collection[int]) -> list[int]:
    gone = set(taken)
    return [index for index in range(count) if index not in gone]


def _bags(units: Sequence[Unit]) -> Callable[[int], Bag]:
    return cache(lambda index: bag(units[index]))


def _pair_equal(
    pairs: Pairs, old: Sequence[Unit], new: Sequence[Unit], key: Callable[[Unit], Hashable]
) -> None:
    """Those left over that are equal by `key`, in order."""
    if len(pairs) in (len(old), len(new)):
        return
    places: dict[Hashable, deque[int]] = defaultdict(deque)
    for j in left(len(new), pairs.values()):
        places[key(new[j])].append(j)
    for i in left(len(old), pairs):
        value = key(old[i])
        if value and places[value]:
            pairs[i] = places[value].popleft()


def _pair_alike(
    pairs: Pairs,
    old: list[int],
    new: list[int],
    old_bag: Callable[[int], Bag],
    new_bag: Callable[[int], Bag],
) -> None:
    """Best first: those that are much alike; then in order, between these, those a bit less so."""
    if not old or not new:
        return
    candidates = ranked(old, new, old_bag, new_bag)
    _take_best(pairs, candidates)
    taken = set(pairs.values())
    placed = sorted(pairs.items())
    still = heaviest_in_order(placed, [(1, 0)] * len(placed))
    order = [pair for at, pair in enumerate(placed) if at in still]
    for score, _, i, j in candidates:
        if -score >= _ALIKE_IN_PLACE and i not in pairs and j not in taken:
            at = bisect(order, (i, j))
            if (at == 0 or order[at - 1][1] < j) and (at == len(order) or j < order[at][1]):
                order.insert(at, (i, j))
                pairs[i] = j
                taken.add(j)


def _take_best(pairs: Pairs, candidates: list[tuple[float, int, int, int]]) -> None:
    taken = set(pairs.values())
    for score, _, i, j in candidates:
        if -score >= _ALIKE and i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)


def _pair_lonely(pairs: Pairs, old: Sequence[Unit], new: Sequence[Unit]) -> None:
    """As many left over on either side of the same gap, in order: here parts of words count, as in
    links.
    """
    taken = set(pairs.values())
    ends = [(-1, -1), *sorted(pairs.items()), (len(old), len(new))]
    for (i, j), (next_i, next_j) in pairwise(ends):
        if next_i - i != next_j - j or not taken.isdisjoint(range(j + 1, next_j)):
            continue
        for one, other in zip(range(i + 1, next_i), range(j + 1, next_j), strict=True):
            if alike_in_parts(old[one], new[other]) >= _ALIKE:
                pairs[one] = other


def _grouped(
    links: list[Link],
    old: Sequence[Unit],
    new: Sequence[Unit],
    old_bag: Callable[[int], Bag],
    new_bag: Callable[[int], Bag],
) -> list[Link]:
    """The links with splits, then merges; a text with a newline in it can't be joined by one."""
    edited = {i: j for (i,), (j,), _ in links if old[i] != new[j]}
    free_old = set(left(len(old), [link.old[0] for link in links]))
    free_new = set(left(len(new), [link.new[0] for link in links]))
    if any("\n" in old[i][0] for i in {*edited, *free_old}):
        return links
    if any("\n" in new[j][0] for j in {*edited.values(), *free_new}):
        return links
    back = {j: i for i, j in edited.items()}
    split = splits(sorted({*edited, *free_old}), edited, free_new, old_bag, new_bag)
    free_old.difference_update(split)
    for i in split:
        back.pop(edited.get(i, -1), None)
    wholes = sorted({*back, *free_new})
    merged = splits(wholes, back, free_old, new_bag, old_bag)
    gone = {edited.get(i) for i in split} | set(merged)
    return [
        *(link for link in links if link.new[0] not in gone),
        *(Link((i,), group) for i, group in split.items()),
        *(Link(group, (j,)) for j, group in merged.items()),
    ]


def _with_moves(links: list[Link], old: Sequence[Unit]) -> list[Link]:
    """The fewest blocks moved that explain the new order, and of those the shortest."""
    weights = [(1, sum(len(text) for i in link.old for text in old[i])) for link in links]
    still = heaviest_in_order([(link.old[0], link.new[0]) for link in links], weights)
    return [link._replace(moved=at not in still) for at, link in enumerate(links)]
