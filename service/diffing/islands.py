"""Short stretches of sameness between edits, which only tear a reader's eye."""

from service.diffing.matching import Run
from service.diffing.tokens import is_word

_SHARE = 3
"""An island goes if either edit beside it has so many times its words."""


def join(runs: list[Run], a: list[str], b: list[str]) -> list[Run]:
    """The runs without those that stand between edits and are small beside them.

    What is marked grows by two thirds at most, and only where the number of marks falls.
    """
    kept: list[Run] = []
    i = j = 0
    for number, (start_a, start_b, length) in enumerate(runs):
        end_a, end_b = start_a + length, start_b + length
        next_a, next_b, _ = runs[number + 1] if number + 1 < len(runs) else (len(a), len(b), 0)
        ways = (start_a > i) + (start_b > j) + (next_a > end_a) + (next_b > end_b)
        if ways > 2 and (start_a > i or start_b > j) and (next_a > end_a or next_b > end_b):
            words = _words(a[start_a:end_a])
            before = _words(a[i:start_a]) + _words(b[j:start_b])
            after = _words(a[end_a:next_a]) + _words(b[end_b:next_b])
            smaller = min(before, after)
            # A quotation mark or a comma that came is shown as just that.
            if smaller and (words == 0 or (ways == 4 and words * _SHARE <= smaller)):
                continue
        kept.append((start_a, start_b, length))
        i, j = end_a, end_b
    return kept


def _words(tokens: list[str]) -> int:
    return sum(map(is_word, tokens))
