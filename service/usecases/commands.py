"""The commands that writers and editors send, and which of their fields go together."""

from typing import Annotated, Literal

from pydantic import AfterValidator, FailFast, Field
from pydantic_core import PydanticCustomError

from repo_store import (
    AtMost,
    Content,
    FieldError,
    Ground,
    InvalidInput,
    Kind,
    Note,
    Reason,
    Shape,
    State,
    Verb,
)
from service.diffing import SectionName


def _check_new_state(state: State) -> State:
    if state not in (State.DRAFT, State.PUBLISHED):
        raise PydanticCustomError("state", "must be draft or published")
    return state


NewState = Annotated[State, Field(strict=False), AfterValidator(_check_new_state)]
VersionNumber = Annotated[int, Field(ge=1, le=10**9)]


class NewRevision(Shape):
    """A new revision: the whole content, and what kind of change it is.

    `supersedes`: the draft that this one replaces.
    """

    content: Content
    note: Note = ""
    kind: Annotated[Kind, Field(strict=False)] = Kind.UPDATE
    state: NewState = State.DRAFT
    base_version: VersionNumber | None = None
    supersedes: VersionNumber | None = None
    override_reason: Reason | None = None


class NewAction(Shape):
    """An action on a revision, and what goes with it.

    For a removal: `reason`, the ground; `legal_reference`, the law, order or file that asks for
    it; `also`, the other revisions to remove with it, or the `scope` story, for all of them.
    """

    action: Annotated[Verb, Field(strict=False)]
    note: Note = ""
    kind: Annotated[Kind, Field(strict=False)] | None = None
    section: SectionName | None = None
    block: Annotated[int, Field(ge=0, le=1_000)] | None = None
    override_reason: Reason | None = None
    reason: Annotated[Ground, Field(strict=False)] | None = None
    legal_reference: Reason | None = None
    scope: Literal["revision", "story"] = "revision"
    also: Annotated[tuple[VersionNumber, ...], Field(strict=False), FailFast(), AtMost(10_000)] = ()


class Restore(Shape):
    """A request to publish an old version again."""

    note: Note = ""
    base_version: VersionNumber | None = None
    override_reason: Reason | None = None


def check_fields(command: NewAction) -> None:
    """InvalidInput for fields that the action does not take, or lacks."""
    goes_with = {
        Verb.PUBLISH: {
            "kind": command.kind is not None,
            "override_reason": command.override_reason is not None,
        },
        Verb.REMOVE: {
            "reason": command.reason is not None,
            "legal_reference": command.legal_reference is not None,
            "scope": command.scope != "revision",
            "also": bool(command.also),
        },
        Verb.COMMENT: {
            "section": command.section is not None,
            "block": command.block is not None,
        },
    }
    errors = [
        FieldError(name, f"goes with {verb} only")
        for verb, fields in goes_with.items()
        if command.action is not verb
        for name, given in fields.items()
        if given
    ]
    if command.action is Verb.COMMENT and command.block is not None and command.section is None:
        errors.append(FieldError("section", "must be named where a block is"))
    if command.action in (Verb.COMMENT, Verb.REJECT) and not command.note.strip():
        commenting = command.action is Verb.COMMENT
        why = "a comment needs words" if commenting else "say why it is rejected"
        errors.append(FieldError("note", why))
    if errors:
        raise InvalidInput(errors)
