"""The text around a fact: its sentence with the marks, and whether all of that is new or gone.

What is looked at around one fact is bounded, so that a list of facts costs what it is long.
"""

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import Literal, NamedTuple

from service.diffing.sentences import sentence_spans
from service.diffing.types import Block, Diff, Fact, Place, Span, SpanOp, Spans, text_without

_REACH = 200
"""Characters on either side of a fact in which its sentence is looked for."""
_LONGEST_SPAN, _MOST_SPANS = 240, 40
_ENDS = frozenset(".!?…。！？؟۔।\"'”’»)]")

Side = Literal["old", "new"]


class Whole(NamedTuple):
    """A block that is new or gone, or a `sentence` of it."""

    block: tuple[int, ...]
    sentence: tuple[str, int, int] | None = None


class Texts:
    """The texts that the facts of a diff are in. What is looked at of each is bounded."""

    def __init__(self, diff: Diff) -> None:
        self._blocks: dict[tuple[str, str, int], Block] = {}
        self._texts: dict[tuple[int, str], _Text] = {}
        for section in diff.sections:
            # A block from another section has that one's old index, which another block may have.
            for block in sorted(section.changes, key=lambda block: block.from_section is not None):
                for side, indexes in (("old", block.old), ("new", block.new)):
                    for index in indexes:
                        self._blocks.setdefault((section.section, side, index), block)

    def passage(self, fact: Fact) -> Whole | None:
        """What is new or gone as a whole, and holds the fact."""
        if fact.old is not None and fact.new is not None:
            return None
        block = self.block_of(fact)
        if not (block.old and block.new):
            return Whole(block.old or block.new)
        text, side = self._text(fact, block), spot(fact)[0]
        start, end = text.sentence(side, *text.range_of(side, fact, block), fact.section)
        at, until = text.span_around(side, start)
        if text.spans[at].op == "equal" or until < end - 1:
            return None
        return Whole(block.old + block.new, (fact.field, start, end))

    def sentence(self, fact: Fact) -> tuple[object, Spans]:
        """The sentence that a fact is in as it is now, marked; and where it is."""
        block = self.block_of(fact)
        text = self._text(fact, block)
        if fact.new is None:
            at = text.new_place(text.range_of("old", fact, block)[0])
            place = at, at
        else:
            place = text.range_of("new", fact, block)
        start, end = text.sentence("new", *place, fact.section)
        gone = text.range_of("old", fact, block) if fact.old_at else (0, 0)
        return (id(text), start, end), text.marked(start, end, gone)

    def block_of(self, fact: Fact) -> Block:
        side, place = spot(fact)
        return self._blocks[fact.section, side, place.block]

    def _text(self, fact: Fact, block: Block) -> "_Text":
        key = id(block), fact.field
        if key not in self._texts:
            self._texts[key] = _Text(block.texts[fact.field])
        return self._texts[key]


class _Text:
    """Both sides of a text, and where each span begins in them."""

    def __init__(self, spans: Spans) -> None:
        self.spans = spans
        drops: tuple[tuple[Side, SpanOp], ...] = (("old", "insert"), ("new", "delete"))
        self._sides = {side: text_without(spans, drop) for side, drop in drops}
        self._starts = {
            side: list(accumulate((len(text) * (op != drop) for op, text in spans), initial=0))
            for side, drop in drops
        }

    def range_of(self, side: Side, fact: Fact, block: Block) -> tuple[int, int]:
        place, indexes = (fact.old_at, block.old) if side == "old" else (fact.new_at, block.new)
        if place is None:
            raise ValueError("the fact is not on this side")
        before = self._sides[side].split("\n")[: indexes.index(place.block)] if indexes[1:] else []
        begins = sum(len(line) + 1 for line in before)
        return begins + place.start, begins + place.end

    def span_around(self, side: Side, at: int) -> tuple[int, int]:
        """The span that holds a character, and where it ends on that side."""
        starts = self._starts[side]
        index = bisect_right(starts, at) - 1
        return min(index, len(self.spans) - 1), starts[min(index + 1, len(starts) - 1)]

    def new_place(self, old: int) -> int:
        """Where a place of the old text is in the new one."""
        index, _ = self.span_around("old", old)
        beyond = old - self._starts["old"][index] if self.spans[index].op == "equal" else 0
        return self._starts["new"][index] + beyond

    def sentence(self, side: Side, start: int, end: int, section: str) -> tuple[int, int]:
        """Where the sentence around a place is; of a long one, what is near. A title is one."""
        text = self._sides[side]
        low, high = max(0, start - _REACH), min(len(text), end + _REACH)
        low = max(low, text.rfind("\n", low, start) + 1)
        if low and text[low - 1] != "\n":
            low = text.find(" ", low, start) + 1 or low
        if (line := text.find("\n", end, high)) >= 0:
            high = line
        elif high < len(text):
            high = max(end, text.rfind(" ", end, high))
        if section == "title":
            return low, high
        found = [(low + one, low + other) for one, other in sentence_spans(text[low:high])]
        first = max((one for one, _ in found if one <= start), default=low)
        return first, min((other for _, other in found if other >= max(end, first)), default=high)

    def marked(self, start: int, end: int, gone: tuple[int, int]) -> Spans:
        """The new text from `start` to `end` with its marks, and `gone` of the old one."""
        olds, news, text = self._starts["old"], self._starts["new"], self._sides["new"]
        found: list[Span] = []
        at = max(0, bisect_left(news, start) - 1)
        while at < len(self.spans) and news[at] <= end and len(found) < _MOST_SPANS:
            op, part = self.spans[at]
            if op == "delete":
                replaced = at + 1 < len(self.spans) and self.spans[at + 1].op == "insert"
                fact = olds[at] < gone[1] and gone[0] < olds[at + 1]
                # What is gone at the border was of this sentence only if other words replace it.
                if fact or start < news[at] < end or (replaced and start == news[at] < end):
                    found.append(Span(op, _excerpt(part)))
            elif part := text[max(start, news[at]) : min(end, news[at + 1])]:
                found.append(Span(op, _excerpt(part)))
            at += 1
        if start and text[start - 1] != "\n" and text[:start].rstrip()[-1:] not in _ENDS:
            found.insert(0, Span("equal", "… "))
        if end < len(text) and text[end] != "\n" and text[end - 1 : end] not in _ENDS:
            found.append(Span("equal", " …"))
        return tuple(found)


def spot(fact: Fact) -> tuple[Side, Place]:
    """The side and place by which a fact is found: the new one if it has both."""
    if fact.new_at:
        return "new", fact.new_at
    if fact.old_at:
        return "old", fact.old_at
    raise ValueError("a fact without a place")


def _excerpt(text: str) -> str:
    if len(text) <= _LONGEST_SPAN:
        return text
    return f"{text[: _LONGEST_SPAN * 2 // 3]} … {text[-(_LONGEST_SPAN // 3) :]}"
