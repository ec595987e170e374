"""Short stretches of sameness between edits, which only tear a reader's eye.

After the semantic clean-up of diff-match-patch (Fraser 2006), by words instead of characters and
bounded.
"""

from service.diffing.matching import Run
from service.diffing.tokens import is_word

_SHARE = 4
"""An island goes if the edits beside it have so many times its words, which at most doubles what
is marked.
"""


def merge_nearby(runs: list[Run], a: list[str], b: list[str]) -> list[Run]:
    """The runs without those that stand between edits and are at most half as long as either, where
    the number of marks falls.
    """
    if len(runs) < 2:
        return runs
    starts = [*runs, (len(a), len(b), 0)]
    ends = [(0, 0), *((i + length, j + length) for i, j, length in runs)]
    edits = [(a[i:x], b[j:y]) for (i, j), (x, y, _) in zip(ends, starts, strict=True)]
    return [
        run
        for run, before, after in zip(runs, edits, edits[1:], strict=False)
        if not _torn(a[run[0] : run[0] + run[2]], before, after)
    ]


def _torn(island: list[str], *edits: tuple[list[str], list[str]]) -> bool:
    ways = [sum(map(bool, edit)) for edit in edits]
    if sum(ways) < 3 or not all(ways):
        return False
    words = [_words(gone) + _words(come) for gone, come in edits]
    # A quotation mark or a comma that came is shown as just that.
    if not all(words):
        return False
    apart = _words(island)
    if apart == 0:
        return True
    shortest = min(max(_length(gone), _length(come)) for gone, come in edits)
    return apart * _SHARE <= sum(words) and 2 * _length(island) <= shortest


def _words(tokens: list[str]) -> int:
    return sum(map(is_word, tokens))


def _length(tokens: list[str]) -> int:
    return sum(map(len, tokens))
