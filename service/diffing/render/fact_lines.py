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
from service.diffing.render.labels import (
    Specs,
    block_name,
    capitalized,
    cosmetic_words,
    counted,
    fact_kind,
    row_name,
    section_label,
)
from service.diffing.types import Block, Diff, Fact, Place
from service.messages import figure, gettext, marked, marked_forms, ngettext, raw, strung

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
_FACTS = {
    "number": marked_forms("a number", "%(number)s numbers"),
    "date": marked_forms("a date", "%(number)s dates"),
    "time": marked_forms("a time", "%(number)s times"),
    "quotation": marked_forms("a quotation", "%(number)s quotations"),
    "name": marked_forms("a name", "%(number)s names"),
    "spelling": marked_forms("a spelling", "%(number)s spellings"),
    "negation": marked_forms("a negation", "%(number)s negations"),
    "attribution": marked_forms("an attribution", "%(number)s attributions"),
    "order": marked_forms("an order", "%(number)s orders"),
    "headline": marked_forms("a headline", "%(number)s headlines"),
    "link": marked_forms("a link", "%(number)s links"),
    _ADDRESS: marked_forms("an e-mail address", "%(number)s e-mail addresses"),
}
_NEW = {
    "paragraph": marked_forms(
        "New paragraph in %(section)s", "%(number)s new paragraphs in %(section)s, the first"
    ),
    "entry": marked_forms(
        "New entry in %(section)s", "%(number)s new entries in %(section)s, the first"
    ),
    "sentence": marked_forms(
        "New sentence in %(section)s", "%(number)s new sentences in %(section)s, the first"
    ),
    "source": marked_forms("New source", "%(number)s new sources"),
}
_GONE = {
    "paragraph": marked_forms(
        "Paragraph removed from %(section)s",
        "%(number)s paragraphs removed from %(section)s, the first",
    ),
    "entry": marked_forms(
        "Entry removed from %(section)s", "%(number)s entries removed from %(section)s, the first"
    ),
    "sentence": marked_forms(
        "Sentence removed from %(section)s",
        "%(number)s sentences removed from %(section)s, the first",
    ),
    "source": marked_forms("Source removed", "%(number)s sources removed"),
}
_NEW_PART = marked("New %(noun)s in %(section)s")
_PART_GONE = marked("%(Noun)s removed from %(section)s")
_MOVED = {
    "paragraph": marked_forms("%(number)s paragraph moved", "%(number)s paragraphs moved"),
    "entry": marked_forms("%(number)s entry moved", "%(number)s entries moved"),
    "source": marked_forms("%(number)s source moved", "%(number)s sources moved"),
}
ARROW = marked("%(old)s → %(new)s")
NEW, GONE = marked("%(new)s added"), marked("%(old)s removed")
_QUOTES = frozenset("“”„«»‘’‹›\"'「」『』")
_LONGEST = 60
"""Characters of a value in a line."""
_QUOTED, _QUOTED_IN_LISTS = 80, 50
"""Characters of a passage."""


class Words(NamedTuple):
    """A fact in a few words, such as “4.2”, “ → ”, “6.8”, “ million crowns”; `joint` and `rest`
    hold the space between them. `first`: what a language says before both.
    """

    old: str = ""
    joint: str = ""
    new: str = ""
    rest: str = ""
    first: str = ""

    def __str__(self) -> str:
        return f"{self.first}{self.old}{self.joint}{self.new}{self.rest}"

    @classmethod
    def of(cls, message: str, old: str | None = None, new: str | None = None) -> "Words":
        """From a message in which `%(old)s` comes before `%(new)s`, if it has both."""
        if old is None or new is None:
            first, _, rest = message.partition("%(new)s" if old is None else "%(old)s")
            return cls(old or "", "", new or "", rest, first)
        first, _, rest = message.partition("%(old)s")
        joint, _, rest = rest.partition("%(new)s")
        return cls(old, joint, new, rest, first)


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
            pattern = raw(marked("%(old)s and %(new)s changed places"))
            placed = Words.of(pattern, words.old, words.new)
            return placed._replace(rest=f"{words.rest}{placed.rest}")
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
        noun = "sentence" if self.sentences else "source" if self.spec.cites else self.spec.noun
        section = section_label(self.spec)
        if forms := (_NEW if self.added else _GONE).get(noun):
            return ngettext(*forms, len(self.wholes), section=section)
        message = _NEW_PART if self.added else _PART_GONE
        return gettext(message, noun=noun, Noun=capitalized(noun), section=section)

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
        return strung([ngettext(*_FACTS[noun], number) for noun, number in counts.most_common()])

    def _words(self, longest: int) -> Words:
        if self.spec.cites:
            # As many as there may be room for.
            text = cut(strung([short(whole.text) for whole in self.wholes[:longest]]), longest)
        else:
            text = gettext("“%(words)s”", words=cut(self.wholes[0].text, longest))
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
    changes = [(section.spec, block) for section in diff.sections for block in section.told]
    if diff.facts or not all(block.old and block.new for _, block in changes):
        return ""
    if diff.recounted:
        old, new = map(figure, diff.source_count)
        return gettext("Number of sources: %(old)s → %(new)s", old=old, new=new)
    if not changes or not diff.facts_complete:
        return ""
    details: list[str] = []
    found = {cosmetic_edit(block) for _, block in changes if block.edited}
    kinds = [kind for kind in found if kind]
    if kinds and None not in found:
        details.append(cosmetic_words(kinds))
    moved = Counter(spec.noun for spec, block in changes if block.op == "moved")
    details += [_moved(number, noun) for noun, number in moved.items()]
    if not details:
        return gettext("No facts changed")
    return gettext("No facts changed: %(details)s", details=strung(details))


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
    """Such as “Number in Summary and Overview (2 places): 12 → 14 weeks”, in English."""
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
        return Words.of(raw(ARROW), before, after)._replace(rest=unit)
    word = short(old if new is None else new)
    if fact.kind in _MERE_WORDS:
        word = gettext("“%(words)s”", words=word)
    return Words.of(raw(GONE), old=word) if new is None else Words.of(raw(NEW), new=word)


def fact_heading(fact: Fact) -> str:
    """Such as “Number” or “E-mail address”."""
    return gettext("E-mail address") if _noun(fact) == _ADDRESS else fact_kind(fact.kind)


def place_label(fact: Fact, spec: SectionSpec, block: Block) -> str:
    """Such as “paragraph 3”; empty where a section has but one block."""
    if spec.single:
        return ""
    return row_name(block) or block_name(spec, 1, str(spot(fact)[1].block + 1))


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


def _moved(number: int, noun: str) -> str:
    if forms := _MOVED.get(noun):
        return ngettext(*forms, number)
    return f"{counted(number, noun)} moved"


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
