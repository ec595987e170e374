"""Which mention of the new text stands where which one of the old text stood."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, cast

from rapidfuzz.distance import LCSseq

from repo_store.sameness import small_letters
from service.diffing.kinds import FactKind, Mention, Range
from service.diffing.names import telling
from service.diffing.thresholds import MAX_PAIRINGS
from service.diffing.types import Spans

_COUNTED = re.compile(r"[ -]([^\W\d_]{3,})")


class Side(NamedTuple):
    """One text of an edited block, with what its edits cover, which may be empty where only the
    other text has something; `starts` and `ends` of the ranges by themselves, to search in.
    """

    text: str
    ranges: Sequence[Range]
    starts: Sequence[int]
    ends: Sequence[int]

    def touched(self, mention: Mention) -> range:
        """The numbers of the edits that a mention overlaps or has inside."""
        return range(bisect_right(self.ends, mention.start), bisect_left(self.starts, mention.end))

    def edit(self, number: int) -> str:
        return self.text[self.starts[number] : self.ends[number]]

    def edited(self, start: int, end: int) -> bool:
        """Whether one edit covers all of a range."""
        number = bisect_right(self.starts, start) - 1
        return number >= 0 and end <= self.ends[number]

    def place_in(self, other: "Side", start: int, end: int) -> Range:
        """Where a range of this text stands in the other one."""
        first = bisect_right(self.ends, start)
        if first < len(self.starts) and self.starts[first] < start:
            low = other.starts[first]
        else:
            low = start + (other.ends[first - 1] - self.ends[first - 1] if first else 0)
        last = bisect_left(self.starts, end)
        if last and end < self.ends[last - 1]:
            high = other.ends[last - 1]
        else:
            high = end + (other.ends[last - 1] - self.ends[last - 1] if last else 0)
        return low, high


class Pair(NamedTuple):
    """A mention and what took its place; one of the two may be None. `edit`: the edit's number."""

    edit: int
    old: Mention | None
    new: Mention | None

    @property
    def kind(self) -> FactKind:
        return self.mention.kind

    @property
    def mention(self) -> Mention:
        """The new one, or the old one that is gone."""
        return self.new if self.new else cast(Mention, self.old)


Mentions = Sequence[Mention]


def sides(spans: Spans) -> tuple[Side, Side]:
    """The two texts; edit `n` of the one is edit `n` of the other."""
    sizes = [0, 0]
    texts: tuple[list[str], list[str]] = ([], [])
    ranges: tuple[list[Range], list[Range]] = ([], [])
    begun: Range | None = None
    for op, text in (*spans, ("equal", "")):
        if op == "equal":
            if begun:
                ranges[0].append((begun[0], sizes[0]))
                ranges[1].append((begun[1], sizes[1]))
                begun = None
            for which in (0, 1):
                texts[which].append(text)
                sizes[which] += len(text)
            continue
        begun = begun or (sizes[0], sizes[1])
        which = 0 if op == "delete" else 1
        texts[which].append(text)
        sizes[which] += len(text)
    return _side(texts[0], ranges[0]), _side(texts[1], ranges[1])


def _side(texts: list[str], ranges: list[Range]) -> Side:
    return Side("".join(texts), ranges, [start for start, _ in ranges], [end for _, end in ranges])


def pairs(olds: Mentions, news: Mentions, old: Side, new: Side) -> Iterator[Pair]:
    """The mentions that differ, edit by edit, each with what took its place.

    What is equal in both, in order, is left out.
    """
    for edit, (some, others) in sorted(_groups(olds, news, old, new).items()):
        if _reordered(some, others):
            yield from (Pair(edit, *both) for both in zip(some, others, strict=True))
            continue
        for one, other in _unequal(some, others):
            yield from _paired(edit, one, other, (old.text, new.text))


_Group = tuple[list[Mention], list[Mention]]


def _groups(olds: Mentions, news: Mentions, old: Side, new: Side) -> dict[int, _Group]:
    """By edit, the mentions of either text that it touches, and what stands in their place in the
    other text. Edits that one mention joins are one.
    """
    joined: dict[int, int] = {}

    def root(edit: int) -> int:
        while edit in joined:
            edit = joined[edit]
        return edit

    touched: list[tuple[int, int, Mention]] = []
    for which, here, there, mentions, others in (
        (0, old, new, olds, news),
        (1, new, old, news, olds),
    ):
        starts = [each.start for each in others]
        for mention in mentions:
            edits = here.touched(mention)
            if not edits:
                continue
            touched.append((edits[0], which, mention))
            for edit in edits[1:]:
                if root(edit) != root(edits[0]):
                    joined[root(edit)] = root(edits[0])
            low, high = here.place_in(there, mention.start, mention.end)
            at = bisect_left(starts, high) - 1
            while at >= 0 and others[at].end > low:
                if not there.touched(others[at]):
                    touched.append((edits[0], 1 - which, others[at]))
                at -= 1
    groups: dict[int, _Group] = {}
    seen: set[tuple[int, int]] = set()
    for edit, which, mention in touched:
        if (which, mention.start) not in seen:
            seen.add((which, mention.start))
            edit = root(edit) if joined else edit
            groups.setdefault(edit, ([], []))[which].append(mention)
    for group in groups.values():
        for side in group:
            side.sort(key=_start)
    return groups


def _start(mention: Mention) -> int:
    return mention.start


def _reordered(olds: list[Mention], news: list[Mention]) -> bool:
    """Whether two are the same in the other order, as in 3-1 and 1-3."""
    if len(olds) != 2 or len(news) != 2 or olds[0].value == olds[1].value:
        return False
    return olds[0].same(news[1]) and olds[1].same(news[0])


def _unequal(olds: list[Mention], news: list[Mention]) -> Iterator[_Group]:
    """What stands between the mentions that are the same in both, in order."""
    if not olds or not news:
        yield olds, news
        return
    if len(olds) == len(news) == 1:
        if not olds[0].same(news[0]):
            yield olds, news
        return
    blocks = LCSseq.editops([m.value for m in olds], [m.value for m in news]).as_matching_blocks()
    if len(olds) == len(news):
        # In their places, as in a row of figures, if that leaves as many alike.
        differ = [both for both in zip(olds, news, strict=True) if not both[0].same(both[1])]
        if len(differ) <= len(olds) - sum(block.size for block in blocks):
            yield from (([one], [other]) for one, other in differ)
            return
    i = j = 0
    for block in blocks:
        if i < block.a or j < block.b:
            yield olds[i : block.a], news[j : block.b]
        i, j = block.a + block.size, block.b + block.size
        for one, other in zip(olds[block.a : i], news[block.b : j], strict=True):
            if not one.same(other):
                yield [one], [other]


def _paired(
    edit: int, olds: list[Mention], news: list[Mention], texts: tuple[str, str]
) -> Iterator[Pair]:
    """What took the place of what: numbers of one unit, names that share a word, else in order."""
    if max(len(olds), len(news)) > 1 and len(olds) * len(news) <= MAX_PAIRINGS:
        olds, news = list(olds), list(news)
        for one in list(olds):
            other = next((each for each in news if _belong(one, each, texts)), None)
            if other:
                yield Pair(edit, one, other)
                olds.remove(one)
                news.remove(other)
    by_kind: dict[FactKind, _Group] = defaultdict(lambda: ([], []))
    for which, side in enumerate((olds, news)):
        for mention in side:
            by_kind[mention.kind][which].append(mention)
    for kind, (some, others) in by_kind.items():
        # Of two lists of names nobody knows which became which.
        in_order = kind is not FactKind.NAME or len(some) == len(others)
        both = min(len(some), len(others)) if in_order else 0
        yield from (Pair(edit, *two) for two in zip(some[:both], others[:both], strict=True))
        yield from (Pair(edit, each, None) for each in some[both:])
        yield from (Pair(edit, None, each) for each in others[both:])


def _belong(old: Mention, new: Mention, texts: tuple[str, str]) -> bool:
    if old.kind is not new.kind:
        return False
    if old.kind is FactKind.NUMBER:
        counts = what_it_counts(old, texts[0])
        return bool(counts) and counts == what_it_counts(new, texts[1])
    if old.kind is FactKind.NAME:
        coded = any(map(str.isdigit, old.value)) and any(map(str.isdigit, new.value))
        return coded or not set(telling(old.value)).isdisjoint(telling(new.value))
    return False


def what_it_counts(number: Mention, text: str) -> str:
    """What a number measures, such as length or digital, or the word that it counts."""
    if number.kind is not FactKind.NUMBER:
        return ""
    if unit := number.value.partition(" ")[2]:
        return unit.partition("-")[0]
    word = _COUNTED.match(text, number.end)
    return small_letters(word[1]) if word else ""


def across_edits(found: Iterable[Pair], old: str, new: str) -> list[Pair]:
    """The only measure of a kind that was removed goes with the only one that was added, if near:
    “(1.1 MB, 17 pages” and “(17 pages, 1.11 MB”.
    """
    kept = list(found)
    single: dict[str, tuple[list[Pair], list[Pair]]] = defaultdict(lambda: ([], []))
    for pair in kept:
        if pair.old and not pair.new and (counts := what_it_counts(pair.old, old)):
            single[counts][0].append(pair)
        elif pair.new and not pair.old and (counts := what_it_counts(pair.new, new)):
            single[counts][1].append(pair)
    for gone, added in single.values():
        if len(gone) == len(added) == 1 and abs(gone[0].edit - added[0].edit) < 3:
            kept.remove(gone[0])
            kept[kept.index(added[0])] = added[0]._replace(old=gone[0].old)
    return kept
