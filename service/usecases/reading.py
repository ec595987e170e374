"""The use cases of reading: stories, versions, differences, the review queue. No HTTP."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from typing import NamedTuple

from repo_store import (
    Action,
    Archive,
    Content,
    Correction,
    Damaged,
    Event,
    EventName,
    Hit,
    NotFound,
    QueuedDraft,
    QueueFilter,
    Record,
    Revision,
    SearchPlace,
    Shapes,
    State,
    StorySummary,
    Tombstone,
    VersionFilter,
    corrections_of,
    excerpt,
    parse_query,
    queue_order,
    shortened_line,
)
from service.comparison import page_of
from service.diffing import EMPTY_PAGE, Diff, Page, compare
from service.messages import gettext
from service.paging import (
    MAX_LIMIT,
    EventCursor,
    Listing,
    checked_limit,
    encoded,
    explain_cursor,
    number_cursor,
    paginate,
    pair_cursor,
    position_cursor,
    queue_cursor,
    story_cursor,
)
from service.present.timeline import TimelineView, timeline
from service.usecases.errors import Gone, Withdrawn

Clock = Callable[[], datetime]
log = logging.getLogger(__name__)

_LOOKED_AT = 10
"""How many of the newest versions a probe tries to read."""
_EXCERPTED = 400_000
"""Characters of live texts that are read for the excerpts of one page."""
_WITHDRAWALS = 10
"""Of those of one version, the newest ones."""


class Found(NamedTuple):
    """What a search found, and the line that it stands in: its words alone where the texts are too
    long to be read for it, nothing if the text was removed or is damaged.
    """

    hit: Hit
    excerpt: str


class Stories:
    """Reads one archive. Lists are paged: each takes a cursor, empty for the first page."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def recent(self, words: str = "", cursor: str = "", limit: int = 20) -> Listing[StorySummary]:
        """Published stories, last changed first; with `words` those whose live text has them."""
        index = self._archive.index
        if words.strip():
            before, places = position_cursor(cursor), [SearchPlace.LIVE]
            hits = index.search(parse_query(words), places, before, checked_limit(limit))
            found = [story for hit in hits.hits if (story := index.story(hit.story))]
            return Listing(found, encoded((hits.next,)) if hits.next else None)
        after = story_cursor(cursor) if cursor else None
        return paginate(
            index.stories(after, checked_limit(limit) + 1),
            limit,
            lambda last: encoded((int(last.changed_at.timestamp()), last.id)),
        )

    def search(
        self, words: str, places: Collection[SearchPlace], cursor: str = "", limit: int = 20
    ) -> Listing[Found]:
        """What has all of these words, newest first. A page may be short, and still have a next."""
        query = parse_query(words)
        before = position_cursor(cursor)
        hits = self._archive.index.search(query, places, before, checked_limit(limit))
        found, left = [], _EXCERPTED
        for hit in hits.hits:
            if hit.size > left:
                found.append(Found(hit, shortened_line(hit)))
                continue
            left -= hit.size
            content = self._content_of(hit)
            shown = excerpt(content, hit, query) if content else ""
            found.append(Found(hit, shown))
        return Listing(found, encoded((hits.next,)) if hits.next else None)

    def _content_of(self, hit: Hit) -> Content | None:
        index = self._archive.index
        if hit.versions:
            found = index.version(hit.story, hit.versions[1])
        else:
            found = index.revision(hit.story, hit.revision or 0)
        try:
            content = found and self._archive.content(found)
        except Damaged as error:
            log.error("%s: what was found is damaged: %s", hit.story, error)
            return None
        return content if isinstance(content, Content) else None

    def check_readable(self) -> None:
        """Raises an error if the index or git cannot be read, whatever is cached. A damaged text is
        logged as long as another one can be read.
        """
        damaged: list[Damaged] = []
        for version in self.newest(_LOOKED_AT):
            try:
                self._archive.raw("blob", [version.blob])
            except Damaged as error:
                log.error("%s version %s is damaged: %s", version.story, version.version, error)
                damaged.append(error)
            else:
                return
        if damaged:
            raise damaged[0]

    def removals(self, story: str) -> int | None:
        """How many removals a story has had; None if it is not public."""
        return self._archive.index.removals_of(story)

    def additions(self, story: str) -> int | None:
        """Changes with every removal and explanation in a story; None if it is not public."""
        return self._archive.index.additions_of(story)

    def head(self, story: str) -> str | None:
        """Changes with every record of the story; None if it is not public."""
        return self._archive.index.head(story)

    def published_checkpoint(self) -> str:
        """Which checkpoint of the public log is the newest; empty if there is none."""
        last = self._archive.index.public_log.last_checkpoint()
        return last[0] if last else ""

    def newest_records(self) -> object:
        """Changes with every record of any story."""
        return self._archive.index.newest_records()

    def shapes(self) -> Shapes:
        """The shapes that contents may have now."""
        return self._archive.shapes

    def story(self, story: str) -> StorySummary:
        found = self._archive.index.story(story)
        if not found:
            raise NotFound(gettext("There is no story “%(story)s”.", story=story))
        return found

    def standing(self, story: str) -> StorySummary:
        """Raises Withdrawn if it is no longer on its page."""
        found = self.story(story)
        if withdrawal := self.withdrawal(found):
            raise Withdrawn(withdrawal)
        return found

    def withdrawal(self, story: StorySummary) -> Action | None:
        """The action that withdrew a story, if it is withdrawn."""
        if story.withdrawn is None:
            return None
        found = self._archive.index.at(story.id, story.withdrawn)
        return found if isinstance(found, Action) else None

    def alias(self, alias: str) -> str | None:
        """The story that another id leads to."""
        return self._archive.index.alias(alias)

    def aliases(self, story: str) -> list[str]:
        """The other ids of a story."""
        return self._archive.index.aliases(story)

    def check_known(self, story: str) -> None:
        """NotFound unless the story has a record, if only a draft."""
        if not self._archive.index.tip(story).head:
            raise NotFound(f"There is no story “{story}”.")

    def live(self, story: str) -> Revision:
        return self.version(story, self.story(story).live)

    def version(self, story: str, number: int) -> Revision:
        found = self._archive.index.version(story, number)
        if not found:
            self.story(story)
            raise NotFound(gettext("This story has no version %(number)s.", number=number))
        return found

    def versions(self, story: str, cursor: str = "", limit: int = 20) -> Listing[Revision]:
        """Newest first."""
        self.story(story)
        found = self._archive.index.versions(story, number_cursor(cursor), checked_limit(limit) + 1)
        return paginate(found, limit, lambda last: last.version)

    def versions_where(
        self, story: str, chosen: VersionFilter, cursor: str = "", limit: int = 50
    ) -> Listing[Revision]:
        """Those that are chosen, newest first. In a very long history a page may be short, and
        still have a next.
        """
        self.story(story)
        before = number_cursor(cursor)
        index = self._archive.index
        found, more = index.versions_where(story, chosen, before, checked_limit(limit))
        return Listing(found, str(more) if more else None)

    def neighbours(
        self, story: str, number: int, chosen: VersionFilter
    ) -> tuple[int | None, int | None]:
        """The nearest chosen versions below and above one; None where there is none, or none near
        in a very long history.
        """
        return self._archive.index.neighbours(story, number, chosen)

    def timeline_of(self, story: str, buckets: int = 120) -> TimelineView:
        """All versions of a story as a chart of at most so many bars."""
        self.story(story)
        return timeline(self._archive.index.buckets(story, buckets))

    def version_range(self, story: str, first: int, last: int) -> list[Revision]:
        """The versions numbered from `first` to `last`, oldest first."""
        return self._archive.index.version_range(story, first, last)

    def changes(self, since: str = "", limit: int = 20) -> Listing[Event]:
        """Public events in the order in which they were recorded; `next` is always there.

        Where the index was rebuilt since the cursor was given out, without the order of what no
        checkpoint covered then, the answer begins after what one did: some come twice, none is
        missed.
        """
        index = self._archive.index
        cursor = EventCursor.parse(since)
        after = cursor.number
        if cursor.build and cursor.build != index.build():
            after = min(after, cursor.signed)
        found = index.events(after, checked_limit(limit))
        last = found[-1].number if found else after
        return Listing(found, str(EventCursor(last, index.last_signed_event(), index.build())))

    def newest(self, limit: int) -> list[Revision]:
        """The newest versions of all stories."""
        return self._archive.index.published(limit)

    def newest_changed(self, limit: int) -> list[Revision]:
        """The versions that were published or explained last, each once; none of a story that is
        withdrawn.
        """
        found: dict[tuple[str, int], Revision] = {}
        names = (EventName.PUBLISHED, EventName.EXPLAINED)
        for event in self._archive.index.newest_events(names, 3 * limit):
            key = event.story, event.version
            if key in found or self._archive.index.tip(event.story).withdrawn:
                continue
            if version := self._archive.index.version(*key):
                found[key] = version
        return list(found.values())[:limit]

    def recorded(self, first: int, last: int) -> list[StorySummary]:
        """The published stories among those numbered `first` to `last` in order of creation."""
        return self._archive.index.numbered(first, last)

    def last_number(self) -> int:
        return self._archive.index.last_number()

    def corrections(self, story: str, limit: int = 20) -> list[Correction]:
        """What corrects a story in words, newest first: notes of its versions, and explanations."""
        found = [
            correction
            for version in self._archive.index.corrections(story, limit)
            for correction in corrections_of(version)
            if correction.has_words
        ]
        return sorted(found, key=lambda each: each.at, reverse=True)[:limit]

    def to_explain(self, cursor: str = "", limit: int = 25) -> Listing[Revision]:
        """Versions that changed facts without telling readers why, newest first."""
        after = explain_cursor(cursor) if cursor else None
        found = self._archive.index.to_explain(after, checked_limit(limit) + 1)
        return paginate(
            found,
            limit,
            lambda last: encoded((int(last.live_since.timestamp()), last.story, last.revision)),
        )

    def to_explain_count(self) -> int:
        """How many there are, up to a thousand."""
        return self._archive.index.to_explain_count(1_000)

    def live_until(self, version: Revision) -> datetime | None:
        """When a later version replaced it; None for the newest."""
        return self._archive.index.live_until(version.story, version.version or 0)

    def live_at(self, story: str, moment: datetime) -> Revision | None:
        """The version that was live then: of those that had been published, the one with the
        highest number. None before the first.
        """
        self.story(story)
        return self._archive.index.live_at(story, moment)

    def revision(self, story: str, number: int) -> Revision:
        found = self._archive.index.revision(story, number)
        if not found:
            raise NotFound(f"The story “{story}” has no revision {number}.")
        return found

    def revisions(self, story: str, cursor: str = "", limit: int = 20) -> Listing[Revision]:
        """Drafts too, newest first."""
        self.check_known(story)
        found = self._archive.index.revisions(
            story, number_cursor(cursor), checked_limit(limit) + 1
        )
        return paginate(found, limit, lambda last: last.revision)

    def chain(self, story: str) -> list[Revision]:
        """All revisions of a story in their present state, first to last."""
        return self._archive.index.chain(story)

    def actions(self, story: str, revision: int) -> list[Action]:
        """The actions on a revision, first to last."""
        return self._archive.index.actions(story, revision)

    def removed_versions(self, story: str, limit: int = 20) -> list[int]:
        """The versions whose texts were removed last, in their order."""
        removals = reversed(self._archive.index.removals(story))
        removed = [number for each in removals for number in each.removed][:limit]
        found = (self._archive.index.revision(story, number) for number in removed)
        return sorted(each.version for each in found if each and each.version)

    def action(self, story: str, entry: int) -> Action | None:
        """The action that is this entry of a story's chain."""
        found = self._archive.index.at(story, entry)
        return found if isinstance(found, Action) else None

    def waivers(self, story: str) -> list[Action]:
        """The newest actions that let an old value stand in a story, newest first."""
        return self._archive.index.waivers(story, MAX_LIMIT)

    def timeline(self, story: str, cursor: str = "", limit: int = 50) -> Listing[Record]:
        """Revisions and actions, newest first."""
        self.check_known(story)
        before = pair_cursor(cursor) if cursor else None
        found = self._archive.index.timeline(story, before, checked_limit(limit) + 1)
        items = found[:limit]
        if len(found) <= limit:
            return Listing(items, None)
        revisions = [each.revision for each in items if isinstance(each, Revision)]
        lowest = min(revisions, default=before[1] if before else 10**9)
        return Listing(items, f"{items[-1].entry}-{lowest}")

    def latest(self, story: str, limit: int) -> list[Record]:
        """The newest records of a story, newest first; none if the story does not exist."""
        return self._archive.index.timeline(story, None, limit)

    def queue(self, chosen: QueueFilter, cursor: str = "", limit: int = 25) -> Listing[QueuedDraft]:
        """Drafts to review: changed facts first, cosmetic edits last; then by age, oldest first."""
        after = queue_cursor(cursor) if cursor else None
        found = self._archive.index.waiting(chosen, after, checked_limit(limit) + 1)
        return paginate(found, limit, lambda last: encoded(queue_order(last.revision)))

    def next_waiting(self, draft: Revision) -> Revision | None:
        """The next draft in the queue; after the last, the first."""
        position = queue_order(draft)
        for after in (position, None):
            found = self._archive.index.waiting(QueueFilter(), after, 1)
            if found and found[0].revision[:3] != draft[:3]:
                return found[0].revision
        return None

    def waiting_authors(self) -> list[str]:
        return self._archive.index.waiting_authors(MAX_LIMIT)

    def live_of(self, story: str) -> Revision | None:
        """The live version; None if the story has only drafts."""
        live = self._archive.index.tip(story).live
        return self._archive.index.version(story, live) if live else None

    def content(self, revision: Revision) -> Content:
        """Raises Gone if it was removed."""
        content = self._archive.content(revision)
        if isinstance(content, Tombstone):
            raise Gone(revision, self.removal(revision))
        return content

    def stored(self, revision: Revision) -> bytes:
        """What a revision says, as it is stored and hashed. Raises Gone if it was removed."""
        self.content(revision)
        [data] = self._archive.raw("blob", [revision.blob])
        return data

    def removal(self, revision: Revision) -> Action | None:
        """The action that removed a revision's text."""
        for each in self._archive.index.removals(revision.story):
            if revision.revision in each.removed:
                return each
        return None

    def withdrawals(self, revision: Revision) -> list[Action]:
        """The actions that took the story off its page while a version was live, newest first."""
        return self._archive.index.withdrawals(revision.story, _WITHDRAWALS, revision.revision)

    def last_withdrawal(self, story: str) -> Action | None:
        """The newest one, also if the story has returned since."""
        return next(iter(self._archive.index.withdrawals(story, 1)), None)

    def title(self, story: str) -> str:
        """The live version's title; the story's id if there is none, or if it was removed or is
        damaged.
        """
        live = self.live_of(story)
        if live is None or live.state is State.REMOVED:
            return story
        try:
            return self.content(live).title
        except Damaged as error:
            log.error("%s version %s is damaged: %s", story, live.version, error)
            return story

    def diff(self, old: Revision, new: Revision) -> Diff:
        return compare(page_of(self.content(old)), page_of(self.content(new)))

    def against_live(self, revision: Revision) -> Diff:
        """A draft compared with the live version, or a version with the one before, if any."""
        if revision.version:
            number = revision.version - 1
            old = self.version(revision.story, number) if number else None
        else:
            old = self.live_of(revision.story)
        return compare(self.page(old), page_of(self.content(revision)))

    def position(self, section: str, field: str) -> tuple[int, int]:
        """Where a section stands on pages, as far as that is the same for all shapes, and a field
        in its blocks.
        """
        parts = self._archive.shapes_knowing(section).parts
        if section not in parts:
            return len(parts), 0
        fields = [each.name for each in parts[section].kind.fields]
        return list(parts).index(section), fields.index(field)

    def page(self, revision: Revision | None) -> Page:
        """The differ's input; an empty page without a revision, or if its text was removed."""
        if revision is None or revision.state is State.REMOVED:
            return EMPTY_PAGE
        return page_of(self.content(revision))
