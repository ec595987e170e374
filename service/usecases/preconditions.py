"""What a command needs before it is carried out, and what it says of who sent it. Pure."""

from repo_store import (
    CORRECTING,
    Action,
    Author,
    Content,
    FieldError,
    InvalidInput,
    Kind,
    Revision,
    RevisionInput,
    Standing,
    State,
    Verb,
)
from service.accounts import Permission, Person
from service.usecases.commands import NewAction, NewRevision
from service.usecases.errors import WrongState, key_used
from service.usecases.silent_edits import says_something


def check_origin(command: NewRevision | NewAction, person: Person) -> None:
    """Forbidden if it names an author or a time that this person may not name."""
    for name in ("author", "created_at"):
        if getattr(command, name) is not None:
            person.require(Permission.SET_ORIGIN, f"set {name}")


def author_of(command: NewRevision | NewAction, person: Person) -> Author:
    named = command.author
    return Author(named.name, named.email) if named else person.author


def kind_of(command: NewAction) -> Kind | None:
    return command.kind or (Kind.CORRECTION if command.action is Verb.EXPLAIN else None)


def said_of(live: Revision | Standing) -> list[tuple[str, str]]:
    """The notes of a version and then of its explanations, each with its kind."""
    standing = live if isinstance(live, Standing) else Standing.of(live)
    return [(note, kind) for note, kind in standing.said]  # from a journal they are lists


def explains(command: NewRevision | RevisionInput, live: Revision | Standing) -> bool:
    """Whether it says to readers what the live version and its explanations do not."""
    if command.state is not State.PUBLISHED or command.kind is Kind.RESTORE:
        return False
    said = said_of(live)
    if says_something(command.note) and command.note not in {note for note, _ in said}:
        return True
    return command.kind in CORRECTING and command.kind not in {kind for _, kind in said}


def check_public(revision: Revision) -> None:
    if revision.state is not State.PUBLISHED:
        raise WrongState(f"Revision {revision.revision} is {revision.state}, not published.")


def check_draft(revision: Revision) -> None:
    if revision.superseded_by:
        raise WrongState(
            f"Revision {revision.superseded_by} has replaced revision {revision.revision}."
        )
    if revision.state is not State.DRAFT:
        raise WrongState(f"Revision {revision.revision} is {revision.state}, no longer a draft.")


def check_place(content: Content | None, command: NewAction) -> None:
    if command.section is None or content is None:
        return
    part = content.shape.by_id.get(command.section)
    if part is None:
        names = ", ".join(content.shape.by_id)
        raise InvalidInput([FieldError("section", f"must be one of {names}")])
    count = len(part.blocks(content.fields))
    if command.block is not None and command.block >= count:
        raise InvalidInput([FieldError("block", f"{command.section} has {count} blocks, from 0")])


def check_repeat(first: Action, number: int, command: NewAction) -> None:
    """InvalidInput if an idempotency key was used before, for the action `first`, not this one.

    What is to be removed is compared by Takedown.
    """
    same = (first.revision, first.verb) == (number, command.action)
    if first.verb is Verb.REMOVE:
        same &= first.ground is command.reason
        same &= (first.reference or "").split() == (command.legal_reference or "").split()
    else:
        said = (first.kind, first.section, first.block, first.alias)
        same &= said == (kind_of(command), command.section, command.block, command.alias)
    if not first.redacted:
        # A removal that was confirmed has the note of who requested it, not of who sent the key.
        same &= first.confirmer is not None or first.note == command.note
        same &= (first.override, first.value) == (command.override_reason, command.old)
    if not same:
        raise key_used("action")


def is_by(draft: Revision, person: Person) -> bool:
    """Earlier records name the token alone, and a person's id is that of their first token."""
    if draft.person is None:
        return draft.token in (person.token, person.id)
    return draft.person == person.id
