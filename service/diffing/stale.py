"""Numbers, dates and times that one section changed and another one still repeats."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from repo_store.sameness import Value, values
from service.diffing.page import PageSection
from service.diffing.thresholds import CHARACTERS_PER_TEXT, MAX_FACT_CHARACTERS
from service.diffing.types import Fact, Place, Stale

_NUMBER = re.compile("\\d(?:[\\d.,'’\u00a0\u202f ]*\\d)?")


def stale(found: Iterable[Fact], new: Iterable[PageSection]) -> tuple[tuple[Stale, ...], bool]:
    """(places that still say a value that another section changed, whether all text that may
    contain one was searched).
    """
    changed = [fact for fact in found if fact.kind.can_go_stale and fact.old and fact.new]
    digits = {number for fact in changed for number in _digits(fact.old or "")}
    values_of: dict[tuple[str, str], set[str]] = defaultdict(set)
    repeats: list[Stale] = []
    remaining = MAX_FACT_CHARACTERS
    sections = (each for each in new if any(each.spec.name != fact.section for fact in changed))
    for section, index, name, text in _texts(sections, digits) if digits else ():
        remaining -= len(text) + CHARACTERS_PER_TEXT
        if remaining < 0:
            return tuple(repeats), False
        if not values_of:
            for fact in changed:
                for key in (key for value in values(fact.old or "") for key in _distinctive(value)):
                    values_of[key].add(fact.section)
        for value in values(text):
            if any(values_of.get(key, {section}) - {section} for key in _distinctive(value)):
                place = Place(index, value.start, value.end)
                repeats.append(Stale(section, text[value.start : value.end], place, name))
    return tuple(repeats), True


def _texts(
    sections: Iterable[PageSection], digits: set[str]
) -> Iterator[tuple[str, int, str, str]]:
    """Section, index of the block, name of the field, and text, of those with one of the digits."""
    for spec, blocks in sections:
        for index, texts in enumerate(blocks):
            if digits.isdisjoint(_digits("\n".join(texts))):
                continue
            for name, text in zip(spec.fields, spec.seen(texts), strict=True):
                if not digits.isdisjoint(_digits(text)):
                    yield spec.name, index, name, text


def _digits(text: str) -> Iterator[str]:
    """The digits of each number in a text, without separators."""
    return ("".join(filter(str.isdigit, number)) for number in _NUMBER.findall(text))


def _distinctive(value: Value) -> Iterator[tuple[str, str]]:
    """Its kind and the value with its unit and without; not a bare small number, which occurs in
    many sentences by coincidence.
    """
    for written in {value.value, value.amount or value.value}:
        digits = sum(map(str.isdigit, written))
        if digits > 2 or (digits > 0 and not written.isdecimal()):
            yield value.kind, written
