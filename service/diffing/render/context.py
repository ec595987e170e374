"""The text around a fact: its sentence with the marks, and whether all of that is new or gone.

What is looked at around one fact is bounded, so that a list of facts costs what it is long.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import itemgetter
from typing import Literal, NamedTuple

from service.diffing.kinds import Range
from service.diffing.page import TITLE, SectionSpec
from service.diffing.sentences import sentence_spans
from service.diffing.types import Block, Diff, Fact, Place, Span, SpanOp, Spans, text_without
from service.diffing.vocabulary import OF_A_FILE

_REACH = 200
"""Characters on either side of a fact that are shown of its sentence."""
_LONGEST_SPAN, _MOST_SPANS = 240, 40
_BEGINNING = 200
"""Characters of a passage that may be quoted."""
_NOTE = 60
"""Characters in which parentheses around a fact are looked for, on either side."""
_FILE = re.compile(OF_A_FILE)
_ENDS = frozenset(".!?…。！？؟۔।\"'”’»)]")

Side = Literal["old", "new"]


class Whole(NamedTuple):
    """A block that is new or gone, or a `sentence` of it. `text`: how it begins."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    text: str
    sentence: tuple[str, int, int] | None = None


class Sentence(NamedTuple):
    """`text`: in which it is."""

    text: int
    start: int
    end: int


class Texts:
    """The texts that the facts of a diff are in. What is looked at of each is bounded."""

    def __init__(self, diff: Diff) -> None:
        self._blocks: dict[tuple[str, Side, int], list[Block]] = defaultdict(list)
        self._texts: dict[tuple[int, str], _Text] = {}
        self.specs = diff.specs
        for section in diff.sections:
            # A block from another section has that one's old index, which another block may have.
            for block in sorted(section.changes, key=lambda block: block.from_section is not None):
                for index in block.old:
                    self._blocks[section.section, "old", index].append(block)
                for index in block.new:
                    self._blocks[section.section, "new", index].append(block)

    def cites(self, fact: Fact) -> bool:
        """Whether it is in a list of sources."""
        return self.specs[fact.section].cites

    def wholes(self) -> Iterator[tuple[str, Whole]]:
        """The blocks that are new or gone and show words, each with its section."""
        for (section, _, _), blocks in self._blocks.items():
            for block in blocks:
                if not (block.old and block.new) and any(block.texts.values()):
                    yield section, _whole(self.specs[section], block)

    def passage(self, fact: Fact) -> Whole | None:
        """What is new or gone as a whole, and holds the fact."""
        if fact.old is not None and fact.new is not None:
            return None
        block = self.block_of(fact)
        if not (block.old and block.new):
            return _whole(self.specs[fact.section], block)
        text, side = self._text(fact, block), spot(fact)[0]
        start, end = text.sentence(side, *text.range_of(side, fact, block), fact.section)
        at, until = text.span_around(side, start)
        if text.spans[at].op == "equal" or until < end - 1:
            return None
        begins = text.sides[side][start : min(end, start + _BEGINNING)]
        return Whole(block.old, block.new, begins, (fact.field, start, end))

    def sentence(self, fact: Fact) -> Sentence:
        """The sentence, or the sentences, that a fact is in as they are now."""
        text, start, end = self._now(fact)
        return Sentence(id(text), *text.sentence("new", start, end, fact.section))

    def excerpt(self, facts: Sequence[Fact]) -> Spans:
        """What is near some facts of one text, as it is now, of their sentences; marked."""
        block, text = self.block_of(facts[0]), self._now(facts[0])[0]
        near = [text.near("new", *self._now(fact)[1:], fact.section) for fact in facts]
        gone = [text.range_of("old", fact, block) for fact in facts if fact.old_at]
        return text.marked(min(near)[0], max(end for _, end in near), gone)

    def tells_of_file(self, fact: Fact) -> bool:
        """Whether it stands in parentheses about a file, such as “(PDF, 1.2 MB, 18 pages)”."""
        side, block = spot(fact)[0], self.block_of(fact)
        text = self._text(fact, block)
        start, end = text.range_of(side, fact, block)
        before = text.sides[side][max(0, start - _NOTE) : start].rpartition("(")
        after = text.sides[side][end : end + _NOTE].partition(")")
        if not (before[1] and after[1]) or ")" in before[2]:
            return False
        return bool(_FILE.search(text.sides[side], start - len(before[2]), end + len(after[0])))

    def block_of(self, fact: Fact) -> Block:
        side, place = spot(fact)
        first, *others = self._blocks[fact.section, side, place.block]
        if others and not self._holds(fact, first):
            return next((each for each in others if self._holds(fact, each)), first)
        return first

    def _holds(self, fact: Fact, block: Block) -> bool:
        """Whether the fact's words are at its place in a block."""
        side, _ = spot(fact)
        if fact.field not in block.texts:
            return False
        text = self._text(fact, block)
        start, end = text.range_of(side, fact, block)
        words = fact.old if side == "old" else fact.new
        return text.sides[side][start:end] == words

    def _now(self, fact: Fact) -> tuple["_Text", int, int]:
        """The text that a fact is in, and where in it as it is now."""
        block = self.block_of(fact)
        text = self._text(fact, block)
        if fact.new is None:
            at = text.new_place(text.range_of("old", fact, block)[0])
            return text, at, at
        return text, *text.range_of("new", fact, block)

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
        self.sides = {side: text_without(spans, drop) for side, drop in drops}
        self._starts = {
            side: list(accumulate((len(text) * (op != drop) for op, text in spans), initial=0))
            for side, drop in drops
        }
        self._sentences: dict[tuple[Side, int], list[Range]] = {}

    def range_of(self, side: Side, fact: Fact, block: Block) -> tuple[int, int]:
        place, indexes = (fact.old_at, block.old) if side == "old" else (fact.new_at, block.new)
        if place is None:
            raise ValueError("the fact is not on this side")
        before = self.sides[side].split("\n")[: indexes.index(place.block)] if indexes[1:] else []
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

    def sentence(self, side: Side, start: int, end: int, section: str) -> Range:
        """From where the sentence of a place begins to where the one of its end ends. A title is
        one.
        """
        text = self.sides[side]
        low, high = text.rfind("\n", 0, start) + 1, text.find("\n", end)
        high = len(text) if high < 0 else high
        if section == TITLE:
            return low, high
        if (found := self._sentences.get((side, low))) is None:
            found = [(low + one, low + other) for one, other in sentence_spans(text[low:high])]
            self._sentences[side, low] = found
        first = bisect_right(found, start, key=itemgetter(0)) - 1
        begin = found[first][0] if first >= 0 else low
        last = bisect_left(found, max(end, begin), key=itemgetter(1))
        return begin, found[last][1] if last < len(found) else high

    def near(self, side: Side, start: int, end: int, section: str) -> Range:
        """Of a long sentence what is near a place, else all of it."""
        text = self.sides[side]
        low, high = self.sentence(side, start, end, section)
        if start - low > _REACH:
            low = start - _REACH
            low = text.find(" ", low, start) + 1 or low
        if high - end > _REACH:
            high = max(end, text.rfind(" ", end, end + _REACH))
        return low, high

    def marked(self, start: int, end: int, gone: Sequence[Range]) -> Spans:
        """The new text from `start` to `end` with its marks, and `gone` of the old one."""
        olds, news, text = self._starts["old"], self._starts["new"], self.sides["new"]
        found: list[Span] = []
        at = max(0, bisect_left(news, start) - 1)
        while at < len(self.spans) and news[at] <= end and len(found) < _MOST_SPANS:
            op, part = self.spans[at]
            if op == "delete":
                replaced = at + 1 < len(self.spans) and self.spans[at + 1].op == "insert"
                fact = any(olds[at] < until and begin < olds[at + 1] for begin, until in gone)
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


def cut(text: str, longest: int) -> str:
    """At most so many characters, up to the end of a word if words are apart."""
    if len(text) <= longest:
        return text
    at = text.rfind(" ", longest // 2, longest - 1)
    return f"{text[:at].rstrip()} …" if at > 0 else f"{text[: longest - 1]}…"


def _whole(spec: SectionSpec, block: Block) -> Whole:
    """Of a source its name, or its address if it has none."""
    texts = [text[:_BEGINNING] for spans in block.texts.values() for _, text in spans]
    text = "".join(texts[:1]) if spec.cites else " ".join(texts)
    return Whole(block.old, block.new, text)


def _excerpt(text: str) -> str:
    """How a long text begins and ends."""
    if len(text) <= _LONGEST_SPAN:
        return text
    end = len(text) - _LONGEST_SPAN // 3
    end = max(end, text.find(" ", end) + 1)
    return f"{cut(text, _LONGEST_SPAN * 2 // 3).removesuffix('…').rstrip()} … {text[end:]}"
