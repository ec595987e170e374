"""Which sentence became which, from one version to the next. Pure.

The differ has matched the blocks, including moved, split and merged ones; within a block its equal
spans show what each sentence kept. A sentence that moved to another block alone is found by its
text.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import fuzz

from service.diffing import SECTION_SPECS, Block, Diff, Same, Spans, text_without
from service.provenance.sentences import Sentence, within

SAME_SENTENCE = 0.5
"""Dice's coefficient of the characters that an edited sentence shares with its old self."""
SAME_SENTENCE_ELSEWHERE = 75
"""The same for one in another block, in percent and by edit distance."""
_MIN_CHARACTERS = 20
"""A shorter sentence resembles others by coincidence."""
_MAX_SENTENCES = 60
"""On either side: each is compared with each."""

Link = tuple[int, int]
"""Index of a new sentence, and of the old one that it was."""
_Places = dict[tuple[str, int, str], list[int]]


def follow(diff: Diff, old: Sequence[Sentence], new: Sequence[Sentence]) -> dict[int, int]:
    """By index of a new sentence the index of the old one that it was; each old one at most once.

    `old` and `new` are the sentences of the two pages that `diff` compares.
    """
    links = _Links(old, new)
    olds, news = _places(old), _places(new)
    shared: list[tuple[float, int, int]] = []
    for part in diff.sections:
        for run in part.runs:
            if isinstance(run, Same):
                links.add(_unchanged(part.section, run, olds, news))
            elif run.old and run.new:
                shared += _shared(part.section, run, olds, news)
    # The same text first, in its block and then anywhere; only then edited sentences.
    links.add((j, i) for _, j, i in shared if old[i].text == new[j].text)
    links.add(_by_text(*links.unlinked(), old, new))
    links.add((j, i) for score, j, i in sorted(shared, reverse=True) if score >= SAME_SENTENCE)
    links.add(_by_similarity(*links.unlinked(), old, new))
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


def _places(sentences: Sequence[Sentence]) -> _Places:
    places: _Places = defaultdict(list)
    for index, sentence in enumerate(sentences):
        places[sentence.section, sentence.block, sentence.field].append(index)
    return places


def _unchanged(section: str, run: Same, olds: _Places, news: _Places) -> Iterator[Link]:
    for at in range(len(run.units)):
        for field in SECTION_SPECS[section].fields:
            before = olds.get((section, run.old + at, field), [])
            yield from zip(news.get((section, run.new + at, field), []), before, strict=True)


def _shared(
    section: str, block: Block, olds: _Places, news: _Places
) -> Iterator[tuple[float, int, int]]:
    """(Dice's coefficient, new sentence, old sentence) of those of a block with text in common."""
    for field, spans in block.texts.items():
        origin = block.from_section or section
        old_spans = _located(spans, "insert", origin, block.old, field, olds)
        new_spans = _located(spans, "delete", section, block.new, field, news)
        kept: dict[Link, int] = defaultdict(int)
        old_at = new_at = 0
        for op, text in spans:
            size = len(text)
            if op == "equal":
                for j, new_start, new_end in new_spans:
                    if new_end <= new_at or new_start >= new_at + size:
                        continue
                    for i, old_start, old_end in old_spans:
                        start = max(new_start - new_at, old_start - old_at, 0)
                        end = min(new_end - new_at, old_end - old_at, size)
                        if start < end:
                            kept[j, i] += end - start
            old_at += size if op != "insert" else 0
            new_at += size if op != "delete" else 0
        new_lengths = {j: end - start for j, start, end in new_spans}
        old_lengths = {i: end - start for i, start, end in old_spans}
        for (j, i), count in kept.items():
            yield 2 * count / (new_lengths[j] + old_lengths[i]), j, i


def _located(
    spans: Spans, drop: str, section: str, blocks: tuple[int, ...], field: str, places: _Places
) -> list[tuple[int, int, int]]:
    """Index, start and end of each sentence in the joined text of one side of a block."""
    found, start = [], 0
    for block, text in zip(blocks, text_without(spans, drop).split("\n"), strict=False):
        parts = within(text, section, field)
        indexes = places.get((section, block, field), [])
        for index, (begin, end) in zip(indexes, parts, strict=False):
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
    olds: list[int], news: list[int], old: Sequence[Sentence], new: Sequence[Sentence]
) -> list[Link]:
    olds = [i for i in olds if len(old[i].text) >= _MIN_CHARACTERS][:_MAX_SENTENCES]
    news = [j for j in news if len(new[j].text) >= _MIN_CHARACTERS][:_MAX_SENTENCES]
    scored = [
        (score, j, i)
        for j in news
        for i in olds
        if (score := fuzz.ratio(new[j].text, old[i].text, score_cutoff=SAME_SENTENCE_ELSEWHERE))
    ]
    return [(j, i) for _, j, i in sorted(scored, reverse=True)]
