"""The facts of a diff in lines: what matters most first, what belongs together as one.

1. Edits of text that stays, by kind: the headline; a number, date or time; an order; a negation; a
   quotation; who says so; a name; a source. Of one kind a changed value comes before one that was
   added or removed, then as the sections stand on the page.
   Numbers that tell the size of a file come after the other ones.
2. Passages that are new or gone as a whole, whether they hold facts or not.
3. Spellings.

The same change at several places is one edit, and so are two values that changed places.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import takewhile
from operator import eq
from typing import NamedTuple

from service.diffing.cosmetic import cosmetic_edit
from service.diffing.kinds import FactKind
from service.diffing.page import TITLE, SectionSpec
from service.diffing.render.context import Texts, Whole, cut, spot
from service.diffing.render.labels import Specs, cosmetic_words, counted
from service.diffing.types import Diff, Fact, Place

MOST = 200
"""Of more facts these are listed, the first on the page."""
_PASSAGE = 9
_RANK = {
    FactKind.HEADLINE: 0,
    FactKind.NUMBER: 1,
    FactKind.DATE: 1,
    FactKind.TIME: 1,
    FactKind.ORDER: 2,
    FactKind.NEGATION: 3,
    FactKind.QUOTATION: 4,
    FactKind.ATTRIBUTION: 5,
    FactKind.NAME: 6,
    FactKind.SOURCE: 7,
    FactKind.SPELLING: _PASSAGE + 1,
}
_VALUES = (FactKind.NUMBER, FactKind.DATE, FactKind.TIME, FactKind.ORDER)
_MERE_WORDS = (FactKind.NEGATION, FactKind.ATTRIBUTION)
_ADDRESS = "e-mail address"
_QUOTES = frozenset("“”„«»‘’‹›\"'「」『』")
_LONGEST = 60
"""Characters of a value in a line."""
_QUOTED, _QUOTED_IN_LISTS = 80, 50
"""Characters of a passage."""


class Words(NamedTuple):
    """A fact in a few words, such as “4.2”, “ → ”, “6.8”, “ million crowns”; `joint` and `rest`
    hold the space between them.
    """

    old: str = ""
    joint: str = ""
    new: str = ""
    rest: str = ""

    def __str__(self) -> str:
        return "".join(self)


class Edit(NamedTuple):
    """`facts`: of one kind and the same change; of two values that changed places, both.
    `of_file`: about the size of a file.
    """

    facts: tuple[Fact, ...]
    of_file: bool = False

    @property
    def kind(self) -> FactKind:
        return self.facts[0].kind

    @property
    def heading(self) -> str:
        return fact_heading(self.facts[0])

    @property
    def words(self) -> Words:
        first, *others = self.facts
        words = fact_words(first)
        if self.kind is FactKind.ORDER and any(other.old == first.new for other in others):
            return words._replace(joint=" and ", rest=f"{words.rest} changed places")
        return words


class Passage(NamedTuple):
    """Text that is new or gone as a whole: paragraphs, records, or `sentences` of a paragraph that
    stays.
    """

    spec: SectionSpec
    added: bool
    sentences: bool
    wholes: tuple[Whole, ...]
    facts: tuple[Fact, ...]

    @property
    def heading(self) -> str:
        """Such as “New paragraph in Overview” or “2 entries removed from FAQ, the first”."""
        noun = "sentence" if self.sentences else self.spec.noun
        size = len(self.wholes)
        several = counted(size, noun) if size > 1 else ""
        where = f" {'in' if self.added else 'from'} {self.spec.label}"
        if self.spec.cites:
            where = ""
        elif several:
            where += ", the first"
        if self.added:
            number, _, nouns = several.partition(" ")
            return f"{number} new {nouns}{where}" if several else f"New {noun}{where}"
        return f"{several or noun.capitalize()} removed{where}"

    @property
    def words(self) -> Words:
        """How the first begins, in quotation marks; of sources, their names."""
        return self._words(_QUOTED)

    @property
    def words_in_lists(self) -> Words:
        return self._words(_QUOTED_IN_LISTS)

    @property
    def counts(self) -> str:
        """Such as “3 numbers, 2 names, a quotation”."""
        counts = Counter(map(_noun, sorted(self.facts, key=lambda fact: _RANK[fact.kind])))
        return ", ".join(_several(number, noun) for noun, number in counts.most_common())

    def _words(self, longest: int) -> Words:
        if self.spec.cites:
            # As many as there may be room for.
            text = cut(", ".join(short(whole.text) for whole in self.wholes[:longest]), longest)
        else:
            text = f"“{cut(self.wholes[0].text, longest)}”"
        return Words(new=text) if self.added else Words(old=text)


Line = Edit | Passage


def fact_lines(diff: Diff) -> tuple[Line, ...]:
    """The facts of a diff, and what is new or gone as a whole."""
    texts, specs = Texts(diff), diff.specs
    edits: list[Fact] = []
    passages: dict[tuple[str, bool, bool], tuple[dict[Whole, None], list[Fact]]] = {}
    for section, whole in texts.wholes():
        passages.setdefault((section, not whole.old, False), ({}, []))[0][whole] = None
    for fact in diff.facts[:MOST]:
        if (found := texts.passage(fact)) is None:
            edits.append(fact)
        else:
            key = fact.section, fact.old is None, found.sentence is not None
            wholes, facts = passages.setdefault(key, ({}, []))
            wholes[found] = None
            facts.append(fact)
    lines: list[Line] = [
        edit._replace(of_file=all(map(texts.tells_of_file, edit.facts)))
        if edit.kind is FactKind.NUMBER
        else edit
        for edit in edits_of(edits)
    ]
    lines += [
        Passage(specs[name], added, sentences, tuple(wholes), tuple(facts))
        for (name, added, sentences), (wholes, facts) in passages.items()
    ]
    order = {name: at for at, name in enumerate(specs)}
    return tuple(sorted(lines, key=lambda line: _importance(line, order)))


def verdict(diff: Diff) -> str:
    """What is said of a diff without lines, such as “No facts changed: capitals only, 2
    paragraphs moved”. Empty if there is no change, and if facts might have been overlooked.
    """
    changes = [(section.spec, block) for section in diff.sections for block in section.changes]
    if diff.facts or not all(block.old and block.new for _, block in changes):
        return ""
    if diff.recounted:
        old, new = diff.source_count
        return f"Number of sources: {old:,} → {new:,}"
    if not changes or not diff.facts_complete:
        return ""
    details: list[str] = []
    found = {cosmetic_edit(block) for _, block in changes if block.edited}
    kinds = [kind for kind in found if kind]
    if kinds and None not in found:
        details.append(cosmetic_words(kinds))
    moved = Counter(spec.noun for spec, block in changes if block.op == "moved")
    details += [f"{counted(number, noun)} moved" for noun, number in moved.items()]
    return f"No facts changed{': ' if details else ''}{', '.join(details)}"


def edits_of(facts: Iterable[Fact]) -> tuple[Edit, ...]:
    """Facts without the text around them: repeats and exchanges as one."""
    groups: dict[tuple[object, ...], list[Fact]] = {}
    order: dict[str, int] = {}
    for fact in facts:
        order.setdefault(fact.section, len(order))
        values: tuple[str | None, ...] = fact.old, fact.new
        if fact.kind is FactKind.ORDER:
            values = tuple(sorted(value or "" for value in values))
        groups.setdefault((fact.kind, *values), []).append(fact)
    edits = (
        Edit(tuple(sorted(group, key=lambda fact: _position(fact, order))))
        for group in groups.values()
    )
    return tuple(sorted(edits, key=lambda edit: _importance(edit, order)))


def line_text(line: Line, specs: Specs) -> str:
    """Such as “Number in Summary and Overview (2 places): 12 → 14 weeks”."""
    if isinstance(line, Passage):
        return f"{line.heading}: {line.words}"
    times = Counter(fact.section for fact in line.facts if fact.section != TITLE)
    exchange = line.kind is FactKind.ORDER
    places = [
        f"{specs[section].label} ({number} places)"
        if number > 1 and not exchange
        else specs[section].label
        for section, number in times.items()
    ]
    *most, last = places or [""]
    where = f"{', '.join(most)} and {last}" if most else last
    return f"{line.heading}{' in ' if where else ''}{where}: {line.words}"


def fact_words(fact: Fact) -> Words:
    """Such as “431 → 455 cm”, “Monday → Tuesday” or “‘not’ added”."""
    old, new = fact.old, fact.new
    if old is not None and new is not None:
        unit = _shared_unit(old, new) if fact.kind in _VALUES else ""
        shared = sum(takewhile(bool, map(eq, old, new)))
        before, after = (short(each.removesuffix(unit), shared) for each in (old, new))
        return Words(before, " → ", after, unit)
    word = short(old if new is None else new)
    if fact.kind in _MERE_WORDS:
        word = f"“{word}”"
    return Words(old=word, rest=" removed") if new is None else Words(new=word, rest=" added")


def fact_heading(fact: Fact) -> str:
    """Such as “Number” or “E-mail address”."""
    return _ADDRESS.capitalize() if _noun(fact) == _ADDRESS else fact.kind.label


def place_label(fact: Fact, spec: SectionSpec) -> str:
    """Such as “paragraph 3”; empty where a section has but one block."""
    return "" if spec.single else f"{spec.noun} {spot(fact)[1].block + 1}"


def _position(fact: Fact, order: Mapping[str, int]) -> tuple[int, Place]:
    return order[fact.section], spot(fact)[1]


def _importance(line: Line, order: Mapping[str, int]) -> tuple[int, bool, bool, int, Place]:
    if isinstance(line, Passage):
        at = min(line.wholes[0].new or line.wholes[0].old)
        return (_PASSAGE, False, False, order[line.spec.name], Place(at, 0, 0))
    first = line.facts[0]
    one_sided = first.old is None or first.new is None
    return (_RANK[first.kind], line.of_file, one_sided, *_position(first, order))


def _shared_unit(old: str, new: str) -> str:
    """The words that both values end with, with the space before: “ million crowns”."""
    one, other = old.split(" "), new.split(" ")
    shared = 0
    while shared < min(len(one), len(other)) - 1 and one[-shared - 1] == other[-shared - 1]:
        shared += 1
    head = one[: len(one) - shared] + other[: len(other) - shared]
    if not shared or any(word.endswith(",") for word in head):
        return ""
    return " " + " ".join(one[-shared:])


def _noun(fact: Fact) -> str:
    if fact.kind is not FactKind.SOURCE:
        return fact.kind.value
    value = fact.old or fact.new or ""
    return _ADDRESS if "@" in value and "/" not in value else "link"


def _several(number: int, noun: str) -> str:
    article = "an" if noun[0] in "aeiou" else "a"
    return counted(number, noun) if number > 1 else f"{article} {noun}"


def short(value: str | None, shared: int = 0) -> str:
    """At most some 60 characters, on one line, with its quotation marks. `shared`: so many at the
    beginning are no news.
    """
    text = (value or "").replace("\n", " ")
    if len(text) <= _LONGEST:
        return text
    opening = text[0] if text[0] in _QUOTES else ""
    closing = text[-1] if text[-1] in _QUOTES else ""
    if shared > _LONGEST // 2:
        until = shared - _LONGEST // 4
        at = text.rfind(" ", 0, until)
        text = f"{opening}…{text[(at if at >= 0 else text.rfind('/', 0, until)) + 1 :]}"
    if len(text) <= _LONGEST:
        return text
    return cut(text, _LONGEST - len(closing)) + closing
