"""The spans of one changed text: which words were removed, which were added."""

import re
from collections.abc import Container, Iterable
from itertools import pairwise, repeat
from typing import NamedTuple

from rapidfuzz.distance import Postfix, Prefix

from service.diffing.boundary_shift import shift_to_boundaries
from service.diffing.matching import Budget, Run, match
from service.diffing.merge_nearby import merge_nearby
from service.diffing.sentences import split_sentences, stops
from service.diffing.thresholds import (
    ONE_PASS_CHARACTERS,
    SHIFT_MARGIN,
    STEPS_PER_CHARACTER,
    STEPS_PER_COMPLEX_CHARACTER,
    STEPS_PER_SPAN,
    STEPS_PER_STOP,
    STEPS_PER_TOKEN,
)
from service.diffing.tokenizer import is_simple, is_word, tokenize
from service.diffing.types import Span, SpanOp, Spans

_BOUNDARY = re.compile(r"[ 。，](?=[^\W_\u0e33\u0eb3])")
"""Where a token always ends: the two letters belong to the grapheme before them."""


class Marked(NamedTuple):
    """`coarse`: the work budget ran out, so that more is marked than necessary."""

    spans: Spans
    coarse: bool = False


def mark(old: str, new: str, budget: Budget) -> Marked:
    """Spans of whole tokens, a delete before the insert that replaces it.

    Swapping the texts mirrors the spans.
    """
    if old == new:
        return Marked((Span("equal", old),) if old else ())
    if not old or not new:
        return Marked((Span("delete", old) if old else Span("insert", new),))
    head = Prefix.similarity(old, new)
    tail = Postfix.similarity(old[head:], new[head:])
    between = len(old) + len(new) - 2 * (head + tail)
    pure = head + tail == min(len(old), len(new))
    if not pure and between <= ONE_PASS_CHARACTERS:
        marked = _between(old, new, head, tail, 0, budget)
        if not _may_shift(marked.spans):
            return marked
    return _between(old, new, head, tail, SHIFT_MARGIN, budget)


def _between(old: str, new: str, head: int, tail: int, margin: int, budget: Budget) -> Marked:
    """Marks only what lies between an equal beginning and end, given by their lengths and reduced
    by `margin` to where a token always ends.
    """
    head = _last_boundary(old, head - margin)
    boundary = _BOUNDARY.search(old, len(old) - tail + margin)
    tail = len(old) - boundary.end() if boundary else 0
    spans, coarse = _marked(old[head : len(old) - tail], new[head : len(new) - tail], budget)
    return Marked(_surrounded(old[:head], spans, old[len(old) - tail :]), coarse)


def _surrounded(head: str, spans: Spans, tail: str) -> Spans:
    """The spans with equal text before and after them."""
    parts = list(spans)
    for at, text in ((0, head), (-1, tail)):
        if text and parts[at].op == "equal":
            parts[at] = Span("equal", text + parts[at].text if at == 0 else parts[at].text + text)
        elif text:
            parts.insert(0 if at == 0 else len(parts), Span("equal", text))
    return tuple(parts)


def _last_boundary(text: str, stop: int) -> int:
    """The end of the last boundary that lies before `stop` with the character after it."""
    window = 32
    while stop > 0:
        start = max(stop - window, 0)
        ends = [boundary.end() for boundary in _BOUNDARY.finditer(text, start, stop)]
        if ends:
            return ends[-1]
        stop, window = start + 1 if start else 0, 2 * window
    return 0


def _may_shift(spans: Spans) -> bool:
    """Whether the first or the last edit is a pure insertion or deletion."""
    edits = [at for at, span in enumerate(spans) if span.op != "equal"]
    return len(edits) == 1 or edits[0] + 1 != edits[1] or edits[-2] + 1 != edits[-1]


def _marked(old: str, new: str, budget: Budget) -> Marked:
    """By words; if that exceeds the budget by sentences, and by words within changed sentences."""
    spans = _by_words(old, new, budget)
    if spans is not None:
        return Marked(spans)
    whole = Marked((Span("delete", old), Span("insert", new)), coarse=True)
    if not budget.take((stops(old) + stops(new)) * STEPS_PER_STOP):
        return whole
    a, b = split_sentences(old), split_sentences(new)
    runs = match(a, b, budget) if len(a) > 1 and len(b) > 1 else None
    if not runs:
        return whole
    parts: list[Span] = []
    coarse, i, j = False, 0, 0
    for start_a, start_b, length in [*runs, (len(a), len(b), 0)]:
        removed, added = "".join(a[i:start_a]), "".join(b[j:start_b])
        words = None
        if removed and added:
            words = _by_words(removed, added, budget)
            coarse = coarse or words is None
        parts += words or (Span("delete", removed), Span("insert", added))
        i, j = start_a + length, start_b + length
        parts.append(Span("equal", "".join(a[start_a:i])))
    return Marked(normal(parts), coarse)


def _by_words(old: str, new: str, budget: Budget) -> Spans | None:
    simple = is_simple(old) and is_simple(new)
    steps = STEPS_PER_CHARACTER if simple else STEPS_PER_COMPLEX_CHARACTER
    if not budget.take((len(old) + len(new)) * steps):
        return None
    a, b = tokenize(old, simple), tokenize(new, simple)
    runs = _around_one(a, b)
    if runs is None and budget.take((len(a) + len(b)) * STEPS_PER_TOKEN):
        runs = _in_place(a, b) or _by_matching(a, b, budget)
        runs = runs and merge_nearby(runs, a, b)
    if runs is None or not budget.take(len(runs) * STEPS_PER_SPAN):
        return None
    return _spans(shift_to_boundaries(runs, a, b), a, b)


def _around_one(a: list[str], b: list[str]) -> list[Run] | None:
    """The equal runs if one insertion, one deletion or one replaced token is all that differs."""
    head = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        head += 1
    most = min(len(a), len(b)) - head
    tail = 0
    while tail < most and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    if tail < most and not len(a) == len(b) == head + tail + 1:
        return None
    return [run for run in ((0, 0, head), (len(a) - tail, len(b) - tail, tail)) if run[2]]


def _in_place(a: list[str], b: list[str]) -> list[Run] | None:
    """The equal runs if tokens were replaced by ones that the other text has nowhere: nothing that
    could be matched better.
    """
    if len(a) != len(b):
        return None
    edited = [at for at, (one, other) in enumerate(zip(a, b, strict=True)) if one != other]
    if not {a[at] for at in edited}.isdisjoint(b) or not {b[at] for at in edited}.isdisjoint(a):
        return None
    ends = [-1, *edited, len(a)]
    runs = [(at + 1, at + 1, end - at - 1) for at, end in pairwise(ends) if end - at > 1]
    # As elsewhere, space between two edits isn't matched by itself.
    inner = {at + 1 for at in edited} & {at - 1 for at in edited}
    return [run for run in runs if run[0] not in inner or not a[run[0]].isspace()]


def _by_matching(a: list[str], b: list[str], budget: Budget) -> list[Run] | None:
    """The equal runs: as many words as possible, then the marks between those, then space.

    A mark never keeps a word from being matched: two commas aren't worth more than a name.
    """
    silent = {token for token in {*a, *b} if not is_word(token)}
    space = set(filter(str.isspace, silent))
    seen_a = [at for at, token in enumerate(a) if token not in space]
    seen_b = [at for at, token in enumerate(b) if token not in space]
    seen = [a[at] for at in seen_a], [b[at] for at in seen_b]
    runs = match(*seen, budget) if silent == space else _words_first(*seen, silent, budget)
    return None if runs is None else _with_space(runs, a, b, seen_a, seen_b)


def _words_first(
    a: list[str], b: list[str], marks: Container[str], budget: Budget
) -> list[Run] | None:
    words_a = [at for at, token in enumerate(a) if token not in marks]
    words_b = [at for at, token in enumerate(b) if token not in marks]
    words = match([a[at] for at in words_a], [b[at] for at in words_b], budget)
    if words is None:
        return None
    runs: list[Run] = []
    i = j = 0
    parts = [part for run in words for part in _spread(run, a, b, words_a, words_b)]
    for start_a, start_b, length in [*parts, (len(a), len(b), 0)]:
        if i < start_a and j < start_b:
            between = _between_words(a[i:start_a], b[j:start_b], budget)
            if between is None:
                return None
            runs += [(i + x, j + y, size) for x, y, size in between]
        runs.append((start_a, start_b, length))
        i, j = start_a + length, start_b + length
    return _joined(runs)


def _between_words(a: list[str], b: list[str], budget: Budget) -> list[Run] | None:
    if set(a).isdisjoint(b):
        return []
    return match(a, b, budget) if budget.take(STEPS_PER_SPAN) else None


def _joined(runs: list[Run]) -> list[Run]:
    """Without empty runs, and adjacent ones as one."""
    joined: list[Run] = []
    end_a = end_b = -1
    for i, j, length in runs:
        if (i, j) == (end_a, end_b):
            joined[-1] = (joined[-1][0], joined[-1][1], joined[-1][2] + length)
        elif length:
            joined.append((i, j, length))
        end_a, end_b = i + length, j + length
    return joined


def _spread(
    run: Run, a: list[str], b: list[str], some_a: list[int], some_b: list[int]
) -> Iterable[Run]:
    """A run of some tokens, which stand at those indexes, as runs of all tokens."""
    i, j, length = run
    x, y = some_a[i], some_b[j]
    size = some_a[i + length - 1] + 1 - x
    if a[x : x + size] == b[y : y + size]:
        return [(x, y, size)]
    ones = repeat(1, length)
    return zip(some_a[i : i + length], some_b[j : j + length], ones, strict=True)


def _with_space(
    runs: list[Run], a: list[str], b: list[str], seen_a: list[int], seen_b: list[int]
) -> list[Run]:
    """Runs of words and marks as runs of tokens, with the equal space in them and around them.

    Space isn't matched by itself: it would align what has nothing else in common.
    """
    whole: list[Run] = []
    end_a = end_b = 0

    def add(x: int, y: int, size: int) -> None:
        nonlocal end_a, end_b
        if x > end_a and y > end_b and a[x - 1] == b[y - 1]:
            x, y, size = x - 1, y - 1, size + 1
        if whole and (x, y) == (end_a, end_b):
            whole[-1] = (whole[-1][0], whole[-1][1], whole[-1][2] + size)
        else:
            whole.append((x, y, size))
        end_a, end_b = x + size, y + size

    for number, run in enumerate(runs):
        for part in _spread(run, a, b, seen_a, seen_b):
            add(*part)
        if end_a < len(a) and end_b < len(b) and a[end_a] == b[end_b] and a[end_a].isspace():
            whole[-1] = (whole[-1][0], whole[-1][1], whole[-1][2] + 1)
            end_a, end_b = end_a + 1, end_b + 1
        elif skip := _space_after_mark(a[end_a : end_a + 2], b[end_b : end_b + 2]):
            last = number + 1 == len(runs)
            next_a = len(a) if last else seen_a[runs[number + 1][0]]
            next_b = len(b) if last else seen_b[runs[number + 1][1]]
            x, y = end_a + skip[0], end_b + skip[1]
            if x + 1 < next_a and y + 1 < next_b:
                whole.append((x, y, 1))
                end_a, end_b = x + 1, y + 1
    if end_a < len(a) and end_b < len(b) and a[-1] == b[-1] and a[-1].isspace():
        whole.append((len(a) - 1, len(b) - 1, 1))
    return whole


def _space_after_mark(a: list[str], b: list[str]) -> tuple[int, int] | None:
    """Where the same space follows on both sides, after one mark that only one side has."""
    if len(b) == 2 and a and a[0] == b[1] and a[0].isspace() and not is_word(b[0]):
        return 0, 1
    if len(a) == 2 and b and b[0] == a[1] and b[0].isspace() and not is_word(a[0]):
        return 1, 0
    return None


def _spans(runs: list[Run], a: list[str], b: list[str]) -> Spans:
    spans: list[Span] = []
    i = j = 0
    for start_a, start_b, length in [*runs, (len(a), len(b), 0)]:
        if i < start_a:
            spans.append(Span("delete", "".join(a[i:start_a])))
        if j < start_b:
            spans.append(Span("insert", "".join(b[j:start_b])))
        i, j = start_a + length, start_b + length
        if length:
            spans.append(Span("equal", "".join(a[start_a:i])))
    return tuple(spans)


def normal(spans: Iterable[Span]) -> Spans:
    """No empty span, no two of a kind in a row, each delete before the insert next to it."""
    normal: list[Span] = []
    texts: dict[SpanOp, str] = {"delete": "", "insert": "", "equal": ""}

    def flush(*ops: SpanOp) -> None:
        for op in ops:
            if texts[op]:
                normal.append(Span(op, texts[op]))
                texts[op] = ""

    for op, text in spans:
        if text:
            if op == "equal":
                flush("delete", "insert")
            else:
                flush("equal")
            texts[op] += text
    flush("delete", "insert", "equal")
    return tuple(normal)
