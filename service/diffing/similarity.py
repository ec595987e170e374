"""How much two blocks have in common, and which of many blocks pair best."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from heapq import nsmallest

from service.diffing.page import Unit

Bag = frozenset[str]
Pair = tuple[int, int]

_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
)
_CHUNKS = re.compile(rf"[{_UNSPACED}]+|[^\s{_UNSPACED}]+")
_HAS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_PARTS = re.compile(r"\w+")
_SHORT = 2_000
_LONG = 20_000
"""So many characters tell what a block is."""

_FEW = 2_500
"""So many comparisons are made one by one; beyond, only blocks that share a rare word are."""
_RAREST = 6
"""So many of its rarest words tell which block it is,"""
_COMMON = 128
"""and none that stands in more blocks than this."""
_BEST = 4


def bag(unit: Unit) -> Bag:
    """The distinct words of a block; pairs of characters where words don't stand apart."""
    text = " ".join(unit)[:_LONG]
    return frozenset(_words(text) if _HAS_UNSPACED.search(text) else text.split())


def counted(unit: Unit) -> Counter[str]:
    """The runs of letters and digits of a block, and how often each stands in it."""
    text = " ".join(unit)[:_LONG]
    return Counter(_PARTS.findall(" ".join(_words(text)) if _HAS_UNSPACED.search(text) else text))


def _words(text: str) -> Iterator[str]:
    for chunk in _CHUNKS.findall(text):
        if len(chunk) > 1 and _HAS_UNSPACED.match(chunk):
            yield from map(str.__add__, chunk, chunk[1:])
        else:
            yield chunk


def similarity(one: Bag, other: Bag) -> float:
    """Dice's coefficient: 0 nothing in common, 1 the same words."""
    total = len(one) + len(other)
    return 2 * len(one & other) / total if total else 0.0


def alike_in_parts(old: Unit, new: Unit) -> float:
    """Dice's coefficient of the runs of letters and digits in two short texts; 1 for very long
    ones, which the search for words looks into better.
    """
    texts = " ".join(old), " ".join(new)
    if max(map(len, texts)) > _SHORT:
        return float(max(map(len, texts)) > _LONG)
    one, other = (frozenset(_PARTS.findall(text)) for text in texts)
    return similarity(one, other)


def ranked(
    old: Sequence[int],
    new: Sequence[int],
    old_bag: Callable[[int], Bag],
    new_bag: Callable[[int], Bag],
) -> list[tuple[float, int, int, int]]:
    """(−likeness, distance, old, new) of the pairs worth a look, best first.

    Linear in the words when the blocks are many.
    """
    few = len(old) * len(new) <= _FEW
    candidates = _all(len(old), len(new)) if few else _sharing(old, new, old_bag, new_bag)
    olds, news = [old_bag(i) for i in old], [new_bag(j) for j in new]
    found = []
    for x, y in candidates:
        shared = len(olds[x] & news[y])
        if shared:
            score = 2 * shared / (len(olds[x]) + len(news[y]))
            found.append((-score, abs(x - y), old[x], new[y]))
    return sorted(found)


def _all(old: int, new: int) -> Iterator[Pair]:
    return ((x, y) for x in range(old) for y in range(new))


def _sharing(
    old: Sequence[int],
    new: Sequence[int],
    old_bag: Callable[[int], Bag],
    new_bag: Callable[[int], Bag],
) -> Iterator[Pair]:
    """Each new block with the old ones that share most of its rarest words, and its neighbours."""
    known = frozenset().union(*map(old_bag, old)) & frozenset().union(*map(new_bag, new))
    places: dict[str, list[int]] = defaultdict(list)
    for x, i in enumerate(old):
        for word in old_bag(i) & known:
            places[word].append(x)
    rarity = {word: (len(found), word) for word, found in places.items() if len(found) <= _COMMON}
    for y, j in enumerate(new):
        shared: Counter[int] = Counter()
        for word in nsmallest(_RAREST, new_bag(j) & rarity.keys(), key=rarity.__getitem__):
            shared.update(places[word])
        best = sorted(shared.items(), key=lambda item: (-item[1], abs(item[0] - y), item[0]))
        beside = {x for x in (y - 1, y, y + 1) if 0 <= x < len(old)}
        yield from ((x, y) for x in sorted(beside | {x for x, _ in best[:_BEST]}))
