"""The spans of one changed block of Markdown: as a reader sees it, and as it is stored."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rapidfuzz.distance import Postfix, Prefix

from service.diffing.formatting import Shared, formatting, shared
from service.diffing.matching import Budget, Run
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
    runs = map(_stored, same)
    for start_i, start_j, length in [*filter(None, runs), (len(old.source), len(new.source), 0)]:
        if (gap := old.source[i:start_i]) == new.source[j:start_j]:
            parts.append(Span("equal", gap))
        else:
            parts += _between(_Gap.of(old, i, start_i), _Gap.of(new, j, start_j), budget)
        i, j = start_i + length, start_j + length
        parts.append(Span("equal", old.source[start_i:i]))
    return normal(parts)


def _stored(part: Shared) -> Run | None:
    """The same text in both sources. None where it is written in different ways."""
    one, other = part.old.run, part.new.run
    if one.literal and other.literal:
        at, to = part.old_at - part.old.at, part.new_at - part.new.at
        return one.start + at, other.start + to, part.length
    return None


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


def _between(old: _Gap, new: _Gap, budget: Budget) -> Iterator[Span]:
    """The spans of what differs: of mark-up by itself, so that **5** and **6** share theirs."""
    if bool(old.seen) == bool(new.seen):
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
