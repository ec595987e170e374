"""Which facts differ between two pages: what an editor must see first.

A fact is a value at a place. The alignment of the words decides which place of the new text is
which of the old one; a value that is another one there has changed, even if both texts have both.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

from repo_store.sameness import folded_with_offsets, looks_alike, same_address, same_picture, values
from service.diffing.kinds import FactKind, Mention, Range
from service.diffing.mentions import may_mention, mentions
from service.diffing.page import TITLE, SectionSpec
from service.diffing.places import Pair, Side, across_edits, pairs, sides
from service.diffing.quotations import quotations, said
from service.diffing.reading import without_marks
from service.diffing.renaming import renamed
from service.diffing.thresholds import (
    CHARACTERS_PER_NUMBER,
    CHARACTERS_PER_TEXT,
    MAX_FACT_CHARACTERS,
    MOST_PLACES,
    SHORT_EDIT,
    VALUE_REACH,
    WORDS_OF_AN_EDIT,
)
from service.diffing.types import Block, Fact, Place, Section, SpanOp, Spans, text_without
from service.diffing.vocabulary import COMMON, JOINERS, NEGATIVE_PREFIXES, SAYING

_T = TypeVar("_T")
_SAID = FactKind.QUOTATION
_VALUES = (FactKind.NUMBER, FactKind.DATE, FactKind.TIME)
_DIGITS = re.compile(r"\d+")
_SENTENCE_END = re.compile("[.!?。！？](?!\\w)")
_UNSEEN = re.compile(
    "[\u00ad\u0300-\u036f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
"""Marks of letters and characters that show nothing: rules find nothing in words that have them."""
_LONG_QUOTATION = 8
"""Words that are a quotation, not a term, once they get its marks."""
_NEIGHBOURHOOD = 60


@dataclass(frozen=True)
class WholeText:
    """A page's whole text as it is stored. `rich`: some of it is Markdown."""

    stored: str
    rich: bool = False

    def near(self, fact: Fact) -> str:
        """Where a fact is looked for: an address where links lead, words in what is seen."""
        if fact.kind is FactKind.SOURCE or not self.rich:
            return self.stored
        words = (fact.old or fact.new or "").split()
        return self._words if all(word in self.stored for word in words) else ""

    @cached_property
    def _words(self) -> str:
        return without_marks(self.stored)


def facts(
    sections: Iterable[Section],
    old_texts: Callable[[], WholeText],
    new_texts: Callable[[], WholeText],
) -> tuple[tuple[Fact, ...], bool]:
    """(facts in the order of the page, whether all changed text was searched).

    `old_texts` and `new_texts` return the whole text of each page, which may have a name
    elsewhere. Coarse blocks aren't searched, nor what exceeds `MAX_FACT_CHARACTERS`.
    """
    found: list[_Found] = []
    remaining, complete = MAX_FACT_CHARACTERS, True
    for section in sections:
        for block in section.changes:
            if not block.edited:
                continue
            size = sum(map(_searched, block.texts.values()))
            if size > remaining or block.coarse:
                complete = False
            else:
                remaining -= size
                found += _facts_of_block(block, section.spec)
    found = _without_moves(found, _one_sided)
    if any(map(_may_be_elsewhere, found)):
        pages = old_texts(), new_texts()
        found = [
            each
            for each in found
            if not (
                _may_be_elsewhere(each)
                and _is_in(pages[each.fact.new is None].near(each.fact), each.fact)
            )
        ]
    return tuple(each.fact for each in found), complete


def searched(sections: Iterable[Section]) -> int:
    """How many characters are searched for the facts of a diff."""
    changes = (block for section in sections for block in section.changes if block.edited)
    return sum(_searched(spans) for block in changes for spans in block.texts.values())


class _Found(NamedTuple):
    """`value`: of the side that one-sided facts have; `beside`: the words of some meaning around a
    number there. `by_itself`: it is a fact wherever else its text stands.
    """

    fact: Fact
    value: str
    beside: tuple[str, str] = ("", "")
    by_itself: bool = False


def _searched(spans: Spans) -> int:
    """How many characters of a text are searched, with what it costs to begin."""
    edits = [text for op, text in spans if op != "equal"]
    size = CHARACTERS_PER_TEXT + sum(map(len, edits)) + VALUE_REACH * 2 * len(spans)
    return size + CHARACTERS_PER_NUMBER * sum(len(_DIGITS.findall(text)) for text in edits)


def _may_be_elsewhere(found: _Found) -> bool:
    """Whether a name or link that was added or removed here may also stand in the other page."""
    fact = found.fact
    one_sided = fact.old is None or fact.new is None
    return fact.kind.new_to_page and one_sided and not found.by_itself


def _is_in(page: str, fact: Fact) -> bool:
    """Whether a page has a fact's text as whole words, among the first places that look like it."""
    text = fact.old or fact.new or ""
    at = -1
    for _ in range(MOST_PLACES):
        at = page.find(text, at + 1)
        if at < 0:
            return False
        if not (page[at - 1 : at].isalnum() or page[at + len(text) : at + len(text) + 1].isalnum()):
            return True
    return False


def _facts_of_block(block: Block, spec: SectionSpec) -> Iterator[_Found]:
    section = spec.name
    if section == TITLE:
        old, new = (text_without(block.spans, drop) for drop in ("insert", "delete"))
        if _headline(old) != _headline(new):
            old_at, new_at = Place(0, 0, len(old)), Place(0, 0, len(new))
            yield _Found(Fact(FactKind.HEADLINE, section, old, new, old_at, new_at), "")
    elif spec.cites:
        for name in spec.required:
            same = same_address if name == "url" else said
            yield from _facts_of_whole(block, section, name, FactKind.SOURCE, same)
    elif spec.names:
        yield from _facts_of_name(block, section)
    else:
        for name, spans in block.texts.items():
            if name in spec.telling and any(op != "equal" for op, _ in spans):
                yield from _facts_of_text(block, section, name, spans)
        yield from _facts_of_links(block, section)
        if spec.pictured and block.old and block.new:
            for name in spec.addresses:
                yield from _facts_of_whole(block, section, name, FactKind.SOURCE, same_picture)


def _facts_of_name(block: Block, section: str) -> Iterator[_Found]:
    """A name that is all of its block: another one, however short, unless it is only respelled."""
    for name, spans in block.texts.items():
        found = list(_facts_of_text(block, section, name, spans))
        if found and all(each.fact.kind is FactKind.SPELLING for each in found):
            yield from found
        else:
            # Who wrote a text may be named in it, too.
            others = _facts_of_whole(block, section, name, FactKind.NAME, said)
            yield from (each._replace(by_itself=True) for each in others)


def _facts_of_whole(
    block: Block, section: str, field: str, kind: FactKind, same: Callable[[str], str]
) -> Iterator[_Found]:
    """Another text in a field that is a fact as a whole. `same`: what tells no two texts apart."""
    spans = block.texts.get(field, ())
    old, new = text_without(spans, "insert"), text_without(spans, "delete")
    if same(old) != same(new):
        old_at = Place(block.old[0], 0, len(old)) if old else None
        new_at = Place(block.new[0], 0, len(new)) if new else None
        fact = Fact(kind, section, old or None, new or None, old_at, new_at, field)
        yield _Found(fact, same(old or new))


def _facts_of_links(block: Block, section: str) -> Iterator[_Found]:
    """Where links and images of Markdown lead, which its words do not tell."""
    for what, _, old, new, old_at, new_at in block.formatting:
        if what not in ("link", "image"):
            continue
        same = same_picture if what == "image" else same_address
        before, after = same(old or ""), same(new or "")
        if before != after:
            places = (
                _place_of(block.old, block, "insert", old_at),
                _place_of(block.new, block, "delete", new_at),
            )
            yield _Found(Fact(FactKind.SOURCE, section, old, new, *places), before or after)


def _place_of(
    blocks: tuple[int, ...], block: Block, drop: SpanOp, place: Range | None
) -> Place | None:
    return _located(blocks, text_without(block.spans, drop), *place) if place else None


def _headline(text: str) -> tuple[str, list[str], bool]:
    """What a headline says: its words, its values, and whether it asks."""
    found = values(text)
    words, at = "", 0
    for value in found:
        words += f"{text[at : value.start]} # "
        at = value.end
    return said(words + text[at:]), [value.value for value in found], "?" in text


def _facts_of_text(block: Block, section: str, field: str, spans: Spans) -> Iterator[_Found]:
    old, new = sides(spans)
    one_sided = not (block.old and block.new)
    found = sorted(_changed(old, new, one_sided), key=lambda pair: (pair.edit, pair.mention.start))
    for pair in found:
        one, two = pair.old, pair.new
        fact = Fact(
            pair.mention.kind,
            section,
            old.text[one.start : one.end] if one else None,
            new.text[two.start : two.end] if two else None,
            _place(block.old, old.text, one) if one else None,
            _place(block.new, new.text, two) if two else None,
            field,
        )
        alone = pair.kind is FactKind.NUMBER and not (one and two)
        side = new if two else old
        yield _Found(
            fact, pair.mention.value, _neighbours(side.text, pair.mention) if alone else ("", "")
        )


def _place(blocks: tuple[int, ...], text: str, mention: Mention) -> Place:
    return _located(blocks, text, mention.start, mention.end)


def _located(blocks: tuple[int, ...], text: str, start: int, end: int) -> Place:
    """Where a range is in its own paragraph; newlines in `text` separate several."""
    if len(blocks) == 1:
        return Place(blocks[0], start, end)
    begins = text.rfind("\n", 0, start) + 1
    return Place(blocks[text.count("\n", 0, start)], start - begins, end - begins)


def _changed(old: Side, new: Side, one_sided: bool) -> Iterator[Pair]:
    """The pairs that are facts. `one_sided`: one of the texts is empty."""
    telling = [
        may_mention(old.text, *one) or may_mention(new.text, *two)
        for one, two in zip(old.ranges, new.ranges, strict=True)
    ]
    olds, news = _by_family(old, telling), _by_family(new, telling)
    quoted = list(_quotations_changed(olds.pop(_SAID, []), news.pop(_SAID, []), old, new))
    yield from quoted
    if not olds and not news:
        return
    covered = [_ranges(pair.old for pair in quoted), _ranges(pair.new for pair in quoted)]
    for kind in sorted(olds.keys() | news.keys()):
        found = list(pairs(olds.get(kind, ()), news.get(kind, ()), old, new))
        if quoted:
            found = [each for each in found if not _is_covered(each, covered)]
        if not found:
            continue
        if kind is FactKind.NUMBER:
            yield from _values_changed(found, old, new)
        elif kind is FactKind.NAME:
            yield from renamed(_changed_places(_not_moved(found), old, new), old, new)
        elif kind is FactKind.NEGATION:
            if not one_sided:
                found = _not_moved_along(found, old, new)
                yield from (
                    pair
                    for pair in found
                    if _in_sentence(pair, old, new) and not _negated_otherwise(pair, old, new)
                )
        elif kind is FactKind.ATTRIBUTION:
            if not one_sided:
                found = _not_moved(found)
                yield from (
                    pair
                    for pair in found
                    if _in_sentence(pair, old, new) and not _same_words(pair, old, new)
                )
        else:
            yield from _once(_not_moved(found))


def _once(found: list[Pair]) -> Iterator[Pair]:
    """The same, but a link that was added or removed at several places only once."""
    seen: set[tuple[bool, str]] = set()
    for pair in found:
        side = (pair.new is None, pair.mention.value)
        if (pair.old and pair.new) or side not in seen:
            seen.add(side)
            yield pair


def _by_family(side: Side, telling: list[bool]) -> dict[FactKind, list[Mention]]:
    """The mentions near its edits by kind; numbers, dates and times are one family, since one may
    take another's place. `telling`: which edits may touch more than words.
    """
    if _UNSEEN.search(side.text):
        fold = folded_with_offsets(looks_alike, side.text)
        found = [_unfolded(each, fold.span(each.start, each.end)) for each in mentions(fold.text)]
    else:
        found = mentions(side.text, side.ranges, telling)
    families: dict[FactKind, list[Mention]] = defaultdict(list)
    quoted = quotations(side.text)
    titles = _ranges(each for each in quoted if each.kind is FactKind.NAME)
    if titles:
        found = [each for each in found if not _within(each, titles)]
    for mention in (*found, *quoted):
        kind = FactKind.NUMBER if mention.kind in _VALUES else mention.kind
        families[kind].append(mention)
    return families


def _unfolded(mention: Mention, place: Range) -> Mention:
    return mention._replace(start=place[0], end=place[1])


def _ranges(mentions: Iterable[Mention | None]) -> list[Range]:
    return [(each.start, each.end) for each in mentions if each]


def _is_covered(pair: Pair, covered: list[list[Range]]) -> bool:
    """Whether it lies in a quotation that changed, which is a fact as a whole."""
    return _within(pair.old, covered[0]) and _within(pair.new, covered[1])


def _within(mention: Mention | None, ranges: list[Range]) -> bool:
    """Whether a mention lies in one of the ranges; one that isn't there does."""
    return mention is None or any(
        start <= mention.start and mention.end <= end for start, end in ranges
    )


# What only moved, and what changed places


def _without_moves(
    items: list[_T],
    one_sided: Callable[[_T], tuple[bool, Hashable] | None],
    together: Callable[[_T, _T], bool] | None = None,
) -> list[_T]:
    """Without what is removed in one place and added in another. `one_sided`: of an item with one
    side, whether it is removed, and its value; `together`: whether a removed and an added one with
    the same value are the same.
    """
    if len(items) < 2:
        return items
    removed: dict[Hashable, list[int]] = defaultdict(list)
    added: list[tuple[int, Hashable]] = []
    for at, item in enumerate(items):
        if side := one_sided(item):
            gone, value = side
            removed[value].append(at) if gone else added.append((at, value))
    moved: set[int] = set()
    for at, value in added if removed else ():
        for other in removed.get(value, ()):
            if together is None or together(items[other], items[at]):
                removed[value].remove(other)
                moved |= {at, other}
                break
    return [item for at, item in enumerate(items) if at not in moved]


def _one_sided(found: _Found) -> tuple[bool, Hashable] | None:
    """Over a whole page. A number must stand between the same words in both places."""
    fact, *value = found
    if (fact.old and fact.new) or fact.kind is FactKind.NEGATION:
        return None
    return fact.new is None, (fact.kind, *value)


def _one_sided_pair(pair: Pair) -> tuple[bool, Hashable] | None:
    return None if pair.old and pair.new else (pair.new is None, (pair.kind, pair.mention.value))


def _not_moved(found: list[Pair]) -> list[Pair]:
    return _without_moves(found, _one_sided_pair)


def _not_moved_along(found: list[Pair], old: Side, new: Side) -> list[Pair]:
    """The same, where only what moved with the words that it belongs to has."""
    return _without_moves(
        found, _one_sided_pair, lambda gone, added: _together(gone, added, old, new)
    )


def _together(one: Pair, other: Pair, old: Side, new: Side) -> bool:
    """Whether what `one` lost is what `other` got, with words that it belongs to: more was edited
    than itself, and it stands between the same words of some meaning.
    """
    if one.old is None or other.new is None:
        return False
    if _alone(one.old, old, one.edit) and _alone(other.new, new, other.edit):
        return False
    return _neighbours(old.text, one.old) == _neighbours(new.text, other.new)


def _alone(mention: Mention, side: Side, edit: int) -> bool:
    """Whether an edit has no word but a mention's."""
    return len(said(side.edit(edit)).split()) <= len(
        said(side.text[mention.start : mention.end]).split()
    )


def _apart(text: str, one: Mention, other: Mention) -> bool:
    """Whether a word of some meaning stands between two values; not in “9 to 5”."""
    first, last = sorted((one, other), key=lambda each: each.start)
    return bool(_first_telling(said(text[first.end : last.start]).split()))


def _neighbours(text: str, mention: Mention) -> tuple[str, str]:
    before = text[max(0, mention.start - _NEIGHBOURHOOD) : mention.start]
    after = text[mention.end : mention.end + _NEIGHBOURHOOD]
    words = (
        said(_SENTENCE_END.split(before)[-1]).split()[::-1],
        said(_SENTENCE_END.split(after)[0]).split(),
    )
    return _first_telling(words[0]), _first_telling(words[1])


def _first_telling(words: list[str]) -> str:
    return next((word for word in words if word not in COMMON and word not in JOINERS), "")


def _changed_places(found: list[Pair], old: Side, new: Side) -> Iterator[Pair]:
    """The same, where a value and another one took each other's place as `order`; without them if
    each took along what it belongs to.
    """
    swaps = {(pair.old.key, pair.new.key): pair for pair in found if pair.old and pair.new}
    for pair in found:
        one, two = pair.old, pair.new
        if one and two and (other := swaps.get((two.key, one.key))):
            moved = _together(pair, other, old, new) and _together(other, pair, old, new)
            if moved and other.old and _apart(old.text, one, other.old):
                continue
            pair = pair._replace(new=two._replace(kind=FactKind.ORDER))
        yield pair


def _values_changed(found: list[Pair], old: Side, new: Side) -> Iterator[Pair]:
    """Numbers, dates and times. A number that counts must take what it counts along."""
    counts: list[Pair] = []
    others: list[Pair] = []
    for pair in found:
        bare = pair.kind is FactKind.NUMBER and " " not in pair.mention.value
        (counts if bare else others).append(pair)
    found = _not_moved(others) + _not_moved_along(counts, old, new)
    if len(found) > 1:
        found = across_edits(found, old.text, new.text)
    for pair in _changed_places(found, old, new):
        one, two = pair.old, pair.new
        if one and two:
            if not _by_coincidence(one, two, pair.edit, old, new):
                yield pair
        elif not pair.mention.weak and not _repeats(pair, old, new):
            yield pair


def _repeats(pair: Pair, old: Side, new: Side) -> bool:
    """Whether the other text has what the number is one of, such as Section 508."""
    here, there = (old, new) if pair.old else (new, old)
    label = _LABEL.search(
        here.text, max(0, pair.mention.start - _NEIGHBOURHOOD), pair.mention.start
    )
    return label is not None and f"{label[0]}{here.text[slice(*pair.mention[1:3])]}" in there.text


_LABEL = re.compile(r"[A-Z]\w+ \Z")


def _by_coincidence(one: Mention, two: Mention, edit: int, old: Side, new: Side) -> bool:
    """Whether a weak value stands where another stood only since much else was replaced too."""
    if not (one.weak or two.weak):
        return False
    if one.amount and one.amount == two.amount:
        return True
    return any(len(side.edit(edit)) > SHORT_EDIT for side in (old, new))


# What a changed quotation or word tells


def _quotations_changed(
    olds: list[Mention], news: list[Mention], old: Side, new: Side
) -> Iterator[Pair]:
    for pair in _not_moved_along(list(pairs(olds, news, old, new)), old, new):
        if pair.old and pair.new:
            edits = old.touched(pair.old) or new.touched(pair.new)
            edited = (side.edit(edit) for side in (old, new) for edit in edits)
            if any(map(str.isalnum, "".join(edited))):
                yield pair
        elif not pair.mention.weak:
            # What both have as a quotation went to another speaker.
            others = news if pair.old else olds
            elsewhere = any(each.value == pair.mention.value for each in others)
            if elsewhere or not _only_marked(pair, old, new):
                yield pair


def _only_marked(pair: Pair, old: Side, new: Side) -> bool:
    """Whether a few words got their marks, or lost them, and nobody became their speaker."""
    if pair.mention.value not in said((new if pair.old else old).text):
        return False
    if pair.mention.value.count(" ") >= _LONG_QUOTATION - 1 and not pair.mention.detail:
        return False
    edited = said(f"{old.edit(pair.edit)} {new.edit(pair.edit)}").split()
    return SAYING.keys().isdisjoint(edited)


def _negated_otherwise(pair: Pair, old: Side, new: Side) -> bool:
    """Whether a negative word became a negation or the reverse: inactive, no longer active."""
    here, there = (new, old) if pair.new else (old, new)
    words = set(said(here.edit(pair.edit)).split())
    others = said(there.edit(pair.edit)).split()
    return any(
        word.removeprefix(prefix) in words
        for word in others
        for prefix in NEGATIVE_PREFIXES
        if word.startswith(prefix)
    )


def _same_words(pair: Pair, old: Side, new: Side) -> bool:
    """Whether the same words stand in a mention's place, if in other capitals."""
    here, there = (new, old) if pair.new else (old, new)
    _, start, end, *_ = pair.mention
    place = there.text[slice(*here.place_in(there, start, end))]
    return said(here.text[start:end]) == said(place)


def _in_sentence(pair: Pair, old: Side, new: Side) -> bool:
    """Whether the sentence around it was edited rather than written: every new one has some."""
    side = old if pair.old else new
    start, end = side.starts[pair.edit], side.ends[pair.edit]
    most = WORDS_OF_AN_EDIT[pair.mention.kind]
    if len(side.edit(pair.edit).split()) > most:
        return False
    if _SENTENCE_END.search(side.text, start, end):
        return False
    # “Yes.” and “No.”
    if pair.mention.start == start and pair.mention.end == end:
        return True
    opens = not side.text[:start].strip() or _SENTENCE_END.search(
        side.text, max(0, start - 2), start
    )
    return not (opens and _SENTENCE_END.match(side.text, end))
