"""Which versions brought each change of a difference over several.

From its newest wording a block is followed back: the version that brought a wording is found by
bisection, and compared with the one before it, which says what the block was there. So on until it
was added, or the older version is reached. What of the older version is not met on the way is
followed forwards likewise, until it was removed.
"""

import logging
from bisect import insort
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from repo_store import Damaged, Revision, State, corrections_of
from service.comparison import page_of
from service.diffing import Block, Diff, Page, Same, Section, SectionSpec, Unit, difference
from service.usecases.errors import Gone
from service.usecases.reading import Stories

log = logging.getLogger(__name__)

_TEXTS, _CHARACTERS, _PER_BLOCK = 120, 1_000_000, 100
"""What is read between the two versions, at most; a block counts as so many characters more."""
_COMPARED, _PER_PLACE = 150_000, 25
"""Characters of the blocks that differ in what is compared, at most; each block of a section that
differs counts as so many more.
"""
_STEPS = 2_000
"""Edits of blocks that are followed, at most."""
_NAMED = 3
"""Versions that a change names at once; of more, so many corrections."""
_PASSED = 8
"""Versions without a text that are passed over on either side of a place."""

Indexes = tuple[int, ...]
Key = tuple[str, Indexes, Indexes]
"""A change: its section, its old and its new indexes."""


class Brought(NamedTuple):
    """The versions that are known to have brought a change, in order. `removed`: those of which
    that is not known since their texts were removed; `complete`: whether it is known of all others.
    """

    versions: tuple[Revision, ...]
    removed: tuple[int, ...]
    complete: bool

    @property
    def first(self) -> tuple[Revision, ...]:
        """Those that are named at once: of more than three the first, corrections, the newest."""
        if len(self.versions) <= _NAMED:
            return self.versions
        oldest, *between, newest = self.versions
        corrections = [each for each in between if any(corrections_of(each))]
        return oldest, *corrections[-_NAMED:], newest

    @property
    def others(self) -> tuple[Revision, ...]:
        """All others."""
        first = self.first
        return tuple(each for each in self.versions if each not in first)


class Attribution(NamedTuple):
    """`changes`: none of drafts and of a difference that goes back in time. `every`: each text
    between was there to be looked at; else an edit that was undone may have been missed.
    """

    changes: Mapping[Key, Brought]
    every: bool = True

    @property
    def versions(self) -> list[Revision]:
        """Each one that brought a change."""
        found = (each for brought in self.changes.values() for each in brought.versions)
        return list({each.version: each for each in found}.values())


def attributed(
    stories: Stories,
    before: Revision,
    after: Revision,
    diff: Diff,
    shown: Iterable[tuple[Section, Block]],
) -> Attribution:
    """Of changes of `diff`, those that are `shown`: which of the versions that follow the older one
    up to the newer one added, edited, moved or removed them.
    """
    if not (before.version and after.version and before.version < after.version):
        return Attribution({})
    texts = _Texts(stories, before, after)
    found: dict[Key, _Found] = {}
    walks: deque[tuple[_Found, Iterator[None]]] = deque()
    for section, block in shown:
        key = section.section, block.old, block.new
        each = found[key] = _Found()
        walks.append((each, _walk(texts, diff, section, block, each)))
    # By turns, so that what may be read is not spent on the first changes.
    for _ in range(_STEPS):
        if not walks:
            break
        each, walk = walks.popleft()
        for _ in walk:
            walks.append((each, walk))
            break
    for each, _ in walks:
        each.complete = False
    changes = {key: each.brought(texts.revisions) for key, each in found.items()}
    return Attribution(changes, texts.every)


Holds = Callable[[int], bool | None]


def nearest_change(holds: Holds, without: int, having: int) -> tuple[int, int]:
    """Two numbers from `without` to `having`, in this order, side by side: it holds for the second
    and not for the first.

    Asks log₂ of their distance times. Where the answer is None, it asks for numbers near by; if it
    gets none there, either, the two are further apart.
    """
    while abs(having - without) > 1:
        low, high = sorted((without, having))
        for middle in _around((low + high) // 2, low, high):
            if (held := holds(middle)) is not None:
                break
        else:
            break
        without, having = (without, middle) if held else (middle, having)
    return without, having


def _around(middle: int, low: int, high: int) -> Iterator[int]:
    yield middle
    for step in range(1, _PASSED + 1):
        yield from (each for each in (middle + step, middle - step) if low < each < high)


class _Place(NamedTuple):
    """A block of a version's text."""

    number: int
    spec: SectionSpec
    at: int


_Places = dict[tuple[str, Unit], tuple[_Place, ...]]
"""By section and block."""


class _Step(NamedTuple):
    """Between which two texts a block changed, and what it was before or became. `compared`: False
    if that is not known.
    """

    low: int
    high: int
    places: tuple[_Place, ...]
    compared: bool


@dataclass
class _Found:
    """What is known of a change so far."""

    versions: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    complete: bool = True

    def between(self, low: int, high: int, removed: Collection[int]) -> None:
        """One of the versions that follow the first, up to the second, brought it."""
        if high - low == 1:
            self.versions.add(high)
            return
        missing = range(low + 1, high)
        self.removed.update(each for each in missing if each in removed)
        self.complete = self.complete and all(each in removed for each in missing)

    def brought(self, revisions: Mapping[int, Revision]) -> Brought:
        versions = tuple(revisions[each] for each in sorted(self.versions))
        return Brought(versions, tuple(sorted(self.removed)), self.complete)


def _walk(
    texts: "_Texts", diff: Diff, section: Section, block: Block, found: _Found
) -> Iterator[None]:
    """Looks for the versions that brought a change, with a pause after each."""
    origin = diff.specs[block.from_section or section.section]
    then = [_Place(texts.low, origin, index) for index in block.old]
    now = [_Place(texts.high, section.spec, index) for index in block.new]
    back = _followed(texts, now, True, found)
    # The newest and the first are found before others.
    ends = [*islice(back, 1), *islice(_followed(texts, then, False, found), 1)]
    yield
    for end in back:
        ends.append(end)
        yield
    met = {texts.unit(end) for end in ends if end}
    for _ in _followed(texts, [each for each in then if texts.unit(each) not in met], False, found):
        yield
    passed = _passed(section, block)
    if passed is not None and (moved := texts.reordered(section.spec, block.new[0], passed)):
        found.between(*moved, texts.removed)


def _followed(
    texts: "_Texts", places: list[_Place], back: bool, found: _Found
) -> Iterator[_Place | None]:
    """Each time that a block changed; the places from which it did not change any more."""
    pending, seen = deque(places), set(places)
    while pending:
        place = pending.popleft()
        if (step := texts.step(place, back)) is None:
            yield place
            continue
        found.between(step.low, step.high, texts.removed)
        found.complete = found.complete and step.compared
        pending += [each for each in step.places if each not in seen]
        seen.update(step.places)
        yield None


def _passed(section: Section, block: Block) -> int | None:
    """An unchanged block of the new page that one which moved within its section was before and is
    now behind, or the other way round.
    """
    if block.op != "moved" or block.from_section:
        return None
    for run in section.runs:
        if isinstance(run, Same) and (run.old < block.old[0]) != (run.new < block.new[0]):
            return run.new
    return None


class _Text:
    """A page, and how often it has each block."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._counts: dict[str, Counter[Unit]] = {}

    def counts(self, spec: SectionSpec) -> Counter[Unit]:
        if spec.name not in self._counts:
            self._counts[spec.name] = Counter(self.page.units(spec))
        return self._counts[spec.name]

    @property
    def size(self) -> int:
        units = [unit for _, units in self.page.sections.values() for unit in units]
        return sum(map(_size, units))


def _size(unit: Unit) -> int:
    return _PER_BLOCK + sum(map(len, unit))


class _Texts:
    """The texts of two versions and of those between them, of which a bounded amount is read and
    compared.
    """

    def __init__(self, stories: Stories, oldest: Revision, newest: Revision) -> None:
        self._stories, self._story = stories, oldest.story
        self.low, self.high = oldest.version or 0, newest.version or 0
        self.oldest, self._newest = (
            _Text(page_of(stories.content(each))) for each in (oldest, newest)
        )
        self.revisions = {self.low: oldest, self.high: newest}
        self.removed: set[int] = set()
        self._known: dict[int, _Text] = {self.low: self.oldest, self.high: self._newest}
        self._gone: set[int] = set()
        self._numbers = [self.low, self.high]
        """The versions that were read, in order."""
        self._texts, self._characters, self._compared = _TEXTS, _CHARACTERS, _COMPARED
        self._comparisons: dict[tuple[int, int], tuple[_Places, _Places] | None] = {}
        self._steps: dict[tuple[_Place, bool], _Step | None] = {}
        between = range(self.low + 1, self.high)
        if len(between) <= _TEXTS and len(between) * self._newest.size <= _CHARACTERS:
            found = stories.version_range(self._story, self.low + 1, self.high - 1)
            self.revisions |= {each.version or 0: each for each in found}
            for number in reversed(between):
                self._read(number)

    @property
    def every(self) -> bool:
        return len(self._known) + len(self._gone) == self.high - self.low + 1

    def unit(self, place: _Place) -> Unit:
        return self._known[place.number].page.units(place.spec)[place.at]

    def step(self, place: _Place, back: bool) -> _Step | None:
        """From a place to where its block changed next; None if it did not."""
        if (place, back) not in self._steps:
            self._steps[place, back] = self._step(place, back)
        return self._steps[place, back]

    def _step(self, place: _Place, back: bool) -> _Step | None:
        unit = self.unit(place)
        count = self._known[place.number].counts(place.spec)[unit]
        numbers = self._numbers[:: -1 if back else 1]
        ends = self._nearest_change(
            lambda text: text.counts(place.spec)[unit] >= count,
            numbers[numbers.index(place.number) :],
        )
        if ends is None:
            return None
        low, high = sorted(ends)
        origins = self._compare(low, high)
        if origins is None:
            return _Step(low, high, (), False)
        places = origins[0 if back else 1].get((place.spec.name, unit), ())
        return _Step(low, high, places, True)

    def reordered(self, spec: SectionSpec, one: int, other: int) -> tuple[int, int] | None:
        """The texts between which two blocks of the newest one came to be in its order."""
        units = self._newest.page.units(spec)
        first, second = units[min(one, other)], units[max(one, other)]

        def ordered(text: _Text) -> bool:
            there, counts = text.page.units(spec), text.counts(spec)
            both = counts[first] and counts[second]
            return bool(both) and there.index(first) < there.index(second)

        ends = self._nearest_change(ordered, self._numbers[::-1])
        return ends and (min(ends), max(ends))

    def _nearest_change(
        self, test: Callable[[_Text], bool], numbers: list[int]
    ) -> tuple[int, int] | None:
        """The texts between which it ceases to hold, from the first of these, for which it does;
        None if it holds for all.
        """

        def holds(number: int) -> bool | None:
            text = self._read(number)
            return None if text is None else test(text)

        having = numbers[0]
        for without in numbers[1:]:
            if not holds(without):
                return nearest_change(holds, without, having)
            having = without
        return None

    def _compare(self, low: int, high: int) -> tuple[_Places, _Places] | None:
        """By block that changed between two texts, what it was and what it became; None if there is
        too much to compare.
        """
        if (low, high) not in self._comparisons:
            old, new = self._known[low], self._known[high]
            cost = _cost(old, new)
            self._comparisons[low, high] = None
            if cost <= self._compared:
                self._compared -= cost
                self._comparisons[low, high] = self._changed(
                    low, high, difference(old.page, new.page)
                )
        return self._comparisons[low, high]

    def _changed(self, low: int, high: int, diff: Diff) -> tuple[_Places, _Places]:
        was: _Places = {}
        became: _Places = {}
        for section in diff.sections:
            for block in section.changes:
                origin = diff.specs[block.from_section or section.section]
                old = tuple(_Place(low, origin, index) for index in block.old)
                new = tuple(_Place(high, section.spec, index) for index in block.new)
                for place in new:
                    was.setdefault((section.section, self.unit(place)), old)
                for place in old:
                    became.setdefault((origin.name, self.unit(place)), new)
        return was, became

    def _read(self, number: int) -> _Text | None:
        if number in self._known:
            return self._known[number]
        if number in self._gone or self._texts <= 0 or self._characters <= 0:
            return None
        self._texts -= 1
        if text := self._text(number):
            self._known[number] = text
            insort(self._numbers, number)
            self._characters -= text.size
        else:
            self._gone.add(number)
        return text

    def _text(self, number: int) -> _Text | None:
        if number not in self.revisions:
            self.revisions[number] = self._stories.version(self._story, number)
        version = self.revisions[number]
        try:
            if version.state is not State.REMOVED:
                return _Text(page_of(self._stories.content(version)))
        except Damaged as error:
            log.error("%s version %s is damaged: %s", version.story, version.version, error)
            return None
        except Gone:
            pass
        self.removed.add(number)
        return None


def _cost(old: _Text, new: _Text) -> int:
    """What it takes to compare two texts, in characters."""
    cost = 0
    for spec in {**old.page.specs, **new.page.specs}.values():
        one, other = old.page.units(spec), new.page.units(spec)
        if one != other:
            before, after = old.counts(spec), new.counts(spec)
            differing = ((before - after) + (after - before)).elements()
            cost += _PER_PLACE * (len(one) + len(other)) + sum(map(_size, differing))
    return cost
