"""What each version in a list changed, compared when the list is shown.

No words of a difference are stored beside a version: those of a text that is removed would outlive
it, in the commit and the row of the version after it.
"""

import logging
from collections.abc import Sequence

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


def diffs_for_list(stories: Stories, versions: Sequence[Revision]) -> dict[int, Diff]:
    """By version, what the versions of a story changed that follow one another, newest first, as
    far as there is room; without those that cannot be compared, since a text is gone.
    """
    diffs: dict[int, Diff] = {}
    room, left = _READ, _SEARCHED
    new: Page | None = None
    for version in [*versions, *_before(stories, versions)]:
        old = _page(stories, version) if room > 0 else None
        room -= _size(old) if old else 0
        if old and new and room >= 0:
            diff = difference(old, new)
            if (cost := searched(diff.sections)) <= left:
                left -= cost
                diffs[(version.version or 0) + 1] = with_facts(diff, old, new)
        new = old
    return diffs


def _before(stories: Stories, versions: Sequence[Revision]) -> list[Revision]:
    """The version that the last one is compared with."""
    number = (versions[-1].version or 1) - 1 if versions else 0
    return [stories.version(versions[-1].story, number)] if number else []


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
