"""Which versions brought each change of a difference over several: found by bisection.

Of an added text it is the version in which it came, of a removed one that in which it went, of an
edited one both: where they differ, there were several edits. A text that came, went and came again
is taken for the last time, as far as the versions that are looked at show it.
"""

import logging
from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from repo_store import Damaged, Revision, State
from service.comparison import page_of
from service.diffing import Block, Diff, Page, Same, Section, SectionSpec, Unit
from service.usecases.errors import Gone
from service.usecases.reading import Stories

log = logging.getLogger(__name__)

_TEXTS, _CHARACTERS, _PER_BLOCK = 120, 1_000_000, 100
"""What is read between the two versions, at most; a block counts as so many characters more."""
_CHANGES = 200
"""Changes that are looked for, the first ones."""
_PASSED = 8
"""Versions without a text that are passed over on either side of a place."""

Indexes = tuple[int, ...]
Key = tuple[str, Indexes, Indexes]
"""A change: its section, its old and its new indexes."""


def attributed(
    stories: Stories, before: Revision, after: Revision, diff: Diff
) -> Mapping[Key, tuple[Revision, ...]]:
    """By change of `diff`, from `before` to `after`, one or two versions of those that follow the
    older one up to the newer one, in order; a difference that goes back in time was brought by the
    same versions. A change is absent if it is not known: of drafts, where texts were removed, and
    where there is too much to read.
    """
    if not (before.version and after.version) or before.version == after.version:
        return {}
    oldest, newest = sorted((before, after), key=lambda each: each.version or 0)
    texts = _Texts(stories, oldest, newest)
    forward = before is oldest
    sought = {
        change.key: change.tests(texts.oldest, texts.newest)
        for change in islice(_changes(diff, forward), _CHANGES)
    }
    found: dict[Key, set[int]] = {}
    answered: Counter[Key] = Counter()
    try:
        for turn in range(2):
            for key, tests in sought.items():
                if turn < len(tests) and (number := texts.last_change(tests[turn])):
                    found.setdefault(key, set()).add(number)
                    answered[key] += 1
    except _Spent:
        log.info("%s: too much to read to attribute all changes", after.story)
    # One answer of two would pass for the whole.
    found = {key: which for key, which in found.items() if answered[key] >= len(sought[key][:2])}
    numbers = set().union(*found.values())
    versions = {number: stories.version(after.story, number) for number in numbers}
    return {key: tuple(versions[each] for each in sorted(which)) for key, which in found.items()}


def last_change(holds: Callable[[int], bool | None], low: int, high: int) -> int | None:
    """A number above `low`, up to `high`, for which it holds while for the one before it does not.
    It is known not to hold for `low`, and to hold for `high`.

    Asks log₂(high - low) times. Where the answer is None, it asks for numbers near by; None if it
    gets no answer there, either.
    """
    while high - low > 1:
        for middle in _around((low + high) // 2, low, high):
            if (held := holds(middle)) is not None:
                break
        else:
            return None
        low, high = (low, middle) if held else (middle, high)
    return high


def _around(middle: int, low: int, high: int) -> Iterator[int]:
    yield middle
    for step in range(1, _PASSED + 1):
        yield from (each for each in (middle + step, middle - step) if low < each < high)


class _Text:
    """A page, and how often it has each block."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._counts: dict[str, Counter[Unit]] = {}

    def counts(self, spec: SectionSpec) -> Counter[Unit]:
        if spec.name not in self._counts:
            self._counts[spec.name] = Counter(self.page.units(spec))
        return self._counts[spec.name]


Test = Callable[[_Text], bool]


class _Change(NamedTuple):
    """A changed block, with the sections that it is in on the older and on the newer page. `fixed`:
    a block of the section, by its indexes there, that did not change, and that it moved past.
    """

    key: Key
    old_spec: SectionSpec
    old: Indexes
    new_spec: SectionSpec
    new: Indexes
    fixed: tuple[int, int] | None

    def tests(self, oldest: _Text, newest: _Text) -> list[Test]:
        """That its new text is there, that its old one is not, that it stands where it is now: as
        far as it was otherwise in the oldest version, and is so in the newest.
        """
        came = _standing(newest, self.new_spec, self.new)
        stood = _standing(oldest, self.old_spec, self.old)
        tests: list[Test] = [came, lambda text: not stood(text)]
        if self.fixed:
            tests.append(_in_order(newest, self.new_spec, self.new[0], self.fixed[1]))
        return [test for test in tests if test(newest) and not test(oldest)]


def _changes(diff: Diff, forward: bool) -> Iterator[_Change]:
    for section in diff.sections:
        for block in section.changes:
            key = section.section, block.old, block.new
            origin = diff.specs[block.from_section or section.section]
            sides = (origin, block.old), (section.spec, block.new)
            fixed = _passed(section, block)
            if forward:
                yield _Change(key, *sides[0], *sides[1], fixed)
            else:
                yield _Change(key, *sides[1], *sides[0], fixed and (fixed[1], fixed[0]))


def _passed(section: Section, block: Block) -> tuple[int, int] | None:
    """An unchanged block that one which moved within its section was before and is now behind, or
    the other way round.
    """
    if block.op != "moved" or block.from_section:
        return None
    for run in section.runs:
        if isinstance(run, Same) and (run.old < block.old[0]) != (run.new < block.new[0]):
            return run.old, run.new
    return None


def _standing(home: _Text, spec: SectionSpec, indexes: Indexes) -> Test:
    """Whether a text has all of these blocks of `home`, as often as that one has."""
    units, counts = home.page.units(spec), home.counts(spec)
    wanted = {units[index]: counts[units[index]] for index in indexes}
    return lambda text: all(text.counts(spec)[unit] >= count for unit, count in wanted.items())


def _in_order(home: _Text, spec: SectionSpec, one: int, other: int) -> Test:
    """Whether a text has two blocks of `home` in the order of that one."""
    units = home.page.units(spec)
    first, second = units[min(one, other)], units[max(one, other)]

    def test(text: _Text) -> bool:
        there = text.page.units(spec)
        counts = text.counts(spec)
        return bool(counts[first] and counts[second]) and there.index(first) < there.index(second)

    return test


class _Spent(Exception):
    """No more may be read."""


class _Texts:
    """The texts of two versions and of those between them, of which a bounded amount is read."""

    def __init__(self, stories: Stories, oldest: Revision, newest: Revision) -> None:
        self._stories, self._story = stories, oldest.story
        self._texts, self._characters = _TEXTS, _CHARACTERS
        self.oldest, self.newest = (
            _Text(page_of(stories.content(each))) for each in (oldest, newest)
        )
        ends = oldest.version or 0, newest.version or 0
        self._known: dict[int, _Text | None] = {
            ends[0]: self.oldest,
            ends[1]: self.newest,
        }
        self._numbers = list(ends)
        """The versions that were read, in order."""

    def last_change(self, test: Test) -> int | None:
        """The version since which it holds, see the function of this name. It begins with what has
        been read already, from the newest on.
        """

        def holds(number: int) -> bool | None:
            text = self._read(number)
            return None if text is None else test(text)

        high = self._numbers[-1]
        for low in reversed(self._numbers[:-1]):
            if not holds(low):
                return last_change(holds, low, high)
            high = low
        return None

    def _read(self, number: int) -> _Text | None:
        """Raises _Spent."""
        if number not in self._known:
            if self._texts <= 0 or self._characters <= 0:
                raise _Spent
            self._texts -= 1
            self._known[number] = text = self._page(number)
            if text:
                insort(self._numbers, number)
        return self._known[number]

    def _page(self, number: int) -> _Text | None:
        version = self._stories.version(self._story, number)
        if version.state is State.REMOVED:
            return None
        try:
            page = page_of(self._stories.content(version))
        except Gone:
            return None
        except Damaged as error:
            log.error("%s version %s is damaged: %s", version.story, version.version, error)
            return None
        units = [unit for _, units in page.sections.values() for unit in units]
        self._characters -= _PER_BLOCK * len(units) + sum(
            len(text) for unit in units for text in unit
        )
        return _Text(page)
