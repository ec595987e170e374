"""A page as its sentences. Pure.

The rules are those of UAX #29 in short, with what news need beyond: no cut after initials, after
usual abbreviations and ordinals, or before a small letter.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from service.diffing import SECTION_SPECS, Page, units


class Sentence(NamedTuple):
    """`block` counts within the section, `nth` within the text of the field."""

    section: str
    block: int
    field: str
    nth: int
    text: str


_STOPS = ".!?…؟۔।"
_FULL = "。！？｡"
_CLOSING = "\"'”’»›)]}」』）】"
_END = re.compile(
    rf"(?:[{_FULL}]+[{re.escape(_CLOSING)}]*\s*|[{_STOPS}]+[{re.escape(_CLOSING)}]*(?:\s+|\Z))"
)
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|No|Nos|vs|Jr|Sr|Gen|Col|Lt|Sen|Rep|Gov|Inc|Ltd|Co|approx"
    r"|e\.g|i\.e|etc|ca|Nr|bzw|z\.B|Jan|Feb|Aug|Sept|Oct|Nov|Dec)|(?:\A|\s)\d{1,3})\.\s+\Z"
)


@lru_cache(1024)  # from version to version most paragraphs stay
def cut(text: str) -> tuple[tuple[int, int], ...]:
    """Start and end of each sentence, without the space around it; none of a blank text."""
    found, start = [], 0
    for match in _END.finditer(text):
        end = match.end()
        if end < len(text) and (
            text[end].islower() or _ABBREVIATED.search(text, max(start, end - 20), end)
        ):
            continue
        found.append((start, end))
        start = end
    found.append((start, len(text)))
    return tuple([_trimmed(text, *each) for each in found if text[slice(*each)].strip()])


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def sentences(page: Page) -> list[Sentence]:
    """Every sentence, in the order in which the page is read."""
    return list(_sentences(page))


def _sentences(page: Page) -> Iterator[Sentence]:
    for section, spec in SECTION_SPECS.items():
        for number, unit in enumerate(units(page, section)):
            for field, text in zip(spec.fields, unit, strict=True):
                for nth, (start, end) in enumerate(within(text, field in spec.unsplit)):
                    yield Sentence(section, number, field, nth, text[start:end])


def within(text: str, whole: bool) -> tuple[tuple[int, int], ...]:
    """The same for a text that may count as one sentence, whatever is in it."""
    if not whole:
        return cut(text)
    return (_trimmed(text, 0, len(text)),) if text.strip() else ()
