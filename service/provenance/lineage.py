"""Which sentence became which, from one version to the next. Pure.

The differ has matched the blocks, moved, split and merged ones too; within them its equal spans
tell what a sentence kept. A sentence that went alone to another block is found by its words.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import fuzz

from service.diffing import SECTION_SPECS, Block, Diff, Same, Spans
from service.provenance.sentences import Sentence, within

KEPT = 0.5
"""Dice's coefficient of the characters that an edited sentence shares with what it was."""
ALIKE = 75
"""The same for one that is in another block, in percent and by edit distance."""
_SHORT = 20
_MANY = 60

Link = tuple[int, int]
"""Index of a new sentence, and of the old one that it was."""
_Places = dict[tuple[str, int, str], list[int]]


def follow(diff: Diff, old: Sequence[Sentence], new: Sequence[Sentence]) -> dict[int, int]:
    """By index of a new sentence the index of the old one that it was; each old one once.

    `old` and `new` are the sentences of the two pages that `diff` is of.
    """
    links = _Links(old, new)
    olds, news = _places(old), _places(new)
    shared: list[tuple[float, int, int]] = []
    for part in diff.sections:
        for run in part.runs:
            if isinstance(run, Same):
                links.take(_same(part.section, run, olds, news))
            elif run.old and run.new:
                shared += _shared(part.section, run, olds, news)
    # The same words first, in their block and then anywhere; only then what was edited.
    links.take((j, i) for _, j, i in shared if old[i].text == new[j].text)
    links.take(_by_text(*links.left(), old, new))
    links.take((j, i) for score, j, i in sorted(shared, reverse=True) if score >= KEPT)
    links.take(_alike(*links.left(), old, new))
    return links.found


class _Links:
    """Pairs found so far; the first that is taken of a sentence counts."""

    def __init__(self, old: Sequence[Sentence], new: Sequence[Sentence]) -> None:
        self.found: dict[int, int] = {}
        self._counts = len(old), len(new)
        self._used: set[int] = set()

    def take(self, links: Iterable[Link]) -> None:
        for j, i in links:
            if j not in self.found and i not in self._used:
                self.found[j] = i
                self._used.add(i)

    def left(self) -> tuple[list[int], list[int]]:
        olds, news = self._counts
        return (
            [i for i in range(olds) if i not in self._used],
            [j for j in range(news) if j not in self.found],
        )


def _places(sentences: Sequence[Sentence]) -> _Places:
    places: _Places = defaultdict(list)
    for index, each in enumerate(sentences):
        places[each.section, each.block, each.field].append(index)
    return places


def _same(section: str, run: Same, olds: _Places, news: _Places) -> Iterator[Link]:
    for at in range(len(run.units)):
        for field in SECTION_SPECS[section].fields:
            was = olds.get((section, run.old + at, field), [])
            yield from zip(news.get((section, run.new + at, field), []), was, strict=True)


def _shared(
    section: str, block: Block, olds: _Places, news: _Places
) -> Iterator[tuple[float, int, int]]:
    """How much each new sentence of a block has of each old one."""
    for field, spans in block.texts.items():
        was = _located(spans, "insert", block.from_section or section, block.old, field, olds)
        now = _located(spans, "delete", section, block.new, field, news)
        kept: dict[tuple[int, int], int] = defaultdict(int)
        before = after = 0
        for span in spans:
            size = len(span.text)
            if span.op == "equal":
                for j, new_start, new_end in now:
                    if new_end <= after or new_start >= after + size:
                        continue
                    for i, old_start, old_end in was:
                        start = max(new_start - after, old_start - before, 0)
                        end = min(new_end - after, old_end - before, size)
                        if start < end:
                            kept[j, i] += end - start
            before += size if span.op != "insert" else 0
            after += size if span.op != "delete" else 0
        lengths = {j: end - start for j, start, end in now}
        old_lengths = {i: end - start for i, start, end in was}
        for (j, i), count in kept.items():
            yield 2 * count / (lengths[j] + old_lengths[i]), j, i


def _located(
    spans: Spans, without: str, section: str, blocks: tuple[int, ...], field: str, places: _Places
) -> list[tuple[int, int, int]]:
    """Index, start and end of each sentence in the joined text of one side of a block."""
    whole = field in SECTION_SPECS[section].unsplit
    joined = "".join(span.text for span in spans if span.op != without)
    found, start = [], 0
    for block, text in zip(blocks, joined.split("\n"), strict=False):
        cuts = within(text, whole)
        for index, (begin, end) in zip(places.get((section, block, field), []), cuts, strict=False):
            found.append((index, start + begin, start + end))
        start += len(text) + 1
    return found


def _by_text(
    olds: list[int], news: list[int], old: Sequence[Sentence], new: Sequence[Sentence]
) -> Iterator[Link]:
    waiting: dict[str, list[int]] = defaultdict(list)
    for i in reversed(olds):
        waiting[old[i].text].append(i)
    for j in news:
        if waiting.get(new[j].text):
            yield j, waiting[new[j].text].pop()


def _alike(
    olds: list[int], news: list[int], old: Sequence[Sentence], new: Sequence[Sentence]
) -> list[Link]:
    olds = [i for i in olds if len(old[i].text) >= _SHORT][:_MANY]
    news = [j for j in news if len(new[j].text) >= _SHORT][:_MANY]
    found = [
        (score, j, i)
        for j in news
        for i in olds
        if (score := fuzz.ratio(new[j].text, old[i].text, score_cutoff=ALIKE))
    ]
    return [(j, i) for _, j, i in sorted(found, reverse=True)]
