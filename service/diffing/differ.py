"""Two pages in, a Diff out."""

from collections.abc import Iterator
from itertools import permutations
from operator import itemgetter

from service.diffing.align import Alignment, Link, across, align
from service.diffing.facts import facts, stale
from service.diffing.matching import Budget
from service.diffing.page import LINES, PARAGRAPHS, SECTION_SPECS, SECTIONS, Page, Unit, units
from service.diffing.tokens import count_words
from service.diffing.types import Block, BlockOp, Diff, Same, Section, Stats, one_sided
from service.diffing.words import mark


def compare(old: Page, new: Page) -> Diff:
    """The difference between two pages: the same for the same pages, on any machine."""
    diff = difference(old, new)
    found, all_changed = facts(diff.sections, lambda: _prose(old), lambda: _prose(new))
    repeats, all_else = stale(found, _texts(new))
    complete = all_changed and all_else
    return diff._replace(facts=found, stale=repeats, facts_complete=complete)


def difference(old: Page, new: Page) -> Diff:
    """The same without a look at the facts."""
    budget = Budget()
    drafts = {name: _Draft(name, old, new, budget) for name in SECTIONS if _differs(name, old, new)}
    for origin, target in permutations(PARAGRAPHS, 2):
        if origin in drafts and target in drafts:
            drafts[target].take_from(drafts[origin])
    sections = tuple(
        Section(name, tuple(drafts[name].runs(budget)) if name in drafts else _same(name, new))
        for name in SECTIONS
    )
    changes = [block for section in sections for block in section.changes]
    return Diff(sections, (old["source_count"], new["source_count"]), _stats(changes))


def first_version_changes(page: Page) -> tuple[tuple[str, ...], int]:
    """The changed sections and added words of a difference against an empty page, told at once."""
    texts = {name: [each for unit in units(page, name) for each in unit] for name in SECTIONS}
    said = {name for name in SECTIONS if any(texts[name])}
    said |= {"sources"} if page["source_count"] else set()
    words = sum(count_words(each) for name in SECTIONS for each in texts[name])
    return tuple(name for name in SECTIONS if name in said), words


def _differs(name: str, old: Page, new: Page) -> bool:
    return bool(old[name] != new[name])  # type: ignore[literal-required]  # each is a key


def _same(name: str, page: Page) -> tuple[Same, ...]:
    found = units(page, name)
    return (Same(0, 0, found),) if found else ()


def _texts(page: Page) -> Iterator[tuple[str, list[Unit]]]:
    return ((name, units(page, name)) for name in SECTIONS if name != "sources")


def _prose(page: Page) -> str:
    texts = [text for name in SECTIONS for unit in units(page, name) for text in unit]
    return "\n".join(texts)


class _Draft:
    """A section that differs, while it is not yet known what went to other sections or came from
    there.
    """

    def __init__(self, name: str, old: Page, new: Page, budget: Budget) -> None:
        self.name, self.old, self.new = name, units(old, name), units(new, name)
        self.spec = SECTION_SPECS[name]
        self.came: dict[int, tuple[int, _Draft]] = {}
        self.went: set[int] = set()
        if name in LINES:
            # A title stays the title, however much of it changed.
            self.kept, self.links = Alignment([], [Link((0,), (0,))])
        else:
            keys = tuple(map(self.spec.fields.index, self.spec.identity))
            self.kept, self.links = align(self.old, self.new, budget, keys)

    def take_from(self, other: "_Draft") -> None:
        """Blocks that left the other section and came into this one."""
        for link in across(other.gone(), self.come()):
            self.came[link.new[0]] = (link.old[0], other)
            other.went.add(link.old[0])

    def gone(self) -> dict[int, Unit]:
        linked = [i for link in self.links for i in link.old]
        stretches = [(i, length) for i, _, length in self.kept]
        return _others(self.old, stretches, [*linked, *self.went])

    def come(self) -> dict[int, Unit]:
        linked = [j for link in self.links for j in link.new]
        stretches = [(j, length) for _, j, length in self.kept]
        return _others(self.new, stretches, [*linked, *self.came])

    def runs(self, budget: Budget) -> Iterator[Block | Same]:
        """Every block of either text once, in the new order; what went stands where it was."""
        stay: list[tuple[int, int, int | Link]] = [*self.kept]
        stay += [(link.old[0], link.new[0], link) for link in self.links if not link.moved]
        stay.sort(key=itemgetter(0))
        gone = self.gone()
        moved = {link.new[0]: link for link in self.links if link.moved}
        i = j = 0
        for start_i, start_j, run in [*stay, (len(self.old), len(self.new), 0)]:
            for index in range(i, start_i):
                if index in gone:
                    text = one_sided(self.name, gone[index], "delete")
                    yield Block("removed", (index,), (), text)
            if j < start_j:
                yield from self._arrived(j, start_j, moved, budget)
            if isinstance(run, Link):
                yield self._pair(run, budget)
                i, j = run.old[-1] + 1, run.new[-1] + 1
            else:
                i, j = start_i + run, start_j + run
                if run:
                    yield Same(start_i, start_j, self.old[start_i:i])

    def _arrived(
        self, at: int, stop: int, moved: dict[int, Link], budget: Budget
    ) -> Iterator[Block]:
        """What stands in a place of the new text and did not stand there in the old one."""
        while at < stop:
            if at in moved:
                yield self._pair(moved[at], budget)
                at = moved[at].new[-1]
            elif at in self.came:
                index, other = self.came[at]
                yield self._pair(Link((index,), (at,), True), budget, other)
            else:
                yield Block("added", (), (at,), one_sided(self.name, self.new[at], "insert"))
            at += 1

    def _pair(self, link: Link, budget: Budget, other: "_Draft | None" = None) -> Block:
        old = (other or self).old
        before, after = old[link.old[0]], self.new[link.new[0]]
        if len(link.old) + len(link.new) > 2:
            before = ("\n".join(old[i][0] for i in link.old),)
            after = ("\n".join(self.new[j][0] for j in link.new),)
        texts, coarse = {}, False
        for name, one, two in zip(self.spec.fields, before, after, strict=True):
            if one or two or name in self.spec.required:
                texts[name], rough = mark(one, two, budget)
                coarse = coarse or rough
        op: BlockOp = "moved" if link.moved else "changed"
        return Block(op, link.old, link.new, texts, coarse, other.name if other else None)


def _others(
    units: list[Unit], stretches: list[tuple[int, int]], known: list[int]
) -> dict[int, Unit]:
    """The blocks that stand in none of the stretches (start, length) and are not known."""
    if sum(length for _, length in stretches) + len(known) == len(units):
        return {}
    taken = set(known).union(*(range(at, at + length) for at, length in stretches))
    return {at: unit for at, unit in enumerate(units) if at not in taken}


def _stats(changes: list[Block]) -> Stats:
    words = {"insert": 0, "delete": 0}
    for block in changes:
        for spans in block.texts.values():
            for op, text in spans:
                if op != "equal":
                    words[op] += count_words(text)
    moved = sum(block.op == "moved" for block in changes)
    return Stats(words["insert"], words["delete"], moved)
