"""A page as its sentences. Pure."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from service.diffing import SECTION_SPECS, Page, sentence_spans, trimmed_span, units


class Sentence(NamedTuple):
    """`block` is the index in the section, `nth` the index in the text of the field."""

    section: str
    block: int
    field: str
    nth: int
    text: str


cut = lru_cache(1024)(sentence_spans)
"""Cached, since most paragraphs stay the same from version to version."""


def sentences(page: Page) -> list[Sentence]:
    """Every sentence, in reading order."""
    return list(_sentences(page))


def _sentences(page: Page) -> Iterator[Sentence]:
    for section, spec in SECTION_SPECS.items():
        for number, unit in enumerate(units(page, section)):
            for field, text in zip(spec.fields, unit, strict=True):
                for nth, (start, end) in enumerate(within(text, section, field)):
                    yield Sentence(section, number, field, nth, text[start:end])


def within(text: str, section: str, field: str) -> tuple[tuple[int, int], ...]:
    """Start and end of each sentence of a field; the whole of one that counts as one sentence."""
    if field not in SECTION_SPECS[section].unsplit:
        return cut(text)
    return (trimmed_span(text, 0, len(text)),) if text.strip() else ()
