"""Two pages in, a Diff out."""

from collections.abc import Iterator, Mapping, Sequence

from service.diffing.align import Link, across, align
from service.diffing.facts import facts, stale
from service.diffing.likeness import Unit
from service.diffing.matching import Budget
from service.diffing.tokens import count_words
from service.diffing.types import (
    FIELDS,
    SECTIONS,
    Block,
    BlockOp,
    Diff,
    Page,
    Section,
    Span,
    SpanOp,
    Spans,
    Stats,
)
from service.diffing.words import mark

_KEYS = {"sources": (1, 0), "faq": (0, 1)}
"""A source is known by its url, then its name; an entry by its question, then its answer."""
_PROSE = ("overview", "analysis")
"""Sections of paragraphs, which may move from one to the other."""
_TEXT = ("",)


def compare(old: Page, new: Page) -> Diff:
    """The difference between two pages: the same for the same pages, on any machine."""
    diff = difference(old, new)
    found, complete = facts(diff.sections, _prose(old), _prose(new))
    blocks = {name: units(new, name) for name in SECTIONS if name != "sources"}
    return diff._replace(facts=found, stale=stale(found, blocks), facts_complete=complete)


def difference(old: Page, new: Page) -> Diff:
    """The same without a look at the facts, which takes longer than all else."""
    budget = Budget()
    drafts = {name: _Draft(name, units(old, name), units(new, name), budget) for name in SECTIONS}
    for origin, target in (_PROSE, _PROSE[::-1]):
        drafts[target].take_from(drafts[origin])
    sections = tuple(Section(name, tuple(drafts[name].blocks(budget))) for name in SECTIONS)
    blocks = [block for section in sections for block in section.blocks if block.op != "same"]
    stats = Stats(
        words_added=_words(blocks, "insert"),
        words_removed=_words(blocks, "delete"),
        blocks_moved=sum(block.op == "moved" for block in blocks),
    )
    return Diff(sections, (old["source_count"], new["source_count"]), stats)


def _prose(page: Page) -> str:
    texts = [text for name in SECTIONS for unit in units(page, name) for text in unit]
    return "\n".join(texts)


def units(page: Page, section: str) -> list[Unit]:
    """The blocks of a section; a title or a summary is a section of one block."""
    match section:
        case "title":
            return [(page["title"],)]
        case "summary":
            return [(page["summary"],)]
        case "overview":
            return [(text,) for text in page["overview"]]
        case "analysis":
            return [(text,) for text in page["analysis"]]
        case "sources":
            return [_record(source, "sources") for source in page["sources"]]
        case _:
            return [_record(entry, "faq") for entry in page["faq"]]


def _record(record: Mapping[str, object], section: str) -> Unit:
    return tuple(str(record.get(name, "")) for name in FIELDS[section])


class _Draft:
    """A section while it is not yet known what went to other sections or came from there."""

    def __init__(self, name: str, old: list[Unit], new: list[Unit], budget: Budget) -> None:
        self.name, self.old, self.new = name, old, new
        self.head, self.tail = _shared_ends(old, new)
        self.came: dict[int, tuple[int, _Draft]] = {}
        self.went: set[int] = set()
        if name in ("title", "summary"):
            # A title stays the title, however much of it changed.
            self.links = [] if self.head else [Link((0,), (0,))]
            return
        head, stop_old, stop_new = self.head, len(old) - self.tail, len(new) - self.tail
        middle = align(old[head:stop_old], new[head:stop_new], budget, _KEYS.get(name, ()))
        self.links = [
            Link(tuple(i + head for i in link.old), tuple(j + head for j in link.new), link.moved)
            for link in middle
        ]

    def take_from(self, other: "_Draft") -> None:
        """Blocks that left the other section and came into this one."""
        for link in across(other.gone(), self.come()):
            self.came[link.new[0]] = (link.old[0], other)
            other.went.add(link.old[0])

    def gone(self) -> dict[int, Unit]:
        within = range(self.head, len(self.old) - self.tail)
        linked = {i for link in self.links for i in link.old} | self.went
        return {i: self.old[i] for i in within if i not in linked}

    def come(self) -> dict[int, Unit]:
        within = range(self.head, len(self.new) - self.tail)
        linked = {j for link in self.links for j in link.new} | set(self.came)
        return {j: self.new[j] for j in within if j not in linked}

    def blocks(self, budget: Budget) -> Iterator[Block]:
        """Every block of either text once, in the new order; what went stands where it was."""
        names = FIELDS.get(self.name, _TEXT)
        for at in range(self.head):
            yield _same(names, self.old[at], at, at)
        yield from self._changed(names, budget)
        shift = len(self.new) - len(self.old)
        for at in range(len(self.old) - self.tail, len(self.old)):
            yield _same(names, self.old[at], at, at + shift)

    def _changed(self, names: tuple[str, ...], budget: Budget) -> Iterator[Block]:
        gone = self.gone()
        moved = {link.new[0]: link for link in self.links if link.moved}
        i, j = self.head, self.head
        stop = Link((len(self.old) - self.tail,), (len(self.new) - self.tail,))
        for link in [*(each for each in self.links if not each.moved), stop]:
            for index in range(i, link.old[0]):
                if index in gone:
                    yield Block("removed", (index,), (), _one_sided(names, gone[index], "delete"))
            at = j
            while at < link.new[0]:
                if at in moved:
                    yield self._pair(names, moved[at], budget)
                    at = moved[at].new[-1]
                elif at in self.came:
                    index, other = self.came[at]
                    cross = Link((index,), (at,), True)
                    yield self._pair(names, cross, budget, other)
                else:
                    yield Block("added", (), (at,), _one_sided(names, self.new[at], "insert"))
                at += 1
            if link is not stop:
                yield self._pair(names, link, budget)
            i, j = link.old[-1] + 1, link.new[-1] + 1

    def _pair(
        self, names: tuple[str, ...], link: Link, budget: Budget, other: "_Draft | None" = None
    ) -> Block:
        old = (other or self).old
        before, after = old[link.old[0]], self.new[link.new[0]]
        if before == after and not link.moved:
            return _same(names, before, link.old[0], link.new[0])
        if len(link.old) + len(link.new) > 2:
            before = ("\n".join(old[i][0] for i in link.old),)
            after = ("\n".join(self.new[j][0] for j in link.new),)
        texts, coarse = {}, False
        for name, one, two in zip(names, before, after, strict=True):
            if one or two or name in names[:2]:
                marked = mark(one, two, budget)
                texts[name] = marked.spans
                coarse = coarse or marked.coarse
        op: BlockOp = "moved" if link.moved else "changed"
        return Block(op, link.old, link.new, texts, coarse, other.name if other else None)


def _shared_ends(old: Sequence[Unit], new: Sequence[Unit]) -> tuple[int, int]:
    """How many blocks both share at the beginning and, of the rest, at the end."""
    short = min(len(old), len(new))
    head = 0
    while head < short and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < short - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return head, tail


def _same(names: tuple[str, ...], unit: Unit, i: int, j: int) -> Block:
    if names is _TEXT and unit[0]:
        # Most blocks of most diffs: worth a short way.
        return Block("same", (i,), (j,), {"": (Span("equal", unit[0]),)})
    return Block("same", (i,), (j,), _one_sided(names, unit, "equal"))


def _one_sided(names: tuple[str, ...], unit: Unit, op: SpanOp) -> dict[str, Spans]:
    return {
        name: (Span(op, text),) if text else ()
        for name, text in zip(names, unit, strict=True)
        if text or name in names[:2]
    }


def _words(blocks: list[Block], op: str) -> int:
    return sum(
        count_words(span.text)
        for block in blocks
        for spans in block.texts.values()
        for span in spans
        if span.op == op
    )
