"""The use cases of publishing: write drafts, publish, review, restore. No HTTP."""

import logging
from collections.abc import Callable, Iterator, Sequence
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
from service.accounts import Forbidden, Gate, Permission, Person, Quotas
from service.comparison import changes, changes_of, page_of
from service.diffing import Diff, compare
from service.usecases.chronology import explanation_time, publication_time, writing_time
from service.usecases.commands import NewAction, NewRevision, Restore, check_fields
from service.usecases.errors import SilentEdit, WrongState, key_used
from service.usecases.imported import stood, was_imported
from service.usecases.preconditions import (
    author_of,
    check_draft,
    check_origin,
    check_place,
    check_public,
    check_repeat,
    explains,
    is_by,
    kind_of,
    said_of,
)
from service.usecases.retry import retry_on_conflict
from service.usecases.silent_edits import check_explained

log = logging.getLogger(__name__)


_PERMISSIONS = {
    Verb.PUBLISH: Permission.PUBLISH,
    Verb.EXPLAIN: Permission.PUBLISH,
    Verb.WITHDRAW: Permission.PUBLISH,
    Verb.ALIAS: Permission.PUBLISH,
    Verb.APPROVE: Permission.REVIEW,
    Verb.REJECT: Permission.REVIEW,
    Verb.COMMENT: Permission.REVIEW,
    Verb.WAIVE: Permission.REVIEW,
}


@dataclass(frozen=True)
class Recorded:
    """The revision that holds the content. `unchanged`: it was there before, nothing was stored;
    `explained`: it was live before, and its note or kind was added to it as an explanation.
    """

    revision: Revision
    unchanged: bool = False
    explained: bool = False


class Publishing:
    """`notify` is called with each record once it is stored, and must not raise. `quotas`: what
    each writer may store; imports have none. `gate`: how silent edits are treated where no token
    says otherwise; `held` is called whenever one is held back, and must not raise.
    """

    def __init__(
        self,
        archive: Archive,
        clock: Callable[[], datetime],
        notify: Callable[[Record], None] = lambda _: None,
        quotas: Quotas | None = None,
        gate: Gate = Gate.HOLD,
        held: Callable[[], None] = lambda: None,
    ) -> None:
        self._archive = archive
        self._clock = clock
        self._notify = notify
        self._quotas = quotas
        self._gate = gate
        self._held = held

    def record(self, story: str, command: NewRevision, writer: Person, key: str | None) -> Recorded:
        """Store a revision of a story, by whichever of its ids. A repeat with the same idempotency
        `key` returns the first result. What is live already, sent to be published with another note
        or kind, is explained by that.

        StaleBase if it would overwrite a version that the writer has not seen; SilentEdit if facts
        change without an explanation, and the gate holds.
        """
        writer.require(Permission.WRITE_DRAFTS, "write")
        if command.state is State.PUBLISHED:
            writer.require(Permission.PUBLISH, "write drafts, not publish")
        check_origin(command, writer)
        story = self._archive.index.resolve(story_id(story))
        with self._counted():
            return retry_on_conflict(
                story, lambda: self._record(story, lambda _: command, writer, key)
            )

    def act(
        self, story: str, number: int, command: NewAction, editor: Person, key: str | None
    ) -> tuple[Revision, Action]:
        """Act on a revision; returns it as it is afterwards, and the action. A repeat with the same
        idempotency `key` returns the first result.

        WrongState, StaleBase or SilentEdit if its present state does not allow the action.
        """
        if command.action is Verb.REMOVE:
            raise ValueError("removals go through Takedown")
        editor.require(_PERMISSIONS[command.action], command.action)
        check_origin(command, editor)
        check_fields(command)
        story = self._archive.index.resolve(story)
        with self._counted():
            return retry_on_conflict(story, lambda: self._act(story, number, command, editor, key))

    def restore(
        self, story: str, version: int, command: Restore, editor: Person, key: str | None
    ) -> Recorded:
        """Publish an old version's content again. Raises what `record` raises."""
        editor.require(Permission.PUBLISH, "restore")
        story = self._archive.index.resolve(story)

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

        with self._counted():
            return retry_on_conflict(story, lambda: self._record(story, restored, editor, key))

    def add(
        self,
        batch: Batch | Bulk,
        new: RevisionInput,
        afterwards: Sequence[ActionInput] = (),
        timed: bool = True,
        out_of_order: bool = False,
    ) -> bool:
        """Add an imported revision on top of the live version, and what was recorded of it
        `afterwards`, if its version has not got that yet; False if that changes nothing, or if it
        was imported before, with the same idempotency key or as the version of its time.

        `timed`: whether its time was given, not made up. InvalidInput if it is not one that may
        follow, unless it may be `out_of_order`.
        """
        new = replace(new, story=self._resolved(batch, new.story))
        resolve, latest = partial(self._resolved, batch), batch.tip(new.story).latest or 0
        if was_imported(self._archive, new.story, new.idempotency_key):
            return False
        if timed and stood(self._archive, new, afterwards, latest, resolve):
            return False
        for each in afterwards:
            writing_time(None if out_of_order else each.created_at, self._clock())
            if each.verb is Verb.ALIAS and self._resolved(batch, each.alias or "") != new.story:
                self._check_alias(batch, new.story, each.alias or "")
        if not out_of_order:
            given = new.created_at if timed else None
            new = replace(new, created_at=self._time(batch, new.story, new.state, given))
        live = batch.newest(new.story, State.PUBLISHED)
        draft = batch.newest(new.story, State.DRAFT) if new.state is State.DRAFT else None
        known = [each for each in (live, draft) if each]
        newest = max(known, key=lambda each: each.revision, default=None)
        stands = not (new.state is State.PUBLISHED and batch.tip(new.story).withdrawn)
        if stands and newest and _content(batch, newest) == new.content:
            in_order = batch.tip(new.story).in_order(new.created_at, self._clock())
            if live and in_order and explains(new, live):
                afterwards = (_explained_by(new, live), *afterwards)
            return self._add_afterwards(batch, new.story, afterwards)
        summary = changes(_content(batch, live) if live else None, new.content, facts=True)
        base = live.version if live else None
        batch.append(replace(new, base_version=base, changes=summary))
        self._add_afterwards(batch, new.story, afterwards)
        return True

    def _add_afterwards(
        self, batch: Batch | Bulk, story: str, afterwards: Sequence[ActionInput]
    ) -> bool:
        """Add what was recorded of the live version later; whether any of it was new."""
        live = batch.newest(story, State.PUBLISHED)
        if not (live and afterwards):
            return False
        said = said_of(live)[1:]
        written = False
        for each in afterwards:
            if each.verb is Verb.EXPLAIN:
                known = (each.note, each.kind or Kind.CORRECTION) in said
            elif each.verb is Verb.ALIAS:
                known = self._resolved(batch, each.alias or "") == story
            else:
                version = self._archive.index.version(story, live.version or 0)
                ended = bool(version and each.created_at < version.live_since)
                known = ended or batch.tip(story).withdrawn is not None
            if not known:
                batch.act(replace(each, story=story, revision=live.revision))
                written = True
        return written

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
            if key and (first := self._keyed(story, command, writer, key)):
                return first
            if command.state is State.PUBLISHED and writer.may(Permission.MIRROR):
                # What it says is live already: the text is compared with what was live before.
                command = command.model_copy(
                    update={"base_version": command.base_version or tip.live}
                )
            live = batch.newest(story, State.PUBLISHED)
            added: Record
            if live and not tip.withdrawn and _content(batch, live) == command.content:
                if not explains(command, live):
                    return Recorded(live, unchanged=True)
                added = batch.act(self._explanation(live, command, writer, key))
                recorded = Recorded(batch.revision(story, live.revision) or live, explained=True)
            else:
                if command.state is State.PUBLISHED:
                    if command.base_version != tip.live:
                        raise StaleBase(command.base_version, tip.live)
                elif known := self._known_draft(batch, story, command):
                    return Recorded(known, unchanged=True)
                added = batch.append(self._revision(batch, story, command, writer, key))
                recorded = Recorded(added)
            charge(batch.size)
        self._notify(added)
        return recorded

    def _revision(
        self, batch: Batch, story: str, command: NewRevision, writer: Person, key: str | None
    ) -> RevisionInput:
        more = command.state is State.DRAFT
        if command.supersedes:
            replaced = self._superseded(batch, story, command.supersedes, writer)
            more &= not is_by(replaced, writer)
        if more and self._quotas:
            self._quotas.check_drafts(partial(self._archive.index.waiting_of, writer.id))
        changes, unexplained = self._changes(batch, story, command, writer)
        return RevisionInput(
            story=story,
            content=command.content,
            state=command.state,
            kind=command.kind,
            note=command.note,
            base_version=command.base_version,
            author=author_of(command, writer),
            created_at=self._time(batch, story, command.state, command.created_at),
            changes=changes,
            supersedes=command.supersedes,
            override=command.override_reason,
            unexplained=unexplained,
            person=writer.id,
            token=writer.token,
            idempotency_key=key,
        )

    def _explanation(
        self, live: Revision, command: NewRevision, writer: Person, key: str | None
    ) -> ActionInput:
        kind = command.kind if "kind" in command.model_fields_set else Kind.CORRECTION
        return ActionInput(
            story=live.story,
            revision=live.revision,
            verb=Verb.EXPLAIN,
            note=command.note,
            kind=kind,
            author=author_of(command, writer),
            created_at=explanation_time(live, command.created_at, self._clock()),
            person=writer.id,
            token=writer.token,
            idempotency_key=key,
        )

    def _time(
        self, batch: Batch | Bulk, story: str, state: State, given: datetime | None
    ) -> datetime:
        if state is State.PUBLISHED:
            return publication_time(batch.tip(story), given, self._clock())
        return writing_time(given, self._clock())

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count what the check for silent edits holds back."""
        try:
            yield
        except SilentEdit:
            self._held()
            raise

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

    def _changes(
        self, batch: Batch, story: str, command: NewRevision, writer: Person
    ) -> tuple[Changes, tuple[str, ...]]:
        """Relative to the base version, and what goes unexplained. SilentEdit if it may not be
        published as it is.
        """
        base = self._version(batch, story, command.base_version)
        if base is None or (old := _content(batch, base)) is None:
            return changes(None, command.content), ()
        diff = _difference(old, command.content)
        unexplained: tuple[str, ...] = ()
        if command.state is State.PUBLISHED and not command.override_reason:
            gate = writer.gate_in(self._gate)
            said = command.note, command.kind
            unexplained = check_explained(old, command.content, diff, *said, gate)
        return changes_of(diff), unexplained

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
        if not (writer.may(Permission.REVIEW) or is_by(draft, writer)):
            whose = f"revision {number} is another person's draft"
            raise Forbidden(f"supersedes: {whose}; only they or an editor may replace it.")
        check_draft(draft)
        return draft

    def _keyed(self, story: str, command: NewRevision, writer: Person, key: str) -> Recorded | None:
        """The result of the first request with this key, whatever has happened since."""
        index = self._archive.index
        if first := index.keyed(story, writer.token, key):
            return self._repeated(first, command, writer)
        action = index.keyed_action(story, writer.token, key)
        if action is None or action.verb is not Verb.EXPLAIN:
            return None
        explained = index.revision(story, action.revision)
        same = action.redacted is not None or action.note == command.note
        if not explained or not same or command.state is not State.PUBLISHED:
            raise key_used("revision")
        if self._archive.content(explained) != command.content:
            raise key_used("revision")
        return Recorded(explained, explained=True)

    def _repeated(self, first: Revision, command: NewRevision, writer: Person) -> Recorded:
        written = self._archive.as_written(first)
        same = (written.kind, written.state, written.supersedes) == (
            *(command.kind, command.state, command.supersedes),
        )
        if command.base_version or not writer.may(Permission.MIRROR):
            same &= written.base_version == command.base_version
        if not written.redacted:
            said = (written.note, written.override)
            same &= said == (command.note, command.override_reason)
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
            if repeated := self._known_action(batch, revision, command):
                return revision, repeated
            unexplained = self._check_allowed(batch, revision, command, editor)
            action = batch.act(
                ActionInput(
                    story=story,
                    revision=number,
                    verb=command.action,
                    note=command.note,
                    author=author_of(command, editor),
                    created_at=self._action_time(batch, revision, command),
                    kind=kind_of(command),
                    section=command.section,
                    block=command.block,
                    override=command.override_reason,
                    unexplained=unexplained,
                    alias=command.alias,
                    value=command.old,
                    person=editor.id,
                    token=editor.token,
                    idempotency_key=key,
                )
            )
            changed = batch.revision(story, number)
            charge(batch.size)
        self._notify(action)
        return changed or revision, action

    def _action_time(self, batch: Batch, revision: Revision, command: NewAction) -> datetime:
        if command.action is Verb.PUBLISH:
            return self._time(batch, revision.story, State.PUBLISHED, command.created_at)
        if command.action in (Verb.EXPLAIN, Verb.WITHDRAW):
            return explanation_time(revision, command.created_at, self._clock())
        return writing_time(command.created_at, self._clock())

    def _known_action(self, batch: Batch, revision: Revision, command: NewAction) -> Action | None:
        """The action that did the same before, where doing it twice would say nothing more."""
        index, story = self._archive.index, revision.story
        if command.action is Verb.ALIAS and command.alias:
            return index.alias_given(command.alias, story)
        if command.action is Verb.EXPLAIN:
            same = (command.note, kind_of(command))
            known = (each for each in revision.explanations if (each.note, each.kind) == same)
            found = next((index.at(story, each.entry) for each in known), None)
            return found if isinstance(found, Action) else None
        return None

    def _check_allowed(
        self, batch: Batch, revision: Revision, command: NewAction, editor: Person
    ) -> tuple[str, ...]:
        """WrongState, StaleBase, SilentEdit or InvalidInput if the action is not possible now. What
        a publication leaves unexplained.
        """
        match command.action:
            case Verb.PUBLISH:
                check_draft(revision)
                return self._check_publishable(batch, revision, command, editor)
            case Verb.COMMENT:
                check_place(_content(batch, revision), command)
            case Verb.EXPLAIN:
                check_public(revision)
            case Verb.WITHDRAW | Verb.WAIVE:
                self._check_live(batch, revision)
            case Verb.ALIAS:
                check_public(revision)
                self._check_alias(batch, revision.story, command.alias or "")
            case _:
                check_draft(revision)
        return ()

    def _check_live(self, batch: Batch, revision: Revision) -> None:
        tip = batch.tip(revision.story)
        if tip.live is None or revision.version != tip.live:
            live = f"version {tip.live}" if tip.live else "none"
            raise WrongState(
                f"Revision {revision.revision} is not the live version: that is {live}."
            )
        if tip.withdrawn:
            raise WrongState("This story is withdrawn.")

    def _resolved(self, batch: Batch | Bulk, story: str) -> str:
        """The id of the story that an id leads to, once the batch is stored."""
        return batch.aliases.get(story) or self._archive.index.resolve(story)

    def _check_alias(self, batch: Batch | Bulk, story: str, alias: str) -> None:
        try:
            story_id(alias)
        except InvalidInput as error:
            raise InvalidInput([FieldError("alias", error.errors[0].message)]) from None
        other = self._resolved(batch, alias)
        if other == story:
            problem = "is this story's id already"
        elif other != alias:
            problem = f"leads to the story “{other}”"
        elif batch.tip(alias).head:
            problem = "is the id of another story"
        else:
            return
        raise InvalidInput([FieldError("alias", problem)])

    def _check_publishable(
        self, batch: Batch, draft: Revision, command: NewAction, editor: Person
    ) -> tuple[str, ...]:
        live = batch.newest(draft.story, State.PUBLISHED)
        live_version = live.version if live else None
        if draft.base_version != live_version:
            raise StaleBase(draft.base_version, live_version)
        old = _content(batch, live) if live else None
        new = _content(batch, draft)
        if not old or not new or command.override_reason:
            return ()
        said = command.note or draft.note, command.kind or draft.kind
        gate = editor.gate_in(self._gate)
        return check_explained(old, new, _difference(old, new), *said, gate)


def _content(batch: Batch | Bulk, revision: Revision | Standing) -> Content | None:
    """None if its text was removed or is damaged: neither stops what is recorded next."""
    try:
        content = batch.content(revision)
    except Damaged as error:
        log.error("a new text is compared with nothing: %s", error)
        return None
    return None if isinstance(content, Tombstone) else content


def _explained_by(new: RevisionInput, live: Revision | Standing) -> ActionInput:
    """What a repeat of the live text says of it."""
    return ActionInput(
        story=new.story,
        revision=live.revision,
        verb=Verb.EXPLAIN,
        note=new.note,
        kind=new.kind,
        author=new.author,
        created_at=new.created_at,
    )


def _require_content(batch: Batch, version: Revision) -> Content:
    content = batch.content(version)
    if isinstance(content, Tombstone):
        raise WrongState(f"The text of version {version.version} was removed.")
    return content


def _difference(old: Content, new: Content) -> Diff:
    return compare(page_of(old), page_of(new))
