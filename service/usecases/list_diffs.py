"""What each version in a list changed, compared when the list is shown.

No words of a difference are stored beside a version: those of a text that is removed would outlive
it, in the commit and the row of the version after it.
"""

import logging
from collections.abc import Iterable

from repo_store import Damaged, Revision
from service.comparison import page_of
from service.diffing import Diff, Page, difference, searched, with_facts
from service.usecases.errors import Gone
from service.usecases.reading import Stories

_READ, _SEARCHED = 250_000, 15_000
"""Characters of the texts that one list reads, and of those that it searches for facts."""
_PER_BLOCK = 100
"""A block costs as much as so many characters."""
log = logging.getLogger(__name__)


def with_previous(
    stories: Stories, versions: Iterable[Revision]
) -> list[tuple[Revision, Revision | None]]:
    """Each version with the one before it, None before the first."""
    listed = {(version.story, version.version): version for version in versions}

    def before(version: Revision) -> Revision | None:
        key = story, number = version.story, (version.version or 1) - 1
        return (listed.get(key) or stories.version(story, number)) if number else None

    return [(version, before(version)) for version in listed.values()]


def diffs_for_list(stories: Stories, versions: Iterable[Revision]) -> dict[int, Diff]:
    """By version, what each of a story's versions, newest first, changed, as far as there is room;
    without those that cannot be compared, since a text is gone. There is less room for facts than
    for words: the last ones may be without.
    """
    return {number: diff for (_, number), diff in diffs_with_previous(stories, versions).items()}


def diffs_with_previous(
    stories: Stories, versions: Iterable[Revision]
) -> dict[tuple[str, int], Diff]:
    """The same of versions of any stories, by story and version."""
    diffs: dict[tuple[str, int], Diff] = {}
    room, left = _READ, _SEARCHED
    read: dict[tuple[str, int | None], Page | None] = {}

    def page(version: Revision) -> Page | None:
        nonlocal room, read
        key = version.story, version.version
        if key not in read:
            found = _page(stories, version) if room > 0 else None
            room -= _size(found) if found else 0
            # The next one on the list is the only one that is met again.
            read = {key: found}
        return read[key]

    for version, previous in with_previous(stories, versions):
        new, old = page(version), page(previous) if previous else None
        if old and new and room >= 0:
            diff = difference(old, new)
            if (cost := searched(diff.sections)) <= left:
                left -= cost
                diff = with_facts(diff, old, new)
            diffs[version.story, version.version or 1] = diff
    return diffs


def _page(stories: Stories, version: Revision) -> Page | None:
    try:
        return page_of(stories.content(version))
    except Gone:
        return None
    except Damaged as error:
        log.error("%s version %s is damaged: %s", version.story, version.version, error)
        return None


def _size(page: Page) -> int:
    blocks = [unit for _, units in page.sections.values() for unit in units]
    return _PER_BLOCK * len(blocks) + sum(len(text) for unit in blocks for text in unit)
