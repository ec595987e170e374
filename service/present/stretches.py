"""Long unchanged stretches inside a paragraph, which are folded so that its changes are seen.

Both columns of a page that shows the sides side by side are folded alike: fold first, then leave
one side out.
"""

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import NamedTuple

from service.diffing import SpanOp, Spans, sentence_spans
from service.diffing.tokenizer import tokenize

_LONG_TEXT = 600
"""Characters of a text that is folded at all."""
_LONG = 300
"""Characters between two changes that are folded."""
_KEPT, _LEAST, _MOST = 100, 50, 160
"""Characters that are kept on either side: about so many, and from where to where they may end."""

Allowed = Callable[[int], bool]
"""Whether a text may be cut at a place."""


class Piece(NamedTuple):
    """A span, or a part of one; `folded`: of a stretch that is unchanged."""

    op: SpanOp
    text: str
    folded: bool = False


def folded(spans: Spans) -> tuple[Piece, ...]:
    """The same text in pieces, of which long unchanged ones between changes are folded."""
    if not is_long(spans):
        return tuple([Piece(*span) for span in spans])
    return tuple(
        piece
        for at, (op, text) in enumerate(spans)
        for piece in (_pieces(text, at == len(spans) - 1) if op == "equal" else [Piece(op, text)])
    )


def is_long(spans: Spans) -> bool:
    """Whether a text is so long that stretches of it are folded. One that is the same, new or gone
    as a whole has none.
    """
    return len(spans) > 1 and sum([len(text) for _, text in spans]) > _LONG_TEXT


def stretch(text: str, last: bool, allowed: Allowed = lambda _: True) -> tuple[int, int] | None:
    """Where the part of an unchanged text begins and ends that is folded, if it is long: in the
    middle, or behind a last change up to the end. `allowed`: where it may be cut.
    """
    if len(text) <= _LONG:
        return None
    start = _best(_borders(text[: _MOST + _KEPT]), allowed)
    if last or start is None:
        return None if start is None else (start, len(text))
    offset = len(text) - _MOST - _KEPT
    mirrored = ((len(text) - at - offset, rank) for at, rank in _borders(text[offset:]))
    kept = _best(mirrored, lambda at: allowed(len(text) - at))
    if kept is None or len(text) - kept - start < _LEAST:
        return None
    return start, len(text) - kept


def _pieces(text: str, last: bool) -> Iterator[Piece]:
    if (found := stretch(text, last)) is None:
        yield Piece("equal", text)
        return
    start, end = found
    yield Piece("equal", text[:start])
    yield Piece("equal", text[start:end], folded=True)
    if end < len(text):
        yield Piece("equal", text[end:])


def _best(borders: Iterator[tuple[int, int]], allowed: Allowed) -> int | None:
    """The border of the best rank, and of these the nearest to what is to be kept."""
    found = [
        (rank, abs(at - _KEPT), at) for at, rank in borders if _LEAST <= at <= _MOST and allowed(at)
    ]
    return min(found)[2] if found else None


def _borders(text: str) -> Iterator[tuple[int, int]]:
    """Where sentences begin, then words, then whatever else is a token; each with its rank."""
    sentences = {start for start, _ in sentence_spans(text)}
    tokens = tokenize(text)
    for at, token in zip(accumulate(map(len, tokens)), tokens, strict=True):
        yield at, 0 if at in sentences else 1 if token.isspace() else 2
