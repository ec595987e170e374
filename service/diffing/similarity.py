"""How similar blocks are, and which of many pairs are worth a comparison."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from heapq import nsmallest

from repo_store.sameness import UNSPACED, canonical
from service.diffing.page import Unit
from service.diffing.thresholds import (
    CANDIDATES_PER_BLOCK,
    FRAGMENT_CHARACTERS,
    MAX_BLOCKS_PER_WORD,
    MAX_COMPARISONS,
    RARE_WORDS,
    SIMILARITY_CHARACTERS,
    SIMILARITY_LEAST,
    SIMILARITY_TOTAL,
    SIMILARITY_UNSPACED,
)

Bag = frozenset[str]
Pair = tuple[int, int]
Scored = tuple[float, int, int, int]
"""(-similarity, distance, old, new): sorts the best first."""

_CHUNKS = re.compile(rf"[{UNSPACED}]+|[^\s{UNSPACED}]+")
_HAS_UNSPACED = re.compile(rf"[{UNSPACED}]")
_ALPHANUMERIC = re.compile(r"\w+")


def compared_characters(blocks: int) -> int:
    """How many characters of each of so many blocks are compared."""
    share = max(SIMILARITY_TOTAL // max(blocks, 1), SIMILARITY_LEAST)
    return min(share, SIMILARITY_CHARACTERS)


def bag(unit: Unit, characters: int = SIMILARITY_CHARACTERS) -> Bag:
    """The distinct words of a block; pairs of characters where no spaces separate words."""
    text = canonical(" ".join(unit)[:characters])
    if _is_unspaced(text):
        return frozenset(_words(text[: characters // SIMILARITY_UNSPACED]))
    return frozenset(text.split())


def word_counts(unit: Unit, characters: int = SIMILARITY_CHARACTERS) -> Counter[str]:
    """The runs of letters and digits of a block, and how often it has each."""
    text = canonical(" ".join(unit)[:characters])
    if _is_unspaced(text):
        text = " ".join(_words(text[: characters // SIMILARITY_UNSPACED]))
    return Counter(_ALPHANUMERIC.findall(text))


def _is_unspaced(text: str) -> bool:
    return not text.isascii() and _HAS_UNSPACED.search(text) is not None


def _words(text: str) -> Iterator[str]:
    for chunk in _CHUNKS.findall(text):
        if len(chunk) > 1 and _HAS_UNSPACED.match(chunk):
            yield from map(str.__add__, chunk, chunk[1:])
        else:
            yield chunk


def similarity(one: Bag, other: Bag) -> float:
    """Dice's coefficient (1945): 0 nothing in common, 1 the same words."""
    total = len(one) + len(other)
    return 2 * len(one & other) / total if total else 0.0


def similarity_of_fragments(old: Unit, new: Unit) -> float:
    """Dice's coefficient of the runs of letters and digits in two short texts, such as links.

    Longer texts have been compared by words already: 0. Very long ones are taken for the same: 1.
    """
    texts = " ".join(old), " ".join(new)
    longest = max(map(len, texts))
    if longest > FRAGMENT_CHARACTERS:
        return float(longest > SIMILARITY_CHARACTERS)
    one, other = (frozenset(_ALPHANUMERIC.findall(text)) for text in texts)
    return similarity(one, other)


def ranked(
    old: Sequence[int],
    new: Sequence[int],
    old_bag: Callable[[int], Bag],
    new_bag: Callable[[int], Bag],
) -> list[Scored]:
    """The pairs that have something in common, most similar first; linear in the words when the
    blocks are many.
    """
    few = len(old) * len(new) <= MAX_COMPARISONS
    candidates = _all(len(old), len(new)) if few else _sharing(old, new, old_bag, new_bag)
    olds, news = [old_bag(i) for i in old], [new_bag(j) for j in new]
    scored = []
    for x, y in candidates:
        shared = len(olds[x] & news[y])
        if shared:
            score = 2 * shared / (len(olds[x]) + len(news[y]))
            scored.append((-score, abs(x - y), old[x], new[y]))
    return sorted(scored)


def _all(old: int, new: int) -> Iterator[Pair]:
    return ((x, y) for x in range(old) for y in range(new))


def _sharing(
    old: Sequence[int],
    new: Sequence[int],
    old_bag: Callable[[int], Bag],
    new_bag: Callable[[int], Bag],
) -> Iterator[Pair]:
    """Each new block with its neighbours and the old ones that share most of its rarest words."""
    known = frozenset().union(*map(old_bag, old)) & frozenset().union(*map(new_bag, new))
    places: dict[str, list[int]] = defaultdict(list)
    for x, i in enumerate(old):
        for word in old_bag(i) & known:
            places[word].append(x)
    rarity = {
        word: (len(found), word)
        for word, found in places.items()
        if len(found) <= MAX_BLOCKS_PER_WORD
    }
    for y, j in enumerate(new):
        shared: Counter[int] = Counter()
        for word in nsmallest(RARE_WORDS, new_bag(j) & rarity.keys(), key=rarity.__getitem__):
            shared.update(places[word])
        best = sorted(shared.items(), key=lambda item: (-item[1], abs(item[0] - y), item[0]))
        neighbours = {x for x in (y - 1, y, y + 1) if 0 <= x < len(old)}
        candidates = neighbours | {x for x, _ in best[:CANDIDATES_PER_BLOCK]}
        yield from ((x, y) for x in sorted(candidates))
