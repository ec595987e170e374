"""Names that changed: those that the other text has in no form, and those only respelled."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from rapidfuzz.distance import OSA

from repo_store.sameness import caseless, looks_alike, same_word
from service.diffing.kinds import FactKind, Mention
from service.diffing.names import RUN, key, telling
from service.diffing.places import Pair, Side
from service.diffing.quotations import is_title, said
from service.diffing.thresholds import SHORT_EDIT
from service.diffing.vocabulary import COMMON, GENERIC, JOINERS

_WORD = re.compile(r"[^\W_](?:[^\W_]|['’.-](?=\w))*+")
_LETTERS = re.compile(r"(?:[A-Z]\.)+|[^\W\d_][\w'’]*")
_ACRONYM = re.compile(r"(?<!\w)(?:(?:[A-Z]\.?){2,}|[A-Z][a-z]?[A-Z]+)(?!\w)")
_MARK_UP = re.compile(r"[^\w\- ]")
_TEMPLATE = re.compile(r"\{\{([^{}]{1,200})\}\}")
_LONGEST_HEADING = 120


def renamed(pairs: Iterable[Pair], old: Side, new: Side) -> Iterator[Pair]:
    """Of mentions of names that differ, the facts. A respelled one is of kind `spelling`."""
    pairs = list(pairs)
    if not pairs:
        return
    headings = [_is_heading(old.text), _is_heading(new.text)]
    old_names, new_names = (_Names(side.text, any(headings)) for side in (old, new))
    seen: set[str] = set()
    shortened = {
        (each, other)
        for pair in pairs
        if pair.old and pair.new and " " in pair.old.value and " " in pair.new.value
        for each in _initials(old.text[pair.old.start : pair.old.end])
        for other in _initials(new.text[pair.new.start : pair.new.end])
    }
    for pair in pairs:
        respelled = _respelled(pair, old, new)
        if respelled is not None:
            if respelled.new and not any(headings):
                yield respelled
            continue
        one, two = pair.old, pair.new
        if one and two:
            # The acronyms of names that took each other's place
            if (one.value, two.value) in shortened:
                continue
            if _one_form(one.value, two.value):
                continue
            gone, fresh = not new_names.has_words(one.value), not old_names.has_words(two.value)
            alone = " " not in one.value and " " not in two.value
            replaced = (gone == fresh or alone) and _replaced(pair, old, new)
            if (gone and fresh) or _extended(one.value, two.value) or replaced:
                seen |= {one.value, two.value}
                yield pair
                continue
        gone = one is not None and _is_new(one, old_names, new_names)
        fresh = two is not None and _is_new(two, new_names, old_names)
        if not (gone or fresh):
            continue
        pair = Pair(pair.edit, one if gone else None, two if fresh else None)
        name = pair.mention
        if name.weak or (all(headings) and len(telling(name.value)) < 2):
            continue
        if pair.mention.value not in seen:
            seen.add(pair.mention.value)
            yield pair


def _extended(one: str, other: str) -> bool:
    """Whether a title or the name of an office got longer or shorter by several words."""
    some, others = set(one.split()), set(other.split())
    return min(len(some), len(others)) > 3 and (some < others or others < some)


def _replaced(pair: Pair, old: Side, new: Side) -> bool:
    """Whether one name alone took the place of another, though each text has both."""
    for side, mention in ((old, pair.old), (new, pair.new)):
        start, end = side.starts[pair.edit], side.ends[pair.edit]
        if not start < end <= start + SHORT_EDIT:
            return False
        if mention and (mention.end < start or end < mention.start):
            return False
    return True


def _is_new(name: Mention, here: "_Names", there: "_Names") -> bool:
    """Whether only one text has a name, and not beside what it is an acronym of."""
    if there.has(name.value, here.text[name.start : name.end]):
        return False
    return " " in name.value or not here.abbreviates(name.value)


class _Names:
    """Which words a text has, and what its names are abbreviated to. `small`: also words in small
    letters, since the other text has set them in title case.
    """

    def __init__(self, text: str, small: bool) -> None:
        self.text, self.small = text, small

    @cached_property
    def words(self) -> str:
        """Those with a capital or digit, or all, between spaces, as `key` has them; of a compound
        also its parts.
        """
        found = [word for word in _WORD.findall(self.text) if self.small or not word.islower()]
        # {{ "berg" | link }}
        found += [word for code in _TEMPLATE.findall(self.text) for word in _WORD.findall(code)]
        parts = [part for word in found if "-" in word for part in word.split("-")]
        return f" {' '.join(map(key, found))} {' '.join(map(key, parts))} "

    @cached_property
    def said(self) -> str:
        return f" {said(self.text)} "

    @cached_property
    def acronyms(self) -> set[str]:
        return {caseless(word).replace(".", "") for word in _ACRONYM.findall(self.text)}

    @cached_property
    def initials(self) -> set[str]:
        runs = RUN.findall(self.text)
        return {each for run in runs if " " in run for each in _initials(run)}

    def has(self, name: str, written: str) -> bool:
        """Whether all words that tell something of a name are here, or an acronym of it, or, of a
        person's, one of the names alone.
        """
        if self.has_words(name):
            return True
        words = name.split()
        if len(words) == 1:
            return False
        if f" {said(written)} " in self.said:
            return True
        return not self.acronyms.isdisjoint(_initials(written)) or self._calls(words)

    def has_words(self, name: str) -> bool:
        words = telling(name)
        return all(f" {word} " in self.words or self.abbreviates(word) for word in words)

    def abbreviates(self, acronym: str) -> bool:
        """Whether a name here has these initials."""
        if len(acronym) < 3:
            return any(each.startswith(acronym) for each in self.initials)
        return any(acronym in each for each in self.initials)

    def _calls(self, words: list[str]) -> bool:
        if len(words) > 3 or any(word in JOINERS or word in GENERIC for word in words):
            return False
        return any(
            re.search(rf"(?<![A-Z]\w )(?<!\w)(?i:{re.escape(word)})(?!\w| [A-Z])", self.text)
            for word in (words[0], words[-1])
            if len(word) > 2 and f" {word} " in self.words
        )


def _initials(name: str) -> set[str]:
    """NWS and DoE, DE; USWDS of U.S. Web Design System; and without the first or last word's."""
    words = _LETTERS.findall(name)
    if caseless(words[0]) in COMMON:
        del words[0]
    capital = [word for word in words if word[0].isupper()]
    long, short = ("".join(map(_short, each)) for each in (words, capital))
    found = {caseless(each) for each in (long, short, "".join(word[0] for word in capital))}
    found.add(caseless("".join(map(_short, words[1:]))))
    return found | {each[:-1] for each in found if len(each) > 3}


def _short(word: str) -> str:
    return word.replace(".", "") if "." in word else word[0]


_INSTITUTION = frozenset({"of", "for"})


def _one_form(one: str, other: str) -> bool:
    """Whether one is the other with a word less or shorter: Anna Berg and Berg, UK and United
    Kingdom.
    """
    if not _INSTITUTION.isdisjoint(one.split()) and not _INSTITUTION.isdisjoint(other.split()):
        return False
    some, others = set(telling(one)), set(telling(other))
    if some <= others or others <= some:
        longer = [[word for word in name.split() if word not in JOINERS] for name in (one, other)]
        return abs(len(longer[0]) - len(longer[1])) < 2
    for short, long in ((one.split(), other.split()), (other.split(), one.split())):
        mine = [word for word in short if word not in long]
        left = [word for word in long if word not in short]
        telling_left = [word for word in left if word not in JOINERS]
        spelled = ["".join(word[0] for word in each) for each in (left, telling_left)]
        if len(mine) == 1 and len(telling_left) > 1 and mine[0] in spelled:
            return True
    return False


def _respelled(pair: Pair, old: Side, new: Side) -> Pair | None:
    """The same name in another spelling, of which the new side is None if a reader sees no other
    one; None if it isn't the same.
    """
    one, two = pair.old, pair.new
    unseen = Pair(pair.edit, one, None)
    longest = sorted(
        ((two, new, old), (one, old, new)),
        key=lambda each: each[0].start - each[0].end if each[0] else 0,
    )
    for mention, here, there in longest:
        if mention is None:
            continue
        low, high = here.place_in(there, mention.start, mention.end)
        text, other = here.text[mention.start : mention.end], there.text[low:high]
        some, others = _letters(text), _letters(other)
        joined = max(len(some), len(others)) == 2 and "".join(some) == "".join(others)
        if some == others or joined:
            if _same_spelling(text, other):
                return unseen
            spelling = mention._replace(kind=FactKind.SPELLING)
            both = (spelling._replace(start=low, end=high), spelling)
            return Pair(pair.edit, *(both if here is new else both[::-1]))
    if one and two:
        if one.value.replace(" ", "") == two.value.replace(" ", ""):
            return unseen
        if _nearly(one.value.split(), two.value.split()):
            return Pair(pair.edit, one, two._replace(kind=FactKind.SPELLING))
    return None


def _letters(text: str) -> list[str]:
    return ["".join(filter(str.isalnum, word)) for word in same_word(text).split()]


def _same_spelling(text: str, other: str) -> bool:
    """Whether two spellings differ in marks alone, as US and U.S., or in words' first letters."""
    one, two = (_MARK_UP.sub("", looks_alike(each)) for each in (text, other))
    return _inner(one) == _inner(two)


def _inner(text: str) -> list[str]:
    return [word[1:] for word in text.split()]


def _nearly(some: list[str], others: list[str]) -> bool:
    """Whether two names differ by a slip in one of their longer words, and not by its beginning,
    its last vowel or a digit: Oslon and Olson, not Iran and Iraq, Paul and Paula.
    """
    if len(some) != len(others):
        return False
    differ = [(a, b) for a, b in zip(some, others, strict=True) if a != b]
    if len(differ) != 1:
        return False
    ((one, other),) = differ
    longest = max(len(one), len(other))
    if one[0] != other[0] or longest < 5 or not (one.isalpha() and other.isalpha()):
        return False
    distance = OSA.distance(one, other, score_cutoff=2)
    if len(one) == len(other) and sorted(one) != sorted(other):
        return distance == 1 and longest >= 7
    if one[:-1] == other or other[:-1] == one:
        return max(one, other, key=len)[-1] not in "aeoi"
    return distance == 1 or (distance == 2 and longest >= 10)


def _is_heading(text: str) -> bool:
    """Whether it's set in title case: most of its longer words are capitalised."""
    if len(text) > _LONGEST_HEADING or text.rstrip()[-1:] in (".", ":"):
        return False
    return is_title(text)
