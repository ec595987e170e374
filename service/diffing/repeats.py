"""Where a text still says what an edit of another place changed: the old figure, date or name.

A value alone tells little: “12” stands in many sentences. What it is said of decides, so a value is
compared as a `Statement`: with its unit, the word on either side of it, and the telling words of
its sentence; of a FAQ entry's answer also those of its question. Words are compared by their first
letters, without a plural's s, so that injured and injuries are one (stemming by truncation: Kraaij
and Pohlmann 1996, “Viewing stemming as recall enhancement”). How much must agree depends on how
telling the value itself is: see `same_thing`. Precision comes before recall, since a list that
cries wolf is not read again; `docs/diff.md` has the measurements.

**What counts as a correction**: any published edit that put another value in a value's place,
whatever its kind says. `kind` is what the writer called the edit, and is `update` unless they chose
another; a reader who finds 12 in the FAQ under a headline that says 14 is misled in the same way.
An edit that put the old value back makes it right again (`undone`).
"""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from repo_store.sameness import UNSPACED, agree, same_word
from service.diffing.kinds import FactKind, Mention
from service.diffing.mentions import mentions
from service.diffing.names import telling as telling_words
from service.diffing.page import TITLE, Page
from service.diffing.sentences import sentence_spans
from service.diffing.thresholds import CHARACTERS_PER_TEXT
from service.diffing.types import Diff, Fact, Place
from service.diffing.vocabulary import (
    COMMON,
    CORRECTION_NOTE,
    JOINERS,
    OF_A_FILE,
    SAID_BEFORE,
    SAYING,
)

_VALUES = frozenset((FactKind.NUMBER, FactKind.DATE, FactKind.TIME))
_NAMES = frozenset((FactKind.NAME, FactKind.SPELLING))
_KINDS = _VALUES | _NAMES | {FactKind.HEADLINE}
MOST_CORRECTED = 100
"""Corrections that are taken from one diff: more of them make another text."""
SEARCHED, MOST_SAID = 100_000, 2_000
"""Characters of a page that are searched, and statements that are found: at most about 0.3 s of
work. An ordinary story of 4,000 characters makes some 60.
"""
_COMPARED, _IN_SERIES = 5_000, 50
"""Statements that are compared with the corrections of their values, and with one correction as
its series: at most about 0.2 s of work.
"""
_STEM = 5
"""Letters by which two words are compared: a common choice for European languages."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_MAGNITUDES = frozenset(("million", "billion", "trillion", "thousand", "hundred", "per", "percent"))
_SKIPPED = COMMON | JOINERS | SAYING.keys() | _MAGNITUDES
_UNSPACED = re.compile(f"[{UNSPACED}]")
_DATE = re.compile(r"(\d*)-(\d*)-(\d*)")
_ABOUT_A_FILE = re.compile(rf"\([^()\n]{{0,100}}?{OF_A_FILE}[^()\n]{{0,100}}\)")
_SAID_BEFORE = re.compile(SAID_BEFORE, re.IGNORECASE)
_CORRECTION_NOTE = re.compile(CORRECTION_NOTE, re.IGNORECASE)
_REACH = 60
"""Characters on either side of a value in which the next word stands."""
_PERCENT = "concentr-percent"


class Statement(NamedTuple):
    """A value, and what it is said of.

    `key`: what a repeat must have in common at least: a number's amount, a date's day and month, a
    name. `unit`: of a number; the year of a date that has a day. `rare`: it tells something by
    itself, such as 4.2 million or 9 May. `before` and `after`: the nearest telling words. `names`:
    the words of the names in its block and in the title.
    """

    kind: FactKind
    key: str
    unit: str
    detail: str
    rare: bool
    before: str
    after: str
    words: frozenset[str]
    names: frozenset[str]
    text: str


class Said(NamedTuple):
    """A statement where it stands: `start` and `end` in the text of the field, in code points."""

    section: str
    block: int
    field: str
    start: int
    end: int
    sentence: str
    statement: Statement


class Corrected(NamedTuple):
    """A value that an edit changed. `new`: what stands in its place now."""

    old: Statement
    new: Statement


def said(page: Page) -> list[Said]:
    """What a page says, in the order of the page; of a very long page what stands first. Without
    sources, notes on corrections, sentences that tell what was said before, and what parentheses
    say of a file: (PDF, 1.2 MB, 18 pages).
    """
    found: list[Said] = []
    title = _names(page.title, mentions(page.title))
    left = SEARCHED
    for section, (spec, units) in page.sections.items():
        if spec.cites or not spec.telling:
            continue
        for block, unit in enumerate(map(spec.seen, units)):
            left -= sum(map(len, unit)) + CHARACTERS_PER_TEXT
            if left < 0 or len(found) == MOST_SAID:
                return found
            mentioned = [mentions(text) for text in unit]
            names = title.union(*map(_names, unit, mentioned))
            for field, text, each in zip(spec.fields, unit, mentioned, strict=True):
                question = unit[0] if field == "answer" else ""
                statements = _statements(text, each, question, names)
                found += [
                    Said(section, block, field, start, end, sentence, statement)
                    for start, end, sentence, statement in islice(
                        statements, MOST_SAID - len(found)
                    )
                ]
    return found


def corrected(old: Page, new: Page, diff: Diff) -> list[Corrected]:
    """The values that the edits between two pages changed into others, by what they were said of.

    None that only gained or lost detail, such as a date its year; nor one of a series, of which
    the old page gives several values in the same words: those don't tell which is meant.
    """
    facts = [each for each in diff.facts if each.kind in _KINDS and each.old and each.new]
    facts = facts[:MOST_CORRECTED]
    if not facts:
        return []
    before, after = said(old), said(new)
    found: list[Corrected] = []
    for fact in facts:
        if fact.kind is FactKind.HEADLINE:
            pairs = _in_headline(before, after)
        else:
            one, two = _at(before, fact, fact.old_at), _at(after, fact, fact.new_at)
            pairs = [(one, two)] if one and two else []
        for was, now in pairs:
            if fact.kind is FactKind.SPELLING:
                if not _grown(was.statement.text, now.statement.text):
                    old_name = was.statement._replace(kind=fact.kind)
                    found.append(Corrected(old_name, now.statement))
            elif _replaced(was.statement, now.statement) and not _in_series(
                was, now.statement, before
            ):
                found.append(Corrected(was.statement, now.statement))
    return found


def repeats(
    said: Iterable[Said],
    corrections: Iterable[Corrected],
    same: Callable[[Statement, Statement], bool],
) -> Iterator[tuple[int, Said]]:
    """Where a page still says the old value of the same thing: the correction's number, and the
    place. Nowhere in a sentence that also says the new value, and so knows it. `same`:
    `same_thing`, or for another story's page `same_elsewhere`.
    """
    by_key: dict[str, list[Said]] = defaultdict(list)
    in_sentence: dict[tuple[str, str], dict[tuple[str, ...], Statement]] = defaultdict(dict)
    for each in said:
        statement = each.statement
        by_key[statement.key].append(each)
        written = statement.kind, statement.unit, statement.detail, statement.text
        in_sentence[each.sentence, statement.key][written] = statement
    left = _COMPARED
    for number, correction in enumerate(corrections):
        found = by_key.get(correction.old.key, [])[: max(0, left)]
        left -= len(found)
        for each in found:
            beside = in_sentence.get((each.sentence, correction.new.key), {}).values()
            if any(_says(correction, other) for other in beside):
                continue
            if same(correction.old, each.statement):
                yield number, each


def undone(earlier: Corrected, later: Corrected) -> bool:
    """Whether a later edit made an earlier one's old value right again."""
    if not _says(later, earlier.old):
        return False
    return _same(later.old, earlier.new) or same_thing(later.new, earlier.old)


def same_thing(one: Statement, other: Statement) -> bool:
    """Whether two statements give the same value of the same thing.

    A rare number needs little beside it: a word next to it, its unit and a word, or two words of
    the sentence. Of a small one half of the words of the shorter sentence must agree, or its only
    one, and what it counts: “12 people died” and “12 houses fell” don't. A name that was respelled
    needs nothing, one that was replaced by another the same place among the same words.
    """
    if not _same(one, other):
        return False
    if FactKind.SPELLING in (one.kind, other.kind):
        return one.text == other.text
    shared, share = len(one.words & other.words), _share(one, other)
    beside = _beside(one, other)
    if one.kind is FactKind.NUMBER:
        # The word after a number is what it counts.
        counts_other = one.after != other.after and bool(one.after and other.after)
        if one.rare:
            measured = one.unit == other.unit and one.unit not in ("", _PERCENT)
            least = 1 / 2 if counts_other and not measured else 1 / 4
            return beside or (measured and shared > 0) or (shared > 1 and share >= least)
        counted = bool(one.unit) or not counts_other
        return counted and ((shared > 1 and share >= 1 / 2) or share == 1)
    if one.kind is FactKind.NAME:
        return beside and shared > 1 and share >= 1 / 2
    if one.rare:
        return (shared > 1 and share >= 1 / 3) or share == 1
    return shared > 2 and share >= 1 / 2


def same_elsewhere(one: Statement, other: Statement) -> bool:
    """The same for two stories: the value must be rare, and both must speak of the same name."""
    return is_rare(one) and bool(one.names & other.names) and same_thing(one, other)


def is_rare(statement: Statement) -> bool:
    """Whether a value is rare enough to look for in other stories; a name of one word isn't."""
    return statement.rare or (statement.kind in _NAMES and " " in statement.key)


def _statements(
    text: str, mentioned: Iterable[Mention], question: str, names: frozenset[str]
) -> Iterator[tuple[int, int, str, Statement]]:
    files = _blank(text, (match.span() for match in _ABOUT_A_FILE.finditer(text)))
    pending = deque(
        each
        for each in mentioned
        if each.kind in _KINDS and not each.weak and not files[each.start : each.end].isspace()
    )
    if not pending:
        return
    if _CORRECTION_NOTE.match(text):
        return
    asked = _telling(question)
    # Values are not the context of one another.
    bare = _blank(text, ((each.start, each.end) for each in pending if each.kind in _VALUES))
    for start, end in sentence_spans(text):
        owned_up = _SAID_BEFORE.search(text, start, end)
        words: frozenset[str] | None = None
        while pending and pending[0].start < end:
            each = pending.popleft()
            if owned_up:
                continue
            if words is None:
                words = frozenset(asked + _telling(bare[start:end]))
            left = _telling(bare[max(start, each.start - _REACH) : each.start])
            right = _telling(bare[each.end : min(end, each.end + _REACH)])
            written = text[each.start : each.end]
            named = each.kind is FactKind.NAME
            key, unit, rare = _key(each)
            statement = Statement(
                kind=each.kind,
                key=key,
                unit=unit,
                detail="" if named else each.detail,
                rare=rare,
                before=left[-1] if left else "",
                after=right[0] if right else "",
                words=words - frozenset(_telling(written)) if named else words,
                names=names,
                text=written,
            )
            yield each.start, each.end, text[start:end], statement


def _blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """A text with spaces in place of some parts, which are in order."""
    parts: list[str] = []
    last = 0
    for start, end in spans:
        if start >= last:
            parts += text[last:start], " " * (end - start)
            last = end
    return "".join(parts) + text[last:]


def _key(mention: Mention) -> tuple[str, str, bool]:
    """Its key, its unit, and whether it is rare."""
    if mention.kind is FactKind.NUMBER and mention.amount:
        digits = sum(map(str.isdigit, mention.amount))
        unit = mention.value.removeprefix(mention.amount).strip()
        return mention.amount, unit, digits > 2 or "." in mention.amount
    date = _DATE.fullmatch(mention.value) if mention.kind is FactKind.DATE else None
    if date and (date[2] or date[3]):
        return f"-{date[2]}-{date[3]}", date[1], bool(date[2] and date[3])
    return mention.value, "", False


def _telling(text: str) -> list[str]:
    """The telling words of a text, by their first letters; of scripts without spaces its pairs of
    characters.
    """
    found: list[str] = []
    for word in _WORD.findall(same_word(text)):
        if _UNSPACED.match(word):
            found += [word[at : at + 2] for at in range(len(word) - 1)]
        elif len(word) > 1 and word not in _SKIPPED:
            found.append(word.removesuffix("s")[:_STEM])
    return found


def _names(text: str, mentioned: Iterable[Mention]) -> frozenset[str]:
    """The words of its names; single letters and what begins a sentence tell nothing."""
    names = (each for each in mentioned if each.kind is FactKind.NAME and not each.weak)
    words = (word for each in names for word in telling_words(each.value))
    return frozenset(word[:_STEM] for word in words if len(word) > 2)


def _same(one: Statement, other: Statement) -> bool:
    """Whether two values are the same, as far as both say: 9 May and 9 May 2026 are, 5 and 5% not,
    4.2 million and 4.2 million litres are.
    """
    if one.key != other.key or not agree(one.detail, other.detail):
        return False
    if one.kind is not other.kind and not {one.kind, other.kind} <= _NAMES:
        return False
    if one.unit == other.unit:
        return True
    lacks = not (one.unit and other.unit)
    return lacks and (one.kind is FactKind.DATE or one.rare)


def _replaced(one: Statement, other: Statement) -> bool:
    """Whether a value became another. Names stand for so many things that nothing else may have
    changed in the sentence.
    """
    if one.kind is FactKind.NAME:
        kept = (one.before, one.after) == (other.before, other.after)
        return kept and len(one.words ^ other.words) <= 1
    return not _same(one, other)


def _says(correction: Corrected, other: Statement) -> bool:
    """Whether a statement gives the new value."""
    if correction.old.kind is FactKind.SPELLING:
        return other.text == correction.new.text
    return _same(correction.new, other)


def _beside(one: Statement, other: Statement) -> bool:
    """Whether the same word is next to both."""
    return one.after == other.after != "" or one.before == other.before != ""


def _share(one: Statement, other: Statement) -> float:
    """Of the words of the shorter sentence, the share that the other one has."""
    return len(one.words & other.words) / max(1, min(len(one.words), len(other.words)))


def _in_series(one: Said, new: Statement, page: Iterable[Said]) -> bool:
    """Whether the page says several other values of what the words take for the same thing, as a
    table or a list of files does. A single one may be what was overlooked before.
    """
    was = one.statement
    others = (
        each.statement
        for each in page
        if each.statement.kind is was.kind
        and each.statement.key not in (was.key, new.key)
        and _beside(was, each.statement)
    )
    alike = {each.key for each in islice(others, _IN_SERIES) if _share(was, each) >= 4 / 5}
    return len(alike) > 1


def _at(page: Iterable[Said], fact: Fact, place: Place | None) -> Said | None:
    """The statement of a fact's old or new side. A block that moved here from another section has
    its old number there.
    """
    if place is None:
        return None
    found = [
        each
        for each in page
        if each.block == place.block
        and each.field == fact.field
        and each.start < place.end
        and place.start < each.end
        and each.statement.text in (fact.old, fact.new)
    ]
    here = [each for each in found if each.section == fact.section]
    return next(iter([*here, *found]), None)


def _in_headline(old: Iterable[Said], new: Iterable[Said]) -> list[tuple[Said, Said]]:
    """The values that took each other's place in the title, if both have as many."""
    sides = [
        [each for each in page if each.section == TITLE and each.statement.kind in _VALUES]
        for page in (old, new)
    ]
    if len(sides[0]) != len(sides[1]):
        return []
    pairs = zip(*sides, strict=True)
    return [(was, now) for was, now in pairs if was.statement.kind is now.statement.kind]


def _grown(one: str, other: str) -> bool:
    """Whether a name only got longer or shorter: a plural, or a word more."""
    return one.startswith(other) or other.startswith(one)
