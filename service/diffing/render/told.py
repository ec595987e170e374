"""Facts as they are told: what matters most first, what belongs together as one.

1. Edits of text that stays, by kind: the headline; a number, date or time; an order; a negation; a
   quotation; who says so; a name; a source. Of one kind a changed value comes before one that was
   added or removed, then as the sections stand on the page.
2. Passages that are new or gone as a whole, whatever facts they hold.
3. Spellings.

The same change at several places is one edit, and so are two values that changed places.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import takewhile
from operator import eq
from typing import NamedTuple

from service.diffing.kinds import FactKind
from service.diffing.page import SECTION_SPECS, SECTIONS
from service.diffing.render.context import Texts, spot
from service.diffing.render.labels import counted, section_name
from service.diffing.types import Diff, Fact, Place

MOST = 200
"""Of more facts these are told, the first on the page."""
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
_ORDER: Mapping[str, int] = {name: at for at, name in enumerate(SECTIONS)}
_VALUES = (FactKind.NUMBER, FactKind.DATE, FactKind.TIME, FactKind.ORDER)
_MERE_WORDS = (FactKind.NEGATION, FactKind.ATTRIBUTION)
_NOUNS = {FactKind.SOURCE: "link"}
_QUOTES = frozenset("“”„«»‘’‹›\"'「」『』")
_LONGEST = 60
"""Characters of a value in a line."""


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
    """`facts`: of one kind and the same change; of two values that changed places, both."""

    facts: tuple[Fact, ...]

    @property
    def kind(self) -> FactKind:
        return self.facts[0].kind

    @property
    def heading(self) -> str:
        return self.kind.label

    @property
    def words(self) -> Words:
        first, *others = self.facts
        words = fact_words(first)
        if self.kind is FactKind.ORDER and any(other.old == first.new for other in others):
            return words._replace(joint=" and ", rest=f"{words.rest} changed places")
        return words


class Passage(NamedTuple):
    """Text that is new or gone as a whole: paragraphs, records, or `sentences` of a paragraph that
    stays. `size`: how many.
    """

    section: str
    added: bool
    sentences: bool
    size: int
    facts: tuple[Fact, ...]

    @property
    def heading(self) -> str:
        """Such as “New paragraph in Overview” or “2 entries removed from FAQ”."""
        noun = "sentence" if self.sentences else SECTION_SPECS[self.section].noun
        several = counted(self.size, noun) if self.size > 1 else ""
        here = section_name(self.section)
        where = "" if noun == "source" else f" {'in' if self.added else 'from'} {here}"
        if self.added:
            number, _, nouns = several.partition(" ")
            return f"{number} new {nouns}{where}" if several else f"New {noun}{where}"
        return f"{several or noun.capitalize()} removed{where}"

    @property
    def words(self) -> Words:
        """Such as “3 numbers, 2 names, a quotation”; of sources, their names."""
        if self.section == "sources":
            names = [fact for fact in self.facts if fact.field == "name"] or self.facts
            return Words(rest=_short(", ".join(_short(each.old or each.new) for each in names)))
        counts = Counter(fact.kind for fact in self.facts)
        kinds = sorted(counts, key=lambda kind: (-counts[kind], _RANK[kind], kind))
        return Words(rest=", ".join(_several(counts[kind], kind) for kind in kinds))


Line = Edit | Passage


def told(diff: Diff) -> tuple[Line, ...]:
    """The facts of a diff."""
    texts = Texts(diff)
    edits: list[Fact] = []
    passages: dict[tuple[str, bool, bool], tuple[set[object], list[Fact]]] = {}
    for fact in diff.facts[:MOST]:
        whole = texts.passage(fact)
        if whole is None:
            edits.append(fact)
        else:
            key = fact.section, fact.old is None, whole.sentence is not None
            parts, facts = passages.setdefault(key, (set(), []))
            parts.add(whole)
            facts.append(fact)
    lines: list[Line] = list(edits_of(edits))
    lines += [Passage(*key, len(parts), tuple(facts)) for key, (parts, facts) in passages.items()]
    return tuple(sorted(lines, key=_importance))


def edits_of(facts: Iterable[Fact]) -> tuple[Edit, ...]:
    """Facts without the text around them: repeats and exchanges as one."""
    groups: dict[tuple[object, ...], list[Fact]] = {}
    for fact in facts:
        values: tuple[str | None, ...] = fact.old, fact.new
        if fact.kind is FactKind.ORDER:
            values = tuple(sorted(value or "" for value in values))
        groups.setdefault((fact.kind, *values), []).append(fact)
    edits = (Edit(tuple(sorted(group, key=_position))) for group in groups.values())
    return tuple(sorted(edits, key=_importance))


def told_line(line: Line) -> str:
    """Such as “Number in Summary and Overview (2 places): 12 → 14 weeks”."""
    if isinstance(line, Passage):
        return f"{line.heading}: {line.words}"
    times = Counter(fact.section for fact in line.facts if fact.section != "title")
    exchange = line.kind is FactKind.ORDER
    places = [
        f"{section_name(section)} ({number} places)"
        if number > 1 and not exchange
        else section_name(section)
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
        before, after = (_short(each.removesuffix(unit), shared) for each in (old, new))
        return Words(before, " → ", after, unit)
    word = _short(old if new is None else new)
    if fact.kind in _MERE_WORDS:
        word = f"“{word}”"
    return Words(old=word, rest=" removed") if new is None else Words(new=word, rest=" added")


def place_label(fact: Fact) -> str:
    """Such as “paragraph 3”."""
    place = fact.new_at or fact.old_at
    noun = SECTION_SPECS[fact.section].noun
    return f"{noun} {place.block + 1}" if place else noun


def _position(fact: Fact) -> tuple[int, Place]:
    return _ORDER[fact.section], spot(fact)[1]


def _importance(line: Line) -> tuple[int, bool, int, Place]:
    first = line.facts[0]
    if isinstance(line, Passage):
        return (_PASSAGE, False, *_position(first))
    return (_RANK[first.kind], first.old is None or first.new is None, *_position(first))


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


def _several(number: int, kind: FactKind) -> str:
    noun = _NOUNS.get(kind, kind.value)
    return counted(number, noun) if number > 1 else f"a {noun}"


def _short(value: str | None, shared: int = 0) -> str:
    """At most some 60 characters, on one line, with its quotation marks. `shared`: so many at the
    beginning are no news.
    """
    text = (value or "").replace("\n", " ")
    if len(text) <= _LONGEST:
        return text
    opening = text[0] if text[0] in _QUOTES else ""
    closing = text[-1] if text[-1] in _QUOTES else ""
    if shared > _LONGEST // 2:
        text = f"{opening}…{text[text.rfind(' ', 0, shared - _LONGEST // 4) + 1 :]}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 2].rstrip()}…{closing}"
