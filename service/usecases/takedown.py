"""The use cases of lawful removal (takedown): which texts, on whose authority, and that no copy
is left.
"""

import logging
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from repo_store import (
    Action,
    ActionInput,
    Archive,
    Damaged,
    FieldError,
    InvalidInput,
    Moved,
    NotFound,
    Record,
    Removal,
    Revision,
    State,
    Verb,
    locks,
)
from service.accounts import Permission, Person
from service.accounts.removal_requests import (
    RemovalRequest,
    RemovalRequests,
    Targets,
    WithdrawnRequest,
)
from service.audit.log import AuditLog
from service.paging import Listing, checked_limit, number_cursor, paginate
from service.periodic import Periodic
from service.usecases.commands import NewAction, check_fields
from service.usecases.errors import SecondPersonNeeded, WrongState, key_used
from service.usecases.preconditions import check_repeat
from service.usecases.retry import retry_on_conflict

log = logging.getLogger(__name__)

_LOOK_SECONDS = 30.0

Forget = Callable[[str], None]
"""Deletes what a derived store holds of a story."""


@dataclass(frozen=True)
class TakedownResult:
    """`action`: the removal; None while the request waits for a second person: then `waits`."""

    revision: Revision
    action: Action | None
    waits: RemovalRequest | None


def finish_pending_takedowns(archive: Archive, derived_stores: Sequence[Forget]) -> None:
    """Purge what was removed from the disk and from the derived stores, even if a crash stopped
    an earlier attempt.

    A derived store that cannot forget now, since it is in use, and a file that cannot be removed
    fail nothing: the removal stays noted as unfinished, and is finished by a later call.
    """
    if stories := archive.purge_due():
        clean = archive.purge()
        done = [each for each in stories if _forgotten(each, derived_stores)]
        archive.purged(done if clean else [])


def _forgotten(story: str, derived_stores: Sequence[Forget]) -> bool:
    done = True
    for forget in derived_stores:
        try:
            forget(story)
        except Exception as error:  # whatever it is, the text is gone from the archive
            log.error("%s: a copy of a removed text is left, to be deleted later: %s", story, error)
            done = False
    return done


class TakedownFinisher(Periodic):
    """Finishes, in the background, removals whose last step failed; among several processes, one at
    a time.
    """

    def __init__(self, archive: Archive, derived_stores: Sequence[Forget]) -> None:
        super().__init__("takedowns", _LOOK_SECONDS, "removals cannot be finished")
        self._archive, self._derived_stores = archive, derived_stores
        self._seen: list[str] = []

    def once(self) -> None:
        """Finish what was unfinished at the last look too: the rest may still be under way."""
        due = self._archive.purge_due()
        if left := set(self._seen).intersection(due):
            with locks.locked_if_free(str(self._archive.path / "locks" / "takedown")) as free:
                if free:
                    log.info("finishing removals in %s", ", ".join(sorted(left)))
                    finish_pending_takedowns(self._archive, self._derived_stores)
        self._seen = due


class Takedown:
    """`two_persons`: whether a removal takes effect only once a second person requests the same."""

    def __init__(
        self,
        archive: Archive,
        audit: AuditLog,
        requests: RemovalRequests,
        derived_stores: Sequence[Forget],
        clock: Callable[[], datetime],
        notify: Callable[[Record], None] = lambda _: None,
        two_persons: bool = False,
    ) -> None:
        self._archive, self._audit, self._requests = archive, audit, requests
        self._derived_stores, self._clock, self._notify = derived_stores, clock, notify
        self.two_persons = two_persons

    def candidates(self, story: str, cursor: str = "", limit: int = 50) -> Listing[Revision]:
        """A story's revisions, newest first, those too whose text was removed."""
        before = number_cursor(cursor)
        found = self._archive.index.revisions(story, before, checked_limit(limit) + 1)
        return paginate(found, limit, lambda last: last.revision)

    def remove(
        self, story: str, number: int, command: NewAction, editor: Person, key: str | None
    ) -> TakedownResult:
        """Remove texts and notes for good. When this returns they are off the disk, and a signed
        checkpoint covers the removal. WrongState if one of them was removed before.

        Where two persons are needed, the first request waits; InvalidInput if the second names
        another ground or reference, SecondPersonNeeded if it comes from the same person.
        """
        editor.require(Permission.REMOVE, "remove")
        check_fields(command)
        removal = _removal(command)
        story = self._archive.index.resolve(story)
        if repeated := self._repeated(story, number, command, editor, key):
            return repeated
        try:
            return self._removed(story, number, command, removal, editor, key)
        except WrongState:
            # The same request, sent at the same time, may have been first.
            if repeated := self._repeated(story, number, command, editor, key):
                return repeated
            raise

    def _repeated(
        self, story: str, number: int, command: NewAction, editor: Person, key: str | None
    ) -> TakedownResult | None:
        """The result of the first request with this key; InvalidInput if that was another one."""
        first = self._archive.index.keyed_action(story, editor.token, key) if key else None
        if first is None:
            return None
        check_repeat(first, number, command)
        chain = self._archive.index.chain(story)
        if command.scope == "story":
            earlier = (each for each in chain if each.entry < first.entry)
            same = all(each.state is State.REMOVED for each in earlier)
        else:
            entries = self._noted(story, command.also_notes, first.removed)
            same = set(first.removed) == set(_revisions(number, command))
            same = same and set(first.redacts) == entries.keys()
        if not same:
            raise key_used("action")
        revision = next((each for each in chain if each.revision == number), None)
        if revision is None:
            raise Moved(story)
        return TakedownResult(revision, first, None)

    def _removed(
        self,
        story: str,
        number: int,
        command: NewAction,
        removal: Removal,
        editor: Person,
        key: str | None,
    ) -> TakedownResult:
        revision, targets = self._targets(story, number, command)
        request = RemovalRequest(
            *(story, targets, editor.id, editor.token, editor.name),
            *(command.note, removal, self._clock()),
        )
        if self.two_persons:
            request = self._requests.add(request)
            if not _confirms(editor, removal, request):
                self._drop_if_removed(request, number, command)
                return TakedownResult(revision, None, request)
            removal = removal._replace(confirmed_by=editor.name, confirmer=editor.id)
        also = tuple(each for each in targets.revisions if each != number)
        text_stays = not targets.revisions
        removal = removal._replace(also=also, redacts=targets.entries, text_stays=text_stays)
        action_input = ActionInput(
            story=story,
            revision=number,
            verb=Verb.REMOVE,
            note=request.note,
            author=request.author,
            created_at=self._clock(),
            person=request.person,
            token=editor.token,
            idempotency_key=key,
            removal=removal,
        )
        # Sign what is there before the removal: the log can then tell what it took away.
        self._audit.checkpoint()
        action = retry_on_conflict(story, lambda: self._remove(action_input, command, request))
        self._requests.end(story, self._gone(story, targets))
        finish_pending_takedowns(self._archive, self._derived_stores)
        self._audit.checkpoint()
        self._notify(action)
        return TakedownResult(self._archive.index.revision(story, number) or revision, action, None)

    def withdraw(self, story: str, targets: Targets, editor: Person) -> None:
        """End the request to remove these; who did so is kept. WrongState if there is none."""
        editor.require(Permission.REMOVE, "withdraw the request for a removal")
        if not self._requests.withdraw(story, targets, editor, self._clock()):
            raise WrongState("There is no request to remove these that waits for a second person.")

    def withdrawn_requests(self, story: str) -> list[WithdrawnRequest]:
        """The requests of a story that were withdrawn, newest first."""
        return self._requests.withdrawn(story)

    def pending_requests(self) -> list[RemovalRequest]:
        """Requests that wait for a second person, oldest first."""
        return self._requests.all()

    def _drop_if_removed(self, request: RemovalRequest, number: int, command: NewAction) -> None:
        """A request that was stored while another person confirmed the same one would wait for
        ever. Raises WrongState then.
        """
        try:
            self._targets(request.story, number, command)
        except WrongState:
            self._requests.end(request.story, request.targets)
            raise

    def _remove(
        self, action_input: ActionInput, command: NewAction, request: RemovalRequest
    ) -> Action:
        # Once more: another writer may have been first.
        self._targets(action_input.story, action_input.revision, command)
        if not self.two_persons:
            return self._archive.remove(action_input)
        # Taken first: whoever withdraws it now is told that it is no longer there.
        if not self._requests.take(request):
            raise WrongState("The request for this removal was withdrawn.")
        try:
            return self._archive.remove(action_input)
        except BaseException:
            self._requests.put_back(request)
            raise

    def _targets(self, story: str, number: int, command: NewAction) -> tuple[Revision, Targets]:
        """The revision, and all that is to be removed. An entry's note that goes with the text that
        it is about is none of its own.
        """
        known = {each.revision: each for each in self._archive.index.chain(story)}
        if number not in known:
            raise NotFound(f"The story “{story}” has no revision {number}.")
        if command.scope == "story":
            numbers = {each.revision for each in known.values() if each.state is not State.REMOVED}
            numbers.add(number)
        else:
            numbers = set(_revisions(number, command))
        for each in sorted(numbers):
            if each not in known:
                raise InvalidInput([FieldError("also", f"there is no revision {each}")])
        gone = [each for each in (number, *sorted(numbers)) if known[each].state is State.REMOVED]
        if gone and numbers:
            raise WrongState(f"The text of revision {gone[0]} was removed before.")
        entries = self._noted(story, command.also_notes, numbers)
        for entry, record in entries.items():
            if record is None:
                raise InvalidInput([FieldError("also_notes", f"there is no entry {entry}")])
            if record.redacted:
                raise WrongState(f"The note of entry {entry} was removed before.")
            if not record.has_words:
                raise InvalidInput([FieldError("also_notes", f"entry {entry} has no note")])
        return known[number], Targets(tuple(sorted(numbers)), tuple(entries))

    def _noted(
        self, story: str, entries: Iterable[int], removed: Container[int]
    ) -> dict[int, Record | None]:
        """Entries as they were written, in order; None if there is none. Not those that are about
        one of these revisions.
        """
        commits = self._archive.index.log.commits_at(story, sorted(set(entries)))
        found: dict[int, Record | None] = {}
        written = self._archive.records([commit for commit in commits.values() if commit])
        records = iter(written)
        for entry, commit in commits.items():
            record = next(records) if commit else None
            if isinstance(record, Damaged):
                raise record
            if record is None or record.revision not in removed:
                found[entry] = record
        return found

    def _gone(self, story: str, targets: Targets) -> Targets:
        """All that went with these: also the notes of the revisions, and of what was about them."""
        index = self._archive.index
        with_text = {
            each.entry
            for number in targets.revisions
            for each in (index.revision(story, number), *index.actions(story, number))
            if each
        }
        return targets._replace(entries=(*targets.entries, *with_text))


def _revisions(number: int, command: NewAction) -> tuple[int, ...]:
    """The revisions that a command names, whose texts are to go."""
    return () if command.scope == "notes" else (number, *command.also)


def _confirms(editor: Person, removal: Removal, request: RemovalRequest) -> bool:
    """Whether this person, by requesting this removal, confirms the request that is stored.

    False if it is their own, just stored or sent again. InvalidInput names what differs from it;
    SecondPersonNeeded if it is their own, given with another token.
    """
    errors = []
    if removal.ground is not request.removal.ground:
        errors.append(_differs("reason", request.removal.ground, request))
    if removal.reference.split() != request.removal.reference.split():
        errors.append(_differs("legal_reference", request.removal.reference, request))
    if errors:
        raise InvalidInput(errors)
    if request.person != editor.id:
        return True
    if request.token != editor.token:
        raise SecondPersonNeeded(
            "You requested this removal yourself, with another token: someone else must confirm it."
        )
    return False


def _differs(field: str, value: str, request: RemovalRequest) -> FieldError:
    message = f"{request.name} named “{value}”: name the same, or withdraw that request first"
    return FieldError(field, message)


def _removal(command: NewAction) -> Removal:
    """The ground and the reference of a removal; InvalidInput if its scope takes other fields."""
    errors = []
    if command.scope != "revision" and command.also:
        errors.append(FieldError("also", "goes with the scope revision only"))
    if command.scope == "story" and command.also_notes:
        errors.append(FieldError("also_notes", "go with the story as they are"))
    if command.scope == "notes" and not command.also_notes:
        errors.append(FieldError("also_notes", "name the entries whose notes are to go"))
    if errors or command.reason is None or command.legal_reference is None:
        raise InvalidInput(errors)
    return Removal(command.reason, command.legal_reference)
