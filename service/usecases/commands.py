"""What a writer or an editor sends, as values, and which of its fields go together."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from repo_store import Content, FieldError, InvalidInput, Kind, Note, Reason, Shape, State, Verb
from repo_store import Ground as Ground
from service.diffing import SectionName


def _of_a_new_one(state: State) -> State:
    if state not in (State.DRAFT, State.PUBLISHED):
        raise PydanticCustomError("state", "must be draft or published")
    return state


NewState = Annotated[State, Field(strict=False), AfterValidator(_of_a_new_one)]
VersionNumber = Annotated[int, Field(ge=1, le=10**9)]


class NewRevision(Shape):
    """What a writer sends: the whole content, and what it is.

    `supersedes`: the draft that this one is written in place of.
    """

    content: Content
    note: Note = ""
    kind: Annotated[Kind, Field(strict=False)] = Kind.UPDATE
    state: NewState = State.DRAFT
    base_version: VersionNumber | None = None
    supersedes: VersionNumber | None = None
    override_reason: Reason | None = None


class NewAction(Shape):
    """What an editor sends of a revision: the deed, and what goes with it.

    With a removal: `reason`, the ground; `legal_reference`, the law, order or file that asks for
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
    also: Annotated[tuple[VersionNumber, ...], Field(max_length=100_000, strict=False)] = ()


class Restore(Shape):
    """What an editor sends to bring an old version back."""

    note: Note = ""
    base_version: VersionNumber | None = None
    override_reason: Reason | None = None


def check_fields(sent: NewAction) -> None:
    """What goes with one action only, and what it cannot go without."""
    errors = []
    if sent.action is not Verb.PUBLISH:
        goes_with_publish = {"kind": sent.kind, "override_reason": sent.override_reason}
        for name, value in goes_with_publish.items():
            if value is not None:
                errors.append(FieldError(name, "goes with publish only"))
    goes_with_remove = {
        "reason": sent.reason is not None,
        "legal_reference": sent.legal_reference is not None,
        "scope": sent.scope != "revision",
        "also": bool(sent.also),
    }
    if sent.action is not Verb.REMOVE:
        said = [name for name, given in goes_with_remove.items() if given]
        errors += [FieldError(name, "goes with remove only") for name in said]
    if sent.action is not Verb.COMMENT:
        for name, place in {"section": sent.section, "block": sent.block}.items():
            if place is not None:
                errors.append(FieldError(name, "goes with comment only"))
    elif sent.block is not None and sent.section is None:
        errors.append(FieldError("section", "must be named where a block is"))
    if sent.action in (Verb.COMMENT, Verb.REJECT) and not sent.note.strip():
        why = "a comment needs words" if sent.action is Verb.COMMENT else "say why it is rejected"
        errors.append(FieldError("note", why))
    if errors:
        raise InvalidInput(errors)
