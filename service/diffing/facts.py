"""Which facts differ between two pages: what an editor must see first."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator

from service.diffing.composed import composed, folded
from service.diffing.mentions import QUOTES, FactKind, Mention, mentions
from service.diffing.page import SECTION_SPECS, Unit
from service.diffing.thresholds import (
    CHARACTERS_PER_TEXT,
    MAX_FACT_CHARACTERS,
    MENTION_REACH,
    PASSAGE_CHARACTERS,
)
from service.diffing.types import Block, Fact, Place, Section, Spans, Stale, text_without

_WITHOUT_UNIT = re.compile(
    r"[^\d]*\d[\d.,:]*(?:%|thousand|million|billion|trillion|crore|lakh|[万亿萬億兆])?"
)
_NUMBER = re.compile("\\d(?:[\\d.,'’\u00a0\u202f]*\\d)?")


def facts(
    sections: Iterable[Section], old_texts: Callable[[], str], new_texts: Callable[[], str]
) -> tuple[tuple[Fact, ...], bool]:
    """(facts in the order of the page, whether all changed text was searched).

    `old_texts` and `new_texts` return the whole text of each page, which may have a name
    elsewhere. Coarse blocks aren't searched, nor what exceeds `MAX_FACT_CHARACTERS`.
    """
    found: list[Fact] = []
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
                found += _facts_of_block(block, section.section)
    if any(fact.kind.new_to_page for fact in found):
        old_text, new_text = folded(old_texts()), folded(new_texts())
        found = [fact for fact in found if not _elsewhere(fact, old_text, new_text)]
    return tuple(_without_moved(found)), complete


def _searched(spans: Spans) -> int:
    """How many characters of a text are searched, with what it costs to begin."""
    head, tail = _out_of_reach(spans)
    return sum(len(text) for _, text in spans) - head - tail + CHARACTERS_PER_TEXT


def _elsewhere(fact: Fact, old: str, new: str) -> bool:
    """Whether a name or link that was added or removed here also stands in the other page."""
    if not fact.kind.new_to_page or (fact.old and fact.new):
        return False
    text, other = (fact.old, new) if fact.old else (fact.new, old)
    return folded(text or "") in other


def _without_moved(found: list[Fact]) -> Iterator[Fact]:
    """A fact removed in one place and added in another has only moved."""
    removed = Counter((fact.kind, fact.old) for fact in found if fact.new is None)
    added = Counter((fact.kind, fact.new) for fact in found if fact.old is None)
    moved = {"old": removed & added, "new": removed & added}
    for fact in found:
        side = "old" if fact.new is None else "new" if fact.old is None else None
        if side and moved[side][fact.kind, getattr(fact, side)] > 0:
            moved[side][fact.kind, getattr(fact, side)] -= 1
        else:
            yield fact


def _facts_of_block(block: Block, section: str) -> Iterator[Fact]:
    if section == "title":
        old, new = (text_without(block.spans, drop) for drop in ("insert", "delete"))
        old_at, new_at = Place(0, 0, len(old)), Place(0, 0, len(new))
        if composed(old) != composed(new):
            yield Fact(FactKind.HEADLINE, section, old, new, old_at, new_at)
    elif section == "sources":
        yield from _facts_of_source(block, section)
    else:
        for name, spans in block.texts.items():
            yield from _facts_of_text(block, section, name, spans)


def _facts_of_source(block: Block, section: str) -> Iterator[Fact]:
    for name in SECTION_SPECS[section].required:
        spans = block.texts.get(name, ())
        old, new = text_without(spans, "insert"), text_without(spans, "delete")
        # An address is another one in another form; a name is not.
        if old != new and (name == "url" or composed(old) != composed(new)):
            old_at = Place(block.old[0], 0, len(old)) if old else None
            new_at = Place(block.new[0], 0, len(new)) if new else None
            yield Fact(FactKind.SOURCE, section, old or None, new or None, old_at, new_at, name)


def _facts_of_text(block: Block, section: str, field: str, spans: Spans) -> Iterator[Fact]:
    """Mentions that an edit touches, each paired with what replaced it."""
    head, tail = _out_of_reach(spans)
    spans = _trimmed(spans, head, tail)
    old_text, new_text = text_without(spans, "insert"), text_without(spans, "delete")
    all_old, all_new = mentions(old_text), mentions(new_text)
    old, replaced_old, near_old = _touched(spans, "delete", all_old)
    new, replaced_new, near_new = _touched(spans, "insert", all_new)
    old, new = _surplus(old, all_old, all_new), _surplus(new, all_new, all_old)
    pairs: list[tuple[int, Mention, Mention | None, Mention | None]] = []
    unpaired, spare_old, spare_new = _by_edit(new), _by_edit(near_old), _by_edit(near_new)
    for edit, mention in old:
        other = _take(unpaired, edit, mention)
        if not other and (edit, mention) not in replaced_old:
            other = _take(spare_new, edit, mention)
        pairs.append((edit, mention, mention, other))
    for (edit, _), rest in unpaired.items():
        for mention in rest:
            other = None if (edit, mention) in replaced_new else _take(spare_old, edit, mention)
            pairs.append((edit, other or mention, other, mention))
    passages = _passages(spans) if block.old and block.new else None
    shared = block.texts[field][0].text[:head] if head else ""
    for edit, first, one, two in sorted(pairs, key=lambda pair: (pair[0], pair[1].start)):
        if one and two and one.value == two.value:
            continue
        if first.kind.edited_only and (passages is None or edit in passages):
            continue
        yield Fact(
            first.kind,
            section,
            old_text[one.start : one.end] if one else None,
            new_text[two.start : two.end] if two else None,
            _place(block.old, shared, old_text, one) if one else None,
            _place(block.new, shared, new_text, two) if two else None,
            field,
        )


def _passages(spans: Spans) -> set[int]:
    """The numbers of the edits that are whole passages; edits are numbered as in `_touched`."""
    sizes: Counter[int] = Counter()
    number = 0
    for op, text in spans:
        if op == "equal":
            number += 1
        else:
            sizes[number] += len(text)
    return {number for number, size in sizes.items() if size > PASSAGE_CHARACTERS}


def _out_of_reach(spans: Spans) -> tuple[int, int]:
    """Lengths of an equal beginning and end from which no mention reaches an edit."""
    head = tail = 0
    if len(spans) > 1 and spans[0].op == "equal":
        text = spans[0].text
        head = text.rfind(" ", 0, max(0, len(text) - MENTION_REACH)) + 1
        head = 0 if QUOTES.search(text, 0, head) else head
    if len(spans) > 1 and spans[-1].op == "equal":
        text = spans[-1].text
        cut = text.find(" ", MENTION_REACH)
        tail = 0 if cut < 0 or QUOTES.search(text, cut) else len(text) - cut
    return head, tail


def _trimmed(spans: Spans, head: int, tail: int) -> Spans:
    if not head and not tail:
        return spans
    trimmed = list(spans)
    trimmed[0] = trimmed[0]._replace(text=trimmed[0].text[head:])
    trimmed[-1] = trimmed[-1]._replace(text=trimmed[-1].text[: len(trimmed[-1].text) - tail])
    return tuple(trimmed)


_Mentions = list[tuple[int, Mention]]
"""(number of the edit, mention)."""
_ByEdit = dict[tuple[int, FactKind], deque[Mention]]


def _by_edit(found: _Mentions) -> _ByEdit:
    by_edit: _ByEdit = defaultdict(deque)
    for edit, mention in found:
        by_edit[edit, mention.kind].append(mention)
    return by_edit


def _take(by_edit: _ByEdit, edit: int, like: Mention) -> Mention | None:
    rest = by_edit.get((edit, like.kind))
    return rest.popleft() if rest else None


def _touched(
    spans: Spans, op: str, all_mentions: list[Mention]
) -> tuple[_Mentions, set[tuple[int, Mention]], _Mentions]:
    """Mentions in one text: those that its edits touch; those of them that lie entirely within an
    edit; and those beside which only the other text has an edit, so that they may correspond to a
    mention there.
    """
    edits: list[tuple[int, int, int]] = []
    points: list[tuple[int, int]] = []
    at = number = 0
    for span in spans:
        if span.op == "equal":
            number += 1
        elif span.op == op:
            edits.append((at, at + len(span.text), number))
        else:
            points.append((at, number))
        at += len(span.text) if span.op in ("equal", op) else 0
    ends = [end for _, end, _ in edits]
    touched: _Mentions = []
    within: set[tuple[int, Mention]] = set()
    beside: _Mentions = []
    for mention in all_mentions:
        index = bisect_right(ends, mention.start)
        if index < len(edits) and edits[index][0] < mention.end:
            start, end, number = edits[index]
            touched.append((number, mention))
            if start <= mention.start and mention.end <= end:
                within.add((number, mention))
            continue
        index = bisect_left(points, (mention.start, 0))
        if index < len(points) and points[index][0] <= mention.end:
            beside.append((points[index][1], mention))
    return touched, within, beside


def _surplus(touched: _Mentions, here: list[Mention], there: list[Mention]) -> _Mentions:
    """Those whose value the other text has less often: the rest is only written differently, or
    moved.
    """
    surplus = Counter((m.kind, m.value) for m in here) - Counter((m.kind, m.value) for m in there)
    kept = []
    for edit, mention in touched:
        if surplus[mention.kind, mention.value] > 0:
            surplus[mention.kind, mention.value] -= 1
            kept.append((edit, mention))
    return kept


def _place(blocks: tuple[int, ...], shared: str, text: str, mention: Mention) -> Place:
    """Where a mention stands in its own paragraph; newlines in `shared + text` separate several."""
    if len(blocks) == 1:
        return Place(blocks[0], len(shared) + mention.start, len(shared) + mention.end)
    before = shared + text[: mention.start]
    start = len(before) - before.rfind("\n") - 1
    return Place(blocks[before.count("\n")], start, start + mention.end - mention.start)


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
    bare = _WITHOUT_UNIT.match(mention.value) if mention.kind is FactKind.NUMBER else None
    for value in {mention.value, bare[0] if bare else mention.value}:
        digits = sum(map(str.isdigit, value))
        if digits > 2 or (digits > 0 and not value.isdecimal()):
            yield value
