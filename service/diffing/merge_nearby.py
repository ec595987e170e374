"""Merges edits that only a little equal text separates, since fragments are hard to read.

After diff-match-patch's semantic clean-up (Fraser 2006), but by words, not characters, and bounded.
"""

from service.diffing.matching import Run
from service.diffing.thresholds import LINK_MERGE_RATIO, MERGE_RATIO
from service.diffing.tokenizer import is_word

Edit = tuple[list[str], list[str]]
"""Tokens that were removed and that were added."""
_JOINERS = frozenset("-‑./:?&=#")


def merge_nearby(runs: list[Run], a: list[str], b: list[str]) -> list[Run]:
    """The equal runs without those that are short compared with both edits beside them, where
    that makes fewer marks.
    """
    if len(runs) < 2:
        return runs
    starts = [*runs, (len(a), len(b), 0)]
    ends = [(0, 0), *((i + length, j + length) for i, j, length in runs)]
    edits = [(a[i:x], b[j:y]) for (i, j), (x, y, _) in zip(ends, starts, strict=True)]
    return [
        run
        for run, before, after in zip(runs, edits, edits[1:], strict=False)
        if not _merges(a[run[0] : run[0] + run[2]], before, after)
    ]


def _merges(equal: list[str], *edits: Edit) -> bool:
    marks = [sum(map(bool, edit)) for edit in edits]
    if sum(marks) < 3 or not all(marks):
        return False
    words = [_words(removed) + _words(added) for removed, added in edits]
    # A quotation mark or a comma that was added is shown as just that.
    if not all(words):
        return False
    equal_words = _words(equal)
    if equal_words == 0:
        return True
    if sum(marks) == 4 and _joins(equal):
        return equal_words * LINK_MERGE_RATIO <= sum(words)
    shortest = min(max(_length(removed), _length(added)) for removed, added in edits)
    return equal_words * MERGE_RATIO <= sum(words) and 2 * _length(equal) <= shortest


def _joins(equal: list[str]) -> bool:
    """Whether the text is the middle of a link, an address or a compound: `/news/`, `-to-`."""
    return equal[0] in _JOINERS and equal[-1] in _JOINERS and not any(map(str.isspace, equal))


def _words(tokens: list[str]) -> int:
    return sum(map(is_word, tokens))


def _length(tokens: list[str]) -> int:
    return sum(map(len, tokens))
