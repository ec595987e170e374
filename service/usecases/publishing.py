"""The use cases of publishing: write drafts, publish, review, restore. No HTTP."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from repo_store import (
    Action,
    ActionInput,
    Archive,
    Batch,
    Bulk,
    Changes,
    Content,
    Damaged,
    FieldError,
    InvalidInput,
    Kind,
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
from service.accounts import Forbidden, Permission, Person, Quotas
from service.comparison import page_of
from service.diffing import Diff, compare
from service.usecases.commands import NewAction, NewRevision, Restore, check_fields
from service.usecases.errors import WrongState, key_used
from service.usecases.retry import retry_on_conflict
from service.usecases.silent_edits import changes, changes_of, check_explained

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recorded:
    """The revision that holds the content; `unchanged`: it was there before, nothing was stored."""

    revision: Revision
    unchanged: bool = False


class Publishing:
    """`notify` is called with each record once it is stored, and must not raise. `quotas`: what
    each writer may store; imports have none.
    """

    def __init__(
        self,
        archive: Archive,
        clock: Callable[[], datetime],
        notify: Callable[[Record], None] = lambda _: None,
        quotas: Quotas | None = None,
    ) -> None:
        self._archive = archive
        self._clock = clock
        self._notify = notify
        self._quotas = quotas

    def record(self, story: str, command: NewRevision, writer: Person, key: str | None) -> Recorded:
        """Store a revision. A repeat with the same idempotency `key` returns the first result.

        StaleBase if it would overwrite a version that the writer has not seen; SilentEdit if facts
        change without an explanation.
        """
        writer.require(Permission.WRITE_DRAFTS, "write")
        if command.state is State.PUBLISHED:
            writer.require(Permission.PUBLISH, "write drafts, not publish")
        story_id(story)
        return retry_on_conflict(story, lambda: self._record(story, lambda _: command, writer, key))

    def act(
        self, story: str, number: int, command: NewAction, editor: Person, key: str | None
    ) -> tuple[Revision, Action]:
        """Act on a revision; returns it as it is afterwards, and the action. A repeat with the same
        idempotency `key` returns the first result.

        WrongState, StaleBase or SilentEdit if its present state does not allow the action.
        """
        editor.require(Permission.REVIEW, "review")
        if command.action is Verb.REMOVE:
            raise ValueError("removals go through Takedown")
        check_fields(command)
        return retry_on_conflict(story, lambda: self._act(story, number, command, editor, key))

    def restore(
        self, story: str, version: int, command: Restore, editor: Person, key: str | None
    ) -> Recorded:
        """Publish an old version's content again. Raises what `record` raises."""
        editor.require(Permission.PUBLISH, "restore")

        def restored(batch: Batch) -> NewRevision:
            # Read when the batch knows the story's tip, so that no removal comes between.
            old = self._archive.index.version(story, version)
            if not old:
                raise NotFound(f"The story “{story}” has no version {version}.")
            return NewRevision.model_construct(
                content=_require_content(batch, old),
                note=command.note,
                kind=Kind.RESTORE,
                state=State.PUBLISHED,
                base_version=command.base_version,
                override_reason=command.override_reason,
            )

        return retry_on_conflict(story, lambda: self._record(story, restored, editor, key))

    def add(self, batch: Batch | Bulk, new: RevisionInput) -> bool:
        """Add an imported revision on top of the live version; False if it changes nothing."""
        live = batch.newest(new.story, State.PUBLISHED)
        draft = batch.newest(new.story, State.DRAFT)
        known = [each for each in (live, draft) if each]
        newest = max(known, key=lambda each: each.revision, default=None)
        if newest and _content(batch, newest) == new.content:
            return False
        # Finding facts takes half the time of an import, and only drafts are sorted by them.
        facts = new.state is State.DRAFT
        summary = changes(_content(batch, live) if live else None, new.content, facts)
        base = live.version if live else None
        batch.append(replace(new, base_version=base, changes=summary))
        return True

    def _record(
        self,
        story: str,
        command_of: Callable[[Batch], NewRevision],
        writer: Person,
        key: str | None,
    ) -> Recorded:
        with self._charged(writer) as charge, self._archive.batch() as batch:
            tip = batch.tip(story)
            command = command_of(batch)
            if key and (first := self._archive.index.keyed(story, writer.token, key)):
                return self._repeated(first, command)
            live = batch.newest(story, State.PUBLISHED)
            if live and _content(batch, live) == command.content:
                return Recorded(live, unchanged=True)
            if command.state is State.PUBLISHED:
                if command.base_version != tip.live:
                    raise StaleBase(command.base_version, tip.live)
            elif known := self._known_draft(batch, story, command):
                return Recorded(known, unchanged=True)
            more = command.state is State.DRAFT
            if command.supersedes:
                replaced = self._superseded(batch, story, command.supersedes, writer)
                more &= not _is_by(replaced, writer)
            if more and self._quotas:
                self._quotas.check_drafts(partial(self._archive.index.waiting_of, writer.id))
            entry = RevisionInput(
                story=story,
                content=command.content,
                state=command.state,
                kind=command.kind,
                note=command.note,
                base_version=command.base_version,
                author=writer.author,
                created_at=self._clock(),
                changes=self._changes(batch, story, command),
                supersedes=command.supersedes,
                override=command.override_reason,
                person=writer.id,
                token=writer.token,
                idempotency_key=key,
            )
            added = batch.append(entry)
            charge(batch.size)
        self._notify(added)
        return Recorded(added)

    @contextmanager
    def _charged(self, writer: Person) -> Iterator[Callable[[int], None]]:
        """Bytes are counted before they are stored; given back if they are not."""
        charged: list[int] = []

        def charge(size: int) -> None:
            if self._quotas:
                self._quotas.spend(writer.id, size, self._clock())
                charged.append(size)

        try:
            yield charge
        except BaseException:
            if self._quotas:
                self._quotas.give_back(writer.id, sum(charged), self._clock())
            raise

    def _known_draft(self, batch: Batch, story: str, command: NewRevision) -> Revision | None:
        """The newest draft, if it has the same content and base."""
        draft = batch.newest(story, State.DRAFT)
        if draft and draft.state is State.DRAFT and draft.base_version == command.base_version:
            return draft if _content(batch, draft) == command.content else None
        return None

    def _changes(self, batch: Batch, story: str, command: NewRevision) -> Changes:
        """Relative to the base version. SilentEdit if it may not be published as it is."""
        base = self._version(batch, story, command.base_version)
        if base is None or (old := _content(batch, base)) is None:
            return changes(None, command.content)
        diff = _difference(old, command.content)
        if command.state is State.PUBLISHED and not command.override_reason:
            check_explained(old, command.content, diff, command.note, command.kind)
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

    def _superseded(self, batch: Batch, story: str, number: int, writer: Person) -> Revision:
        """The draft that is to be replaced, which the writer must be allowed to do."""
        draft = batch.revision(story, number)
        if not draft:
            raise InvalidInput([FieldError("supersedes", f"there is no revision {number}")])
        if not (writer.may(Permission.REVIEW) or _is_by(draft, writer)):
            whose = f"revision {number} is another person's draft"
            raise Forbidden(f"supersedes: {whose}; only they or an editor may replace it.")
        _check_draft(draft)
        return draft

    def _repeated(self, first: Revision, command: NewRevision) -> Recorded:
        """The result of the first request with this key, whatever has happened since."""
        written = self._archive.as_written(first)
        same = (
            *(written.note, written.kind, written.state, written.base_version),
            *(written.supersedes, written.override),
        ) == (
            *(command.note, command.kind, command.state, command.base_version),
            *(command.supersedes, command.override_reason),
        )
        if first.state is State.REMOVED:
            raise WrongState(f"The text of revision {first.revision} was removed since.")
        if not same or self._archive.content(first) != command.content:
            raise key_used("revision")
        return Recorded(written)

    def _act(
        self, story: str, number: int, command: NewAction, editor: Person, key: str | None
    ) -> tuple[Revision, Action]:
        with self._charged(editor) as charge, self._archive.batch() as batch:
            revision = batch.revision(story, number)
            if not revision:
                raise NotFound(f"The story “{story}” has no revision {number}.")
            if key and (first := self._archive.index.keyed_action(story, editor.token, key)):
                check_repeat(first, number, command)
                return revision, first
            if command.action is Verb.COMMENT:
                _check_place(_content(batch, revision), command)
            else:
                _check_draft(revision)
            if command.action is Verb.PUBLISH:
                self._check_publishable(batch, revision, command)
            action = batch.act(
                ActionInput(
                    story=story,
                    revision=number,
                    verb=command.action,
                    note=command.note,
                    author=editor.author,
                    created_at=self._clock(),
                    kind=command.kind,
                    section=command.section,
                    block=command.block,
                    override=command.override_reason,
                    person=editor.id,
                    token=editor.token,
                    idempotency_key=key,
                )
            )
            changed = batch.revision(story, number)
            charge(batch.size)
        self._notify(action)
        return changed or revision, action

    def _check_publishable(self, batch: Batch, draft: Revision, command: NewAction) -> None:
        live = batch.newest(draft.story, State.PUBLISHED)
        live_version = live.version if live else None
        if draft.base_version != live_version:
            raise StaleBase(draft.base_version, live_version)
        old = _content(batch, live) if live else None
        new = _content(batch, draft)
        if old and new and not command.override_reason:
            note, kind = command.note or draft.note, command.kind or draft.kind
            check_explained(old, new, _difference(old, new), note, kind)


def check_repeat(first: Action, number: int, command: NewAction) -> None:
    """InvalidInput if an idempotency key was used before, for the action `first`, not this one.

    What is to be removed is compared by Takedown.
    """
    same = (first.revision, first.verb) == (number, command.action)
    if first.verb is Verb.REMOVE:
        same &= first.ground is command.reason
        same &= (first.reference or "").split() == (command.legal_reference or "").split()
    else:
        said = (first.kind, first.section, first.block, first.override)
        same &= said == (command.kind, command.section, command.block, command.override_reason)
    # A removal that was confirmed has the note of who requested it, not of who sent the key.
    same &= first.confirmer is not None or first.note == command.note
    if not same:
        raise key_used("action")


def _content(batch: Batch | Bulk, revision: Revision | Standing) -> Content | None:
    """None if its text was removed or is damaged: neither stops what is recorded next."""
    try:
        content = batch.content(revision)
    except Damaged as error:
        log.error("a new text is compared with nothing: %s", error)
        return None
    return None if isinstance(content, Tombstone) else content


def _require_content(batch: Batch, version: Revision) -> Content:
    content = batch.content(version)
    if isinstance(content, Tombstone):
        raise WrongState(f"The text of version {version.version} was removed.")
    return content


def _difference(old: Content, new: Content) -> Diff:
    return compare(page_of(old), page_of(new))


def _is_by(draft: Revision, person: Person) -> bool:
    """Earlier records name the token alone, and a person's id is that of their first token."""
    if draft.person is None:
        return draft.token in (person.token, person.id)
    return draft.person == person.id


def _check_draft(revision: Revision) -> None:
    if revision.superseded_by:
        raise WrongState(
            f"Revision {revision.superseded_by} has replaced revision {revision.revision}."
        )
    if revision.state is not State.DRAFT:
        raise WrongState(f"Revision {revision.revision} is {revision.state}, no longer a draft.")


def _check_place(content: Content | None, command: NewAction) -> None:
    if command.section is None or command.block is None or content is None:
        return
    blocks = getattr(content, command.section)
    count = 1 if isinstance(blocks, str) else len(blocks)
    if command.block >= count:
        raise InvalidInput([FieldError("block", f"{command.section} has {count} blocks, from 0")])
