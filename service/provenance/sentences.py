"""A page as its sentences. Pure."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from service.diffing import Page, SectionSpec, sentence_spans, trimmed_span

MOST = 5_000
"""A page with more sentences than this is followed by whole paragraphs and fields instead."""


class Sentence(NamedTuple):
    """`block` is the index in the section, `nth` the index in the text of the field."""

    section: str
    block: int
    field: str
    nth: int
    text: str


cut = lru_cache(256)(sentence_spans)
"""Cached, since most paragraphs stay the same from version to version."""


def sentences(page: Page) -> list[Sentence]:
    """Every sentence, in reading order; every text as one if there are more than `MOST`."""
    return split(page)[0]


def split(page: Page, most: int = MOST) -> tuple[list[Sentence], bool]:
    """The sentences, and whether there were too many, so that each is a whole text."""
    found: list[Sentence] = []
    for spec, block, field, text in _texts(page):
        spans = within(text, spec, field)
        found += [
            Sentence(spec.name, block, field, nth, text[start:end])
            for nth, (start, end) in enumerate(spans)
        ]
        if len(found) > most:
            return [
                Sentence(spec.name, block, field, 0, text.strip())
                for spec, block, field, text in _texts(page)
            ], True
    return found, False


def texts(page: Page) -> Iterator[str]:
    """All that a page says, field by field."""
    return (text for *_, text in _texts(page))


def _texts(page: Page) -> Iterator[tuple[SectionSpec, int, str, str]]:
    """Section, block, field and text of all that is not blank."""
    for spec, units in page.sections.values():
        for number, unit in enumerate(units):
            for field, text in zip(spec.fields, spec.seen(unit), strict=True):
                if text.strip():
                    yield spec, number, field, text


def within(text: str, spec: SectionSpec, field: str) -> tuple[tuple[int, int], ...]:
    """Start and end of each sentence of a field; the whole of one that counts as one sentence."""
    if field not in spec.unsplit:
        return cut(text)
    return (trimmed_span(text, 0, len(text)),) if text.strip() else ()
