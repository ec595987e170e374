"""The facts that a diff changed, as pages and lists show them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import ClassVar, NamedTuple

from service.diffing import TITLE, Diff, Fact, Spans
from service.diffing.kinds import FactKind
from service.diffing.render.context import Sentence, Texts
from service.diffing.render.fact_lines import (
    MOST,
    Edit,
    Line,
    Passage,
    Words,
    edits_of,
    fact_heading,
    fact_lines,
    place_label,
    verdict,
)
from service.diffing.render.labels import section_label
from service.messages import gettext, ngettext

_FIRST = 3
"""Facts that are shown; the rest is folded, so that the changes themselves begin soon."""
_MOST_LINES = 50
_MOST_LINKS, _MOST_NAMED = 6, 12
"""Links to the places of a fact that repeats, and facts of a passage that are named."""
_SHOWN_BY_SENTENCE = (FactKind.HEADLINE, FactKind.QUOTATION)
"""Kinds whose values are sentences, so that the marked text says it all."""

Blocks = Mapping[tuple[str, tuple[int, ...], tuple[int, ...]], int]
"""The numbers of changes by section, old and new indexes."""


class Place(NamedTuple):
    """`label`: empty where a section has but one block."""

    label: str
    change: int


class Where(NamedTuple):
    """A section, by its name and its label; its places in order, a block once; `times`: how often
    the fact is there.
    """

    name: str
    section: str
    places: tuple[Place, ...]
    times: int


class Head(NamedTuple):
    """Facts at the same places. `changes`: the kind of each, and its words; None if the
    sentence says it all. `further`: blocks with the same that `where` leaves out.
    """

    changes: tuple[tuple[str, Words | None], ...]
    where: tuple[Where, ...]
    further: int

    @property
    def in_title(self) -> bool:
        """A headline, of which nobody asks where it is."""
        return self.where[0].name == TITLE


@dataclass(frozen=True)
class Edited:
    """A sentence that stays, with the facts that changed in it; of a source, no sentence."""

    kind: ClassVar = "edited"
    heads: tuple[Head, ...]
    sentence: Spans

    @property
    def lines(self) -> int:
        return sum(len(head.changes) for head in self.heads)


@dataclass(frozen=True)
class Whole:
    """A passage that is new or gone. `counts`: of its facts; `further`: those not named."""

    kind: ClassVar = "whole"
    lines: ClassVar = 1
    heading: str
    words: Words
    counts: str
    change: int
    facts: tuple[tuple[str, Words], ...]
    further: int


Entry = Edited | Whole


@dataclass(frozen=True)
class FactsView:
    """`more`: how many facts and passages `rest` holds, and how many are in neither. `verdict`: in
    place of all.
    """

    verdict: str
    first: tuple[Entry, ...]
    rest: tuple[Entry, ...]
    more: int
    unlisted: int


class Lead(NamedTuple):
    """A line in a list. `where`: names of sections; `more`: how many lines follow."""

    heading: str
    words: Words
    where: tuple[str, ...]
    more: int = 0

    def __str__(self) -> str:
        """Such as “Number 431 → 455 cm, and 4 more”."""
        line = f"{self.heading} {self.words}".rstrip()
        if not self.more:
            return line
        return ngettext(
            "%(line)s, and %(number)s more", "%(line)s, and %(number)s more", self.more, line=line
        )


def facts_view(diff: Diff, numbers: Blocks) -> FactsView:
    lines = fact_lines(diff)
    entries = _entries(Texts(diff), lines[:_MOST_LINES], numbers)
    first = _shown(entries)
    rest = tuple(entries[first:])
    more = sum(each.lines for each in rest)
    unlisted = len(lines[_MOST_LINES:]) + _beyond(diff)
    return FactsView(verdict(diff), tuple(entries[:first]), rest, more, unlisted)


def _shown(entries: Sequence[Entry]) -> int:
    """How many entries have no more facts together than are shown; at least one."""
    lines = accumulate(each.lines for each in entries)
    return max(1, sum(1 for each in lines if each <= _FIRST))


def leads(diff: Diff) -> list[Lead]:
    """The same a line each, most important first."""
    if said := verdict(diff):
        return [Lead(said, Words(), ())]
    return _numbered(fact_lines(diff), _beyond(diff))


def leads_of(facts: Sequence[Fact]) -> list[Lead]:
    """The same of facts without the texts that they are in."""
    return _numbered(edits_of(facts))


def lead(diff: Diff) -> Lead | None:
    """What matters most."""
    return next(iter(leads(diff)), None)


def _beyond(diff: Diff) -> int:
    return max(0, len(diff.facts) - MOST)


def _numbered(lines: Sequence[Line], beyond: int = 0) -> list[Lead]:
    return [
        Lead(*_shortly(line), _sections(line), len(lines) - at + beyond)
        for at, line in enumerate(lines, 1)
    ]


def _shortly(line: Line) -> tuple[str, Words]:
    if isinstance(line, Passage):
        return gettext("%(heading)s:", heading=line.heading), line.words_in_lists
    return line.heading, line.words


def _sections(line: Line) -> tuple[str, ...]:
    """Not of a passage, whose heading names it, nor of a headline."""
    if isinstance(line, Passage):
        return ()
    names = dict.fromkeys(fact.section for fact in line.facts if fact.section != TITLE)
    return tuple(names)


def _entries(texts: Texts, lines: Sequence[Line], numbers: Blocks) -> list[Entry]:
    """One for each passage, and for each sentence, where its most important fact stands."""
    sentences = {
        line: texts.sentence(line.facts[0])
        for line in lines
        if isinstance(line, Edit) and not texts.cites(line.facts[0])
    }
    firsts = _joined(sentences.values())
    groups: dict[object, list[Line]] = {}
    for line in lines:
        key = firsts[sentences[line]] if line in sentences else line
        groups.setdefault(key, []).append(line)
    return [_entry(group, texts, numbers, key is not group[0]) for key, group in groups.items()]


def _joined(sentences: Iterable[Sentence]) -> dict[Sentence, Sentence]:
    """By each sentence the first of those that overlap, since a quotation may go over several."""
    firsts: dict[Sentence, Sentence] = {}
    first, end = Sentence(0, 0, 0), 0
    for each in sorted(set(sentences)):
        if each.text != first.text or each.start >= end:
            first, end = each, each.end
        end = max(end, each.end)
        firsts[each] = first
    return firsts


def _entry(lines: list[Line], texts: Texts, numbers: Blocks, in_text: bool) -> Entry:
    edits = [line for line in lines if isinstance(line, Edit)]
    if isinstance(passage := lines[0], Passage):
        return _whole(passage, numbers)
    sentence = texts.excerpt([edit.facts[0] for edit in edits]) if in_text else ()
    heads: dict[tuple[tuple[Where, ...], int], list[tuple[str, Words | None]]] = {}
    for edit in edits:
        mute = edit.kind in _SHOWN_BY_SENTENCE and sentence
        change = edit.heading, None if mute else edit.words
        heads.setdefault(_where(edit, texts, numbers), []).append(change)
    return Edited(tuple(Head(tuple(changes), *where) for where, changes in heads.items()), sentence)


def _whole(passage: Passage, numbers: Blocks) -> Whole:
    named = passage.facts[:_MOST_NAMED]
    facts = tuple(
        (fact_heading(fact), Edit((fact,)).words._replace(first="", rest="")) for fact in named
    )
    first = passage.wholes[0]
    change = numbers[passage.spec.name, first.old, first.new]
    further = len(passage.facts) - len(named)
    return Whole(passage.heading, passage.words, passage.counts, change, facts, further)


def _where(edit: Edit, texts: Texts, numbers: Blocks) -> tuple[tuple[Where, ...], int]:
    places = {_change(fact, texts, numbers): fact for fact in reversed(edit.facts)}
    shown = sorted(places)[:_MOST_LINKS]
    times = Counter(fact.section for fact in edit.facts)
    where = tuple(
        Where(
            section,
            section_label(texts.specs[section]),
            tuple(Place(_place_label(places[change], texts), change) for change in changes),
            # Two that changed places are at one.
            times[section] if edit.kind is not FactKind.ORDER else 1,
        )
        for section, changes in groupby(shown, key=lambda change: places[change].section)
    )
    return where, len(places) - len(shown)


def _place_label(fact: Fact, texts: Texts) -> str:
    return place_label(fact, texts.specs[fact.section], texts.block_of(fact))


def _change(fact: Fact, texts: Texts, numbers: Blocks) -> int:
    block = texts.block_of(fact)
    return numbers[fact.section, block.old, block.new]
