"""Which block of the old page became which of the new one, and which of them moved."""

from bisect import bisect
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import Postfix, Prefix

from repo_store.sameness import canonical
from service.diffing.increasing_subsequence import heaviest_increasing_subsequence
from service.diffing.matching import Budget, Run, match
from service.diffing.page import Unit
from service.diffing.reading import picture
from service.diffing.similarity import (
    Bag,
    Scored,
    bag,
    compared_characters,
    ranked,
    similarity_of_fragments,
    word_counts,
)
from service.diffing.splits import splits
from service.diffing.thresholds import (
    MIN_WORDS_ACROSS_SECTIONS,
    SAME_BLOCK,
    SAME_BLOCK_IN_PLACE,
)

Pairs = dict[int, int]
Keys = tuple[Callable[[Unit], Hashable], ...]
Seen = Callable[[Unit], Unit]
"""A block as a reader sees it: blocks are equal as they are stored, similar as they are seen."""


def as_stored(unit: Unit) -> Unit:
    return unit


class Link(NamedTuple):
    """Blocks of either page that correspond: one to one, or one to several adjacent ones."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    moved: bool = False


class Alignment(NamedTuple):
    """`kept`: runs of equal blocks that stay; `links`: blocks that changed, moved or both."""

    kept: list[Run]
    links: list[Link]


def align(
    old: list[Unit], new: list[Unit], budget: Budget, keys: Keys = (), seen: Seen = as_stored
) -> Alignment:
    """The blocks that correspond, in the old order. Swapping the pages swaps the result.

    `keys`: what identifies a record, most telling first. Blocks without keys
    are paragraphs, which may also be split and merged.
    """
    if not keys and (edited := _edited_in_place(old, new, seen)) is not None:
        ends = [-1, *edited, len(old)]
        kept = [(one + 1, one + 1, other - one - 1) for one, other in pairwise(ends)]
        return Alignment([run for run in kept if run[2]], [Link((at,), (at,)) for at in edited])
    head, tail = _shared_ends(old, new)
    stop = len(old) - tail
    kept, links = [(0, 0, head)] if head else [], []
    for link in _linked(old[head:stop], new[head : len(new) - tail], budget, keys, seen):
        i, j = link.old[0] + head, link.new[0] + head
        if link.moved or len(link.old) + len(link.new) > 2 or old[i] != new[j]:
            olds, news = (tuple(at + head for at in side) for side in link[:2])
            links.append(Link(olds, news, link.moved))
        elif kept and (i, j) == (kept[-1][0] + kept[-1][2], kept[-1][1] + kept[-1][2]):
            kept[-1] = (*kept[-1][:2], kept[-1][2] + 1)
        else:
            kept.append((i, j, 1))
    if tail:
        kept.append((stop, len(new) - tail, tail))
    return Alignment(kept, links)


def _edited_in_place(old: Sequence[Unit], new: Sequence[Unit], seen: Seen) -> list[int] | None:
    """Indexes of the paragraphs that differ, if each shares half of its text with the one in its
    place and stands nowhere else: most edits of most pages. Else None.
    """
    if len(old) != len(new):
        return None
    both = enumerate(zip(old, new, strict=True))
    edited = [at for at, (one, other) in both if one != other]
    if not all(_share_ends(seen(old[at])[0], seen(new[at])[0]) for at in edited):
        return None
    before, after = {old[at] for at in edited}, {new[at] for at in edited}
    return edited if before.isdisjoint(new) and after.isdisjoint(old) else None


def _share_ends(one: str, other: str) -> bool:
    """Whether half of two texts is the same, measured from the beginning and from the end."""
    head = Prefix.similarity(one, other)
    longer = max(len(one), len(other))
    if 2 * head >= longer:
        return True
    return 2 * (head + Postfix.similarity(one[head:], other[head:])) >= longer


def _shared_ends(old: Sequence[Unit], new: Sequence[Unit]) -> tuple[int, int]:
    """How many blocks both share at the beginning and, of those that remain, at the end."""
    shorter = min(len(old), len(new))
    head = 0
    while head < shorter and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < shorter - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return head, tail


def _linked(old: list[Unit], new: list[Unit], budget: Budget, keys: Keys, seen: Seen) -> list[Link]:
    """Equal blocks first, then similar ones; always searched in one direction."""
    if not old or not new:
        return []
    if old > new:
        return sorted(Link(b, a, moved) for a, b, moved in _linked(new, old, budget, keys, seen))
    characters = compared_characters(len(old) + len(new))
    old_bag, new_bag = _bags(old, characters, seen), _bags(new, characters, seen)
    runs = match(old, new, budget) or []
    pairs = {i + k: j + k for i, j, length in runs for k in range(length)}
    _pair_equal(pairs, old, new, lambda unit: unit)
    _pair_equal(pairs, old, new, lambda unit: any(seen(unit)) and tuple(map(canonical, seen(unit))))
    if seen is not as_stored:
        _pair_equal(pairs, old, new, lambda unit: picture(unit[0]))
    for key in keys:
        _pair_equal(pairs, old, new, key)
    if not keys:
        _pair_single(pairs, old, new, seen)
    free_old, free_new = _unpaired(len(old), pairs), _unpaired(len(new), pairs.values())
    _pair_similar(pairs, free_old, free_new, old_bag, new_bag)
    if not keys:
        _pair_in_gaps(pairs, old, new, seen)
    links = [Link((i,), (j,)) for i, j in pairs.items()]
    if not keys:
        links = _grouped(links, old, new, seen)
    return _with_moves(sorted(links), old)


def across(old: dict[int, Unit], new: dict[int, Unit], seen: Seen = as_stored) -> list[Link]:
    """Blocks that moved from one section to another, of those unpaired in either."""
    if list(old.values()) > list(new.values()):
        return sorted(Link(b, a, True) for a, b, _ in across(new, old, seen))
    found: Pairs = {}
    characters = compared_characters(len(old) + len(new))
    old_bag, new_bag = _bags(old, characters, seen), _bags(new, characters, seen)
    long_old = [i for i in old if len(old_bag(i)) >= MIN_WORDS_ACROSS_SECTIONS]
    long_new = [j for j in new if len(new_bag(j)) >= MIN_WORDS_ACROSS_SECTIONS]
    _take_best(found, ranked(long_old, long_new, old_bag, new_bag))
    return sorted(Link((i,), (j,), True) for i, j in found.items())


def _unpaired(count: int, paired: Collection[int]) -> list[int]:
    known = set(paired)
    return [index for index in range(count) if index not in known]


def _bags(
    units: Sequence[Unit] | Mapping[int, Unit], characters: int, seen: Seen
) -> Callable[[int], Bag]:
    return cache(lambda index: bag(seen(units[index]), characters))


def _pair_equal(
    pairs: Pairs, old: Sequence[Unit], new: Sequence[Unit], key: Callable[[Unit], Hashable]
) -> None:
    """Pair unpaired blocks that are equal by `key`, in order."""
    if len(pairs) in (len(old), len(new)):
        return
    places: dict[Hashable, deque[int]] = defaultdict(deque)
    for j in _unpaired(len(new), pairs.values()):
        places[key(new[j])].append(j)
    for i in _unpaired(len(old), pairs):
        value = key(old[i])
        if value and places[value]:
            pairs[i] = places[value].popleft()


def _pair_similar(
    pairs: Pairs,
    old: list[int],
    new: list[int],
    old_bag: Callable[[int], Bag],
    new_bag: Callable[[int], Bag],
) -> None:
    """Pair by similarity, best first; then, between the blocks that kept their order, less similar
    ones.
    """
    if not old or not new:
        return
    candidates = ranked(old, new, old_bag, new_bag)
    _take_best(pairs, candidates)
    taken = set(pairs.values())
    placed = sorted(pairs.items())
    in_order = heaviest_increasing_subsequence(placed, [(1, 0)] * len(placed))
    order = [pair for at, pair in enumerate(placed) if at in in_order]
    for score, _, i, j in candidates:
        if -score >= SAME_BLOCK_IN_PLACE and i not in pairs and j not in taken:
            at = bisect(order, (i, j))
            if (at == 0 or order[at - 1][1] < j) and (at == len(order) or j < order[at][1]):
                order.insert(at, (i, j))
                pairs[i] = j
                taken.add(j)


def _take_best(pairs: Pairs, candidates: list[Scored]) -> None:
    taken = set(pairs.values())
    for score, _, i, j in candidates:
        if -score >= SAME_BLOCK and i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)


def _gaps(pairs: Pairs, old: Sequence[Unit], new: Sequence[Unit]) -> Iterator[tuple[range, range]]:
    """Between the same neighbours, as many unpaired blocks on either side."""
    taken = set(pairs.values())
    ends = [(-1, -1), *sorted(pairs.items()), (len(old), len(new))]
    for (i, j), (next_i, next_j) in pairwise(ends):
        if next_i - i == next_j - j > 1 and taken.isdisjoint(range(j + 1, next_j)):
            yield range(i + 1, next_i), range(j + 1, next_j)


def _pair_single(pairs: Pairs, old: Sequence[Unit], new: Sequence[Unit], seen: Seen) -> None:
    """Pair the only unpaired block of a gap with the other one there if half of it is the same."""
    for one, other in list(_gaps(pairs, old, new)):
        if len(one) == 1 and _share_ends(seen(old[one[0]])[0], seen(new[other[0]])[0]):
            pairs[one[0]] = other[0]


def _pair_in_gaps(pairs: Pairs, old: Sequence[Unit], new: Sequence[Unit], seen: Seen) -> None:
    """Pair the unpaired blocks of a gap in order, by parts of words too, as in links."""
    for olds, news in list(_gaps(pairs, old, new)):
        for one, other in zip(olds, news, strict=True):
            alike = similarity_of_fragments(seen(old[one]), seen(new[other]))
            if alike >= SAME_BLOCK_IN_PLACE:
                pairs[one] = other


def _grouped(links: list[Link], old: Sequence[Unit], new: Sequence[Unit], seen: Seen) -> list[Link]:
    """The links with splits and merges, whose texts a newline joins; so none may contain one."""
    if len(links) == len(old) == len(new):
        return links
    edited = {i: j for (i,), (j,), _ in links if old[i] != new[j]}
    free_old = set(_unpaired(len(old), [link.old[0] for link in links]))
    free_new = set(_unpaired(len(new), [link.new[0] for link in links]))
    if any("\n" in old[i][0] for i in {*edited, *free_old}):
        return links
    if any("\n" in new[j][0] for j in {*edited.values(), *free_new}):
        return links
    characters = compared_characters(len(old) + len(new))
    old_words, new_words = (
        cache(lambda i: word_counts(seen(old[i]), characters)),
        cache(lambda j: word_counts(seen(new[j]), characters)),
    )
    back = {j: i for i, j in edited.items()}
    split = splits(sorted({*edited, *free_old}), edited, free_new, old_words, new_words)
    free_old.difference_update(split)
    for i in split:
        back.pop(edited.get(i, -1), None)
    wholes = sorted({*back, *free_new})
    merged = splits(wholes, back, free_old, new_words, old_words)
    replaced = {edited.get(i) for i in split} | set(merged)
    return [
        *(link for link in links if link.new[0] not in replaced),
        *(Link((i,), group) for i, group in split.items()),
        *(Link(group, (j,)) for j, group in merged.items()),
    ]


def _with_moves(links: list[Link], old: Sequence[Unit]) -> list[Link]:
    """The fewest moves that explain the new order, and of those the ones of the shortest blocks."""
    weights = [(1, sum(len(text) for i in link.old for text in old[i])) for link in links]
    starts = [(link.old[0], link.new[0]) for link in links]
    in_order = heaviest_increasing_subsequence(starts, weights)
    return [link._replace(moved=at not in in_order) for at, link in enumerate(links)]
