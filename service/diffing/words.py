"""The spans of one changed text: which words went, which came."""

from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz.distance import Postfix, Prefix

from service.diffing.islands import join
from service.diffing.matching import Budget, Run, match
from service.diffing.sliding import slide
from service.diffing.tokens import is_simple, is_word, sentences, tokenize
from service.diffing.types import Span, SpanOp, Spans

_MIRROR: dict[SpanOp, SpanOp] = {"equal": "equal", "insert": "delete", "delete": "insert"}
_ROOM = 100
"""Characters kept on either side of an edit, so that it can slide to the next border."""
_BORDERS = " 。，"
_WITHIN_GRAPHEME = "\u0e33\u0eb3"
"""The two letters that belong to the grapheme before them."""
_CHARACTER, _HARD_CHARACTER = 8, 32
"""Steps that a character takes on its way through tokens; the harder where marks join letters."""


class Marked(NamedTuple):
    """`coarse`: too much work for the budget, so that more is marked than need be."""

    spans: Spans
    coarse: bool = False


def mark(old: str, new: str, budget: Budget) -> Marked:
    """Spans over whole tokens; a delete stands before the insert that takes its place.

    Swapping the texts mirrors the spans: the work is always done in one direction.
    """
    if old == new:
        return Marked((Span("equal", old),) if old else ())
    if not old or not new:
        return Marked((Span("delete", old) if old else Span("insert", new),))
    if old > new:
        spans, coarse = mark(new, old, budget)
        return Marked(_normal(Span(_MIRROR[op], text) for op, text in spans), coarse)
    head, tail = _shared_ends(old, new)
    spans, coarse = _marked(old[head : len(old) - tail], new[head : len(new) - tail], budget)
    if head or tail:
        ends = Span("equal", old[:head]), Span("equal", old[len(old) - tail :])
        spans = _normal((ends[0], *spans, ends[1]))
    return Marked(spans, coarse)


def _shared_ends(old: str, new: str) -> tuple[int, int]:
    """Lengths of a beginning and an end that both share, cut where a token always ends."""
    head = Prefix.similarity(old, new)
    tail = Postfix.similarity(old[head:], new[head:])
    return _last_border(old, head - _ROOM), _first_border(old, len(old) - tail + _ROOM)


def _last_border(text: str, before: int) -> int:
    while before > 0:
        before = max(text.rfind(border, 0, before) for border in _BORDERS)
        if before >= 0 and _begins_token(text[before + 1]):
            return before + 1
    return 0


def _first_border(text: str, after: int) -> int:
    for at in range(max(after, 0), len(text) - 1):
        if text[at] in _BORDERS and _begins_token(text[at + 1]):
            return len(text) - at - 1
    return 0


def _begins_token(character: str) -> bool:
    return character.isalnum() and character not in _WITHIN_GRAPHEME


def _marked(old: str, new: str, budget: Budget) -> Marked:
    """By words; if that is too much work by sentences, and by words within those that changed."""
    spans = _by_words(old, new, budget)
    if spans is not None:
        return Marked(spans)
    a, b = sentences(old), sentences(new)
    runs = match(a, b, budget) if len(a) > 1 and len(b) > 1 else None
    if not runs:
        return Marked((Span("delete", old), Span("insert", new)), coarse=True)
    parts: list[Span] = []
    coarse, i, j = False, 0, 0
    for start_a, start_b, length in [*runs, (len(a), len(b), 0)]:
        gone, come = "".join(a[i:start_a]), "".join(b[j:start_b])
        if gone and come:
            words = _by_words(gone, come, budget)
            coarse = coarse or words is None
            parts += words or (Span("delete", gone), Span("insert", come))
        else:
            parts += (Span("delete", gone), Span("insert", come))
        i, j = start_a + length, start_b + length
        parts.append(Span("equal", "".join(a[start_a:i])))
    return Marked(_normal(parts), coarse)


def _by_words(old: str, new: str, budget: Budget) -> Spans | None:
    each = _CHARACTER if is_simple(old) and is_simple(new) else _HARD_CHARACTER
    if not budget.take((len(old) + len(new)) * each):
        return None
    a, b = tokenize(old), tokenize(new)
    words_a = [at for at, token in enumerate(a) if not token.isspace()]
    words_b = [at for at, token in enumerate(b) if not token.isspace()]
    runs = match([a[at] for at in words_a], [b[at] for at in words_b], budget)
    if runs is None:
        return None
    runs = _with_space(runs, a, b, words_a, words_b)
    return _spans(slide(join(runs, a, b), a, b), a, b)


def _with_space(
    runs: list[Run], a: list[str], b: list[str], words_a: list[int], words_b: list[int]
) -> list[Run]:
    """Runs of words as runs of tokens: with the space in them and around them, where it is equal.

    Space is not matched of itself: it would tie together what has nothing else in common.
    """
    whole: list[Run] = []
    end_a = end_b = 0
    ends = [*((words_a[i], words_b[j]) for i, j, _ in runs), (len(a), len(b))]
    for number, (i, j, length) in enumerate(runs):
        for k in range(i, i + length):
            x, y = words_a[k], words_b[j + k - i]
            size = 1
            if x > end_a and y > end_b and a[x - 1] == b[y - 1]:
                x, y, size = x - 1, y - 1, 2
            if whole and (x, y) == (end_a, end_b):
                whole[-1] = (whole[-1][0], whole[-1][1], whole[-1][2] + size)
            else:
                whole.append((x, y, size))
            end_a, end_b = x + size, y + size
        if end_a < len(a) and end_b < len(b) and a[end_a] == b[end_b] and a[end_a].isspace():
            whole[-1] = (whole[-1][0], whole[-1][1], whole[-1][2] + 1)
            end_a, end_b = end_a + 1, end_b + 1
        elif past := _space_past_mark(a[end_a : end_a + 2], b[end_b : end_b + 2]):
            next_a, next_b = ends[number + 1]
            x, y = end_a + past[0], end_b + past[1]
            if x < next_a and y < next_b:
                whole.append((x, y, 1))
                end_a, end_b = x + 1, y + 1
    return whole


def _space_past_mark(a: list[str], b: list[str]) -> tuple[int, int] | None:
    """Where both go on with the same space, but for one mark that came or went before it."""
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


def _normal(spans: Iterable[Span]) -> Spans:
    """None empty, none of the kind of its neighbour, deletes before the inserts beside them."""
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
