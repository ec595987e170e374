"""Which sentence became which, from one version to the next. Pure.

The differ has matched the blocks, including moved, split and merged ones; within a block its equal
spans show what each sentence kept. A sentence that moved to another block alone is found by its
text. All this is linear; comparing what is left, each with each, is bounded by counted steps.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from service.diffing import Block, Diff, Same, SectionSpec, Spans, text_without
from service.provenance.sentences import Sentence

SAME_SENTENCE = 0.5
"""Dice's coefficient of the characters that an edited sentence shares with its old self."""
SAME_SENTENCE_ELSEWHERE = 75
"""The same for one in another block, in percent and by edit distance."""
_MIN_CHARACTERS = 20
"""A shorter sentence resembles others by coincidence."""
_MAX_SENTENCES = 60
"""On either side: each is compared with each."""
_STEPS = 10_000_000
"""Steps of about 5 ns for these comparisons; sentences of a usual length take a tenth."""
_CELLS_PER_STEP = 64

Link = tuple[int, int]
"""Index of a new sentence, and of the old one that it was."""


class _Places(dict[tuple[str, int, str], list[int]]):
    """The indexes of sentences by section, block and field."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        super().__init__()
        self.sentences = sentences
        for index, sentence in enumerate(sentences):
            self.setdefault(sentence[:3], []).append(index)


@dataclass
class Effort:
    """The steps left to compare sentences; `coarse`: they did not suffice for all."""

    left: int = _STEPS
    coarse: bool = False

    def take(self, steps: int) -> bool:
        self.left -= steps
        self.coarse = self.coarse or self.left < 0
        return not self.coarse


def follow(
    diff: Diff, old: Sequence[Sentence], new: Sequence[Sentence], effort: Effort | None = None
) -> dict[int, int]:
    """By index of a new sentence the index of the old one that it was; each old one at most once.

    `old` and `new` are the sentences of the two pages that `diff` compares. What exceeds the effort
    is not followed.
    """
    links = _Links(old, new)
    olds, news = _Places(old), _Places(new)
    shared: list[tuple[float, int, int]] = []
    for part in diff.sections:
        for run in part.runs:
            if isinstance(run, Same):
                links.add(_unchanged(part.spec, run, olds, news))
            elif run.old and run.new:
                shared += _shared(part.section, run, olds, news)
    # The same text first, in its block and then anywhere; only then edited sentences.
    links.add((j, i) for _, j, i in shared if old[i].text == new[j].text)
    links.add(_by_text(*links.unlinked(), old, new))
    links.add((j, i) for score, j, i in sorted(shared, reverse=True) if score >= SAME_SENTENCE)
    links.add(_by_similarity(*links.unlinked(), old, new, effort or Effort()))
    return links.found


class _Links:
    """The links found so far; the first of a sentence counts."""

    def __init__(self, old: Sequence[Sentence], new: Sequence[Sentence]) -> None:
        self.found: dict[int, int] = {}
        self._counts = len(old), len(new)
        self._used: set[int] = set()

    def add(self, links: Iterable[Link]) -> None:
        for j, i in links:
            if j not in self.found and i not in self._used:
                self.found[j] = i
                self._used.add(i)

    def unlinked(self) -> tuple[list[int], list[int]]:
        olds, news = self._counts
        return (
            [i for i in range(olds) if i not in self._used],
            [j for j in range(news) if j not in self.found],
        )


def _unchanged(spec: SectionSpec, run: Same, olds: _Places, news: _Places) -> Iterator[Link]:
    for at in range(len(run.units)):
        for field in spec.fields:
            before = olds.get((spec.name, run.old + at, field), [])
            after = news.get((spec.name, run.new + at, field), [])
            if len(before) == len(after):  # else one page is taken by whole texts
                yield from zip(after, before, strict=True)


def _shared(
    section: str, block: Block, olds: _Places, news: _Places
) -> Iterator[tuple[float, int, int]]:
    """(Dice's coefficient, new sentence, old sentence) of those of a block with text in common."""
    for field, spans in block.texts.items():
        origin = block.from_section or section
        old_spans = _located(spans, "insert", origin, block.old, field, olds)
        new_spans = _located(spans, "delete", section, block.new, field, news)
        kept: dict[Link, int] = defaultdict(int)
        old_at = new_at = first_old = first_new = 0
        for op, text in spans:
            size = len(text)
            if op == "equal":
                # Both lists are in order, so that one walk along them finds all that overlaps.
                first_old = _first_after(old_spans, old_at, first_old)
                first_new = _first_after(new_spans, new_at, first_new)
                x, y = first_old, first_new
                while x < len(old_spans) and y < len(new_spans):
                    i, old_start, old_end = old_spans[x]
                    j, new_start, new_end = new_spans[y]
                    start = max(new_start - new_at, old_start - old_at, 0)
                    end = min(new_end - new_at, old_end - old_at, size)
                    if start >= size:
                        break
                    if start < end:
                        kept[j, i] += end - start
                    if old_end - old_at <= new_end - new_at:
                        x += 1
                    else:
                        y += 1
            old_at += size if op != "insert" else 0
            new_at += size if op != "delete" else 0
        new_lengths = {j: end - start for j, start, end in new_spans}
        old_lengths = {i: end - start for i, start, end in old_spans}
        for (j, i), count in kept.items():
            yield 2 * count / (new_lengths[j] + old_lengths[i]), j, i


_Located = list[tuple[int, int, int]]
"""Index, start and end of sentences, in the order of their text."""


def _first_after(located: _Located, at: int, first: int) -> int:
    """The first sentence from `first` on that ends after `at`."""
    while first < len(located) and located[first][2] <= at:
        first += 1
    return first


def _located(
    spans: Spans, drop: str, section: str, blocks: tuple[int, ...], field: str, places: _Places
) -> _Located:
    """The sentences in the joined text of one side of a block."""
    found: _Located = []
    start = 0
    for block, text in zip(blocks, text_without(spans, drop).split("\n"), strict=False):
        end = 0
        for index in places.get((section, block, field), []):
            # Only space stands between two sentences, so the next one is the first to be found.
            size = len(places.sentences[index].text)
            begin = text.index(places.sentences[index].text, end)
            end = begin + size
            found.append((index, start + begin, start + end))
        start += len(text) + 1
    return found


def _by_text(
    olds: list[int], news: list[int], old: Sequence[Sentence], new: Sequence[Sentence]
) -> Iterator[Link]:
    unlinked: dict[str, list[int]] = defaultdict(list)
    for i in reversed(olds):
        unlinked[old[i].text].append(i)
    for j in news:
        if unlinked.get(new[j].text):
            yield j, unlinked[new[j].text].pop()


def _by_similarity(
    olds: list[int],
    news: list[int],
    old: Sequence[Sentence],
    new: Sequence[Sentence],
    effort: Effort,
) -> list[Link]:
    olds = [i for i in olds if len(old[i].text) >= _MIN_CHARACTERS][:_MAX_SENTENCES]
    news = [j for j in news if len(new[j].text) >= _MIN_CHARACTERS][:_MAX_SENTENCES]
    scored: list[tuple[float, int, int]] = []
    for j in news:
        for i in olds:
            one, other = new[j].text, old[i].text
            shorter, longer = sorted((len(one), len(other)))
            if 200 * shorter < SAME_SENTENCE_ELSEWHERE * (shorter + longer):
                continue  # even if all of the shorter one is in the longer one
            if not effort.take(shorter * (longer // _CELLS_PER_STEP + 1)):
                break
            if score := fuzz.ratio(one, other, score_cutoff=SAME_SENTENCE_ELSEWHERE):
                scored.append((score, j, i))
    return [(j, i) for _, j, i in sorted(scored, reverse=True)]
