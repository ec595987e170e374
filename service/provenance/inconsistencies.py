"""What still stands: where live texts say a figure, date or name that a version corrected.

A story's corrections are part of its account (`corrections`), so none is too old to be known. Its
live text is searched once for each version, for its own corrections and for those of other stories;
each new correction is looked for once in other stories, through the archive's full-text index.
Shown is only what was found in the text that is live now.
"""

import logging
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, cached_property
from itertools import product
from typing import NamedTuple, Protocol

from repo_store import Action, Damaged, Revision, StoreError, StorySummary
from service.diffing import (
    EMPTY_PAGE,
    Corrected,
    Diff,
    FactKind,
    Page,
    Said,
    Statement,
    corrected,
    repeats,
    said,
    same_elsewhere,
    same_thing,
    undone,
)
from service.paging import Listing
from service.provenance import corrections
from service.provenance.corrections import MOST, Correction, Repeat
from service.provenance.ledger import Ledger, Unusable, transaction
from service.provenance.origins import Origins, Versions
from service.provenance.sentences import texts

log = logging.getLogger(__name__)

_STORIES = 20
"""Stories that are read for one correction,"""
_NAMES = 3
"""which have one of so many of its names beside the old value."""
_AT_ONCE = 60_000
"""Characters of other stories that are searched while someone waits."""
_ANY = 2**62
_NUMBER = re.compile(r"\d[\d.,]*")


class Texts(Versions, Protocol):
    """Reads stories; beyond `Versions`:"""

    def live_of(self, story: str) -> Revision | None:
        """None if the story has only drafts."""

    def recent(self, words: str, cursor: str, limit: int) -> Listing[StorySummary]:
        """Published stories whose live text has all these words, or beginnings of words (`word*`),
        last changed first.
        """

    def revision(self, story: str, number: int) -> Revision: ...

    def position(self, section: str, field: str) -> tuple[int, int]:
        """Where a section stands on pages, and a field in its blocks."""

    def waivers(self, story: str) -> list[Action]:
        """The newest actions that let an old value stand in a story, newest first."""

    def action(self, story: str, entry: int) -> Action | None: ...


class Stands(NamedTuple):
    """An old value that still stands at a place. `version`: the one that corrected it; None if a
    draft would. `waived`: the action that lets it stand.
    """

    place: Repeat
    change: Corrected
    version: Revision | None
    waived: Action | None


class Standing(NamedTuple):
    """What still stands, in the order of the page. `complete`: everything was searched; else the
    rest is being worked out.
    """

    items: list[Stands]
    complete: bool

    @property
    def open(self) -> list[Stands]:
        return [each for each in self.items if not each.waived]

    @property
    def waived(self) -> list[Stands]:
        return [each for each in self.items if each.waived]


class Inconsistencies:
    def __init__(self, versions: Texts, origins: Origins, ledger: Ledger) -> None:
        self._versions, self._origins, self._ledger = versions, origins, ledger

    def of(self, story: str) -> Standing:
        """What still stands in a story's live text, and in those of other stories that repeat what
        this one corrected.
        """
        live = self._live(story)
        if live is None:
            return Standing([], True)
        complete = self._brought_up_to_date(live)
        with self._ledger.reading() as connection:
            if connection is None:
                return Standing([], complete)
            here = corrections.repeats_in(connection, story, live.stamp)
            others = filter(self._is_live(), corrections.repeats_of(connection, story))
            found = [*sorted(here, key=self._page_order), *sorted(others, key=self._page_order)]
            known = [(each, corrections.known(connection, each.by)) for each in found]
        return Standing([self._stands(place, by) for place, by in known if by], complete)

    def _page_order(self, repeat: Repeat) -> tuple[str, int, int, int, int]:
        """By story, then as its page says it: a question before its answer."""
        section, field = self._versions.position(repeat.section, repeat.field)
        return repeat.story, section, repeat.block, field, repeat.start

    def left_by(self, draft: Revision, diff: Diff) -> Standing:
        """What would stand in a story's text if this draft were published. `diff`: what it changes
        in the live version.
        """
        live = self._live(draft.story)
        if live is None:
            return Standing([], True)
        complete = self._brought_up_to_date(live)
        page = self._versions.page(draft)
        changes = corrected(live.page, page, diff)[:MOST]
        new = [
            Correction(draft.story, live.version + 1, nth, change)
            for nth, change in enumerate(changes)
        ]
        found = said(page)
        earlier: list[Correction] = []
        others: list[Correction] = []
        with self._ledger.reading() as connection:
            if connection:
                earlier, others = corrections.concerning(connection, draft.story, found)
        earlier = [each for each in earlier if not any(undone(each.change, now) for now in changes)]
        items = [
            self._stands(live.repeat(place, by), by, drafted=by in new)
            for place, by in _repeated(found, [*new, *earlier], others)
        ]
        return Standing(items, complete)

    def open_counts(self, stories: Iterable[str]) -> dict[str, int]:
        """How many still stand in each of these stories' live texts; without those in which none
        does, and those that were not searched yet: they are put first in the builder's queue.
        """
        counts: dict[str, int] = {}
        texts = [live for story in dict.fromkeys(stories) if (live := self._live(story))]
        with self._ledger.reading() as connection:
            for live in texts if connection else ():
                if connection and corrections.is_searched(connection, live.story, live.stamp):
                    counts[live.story] = corrections.open_count(connection, live.story, live.stamp)
        with suppress(Unusable):  # on a disk that rejects writes, the next time
            for live in texts:
                if live.story not in counts:
                    self._ledger.ask(live.story)
        return {story: count for story, count in counts.items() if count}

    def catch_up(self, story: str, allowed: int) -> bool:
        """Continue a story's account, then search its live text, then those of other stories for
        one correction; whether nothing is left to do. See `Ledger.extend`.
        """
        if not self._origins.catch_up(story, allowed):
            return False
        if live := self._live(story):
            self._search(live)
        return self._search_others(story, _ANY, 1)

    def _live(self, story: str) -> "_LiveText | None":
        """None if nothing of the story is on its page: it has only drafts, or is withdrawn."""
        live = self._versions.live_of(story)
        if live is None or self._versions.story(story).withdrawn is not None:
            return None
        return _LiveText(self._versions, live, self._origins.stamp(live))

    def _is_live(self) -> Callable[[Repeat], bool]:
        """Whether the text is still live in which a repeat was found."""
        live = cache(self._live)

        def check(repeat: Repeat) -> bool:
            text = live(repeat.story)
            return text is not None and text.stamp == repeat.stamp

        return check

    def _stands(self, place: Repeat, by: Correction, drafted: bool = False) -> Stands:
        version = None if drafted else self._versions.version(by.story, by.version)
        waived = self._versions.action(place.story, place.waiver) if place.waiver else None
        return Stands(place, by.change, version, waived)

    def _brought_up_to_date(self, live: "_LiveText") -> bool:
        """Whether everything is searched; what is little work is done first."""
        try:
            if not self._origins.is_current(live.story):
                return False
            self._search(live)
            return self._search_others(live.story, _AT_ONCE)
        except Damaged as error:
            log.error("%s: what stands in it cannot be worked out: %s", live.story, error)
            return False
        except Unusable:
            return False  # the builder tries again, and says so

    def _search(self, live: "_LiveText") -> None:
        """Search a live text, unless that was done."""
        with self._ledger.reading() as connection:
            if connection and corrections.is_searched(connection, live.story, live.stamp):
                return
        found = said(live.page)
        with self._ledger.writable() as connection, transaction(connection):
            own, others = corrections.concerning(connection, live.story, found)
            repeated = [live.repeat(*each) for each in _repeated(found, own, others)]
            # What was read above must be live still: a removed text is never written back.
            now = self._live(live.story)
            if now and now.stamp == live.stamp:
                corrections.keep(connection, live.story, live.stamp, repeated)

    def _search_others(self, story: str, allowed: int, most: int = MOST) -> bool:
        """Look for a story's new corrections in others; whether none was left. Stops after `most`
        corrections, or when that would take more than `allowed` characters.
        """
        for _ in range(most):
            with self._ledger.reading() as connection:
                correction = corrections.unsearched(connection, story) if connection else None
            if correction is None:
                return True
            allowed -= self._search_for(correction, allowed)
            if allowed < 0:
                return False
        return False

    def _search_for(self, correction: Correction, allowed: int) -> int:
        """Search other stories for what was corrected; how many characters that took. Nothing is
        noted if it takes more than `allowed`.
        """
        read = 0
        found: list[Repeat] = []
        for live in filter(None, map(self._live, self._others(correction))):
            read += sum(map(len, texts(live.page)))
            if read > allowed:
                return read
            places = repeats(said(live.page), [correction.change], same_elsewhere)
            found += [live.repeat(place, correction) for _, place in places]
        with self._ledger.writable() as connection, transaction(connection):
            if corrections.known(connection, correction.number):
                corrections.add_repeats(connection, filter(self._is_live(), found))
                corrections.note_searched(connection, correction)
        return read

    def _others(self, correction: Correction) -> list[str]:
        """Stories that may repeat what was corrected, those that changed last first."""
        old = correction.change.old
        found: dict[str, None] = {}
        for value, name in product(_spellings(old), sorted(old.names)[:_NAMES]):
            for each in self._versions.recent(f"{value} {name}*", "", _STORIES).items:
                found[each.id] = None
        return [each for each in found if each != correction.story][:_STORIES]


class _LiveText:
    """A story's live text. `stamp`: another one once another text is live, or more may stand."""

    def __init__(self, versions: Texts, revision: Revision, stamp: str) -> None:
        self._versions, self._revision = versions, revision
        self.story, self.version = revision.story, revision.version or 0
        self._waivers = versions.waivers(revision.story)
        self.stamp = f"{stamp} {self._waivers[0].entry if self._waivers else 0}"

    @cached_property
    def page(self) -> Page:
        """Empty if it cannot be read."""
        return self._page(self._revision)

    def repeat(self, place: Said, by: Correction) -> Repeat:
        """A place where it says an old value; it may stand if an action says so of this value, on a
        text that had the same sentence.
        """
        old = (by.change.old.text, place.statement.text)
        waivers = (each for each in self._waivers if each.value in old)
        waiver = next(
            (each for each in waivers if place.sentence in self._had(each.revision)), None
        )
        return Repeat.at(self.story, place, self.stamp, by, waiver.entry if waiver else None)

    @cached_property
    def _had(self) -> Callable[[int], str]:
        return cache(
            lambda revision: "\n".join(
                texts(self._page(self._versions.revision(self.story, revision)))
            )
        )

    def _page(self, revision: Revision) -> Page:
        try:
            return self._versions.page(revision)
        except StoreError as error:
            log.error("%s r%s: what stands: %s", revision.story, revision.revision, error)
            return EMPTY_PAGE


def _spellings(old: Statement) -> list[str]:
    """How a text may write an old value: 4.2 million as 4,200,000, too."""
    written = _NUMBER.search(old.text)
    found = {written[0].rstrip(".,") if written else old.text: None}
    if old.kind is FactKind.NUMBER and old.key.isdecimal():
        found |= dict.fromkeys((old.key, f"{int(old.key):,}"))
        for power in (6, 9):
            if len(old.key) > power:
                found[f"{int(old.key) / 10**power:g}"] = None
    return list(found)


def _repeated(
    found: list[Said], own: list[Correction], others: list[Correction]
) -> list[tuple[Said, Correction]]:
    """The places that repeat what these corrected, each once, in the order of the page."""
    by: dict[tuple[str, int, str, int], tuple[Said, Correction]] = {}
    for made, same in ((own, same_thing), (others, same_elsewhere)):
        for number, place in repeats(found, [each.change for each in made], same):
            at = (place.section, place.block, place.field, place.start)
            by.setdefault(at, (place, made[number]))
    order = dict.fromkeys((each.section, each.block, each.field, each.start) for each in found)
    return [by[at] for at in order if at in by][:MOST]
