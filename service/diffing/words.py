"""The spans of one changed text: which words went, which came."""

from collections.abc import Iterator

from service.diffing.matching import Budget, match
from service.diffing.tokens import is_word, tokenize
from service.diffing.types import Span, SpanOp, Spans

_MIRROR: dict[SpanOp, SpanOp] = {"equal": "equal", "insert": "delete", "delete": "insert"}
_SENTENCE_ENDS = frozenset(".!?。！？؟।…")

Run = tuple[int, int, int]


def word_spans(old: str, new: str, budget: Budget) -> Spans:
    """Spans over whole tokens; a delete stands before the insert that takes its place.

    Swapping the texts mirrors the spans: the work is always done in one direction.
    """
    if old > new:
        return _in_order(Span(_MIRROR[s.op], s.text) for s in word_spans(new, old, budget))
    if old == new:
        return (Span("equal", old),) if old else ()
    a, b = tokenize(old), tokenize(new)
    runs = match(a, b, budget)
    runs = _join([*runs, (len(a), len(b), 0)], a, b)
    return tuple(_spans(_slide(runs, a, b), a, b))


def _in_order(spans: Iterator[Span]) -> Spans:
    ordered: list[Span] = []
    for span in spans:
        if span.op == "delete" and ordered and ordered[-1].op == "insert":
            ordered.insert(-1, span)
        else:
            ordered.append(span)
    return tuple(ordered)


def _spans(runs: list[Run], a: list[str], b: list[str]) -> Iterator[Span]:
    i = j = 0
    for start_a, start_b, length in runs:
        if i < start_a:
            yield Span("delete", "".join(a[i:start_a]))
        if j < start_b:
            yield Span("insert", "".join(b[j:start_b]))
        if length:
            yield Span("equal", "".join(a[start_a : start_a + length]))
        i, j = start_a + length, start_b + length


def _join(runs: list[Run], a: list[str], b: list[str]) -> list[Run]:
    """Drop short islands of sameness between edits, which only tear a reader's eye.

    An island goes if it holds no word and both neighbours replace something, or if it holds one
    word and both neighbours change at least two.
    """
    kept: list[Run] = []
    i = j = 0
    for number, (start_a, start_b, length) in enumerate(runs):
        last = number == len(runs) - 1
        if not last and length <= 3 and (i < start_a or j < start_b):
            next_a, next_b, _ = runs[number + 1]
            left = (_words(a[i:start_a]), _words(b[j:start_b]))
            right = (
                _words(a[start_a + length : next_a]),
                _words(b[start_b + length : next_b]),
            )
            words = _words(a[start_a : start_a + length])
            replaces = min(left) and min(right)
            if replaces and (words == 0 or (words == 1 and min(max(left), max(right)) >= 2)):
                continue
        kept.append((start_a, start_b, length))
        i, j = start_a + length, start_b + length
    return kept


def _words(tokens: list[str]) -> int:
    return sum(map(is_word, tokens))


def _slide(runs: list[Run], a: list[str], b: list[str]) -> list[Run]:
    """Move each pure insertion or deletion to where it starts and ends at a word or sentence."""
    slid = list(runs)
    for number in range(len(slid) - 1):
        (a1, b1, n1), (a2, b2, n2) = slid[number], slid[number + 1]
        inserted, deleted = b2 - b1 - n1, a2 - a1 - n1
        if bool(inserted) == bool(deleted):
            continue
        tokens, start, end = (b, b1 + n1, b2) if inserted else (a, a1 + n1, a2)
        left = right = 0
        while left < n1 and tokens[start - left - 1] == tokens[end - left - 1]:
            left += 1
        while right < n2 and tokens[start + right] == tokens[end + right]:
            right += 1
        by = max(
            range(-left, right + 1), key=lambda by: (_border(tokens, start + by, end + by), by)
        )
        slid[number] = (a1, b1, n1 + by)
        slid[number + 1] = (a2 + by, b2 + by, n2 - by)
    return [run for run in slid[:-1] if run[2]] + slid[-1:]


def _border(tokens: list[str], start: int, end: int) -> int:
    """How well an edit of tokens[start:end] is cut: by sentences, by words, or badly."""
    before = tokens[max(0, start - 2) : start]
    opens = not tokens[start].isspace() and (not before or before[-1].isspace())
    closes = tokens[end - 1].isspace() or end == len(tokens)
    sentence = not before or (len(before) == 2 and before[0][-1] in _SENTENCE_ENDS)
    return (opens and closes) + 2 * (opens and closes and sentence)
