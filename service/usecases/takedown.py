"""The use cases of lawful removal: who may order one, and that nothing stays behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from repo_store import (
    Action,
    ActionInput,
    Archive,
    FieldError,
    Ground,
    InvalidInput,
    Moved,
    NotFound,
    Record,
    Removal,
    Revision,
    State,
    Verb,
)
from service.accounts import PUBLISHERS, Forbidden, Token
from service.accounts.database import Database
from service.accounts.removal_requests import RemovalRequest, RemovalRequests
from service.audit.log import AuditLog
from service.provenance.ledger import Ledger
from service.usecases.commands import NewAction, check_fields
from service.usecases.errors import WrongState, key_used
from service.usecases.publishing import author_of, retry_on_conflict
from service.webhooks.subscriptions import Webhooks

Forget = Callable[[str], None]
"""Lets go of what is kept of a story beside the archive."""


@dataclass(frozen=True)
class TakedownResult:
    """What came of an order: the removal, or the order itself if it waits for a second person."""

    revision: Revision
    action: Action | None
    waits: RemovalRequest | None


def beside(archive: Path) -> tuple[Forget, ...]:
    """What is kept of stories beside the archive."""
    return Ledger(archive / "provenance.db").forget, Webhooks(Database(archive)).forget


def settle(store: Archive, forget: Sequence[Forget]) -> None:
    """See that what was removed is off the disk, also if a crash left that undone."""
    if stories := store.purge_due():
        store.purge()
        for story in stories:
            for each in forget:
                each(story)
        store.purged(stories)


class Takedown:
    """`two`: whether a second person must order the same before it is done."""

    def __init__(
        self,
        store: Archive,
        audit: AuditLog,
        orders: RemovalRequests,
        forget: Sequence[Forget],
        clock: Callable[[], datetime],
        notify: Callable[[Record], None] = lambda _: None,
        two: bool = False,
    ) -> None:
        self._archive, self._audit, self._orders = store, audit, orders
        self._forget, self._clock, self._notify, self.two = forget, clock, notify, two

    def remove(
        self, story: str, number: int, sent: NewAction, editor: Token, key: str | None
    ) -> TakedownResult:
        """Take texts away for good. When this returns they are off the disk, and the log with the
        removal in it is signed. WrongState if one is removed already.
        """
        if editor.role not in PUBLISHERS:
            raise Forbidden(f"The role {editor.role} may not remove.")
        check_fields(sent)
        removal = _removal(sent)
        first = self._archive.index.keyed_action(story, editor.id, key) if key else None
        if first:
            return self._repeated(story, number, sent, first)
        revision, numbers = self._named(story, number, sent)
        order = RemovalRequest(
            story, numbers, editor.id, editor.name, sent.note, removal, self._clock()
        )
        by, confirmed = author_of(editor), None
        if self.two:
            before = self._orders.find(story, numbers)
            if before is None or before.token == editor.id:
                self._orders.keep(before or order)
                return TakedownResult(revision, None, before or order)
            by, confirmed = before.author, editor.name
            order = before
        also = tuple(each for each in numbers if each != number)
        entry = ActionInput(
            story=story,
            revision=number,
            verb=Verb.REMOVE,
            note=order.note,
            author=by,
            created_at=self._clock(),
            token=editor.id,
            idempotency_key=key,
            removal=order.removal._replace(confirmed_by=confirmed, also=also),
        )
        # What stood before is signed for, so that the log says what the removal took.
        self._audit.checkpoint()
        action = retry_on_conflict(story, lambda: self._remove(entry, sent))
        self._orders.done(story, numbers)
        settle(self._archive, self._forget)
        self._audit.checkpoint()
        self._notify(action)
        return TakedownResult(self._archive.index.revision(story, number) or revision, action, None)

    def withdraw(self, story: str, revisions: tuple[int, ...]) -> None:
        """Nobody is to carry out the order for these any more."""
        self._orders.done(story, revisions)

    def waiting(self) -> list[RemovalRequest]:
        """Orders that wait for a second person, oldest first."""
        return self._orders.all()

    def _remove(self, entry: ActionInput, sent: NewAction) -> Action:
        self._named(entry.story, entry.revision, sent)  # again, if another writer was first
        return self._archive.remove(entry)

    def _named(self, story: str, number: int, sent: NewAction) -> tuple[Revision, tuple[int, ...]]:
        """The revision, and the numbers of all that are to be removed, in their order."""
        known = {each.revision: each for each in self._archive.index.chain(story)}
        if number not in known:
            raise NotFound(f"The story “{story}” has no revision {number}.")
        if sent.scope == "story":
            numbers = {each.revision for each in known.values() if each.state is not State.REMOVED}
        else:
            numbers = {number, *sent.also}
        for each in sorted(numbers):
            if each not in known:
                raise InvalidInput([FieldError("also", f"there is no revision {each}")])
        gone = [each for each in (number, *sorted(numbers)) if known[each].state is State.REMOVED]
        if gone:
            raise WrongState(f"The text of revision {gone[0]} was removed before.")
        return known[number], tuple(sorted(numbers))

    def _repeated(self, story: str, number: int, sent: NewAction, first: Action) -> TakedownResult:
        if (first.revision, first.verb, first.note) != (number, sent.action, sent.note):
            raise key_used("action")
        revision = self._archive.index.revision(story, number)
        if revision is None:
            raise Moved(story)
        return TakedownResult(revision, first, None)


def _removal(sent: NewAction) -> Removal:
    """What must be said of a removal; InvalidInput names what is not."""
    errors = []
    if not sent.note.strip():
        errors.append(FieldError("note", "say why it is removed"))
    if sent.reason is None:
        told = ", ".join(Ground)
        errors.append(FieldError("reason", f"say on what ground it is removed: {told}"))
    if sent.legal_reference is None:
        errors.append(FieldError("legal_reference", "name the law, order or file that asks for it"))
    if sent.scope == "story" and sent.also:
        errors.append(FieldError("also", "goes with the scope revision only"))
    if errors or sent.reason is None or sent.legal_reference is None:
        raise InvalidInput(errors)
    return Removal(sent.reason, sent.legal_reference)
