"""The spans of one changed block of Markdown: as a reader sees it, and as it is stored."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rapidfuzz.distance import Postfix, Prefix

from repo_store.markdown import SEPARATOR
from service.diffing.formatting import Shared, formatting, shared
from service.diffing.matching import Budget
from service.diffing.reading import Reader, Reading, unmarked
from service.diffing.types import Formatting, Span, Spans
from service.diffing.words import Marked, mark, normal


class Rich(NamedTuple):
    """`spans`: of what is seen; `source`: of what is stored, None if the text is not read, so that
    both are the same.
    """

    spans: Spans
    source: Spans | None
    formatting: tuple[Formatting, ...] = ()
    coarse: bool = False


def mark_rich(old: str, new: str, budget: Budget, reader: Reader) -> Rich:
    """Words are compared as they are seen; the source follows, and both can be rebuilt of it."""
    if unmarked(old) and unmarked(new):
        spans, coarse = mark(old, new, budget)
        return Rich(spans, spans, (), coarse)
    before, after = reader.read(old), reader.read(new)
    if before is None or after is None:
        return Rich(mark(old, new, budget).spans, None, (), coarse=True)
    spans, coarse = _seen(before, after, budget)
    same = list(shared(before, after, spans))
    source = _source(before, after, same, budget)
    return Rich(spans, source, formatting(before, after, spans, same), coarse)


def _seen(before: Reading, after: Reading, budget: Budget) -> Marked:
    """The spans of what is seen: those of each cell of a row, where both have as many."""
    cells = [each.text.split(SEPARATOR) for each in (before, after)]
    count, *others = {len(block.parts) for each in (before, after) for block in each.blocks}
    if count < 2 or others or len(before.blocks) + len(after.blocks) > 2:
        return mark(before.text, after.text, budget)
    marked = [mark(one, other, budget) for one, other in zip(*cells, strict=True)]
    spans = [span for each in marked for span in (*each.spans, Span("equal", SEPARATOR))]
    return Marked(normal(spans[:-1]), any(each.coarse for each in marked))


def _source(old: Reading, new: Reading, same: Iterable[Shared], budget: Budget) -> Spans:
    """The spans of what is stored: those of what is seen, and mark-up where it differs."""
    parts: list[Span] = []
    i = j = 0
    last: Shared | None = None
    for part in same:
        one, other = part.old.run, part.new.run
        if not (one.literal and other.literal):
            continue  # Written in different ways, though it looks the same
        start_i = one.start + part.old_at - part.old.at
        start_j = other.start + part.new_at - part.new.at
        if last and last.old is part.old and last.new is part.new:
            # Within one piece of either there is no mark-up.
            parts.append(Span("delete", old.source[i:start_i]))
            parts.append(Span("insert", new.source[j:start_j]))
        else:
            parts += _between(old, i, start_i, new, j, start_j, budget)
        i, j, last = start_i + part.length, start_j + part.length, part
        parts.append(Span("equal", old.source[start_i:i]))
    parts += _between(old, i, len(old.source), new, j, len(new.source), budget)
    return normal(parts)


def _between(
    before: Reading, i: int, end_i: int, after: Reading, j: int, end_j: int, budget: Budget
) -> Iterator[Span]:
    """The spans from one place to another of either source, which share no text that is seen."""
    if (gap := before.source[i:end_i]) == after.source[j:end_j]:
        yield Span("equal", gap)
        return
    old, new = _cut(before, i, end_i), _cut(after, j, end_j)
    if len(old) > 1 and len(new) > 1:
        if len(old) != len(new):
            old, new = ([each[0], "".join(each[1:-1]), each[-1]] for each in (old, new))
        # Mark-up by itself, so that **5** and **6** share theirs
        for at, (one, other) in enumerate(zip(old, new, strict=True)):
            if at % 2:
                yield from (Span("delete", one), Span("insert", other))
            else:
                yield from mark(one, other, budget).spans
    elif len(old) == len(new):
        yield from mark(old[0], new[0], budget).spans
    else:
        one, other = "".join(old), "".join(new)
        longer = max(old, new, key=len)
        head = min(Prefix.similarity(one, other), len(longer[0]))
        tail = min(Postfix.similarity(one[head:], other[head:]), len(longer[-1]))
        yield Span("equal", one[:head])
        yield Span("delete", one[head : len(one) - tail])
        yield Span("insert", other[head : len(other) - tail])
        yield Span("equal", one[len(one) - tail :])


def _cut(reading: Reading, start: int, end: int) -> list[str]:
    """A part of a source as mark-up, what is seen, mark-up, and so on, with mark-up last."""
    source, pieces = reading.source, reading.pieces
    at = bisect_right(pieces, start, key=lambda piece: piece.run.end)
    until = bisect_left(pieces, end, key=lambda piece: piece.run.start)
    parts: list[str] = []
    for piece in pieces[at:until]:
        first, last = max(piece.run.start, start), min(piece.run.end, end)
        parts += [source[start:first], source[first:last]]
        start = last
    return [*parts, source[start:end]]
