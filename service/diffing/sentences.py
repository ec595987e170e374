"""Where the sentences of a text begin and end.

UAX #29's rules in short, plus what news needs: no cut after initials, common abbreviations and
ordinals, or before a small letter.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

import regex

_STOPS = ".!?…؟۔।"
_FULL_STOPS = "。！？｡"
_CLOSERS = re.escape("\"'”’»›)]}」』）】")
# One set of characters at the start lets the engine skip to them. Only the first of several stops
# begins a match, so that a long row of them takes linear time.
_END = re.compile(
    rf"[{_STOPS}{_FULL_STOPS}]"
    rf"(?:(?<=[{_FULL_STOPS}])[{_FULL_STOPS}]*+[{_CLOSERS}]*+\s*+"
    rf"|(?<=[{_STOPS}])(?<![{_STOPS}]{{2}})[{_STOPS}]*+[{_CLOSERS}]*+(?:\s++|\Z))"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|No|Nos|vs|Jr|Sr|Gen|Col|Lt|Sen|Rep|Gov|Inc|Ltd|Co|approx"
    r"|e\.g|i\.e|etc|ca|Nr|bzw|z\.B|Jan|Feb|Aug|Sept|Oct|Nov|Dec)|(?:\A|\s)\d{1,3})\.\s+\Z"
)
_LONGEST_ABBREVIATION = 6
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_INSIDE_GRAPHEME = regex.compile(r"[\p{GCB=Extend}\p{GCB=SpacingMark}\p{GCB=ZWJ}]")


def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Start and end of each sentence, without the space around it; none of a blank text."""
    borders = [0, *_ends(text), len(text)]
    spans = (span for span in pairwise(borders) if text[slice(*span)].strip())
    return tuple([trimmed_span(text, *span) for span in spans])


def trimmed_span(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the space at its ends."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def split_sentences(text: str) -> list[str]:
    """The sentences with the space after each; joined they are the text. A line ends a sentence."""
    parts: list[str] = []
    for line in _LINES.findall(text):
        ends = list(_ends(line))
        if not line.isascii():
            ends = [end for end in ends if not _INSIDE_GRAPHEME.match(line, end)]
        borders = [0, *ends, len(line)]
        parts += [line[one:other] for one, other in pairwise(borders) if one < other]
    return parts


def stops(text: str) -> int:
    """How many characters may end a sentence."""
    return sum(map(text.count, _STOPS + _FULL_STOPS))


def _ends(text: str) -> Iterator[int]:
    """The end of each sentence but the last, with the space after it."""
    start = 0
    for match in _END.finditer(text):
        stop, end = match.span()
        if end < len(text):
            if text[end].islower():
                continue
            if text[stop] == ".":
                window = stop - _LONGEST_ABBREVIATION
                if _ABBREVIATION.search(text, window if window > start else start, end):
                    continue
        yield end
        start = end
