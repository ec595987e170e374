"""Two pages in, a Diff out."""

from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from itertools import permutations
from operator import itemgetter
from typing import Literal

from repo_store.markdown import Row, table_rows
from service.diffing.align import Alignment, Link, across, align, as_stored
from service.diffing.facts import WholeText, facts
from service.diffing.formatting import targets
from service.diffing.matching import Budget
from service.diffing.page import Page, SectionSpec, Unit, all_specs
from service.diffing.reading import Reader, begins, unmarked
from service.diffing.rich import mark_rich
from service.diffing.stale import stale
from service.diffing.thresholds import COUNTED_CHARACTERS
from service.diffing.tokenizer import about_words, count_words
from service.diffing.types import Block, BlockOp, Diff, Formatting, Same, Section, Stats, whole
from service.diffing.words import mark

Indexes = tuple[int, ...]


def compare(old: Page, new: Page) -> Diff:
    """The difference between two pages, with the facts that differ.

    The same for the same pages, on any machine.
    """
    diff = with_facts(difference(old, new), old, new)
    others = (each for each in new.sections.values() if each.spec.telling and not each.spec.cites)
    repeats, all_others = stale(diff.facts, others)
    return diff._replace(stale=repeats, facts_complete=diff.facts_complete and all_others)


def with_facts(diff: Diff, old: Page, new: Page) -> Diff:
    """The difference between the two pages with its facts, but not what is stale."""
    found, complete = facts(diff.sections, lambda: _whole_text(old), lambda: _whole_text(new))
    return diff._replace(facts=found, facts_complete=complete)


def difference(old: Page, new: Page) -> Diff:
    """The difference between two pages, not searched for facts."""
    budget = Budget()
    specs = all_specs(old, new)
    changed = [name for name, spec in specs.items() if old.units(spec) != new.units(spec)]
    reader = Reader()
    compared = {name: _ComparedSection(specs[name], old, new, budget, reader) for name in changed}
    of_prose = [each for each in compared.values() if each.spec.kind == "paragraphs"]
    for origin, target in permutations(of_prose, 2):
        target.move_in_from(origin)
    sections = tuple(
        Section(spec, tuple(compared[name].runs(budget) if name in compared else _same(spec, new)))
        for name, spec in specs.items()
    )
    changes = [block for section in sections for block in section.changes]
    return Diff(sections, (old.source_count, new.source_count), _stats(changes))


def first_version_changes(page: Page) -> tuple[tuple[str, ...], int]:
    """Changed sections and words added, compared with an empty page; without computing a diff."""
    filled, words = [], 0
    for name, (spec, units) in page.sections.items():
        texts = [text for unit in units for text in spec.seen(unit)]
        words += sum(map(count_words, texts))
        if any(map(any, units)) or (spec.counted and page.source_count):
            filled.append(name)
    return tuple(filled), words


def _same(spec: SectionSpec, page: Page) -> tuple[Same, ...]:
    found = page.units(spec)
    return (Same(0, 0, found),) if found else ()


def _whole_text(page: Page) -> WholeText:
    sections = page.sections.values()
    stored = "\n".join([text for _, units in sections for unit in units for text in unit])
    return WholeText(stored, any(spec.rich for spec, _ in sections))


class _ComparedSection:
    """A section that differs, while blocks may still turn out to have moved to another section."""

    def __init__(
        self, spec: SectionSpec, old: Page, new: Page, budget: Budget, reader: Reader
    ) -> None:
        self.spec, self.old, self.new = spec, old.units(spec), new.units(spec)
        self.reader = reader
        self.seen = cache(self._seen) if spec.rich else as_stored
        self.moved_in: dict[int, tuple[int, _ComparedSection]] = {}
        self.moved_out: set[int] = set()
        if spec.single and self.old and self.new:
            # A title stays the title, however much of it changed.
            self.kept, self.links = Alignment([], [Link((0,), (0,))])
        else:
            self.kept, self.links = align(self.old, self.new, budget, spec.keys, self.seen)

    def _seen(self, unit: Unit) -> Unit:
        if unmarked(unit[0]) or (reading := self.reader.read(unit[0])) is None:
            return unit
        return (reading.text,)

    @cached_property
    def rows(self) -> tuple[list[Row | None], list[Row | None]]:
        """Where the rows of tables stand, on either page."""
        old, new = (table_rows(unit[0] for unit in units) for units in (self.old, self.new))
        return old, new

    def move_in_from(self, other: "_ComparedSection") -> None:
        if self.spec.rich != other.spec.rich:
            return
        for link in across(other.removed(), self.added(), self.seen):
            self.moved_in[link.new[0]] = (link.old[0], other)
            other.moved_out.add(link.old[0])

    def removed(self) -> dict[int, Unit]:
        linked = [i for link in self.links for i in link.old]
        runs = [(i, length) for i, _, length in self.kept]
        return _unaccounted(self.old, runs, [*linked, *self.moved_out])

    def added(self) -> dict[int, Unit]:
        linked = [j for link in self.links for j in link.new]
        runs = [(j, length) for _, j, length in self.kept]
        return _unaccounted(self.new, runs, [*linked, *self.moved_in])

    def runs(self, budget: Budget) -> Iterator[Block | Same]:
        """Every block of either page once, in the new order; removed ones where they were."""
        stay: list[tuple[int, int, int | Link]] = [*self.kept]
        stay += [(link.old[0], link.new[0], link) for link in self.links if not link.moved]
        stay.sort(key=itemgetter(0))
        removed = self.removed()
        moved = {link.new[0]: link for link in self.links if link.moved}
        i = j = 0
        for start_i, start_j, run in [*stay, (len(self.old), len(self.new), 0)]:
            for index in range(i, start_i):
                if index in removed:
                    yield self._whole("removed", (index,), (), removed[index])
            if j < start_j:
                yield from self._new_here(j, start_j, moved, budget)
            if isinstance(run, Link):
                yield self._block(run, budget)
                i, j = run.old[-1] + 1, run.new[-1] + 1
            else:
                i, j = start_i + run, start_j + run
                if run:
                    yield Same(start_i, start_j, self.old[start_i:i])

    def _new_here(
        self, at: int, stop: int, moved: dict[int, Link], budget: Budget
    ) -> Iterator[Block]:
        """The blocks that were moved or added to this part of the new page."""
        while at < stop:
            if at in moved:
                yield self._block(moved[at], budget)
                at = moved[at].new[-1]
            elif at in self.moved_in:
                index, origin = self.moved_in[at]
                yield self._block(Link((index,), (at,), True), budget, origin)
            else:
                yield self._whole("added", (), (at,), self.new[at])
            at += 1

    def _whole(
        self, op: Literal["added", "removed"], old: Indexes, new: Indexes, unit: Unit
    ) -> Block:
        if not self.spec.rich or unmarked(unit[0]):
            return whole(op, old, new, self.spec, unit, unit)
        rows = _number(self.rows[0], old), _number(self.rows[1], new)
        reading = self.reader.read(unit[0])
        if reading is None:
            found = whole(op, old, new, self.spec, unit, unit)
            return found._replace(source=None, coarse=True, rows=rows)
        found = whole(op, old, new, self.spec, unit, (reading.text,), targets(reading, op))
        return found._replace(rows=rows)

    def _block(self, link: Link, budget: Budget, origin: "_ComparedSection | None" = None) -> Block:
        old = (origin or self).old
        before, after = old[link.old[0]], self.new[link.new[0]]
        if len(link.old) + len(link.new) > 2:
            before = ("\n".join(old[i][0] for i in link.old),)
            after = ("\n".join(self.new[j][0] for j in link.new),)
        op: BlockOp = "moved" if link.moved else "changed"
        from_section = origin.spec.name if origin else None
        if self.spec.rich:
            spans, source, formatting, coarse = mark_rich(before[0], after[0], budget, self.reader)
            formatting += self._numbering(old, link)
            texts = {"": spans}
            rows = _number((origin or self).rows[0], link.old), _number(self.rows[1], link.new)
            return Block(op, *link[:2], texts, coarse, from_section, source, formatting, rows)
        texts, coarse = {}, False
        for name, one, two in zip(self.spec.fields, before, after, strict=True):
            if one or two or name in self.spec.required:
                texts[name], field_coarse = mark(one, two, budget)
                coarse = coarse or field_coarse
        return Block(op, *link[:2], texts, coarse, from_section)

    def _numbering(self, old: list[Unit], link: Link) -> tuple[Formatting, ...]:
        """From which number a list begins, of its first item: that numbers all others."""
        sides = (old, link.old[0]), (self.new, link.new[0])
        one, other = (begins(self.reader, units, at) for units, at in sides)
        if one is None or other is None or one == other:
            return ()
        return (Formatting("block", "", f"list from {one}", f"list from {other}"),)


def _number(rows: list[Row | None], at: Indexes) -> int | None:
    """That of the only row, in its table."""
    row = rows[at[0]] if len(at) == 1 else None
    return row and row.number


def _unaccounted(
    units: list[Unit], runs: list[tuple[int, int]], known: list[int]
) -> dict[int, Unit]:
    """The blocks outside the runs (start, length) whose index isn't known."""
    if sum(length for _, length in runs) + len(known) == len(units):
        return {}
    accounted = set(known).union(*(range(at, at + length) for at, length in runs))
    return {at: unit for at, unit in enumerate(units) if at not in accounted}


def _stats(changes: Iterable[Block]) -> Stats:
    words = {"insert": 0, "delete": 0}
    moved, left = 0, COUNTED_CHARACTERS
    for block in changes:
        moved += block.op == "moved"
        for spans in block.texts.values():
            for op, text in spans:
                if op != "equal":
                    left -= len(text)
                    words[op] += count_words(text) if left >= 0 else about_words(text)
    return Stats(words["insert"], words["delete"], moved)
