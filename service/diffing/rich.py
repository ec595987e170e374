"""The spans of one changed block of Markdown: as a reader sees it, and as it is stored."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rapidfuzz.distance import Postfix, Prefix

from service.diffing.formatting import Shared, formatting, shared
from service.diffing.matching import Budget
from service.diffing.reading import Reader, Reading, unmarked
from service.diffing.types import Formatting, Span, Spans
from service.diffing.words import mark, normal


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
    spans, coarse = mark(before.text, after.text, budget)
    same = list(shared(before, after, spans))
    source = _source(before, after, same, budget)
    return Rich(spans, source, formatting(before, after, spans, same), coarse)


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


class _Gap(NamedTuple):
    """A part of a source: mark-up, what is seen with what is between it, mark-up."""

    head: str
    seen: str
    tail: str

    @classmethod
    def of(cls, reading: Reading, start: int, end: int) -> "_Gap":
        source, pieces = reading.source, reading.pieces
        at = bisect_right(pieces, start, key=lambda piece: piece.run.end)
        until = bisect_left(pieces, end, key=lambda piece: piece.run.start)
        if at >= until:
            return cls(source[start:end], "", "")
        first, last = max(pieces[at].run.start, start), min(pieces[until - 1].run.end, end)
        return cls(source[start:first], source[first:last], source[last:end])


def _between(
    before: Reading, i: int, end_i: int, after: Reading, j: int, end_j: int, budget: Budget
) -> Iterator[Span]:
    """The spans from one place to another of either source, which share no text that is seen."""
    if (gap := before.source[i:end_i]) == after.source[j:end_j]:
        yield Span("equal", gap)
        return
    old, new = _Gap.of(before, i, end_i), _Gap.of(after, j, end_j)
    if bool(old.seen) == bool(new.seen):
        # Mark-up by itself, so that **5** and **6** share theirs
        yield from mark(old.head, new.head, budget).spans
        yield from (Span("delete", old.seen), Span("insert", new.seen))
        yield from mark(old.tail, new.tail, budget).spans
    else:
        one, other = "".join(old), "".join(new)
        longer = old if old.seen else new
        head = min(Prefix.similarity(one, other), len(longer.head))
        tail = min(Postfix.similarity(one[head:], other[head:]), len(longer.tail))
        yield Span("equal", one[:head])
        yield Span("delete", one[head : len(one) - tail])
        yield Span("insert", other[head : len(other) - tail])
        yield Span("equal", one[len(one) - tail :])
