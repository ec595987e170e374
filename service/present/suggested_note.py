"""A note for a change of facts, by rule: what an earlier version said, and what is so now.

Editors own the words: it is a proposal. It speaks only of what was otherwise before. What was only
added or removed was not wrong, so nothing is proposed for it; nor for a story in a language that
has no phrases.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cache

from repo_store import printable
from repo_store.sameness import is_picture
from service.diffing import Fact, FactKind, Page
from service.present.note_phrases import PHRASES, Phrases

_SPELLED_OUT = 2
"""So many changes have a clause each; more are counted."""
_COMPARED = 10
"""Of so many changes it is asked whether one is a part of another."""
_LONGEST_NAME = 80
_LONGEST_ADDRESS = 200
_LONGEST_QUOTED = 120
_BEFORE = 30
"""Characters of a long text that are quoted before its first change."""

_VALUES = (FactKind.NUMBER, FactKind.DATE, FactKind.TIME)
_TEXTS = (FactKind.QUOTATION, FactKind.HEADLINE)
_NOT = frozenset(("not", "nicht", "niet", "inte", "ikke"))
"""The negations that can be left out with nothing else changed."""
_MARKS = "\"'“”‘’«»‹›„「」『』 \u00a0\u202f"
_DIGIT = re.compile(r"[^\W\d_]{0,3}[^\w]{0,3}\d")
_NOT_PLAIN = re.compile(r"\d(?:st|nd|rd|th|s)\b|\w-[^\W\d_]|\bcentury", re.IGNORECASE)
"""Ordinals, decades and adjectives: they need words around them that a sentence made here lacks."""
_LAST_WORD = re.compile(r"[ \u00a0\u202f]([^\s\d]+)\Z")


def suggested_note(facts: Sequence[Fact], old: Page, new: Page, language: str) -> str:
    """Empty if no phrase fits. `language`: the story's, as a tag."""
    phrases = PHRASES.get(language)
    changes = _distinct(facts)
    if not phrases or not changes:
        return ""
    if len(changes) <= _SPELLED_OUT:
        clauses = [_clause(fact, old, new, phrases) for fact in changes]
        if all(clauses):
            return " ".join(_sentences(clauses, phrases))
    return _sentence(phrases.overview.format(kinds=_counted(changes, phrases)))


def _sentences(clauses: Iterable[str], phrases: Phrases) -> Iterator[str]:
    for lead, each in zip((phrases.lead, phrases.also), clauses, strict=False):
        yield _sentence(f"{lead} {each}")


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _counted(changes: Iterable[Fact], phrases: Phrases) -> str:
    """Such as “3 numbers, 1 date”."""
    counts = Counter(fact.kind for fact in changes)
    return ", ".join(
        f"{counts[kind]} {nouns[counts[kind] > 1]}"
        for kind, nouns in phrases.nouns.items()
        if counts[kind]
    )


# Which facts a note speaks of


def _distinct(facts: Iterable[Fact]) -> list[Fact]:
    """The facts that were otherwise before, each once, in the order of the page."""
    found: dict[tuple[FactKind, frozenset[str | None] | tuple[str | None, ...]], Fact] = {}
    for fact in facts:
        if _was_otherwise(fact):
            both = fact.old, fact.new
            # Of two values that changed places, each is a fact.
            found.setdefault((fact.kind, frozenset(both) if _is_swap(fact) else both), fact)
    changes = list(found.values())
    if len(changes) > _COMPARED:
        return changes
    return [
        fact for fact in changes if not any(_is_in(fact, each) for each in changes if each != fact)
    ]


def _was_otherwise(fact: Fact) -> bool:
    if fact.old and fact.new:
        return True
    if fact.kind is FactKind.ATTRIBUTION:
        return fact.old is None
    return fact.kind is FactKind.NEGATION


def _is_swap(fact: Fact) -> bool:
    return fact.kind is FactKind.ORDER


def _is_in(fact: Fact, other: Fact) -> bool:
    """Whether a note on `other` covers this one: the figure in a headline, or the same figure
    without its unit.
    """
    if _is_swap(fact) or _is_swap(other):
        return False
    both_values = fact.kind in _VALUES and other.kind in _VALUES
    part, whole = (fact, other) if both_values else (other, fact)
    if not (part.old and part.new and whole.old and whole.new) or part.kind in _TEXTS:
        return False
    old, new = part.old, part.new
    if whole.kind in _TEXTS:
        old, new = _without_shared_words(old, new)
    elif not both_values:
        return False
    place = re.compile(rf"(?<![\w.,]){re.escape(old)}(?!\w|[.,]\d)")
    return old != whole.old and place.sub(lambda _: new, whole.old) == whole.new


# What it says of one


def _clause(fact: Fact, old: Page, new: Page, phrases: Phrases) -> str:
    """Empty if no few words that anyone can read say it."""
    one, other = fact.old or "", fact.new or ""
    if fact.kind is FactKind.SOURCE and fact.field != "name" and is_picture(other):
        return phrases.picture
    if fact.kind is FactKind.NUMBER:
        one += _unit(fact, old, phrases, new=False)
        other += _unit(fact, new, phrases, new=True)
    if fact.kind in _TEXTS:
        one, other = _cut(*(text.strip(_MARKS).rstrip(".,;") for text in (one, other)))
    longest = _LONGEST_ADDRESS if fact.kind is FactKind.SOURCE else _LONGEST_NAME
    if fact.kind not in _TEXTS and max(len(one), len(other)) > longest:
        return ""
    if one == other or printable(one + other) != one + other:
        return ""
    if fact.kind is FactKind.NUMBER and _is_plain(fact):
        # A magnitude is part of the number.
        _, other = _without_shared_words(one, other, phrases.magnitudes.split())
    return _phrase(fact, phrases).format(old=one, new=other)


def _phrase(fact: Fact, phrases: Phrases) -> str:
    match fact.kind:
        case FactKind.NUMBER | FactKind.DATE | FactKind.TIME if _is_plain(fact):
            return phrases.value
        case FactKind.ORDER:
            return phrases.order
        case FactKind.NAME:
            return phrases.name
        case FactKind.QUOTATION:
            return phrases.quotation
        case FactKind.HEADLINE:
            return phrases.headline
        case FactKind.SOURCE:
            return phrases.source if fact.field == "name" else phrases.address
        case FactKind.NEGATION if fact.old is None:
            return phrases.left_out if fact.new in _NOT else phrases.negated
        case FactKind.NEGATION if fact.new is None:
            return phrases.extra
        case FactKind.ATTRIBUTION if fact.old is None:
            return phrases.unattributed
    return phrases.words


def _is_plain(fact: Fact) -> bool:
    """Whether both values can stand in a sentence as they are."""
    return all(
        (fact.kind is not FactKind.NUMBER or _DIGIT.match(value)) and not _NOT_PLAIN.search(value)
        for value in (fact.old or "", fact.new or "")
    )


def _unit(fact: Fact, page: Page, phrases: Phrases, new: bool) -> str:
    """What follows a number in its text, if it is a magnitude or a unit."""
    place = fact.new_at if new else fact.old_at
    if place is None:
        return ""
    spec, units = page.sections[fact.section]
    text = spec.seen(units[place.block])[spec.fields.index(fact.field)]
    found = _units(phrases.magnitudes, phrases.units, phrases.joint).match(text, place.end)
    return found[0] if found else ""


@cache
def _units(magnitudes: str, units: str, joint: str) -> re.Pattern[str]:
    space = "[ \u00a0\u202f]"
    some, others = ("|".join(map(re.escape, words.split())) for words in (magnitudes, units))
    return re.compile(rf"(?:{space}(?:{some})(?!\w))?(?:{space}(?:{joint})?(?:{others})(?!\w))?")


def _without_shared_words(old: str, new: str, but: Container[str] = ()) -> tuple[str, str]:
    """Two values without the last words that both have, such as a unit."""
    while (last := _LAST_WORD.search(new)) and old.endswith(last[0]) and last[1] not in but:
        old, new = old.removesuffix(last[0]), new.removesuffix(last[0])
    return old, new


def _cut(old: str, new: str) -> tuple[str, str]:
    """Two long texts from shortly before they differ, cut between words; empty if they can't be."""
    if max(len(old), len(new)) <= _LONGEST_QUOTED:
        return old, new
    same = next(
        (at for at, both in enumerate(zip(old, new, strict=False)) if both[0] != both[1]),
        min(len(old), len(new)),
    )
    start = old.rfind(" ", 0, max(0, same - _BEFORE)) + 1
    one, other = _shortened(old[start:], start > 0), _shortened(new[start:], start > 0)
    return (one, other) if one and other else ("", "")


def _shortened(text: str, cut: bool) -> str:
    before = "…" if cut else ""
    if len(text) <= _LONGEST_QUOTED:
        return before + text
    end = text.rfind(" ", 0, _LONGEST_QUOTED)
    return f"{before}{text[:end].rstrip(',;:')}…" if end > 0 else ""
