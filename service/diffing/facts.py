"""Which facts differ between two pages, ahead of the words in which they do."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator

from service.diffing.mentions import QUOTES, Mention, mentions
from service.diffing.page import SECTION_SPECS, Unit
from service.diffing.types import (
    Block,
    Fact,
    FactKind,
    Place,
    Section,
    Spans,
    Stale,
)

_ONLY_WHERE_EDITED = frozenset({"negation", "attribution"})
"""Every new passage has some of these: they tell something only where a sentence was edited."""
_PASSAGE = 120
"""Characters of an edit, gone and come, that are a passage rather than a part of a sentence."""
_KNOWN_ELSEWHERE = frozenset({"name", "source"})
"""No news where the other version has it in another place."""
_REACH = 80
"""Characters beside an edit that a mention of what was edited may take up; a quotation more."""
LONGEST = 40_000
"""Characters of changed text, old and new, in which facts are looked for: some 0.1 s of work."""
_BARE = re.compile(
    r"[^\d]*\d[\d.,:]*(?:%|thousand|million|billion|trillion|crore|lakh|[万亿萬億兆])?"
)
_RUN = re.compile("\\d(?:[\\d.,'’\u00a0\u202f]*\\d)?")


def facts(
    sections: Iterable[Section], old_texts: Callable[[], str], new_texts: Callable[[], str]
) -> tuple[tuple[Fact, ...], bool]:
    """(facts in the order of the page, whether all text was looked through).

    `old_texts` and `new_texts` give the whole texts: a name that both have is no new one. What is
    marked roughly is not looked through, nor what lies beyond `LONGEST`.
    """
    found: list[Fact] = []
    left, complete = LONGEST, True
    for section in sections:
        for block in section.changes:
            if not block.edited:
                continue
            size = sum(len(text) for spans in block.texts.values() for _, text in spans)
            if size > left or block.coarse:
                complete = False
            else:
                left -= size
                found += _of_block(block, section.section)
    if any(fact.kind in _KNOWN_ELSEWHERE for fact in found):
        old_text, new_text = old_texts().casefold(), new_texts().casefold()
        found = [fact for fact in found if not _known(fact, old_text, new_text)]
    return tuple(_without_echoes(found)), complete


def _known(fact: Fact, old: str, new: str) -> bool:
    """Whether a name or link that came or went in one place stands elsewhere in both texts."""
    if fact.kind not in _KNOWN_ELSEWHERE or (fact.old and fact.new):
        return False
    told, other = (fact.old, new) if fact.old else (fact.new, old)
    return (told or "").casefold() in other


def _without_echoes(found: list[Fact]) -> Iterator[Fact]:
    """What went in one place and came in another has only moved."""
    gone = Counter((fact.kind, fact.old) for fact in found if fact.new is None)
    come = Counter((fact.kind, fact.new) for fact in found if fact.old is None)
    both = {"old": gone & come, "new": gone & come}
    for fact in found:
        side = "old" if fact.new is None else "new" if fact.old is None else None
        if side and both[side][fact.kind, getattr(fact, side)] > 0:
            both[side][fact.kind, getattr(fact, side)] -= 1
        else:
            yield fact


def _of_block(block: Block, section: str) -> Iterator[Fact]:
    if section == "title":
        old, new = (_text(block.spans, drop) for drop in ("insert", "delete"))
        yield Fact("headline", section, old, new, Place(0, 0, len(old)), Place(0, 0, len(new)))
        return
    if section == "sources":
        yield from _of_source(block, section)
        return
    for name, spans in block.texts.items():
        yield from _of_text(block, section, name, spans)


def _of_source(block: Block, section: str) -> Iterator[Fact]:
    for name in ("name", "url"):
        spans = block.texts.get(name, ())
        old, new = _text(spans, "insert"), _text(spans, "delete")
        if old != new:
            yield Fact(
                "source",
                section,
                old or None,
                new or None,
                Place(block.old[0], 0, len(old)) if old else None,
                Place(block.new[0], 0, len(new)) if new else None,
                name,
            )


def _text(spans: Spans, drop: str) -> str:
    return "".join(text for op, text in spans if op != drop)


def _of_text(block: Block, section: str, field: str, spans: Spans) -> Iterator[Fact]:
    """Mentions that an edit touches, paired with what stands in their place now."""
    head, tail = _far(spans)
    spans = _between(spans, head, tail)
    old_text, new_text = _text(spans, "insert"), _text(spans, "delete")
    all_old, all_new = mentions(old_text), mentions(new_text)
    old, whole_old, beside_old = _touched(spans, "delete", all_old)
    new, whole_new, beside_new = _touched(spans, "insert", all_new)
    old, new = _fewer(old, all_old, all_new), _fewer(new, all_new, all_old)
    told: list[tuple[int, Mention, Mention | None, Mention | None]] = []
    waiting, near_old, near_new = _by_edit(new), _by_edit(beside_old), _by_edit(beside_new)
    for edit, mention in old:
        other = _take(waiting, edit, mention)
        if not other and (edit, mention) not in whole_old:
            other = _take(near_new, edit, mention)
        told.append((edit, mention, mention, other))
    for (edit, _), rest in waiting.items():
        for mention in rest:
            other = None if (edit, mention) in whole_new else _take(near_old, edit, mention)
            told.append((edit, other or mention, other, mention))
    told = [each for each in told if not (each[2] and each[3] and each[2].value == each[3].value)]
    passages = _passages(spans) if block.old and block.new else None
    shared = block.texts[field][0].text[:head] if head else ""
    for edit, first, one, two in sorted(told, key=lambda each: (each[0], each[1].start)):
        if first.kind in _ONLY_WHERE_EDITED and (passages is None or edit in passages):
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
    """The numbers of the edits that are whole passages; edits are counted as in `_touched`."""
    sizes: Counter[int] = Counter()
    number = 0
    for op, text in spans:
        if op == "equal":
            number += 1
        else:
            sizes[number] += len(text)
    return {number for number, size in sizes.items() if size > _PASSAGE}


def _far(spans: Spans) -> tuple[int, int]:
    """Lengths of an equal beginning and end that no mention reaches out of to an edit: what they
    mention both texts do.
    """
    head = tail = 0
    if len(spans) > 1 and spans[0].op == "equal":
        text = spans[0].text
        head = text.rfind(" ", 0, max(0, len(text) - _REACH)) + 1
        head = 0 if QUOTES.search(text, 0, head) else head
    if len(spans) > 1 and spans[-1].op == "equal":
        text = spans[-1].text
        cut = text.find(" ", _REACH)
        tail = 0 if cut < 0 or QUOTES.search(text, cut) else len(text) - cut
    return head, tail


def _between(spans: Spans, head: int, tail: int) -> Spans:
    if not head and not tail:
        return spans
    within = list(spans)
    within[0] = within[0]._replace(text=within[0].text[head:])
    within[-1] = within[-1]._replace(text=within[-1].text[: len(within[-1].text) - tail])
    return tuple(within)


_Found = list[tuple[int, Mention]]
"""(number of the edit, mention)."""


def _by_edit(found: _Found) -> dict[tuple[int, FactKind], deque[Mention]]:
    sorted_out: dict[tuple[int, FactKind], deque[Mention]] = defaultdict(deque)
    for edit, mention in found:
        sorted_out[edit, mention.kind].append(mention)
    return sorted_out


def _take(
    waiting: dict[tuple[int, FactKind], deque[Mention]], edit: int, like: Mention
) -> Mention | None:
    rest = waiting.get((edit, like.kind))
    return rest.popleft() if rest else None


def _touched(
    spans: Spans, op: str, all_mentions: list[Mention]
) -> tuple[_Found, set[tuple[int, Mention]], _Found]:
    """The mentions in one of the texts that its spans of that kind touch; of these the ones that
    lie wholly within; and those in or beside which only the other text has something, so that they
    may be what a mention there was.
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
    touched: _Found = []
    whole: set[tuple[int, Mention]] = set()
    beside: _Found = []
    for mention in all_mentions:
        index = bisect_right(ends, mention.start)
        if index < len(edits) and edits[index][0] < mention.end:
            start, end, number = edits[index]
            touched.append((number, mention))
            if start <= mention.start and mention.end <= end:
                whole.add((number, mention))
            continue
        index = bisect_left(points, (mention.start, 0))
        if index < len(points) and points[index][0] <= mention.end:
            beside.append((points[index][1], mention))
    return touched, whole, beside


def _fewer(touched: _Found, here: list[Mention], there: list[Mention]) -> _Found:
    """Those whose value the other text has less often: the rest is written otherwise, or moved."""
    surplus = Counter((m.kind, m.value) for m in here) - Counter((m.kind, m.value) for m in there)
    kept = []
    for edit, mention in touched:
        if surplus[mention.kind, mention.value] > 0:
            surplus[mention.kind, mention.value] -= 1
            kept.append((edit, mention))
    return kept


def _place(blocks: tuple[int, ...], shared: str, text: str, mention: Mention) -> Place:
    """In its own paragraph, where newlines joined several; `shared` stands before `text`."""
    if len(blocks) == 1:
        return Place(blocks[0], len(shared) + mention.start, len(shared) + mention.end)
    before = shared + text[: mention.start]
    start = len(before) - before.rfind("\n") - 1
    return Place(blocks[before.count("\n")], start, start + mention.end - mention.start)


def stale(
    found: Iterable[Fact], new: Iterable[tuple[str, list[Unit]]]
) -> tuple[tuple[Stale, ...], bool]:
    """(places where a section still says the number or date that another section changed, whether
    all text that may hold one was looked through).
    """
    changed: dict[tuple[FactKind, str], set[str]] = {}
    digits: set[str] = set()
    for fact in found:
        if fact.kind in ("number", "date") and fact.old and fact.new:
            for mention in mentions(fact.old):
                for value in _telling(mention) if mention.kind == fact.kind else ():
                    changed.setdefault((fact.kind, value), set()).add(fact.section)
                    digits.update(_digits(fact.old))
    repeats: list[Stale] = []
    left = LONGEST if changed else 0
    for section, blocks in new if changed else ():
        if all(places == {section} for places in changed.values()):
            continue
        for index, fields in enumerate(blocks):
            for name, text in zip(SECTION_SPECS[section].fields, fields, strict=True):
                if digits.isdisjoint(_digits(text)):
                    continue
                left -= len(text)
                if left < 0:
                    return tuple(repeats), False
                repeats += [
                    Stale(
                        section,
                        text[each.start : each.end],
                        Place(index, each.start, each.end),
                        name,
                    )
                    for each in mentions(text)
                    if any(
                        changed.get((each.kind, value), {section}) - {section}
                        for value in _telling(each)
                    )
                ]
    return tuple(repeats), True


def _digits(text: str) -> Iterator[str]:
    """The digits of each number in a text, however they are set apart."""
    return ("".join(filter(str.isdigit, run)) for run in _RUN.findall(text))


def _telling(mention: Mention) -> Iterator[str]:
    """The value, with its unit and without; but a bare small number stands in many a sentence by
    chance.
    """
    bare = _BARE.match(mention.value) if mention.kind == "number" else None
    for value in {mention.value, bare[0] if bare else mention.value}:
        digits = sum(map(str.isdigit, value))
        if digits > 2 or (digits > 0 and not value.isdecimal()):
            yield value
