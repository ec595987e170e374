"""The use cases of writing: drafts, publications, what editors decide. Knows no HTTP."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from repo_store import (
    Action,
    ActionInput,
    Archive,
    Author,
    Batch,
    Bulk,
    Changes,
    Content,
    FieldError,
    InvalidInput,
    Kind,
    Moved,
    NotFound,
    Record,
    Revision,
    RevisionInput,
    StaleBase,
    Standing,
    State,
    Tombstone,
    Verb,
    story_id,
)
from service.accounts import Permission, Person
from service.comparison import page_of
from service.diffing import Diff, compare
from service.usecases.commands import NewAction, NewRevision, Restore, check_fields
from service.usecases.errors import WrongState, key_used
from service.usecases.silent_edits import changes, changes_of, changes_with_facts, check_told

T = TypeVar("T")
_ATTEMPTS = 10


@dataclass(frozen=True)
class Recorded:
    """The revision that now stands for what was sent; `unchanged`: it stood there before."""

    revision: Revision
    unchanged: bool = False


class Publishing:
    """`notify` is told of each record once it is stored. It raises nothing."""

    def __init__(
        self,
        archive: Archive,
        clock: Callable[[], datetime],
        notify: Callable[[Record], None] = lambda _: None,
    ) -> None:
        self._archive = archive
        self._clock = clock
        self._notify = notify

    def record(self, story: str, sent: NewRevision, writer: Person, key: str | None) -> Recorded:
        """Store what a writer sent, once. StaleBase if it would overwrite what they never saw;
        SilentEdit if the gate holds it back.
        """
        writer.require(Permission.WRITE_DRAFTS, "write")
        if sent.state is State.PUBLISHED:
            writer.require(Permission.PUBLISH, "write drafts, not publish")
        story_id(story)
        return retry_on_conflict(story, lambda: self._record(story, sent, writer, key))

    def act(
        self, story: str, number: int, sent: NewAction, editor: Person, key: str | None
    ) -> tuple[Revision, Action]:
        """Do something about a revision, once: it as it is then, and the action.

        WrongState, StaleBase or SilentEdit if it cannot be done to it as it stands.
        """
        editor.require(Permission.REVIEW, "review")
        if sent.action is Verb.REMOVE:
            raise ValueError("a removal is for `Removing`")
        check_fields(sent)
        return retry_on_conflict(story, lambda: self._act(story, number, sent, editor, key))

    def restore(
        self, story: str, version: int, sent: Restore, editor: Person, key: str | None
    ) -> Recorded:
        """Publish an old version's content once more. Errors as for `record`."""
        editor.require(Permission.PUBLISH, "restore")
        found = self._archive.index.version(story, version)
        if not found:
            raise NotFound(f"The story “{story}” has no version {version}.")
        again = NewRevision.model_construct(
            content=_content_of(self._archive, found),
            note=sent.note,
            kind=Kind.RESTORE,
            state=State.PUBLISHED,
            base_version=sent.base_version,
            override_reason=sent.override_reason,
        )
        return self.record(story, again, editor, key)

    def add(self, batch: Batch | Bulk, entry: RevisionInput) -> bool:
        """Take in one imported revision, on the live version; False if it says nothing new."""
        live = batch.newest(entry.story, State.PUBLISHED)
        draft = batch.newest(entry.story, State.DRAFT)
        known = [each for each in (live, draft) if each]
        newest = max(known, key=lambda each: each.revision, default=None)
        if newest and _says(batch, newest) == entry.content:
            return False
        # Facts take half the time of an import, and only drafts are sorted by them.
        told = changes_with_facts if entry.state is State.DRAFT else changes
        changed = told(_says(batch, live) if live else None, entry.content)
        base = live.version if live else None
        batch.append(replace(entry, base_version=base, changes=changed))
        return True

    # Inside

    def _record(self, story: str, sent: NewRevision, writer: Person, key: str | None) -> Recorded:
        with self._archive.batch() as batch:
            tip = batch.tip(story)
            if key and (first := self._archive.index.keyed(story, writer.id, key)):
                return self._repeated(first, sent)
            live = batch.newest(story, State.PUBLISHED)
            if live and _says(batch, live) == sent.content:
                return Recorded(live, unchanged=True)
            if sent.state is State.PUBLISHED:
                if sent.base_version != tip.live:
                    raise StaleBase(sent.base_version, tip.live)
            elif known := self._known_draft(batch, story, sent):
                return Recorded(known, unchanged=True)
            if sent.supersedes:
                self._check_waits(batch, story, sent.supersedes)
            entry = RevisionInput(
                story=story,
                content=sent.content,
                state=sent.state,
                kind=sent.kind,
                note=sent.note,
                base_version=sent.base_version,
                author=author_of(writer),
                created_at=self._clock(),
                changes=self._changes(batch, story, sent),
                supersedes=sent.supersedes,
                override=sent.override_reason,
                token=writer.id,
                idempotency_key=key,
            )
            added = batch.append(entry)
        self._notify(added)
        return Recorded(added)

    def _known_draft(self, batch: Batch, story: str, sent: NewRevision) -> Revision | None:
        """The newest draft, if it says the same already."""
        draft = batch.newest(story, State.DRAFT)
        if draft and draft.state is State.DRAFT and draft.base_version == sent.base_version:
            return draft if batch.content(draft) == sent.content else None
        return None

    def _changes(self, batch: Batch, story: str, sent: NewRevision) -> Changes:
        """Against the version it stands on; SilentEdit if that is to be published untold."""
        base = self._version(batch, story, sent.base_version)
        if base is None:
            return changes(None, sent.content)
        if (old := _says(batch, base)) is None:
            return changes(None, sent.content)
        diff = _difference(old, sent.content)
        if sent.state is State.PUBLISHED and not sent.override_reason:
            check_told(diff, sent.note, sent.kind)
        return changes_of(diff)

    def _version(self, batch: Batch, story: str, number: int | None) -> Revision | None:
        if number is None:
            return None
        live = batch.newest(story, State.PUBLISHED)
        if live and live.version == number:
            return live
        if number > (batch.tip(story).live or 0):
            raise InvalidInput([FieldError("base_version", f"there is no version {number}")])
        return self._archive.index.version(story, number)

    def _check_waits(self, batch: Batch, story: str, number: int) -> None:
        draft = batch.revision(story, number)
        if not draft:
            raise InvalidInput([FieldError("supersedes", f"there is no revision {number}")])
        _check_draft(draft)

    def _repeated(self, first: Revision, sent: NewRevision) -> Recorded:
        """The first answer to a request that was sent again, whatever became of it since."""
        written = self._archive.as_written(first)
        same = (written.note, written.kind, written.state, written.base_version) == (
            sent.note,
            sent.kind,
            sent.state,
            sent.base_version,
        )
        if first.state is State.REMOVED:
            raise WrongState(f"The text of revision {first.revision} was removed since.")
        if not same or self._archive.content(first) != sent.content:
            raise key_used("revision")
        return Recorded(written)

    def _act(
        self, story: str, number: int, sent: NewAction, editor: Person, key: str | None
    ) -> tuple[Revision, Action]:
        with self._archive.batch() as batch:
            revision = batch.revision(story, number)
            if not revision:
                raise NotFound(f"The story “{story}” has no revision {number}.")
            if key and (first := self._archive.index.keyed_action(story, editor.id, key)):
                if (first.revision, first.verb, first.note) != (number, sent.action, sent.note):
                    raise key_used("action")
                return revision, first
            if sent.action is Verb.COMMENT:
                _check_place(_says(batch, revision), sent)
            else:
                _check_draft(revision)
            if sent.action is Verb.PUBLISH:
                self._check_publishable(batch, revision, sent)
            action = batch.act(
                ActionInput(
                    story=story,
                    revision=number,
                    verb=sent.action,
                    note=sent.note,
                    author=author_of(editor),
                    created_at=self._clock(),
                    kind=sent.kind,
                    section=sent.section,
                    block=sent.block,
                    override=sent.override_reason,
                    token=editor.id,
                    idempotency_key=key,
                )
            )
            left = batch.revision(story, number)
        self._notify(action)
        return left or revision, action

    def _check_publishable(self, batch: Batch, draft: Revision, sent: NewAction) -> None:
        live = batch.newest(draft.story, State.PUBLISHED)
        standing = live.version if live else None
        if draft.base_version != standing:
            raise StaleBase(draft.base_version, standing)
        old = _says(batch, live) if live else None
        new = _says(batch, draft)
        if old and new and not sent.override_reason:
            diff = _difference(old, new)
            check_told(diff, sent.note or draft.note, sent.kind or draft.kind)


def retry_on_conflict(story: str, attempt: Callable[[], T]) -> T:
    """Outrun by another writer, look again: what was sent may be stale now."""
    for _ in range(_ATTEMPTS):
        try:
            return attempt()
        except Moved:
            continue
    raise Moved(story)


def author_of(person: Person) -> Author:
    return Author(person.name)


def _says(batch: Batch | Bulk, revision: Revision | Standing) -> Content | None:
    """What a revision says; None if its text was removed."""
    content = batch.content(revision)
    return None if isinstance(content, Tombstone) else content


def _content_of(archive: Archive, version: Revision) -> Content:
    content = archive.content(version)
    if isinstance(content, Tombstone):
        raise WrongState(f"The text of version {version.version} was removed.")
    return content


def _difference(old: Content, new: Content) -> Diff:
    return compare(page_of(old), page_of(new))


def _check_draft(revision: Revision) -> None:
    if revision.superseded_by:
        raise WrongState(
            f"Revision {revision.superseded_by} was written in place of"
            f" revision {revision.revision}."
        )
    if revision.state is not State.DRAFT:
        raise WrongState(f"Revision {revision.revision} is {revision.state}, no draft any more.")


def _check_place(content: Content | None, sent: NewAction) -> None:
    if sent.section is None or sent.block is None or content is None:
        return
    found = getattr(content, sent.section)
    count = 1 if isinstance(found, str) else len(found)
    if sent.block >= count:
        raise InvalidInput([FieldError("block", f"{sent.section} has {count} blocks, from 0")])
