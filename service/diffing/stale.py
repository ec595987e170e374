"""Numbers and dates that one section changed and another one still repeats."""

import re
from collections.abc import Iterable, Iterator

from service.diffing.kinds import FactKind, Mention
from service.diffing.mentions import mentions
from service.diffing.page import SECTION_SPECS, Unit
from service.diffing.thresholds import CHARACTERS_PER_TEXT, MAX_FACT_CHARACTERS
from service.diffing.types import Fact, Place, Stale

_NUMBER = re.compile("\\d(?:[\\d.,'’\u00a0\u202f ]*\\d)?")


def stale(
    found: Iterable[Fact], new: Iterable[tuple[str, list[Unit]]]
) -> tuple[tuple[Stale, ...], bool]:
    """(places that still say a number or date that another section changed, whether all text that
    may contain one was searched).
    """
    changed: dict[tuple[FactKind, str], set[str]] = {}
    digits: set[str] = set()
    for fact in found:
        if fact.kind.can_go_stale and fact.old and fact.new:
            for mention in mentions(fact.old):
                for value in _distinctive(mention) if mention.kind == fact.kind else ():
                    changed.setdefault((fact.kind, value), set()).add(fact.section)
                    digits.update(_digits(fact.old))
    repeats: list[Stale] = []
    remaining = MAX_FACT_CHARACTERS if changed else 0
    for section, blocks in new if changed else ():
        if all(sections == {section} for sections in changed.values()):
            continue
        for index, texts in enumerate(blocks):
            for name, text in zip(SECTION_SPECS[section].fields, texts, strict=True):
                if digits.isdisjoint(_digits(text)):
                    continue
                remaining -= len(text) + CHARACTERS_PER_TEXT
                if remaining < 0:
                    return tuple(repeats), False
                for mention in mentions(text):
                    sections = {
                        origin
                        for value in _distinctive(mention)
                        for origin in changed.get((mention.kind, value), ())
                    }
                    if sections - {section}:
                        start, end = mention.start, mention.end
                        place = Place(index, start, end)
                        repeats.append(Stale(section, text[start:end], place, name))
    return tuple(repeats), True


def _digits(text: str) -> Iterator[str]:
    """The digits of each number in a text, without separators."""
    return ("".join(filter(str.isdigit, number)) for number in _NUMBER.findall(text))


def _distinctive(mention: Mention) -> Iterator[str]:
    """The value with its unit and without; not a bare small number, which occurs in many sentences
    by coincidence.
    """
    for value in {mention.value, mention.amount or mention.value}:
        digits = sum(map(str.isdigit, value))
        if digits > 2 or (digits > 0 and not value.isdecimal()):
            yield value
