"""The commands that writers and editors send, and which of their fields go together."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, FailFast, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from repo_store import (
    AtMost,
    AuthorFields,
    Content,
    FieldError,
    Ground,
    Input,
    InvalidInput,
    Kind,
    Malformed,
    Note,
    Reason,
    State,
    Url,
    Verb,
)
from service.conversion import MOST_BYTES
from service.usecases.mentions import LONGEST_PHRASE, checked_phrase
from service.usecases.silent_edits import says_something


def _check_new_state(state: object) -> object:
    """Before it is read as a state: else the error would name those that only the archive gives."""
    if state not in (State.DRAFT, State.PUBLISHED):
        raise PydanticCustomError("state", "must be draft or published")
    return state


FIRST_YEAR = 1970


def _in_utc(moment: datetime) -> datetime:
    """In UTC, where it must be in a year that git and the index can hold."""
    try:
        if (found := moment.astimezone(UTC)).year >= FIRST_YEAR:
            return found
    except OverflowError:
        pass
    raise PydanticCustomError("created_at", "must be from 1970 to 9999, in UTC")


Moment = Annotated[AwareDatetime, Field(strict=False), AfterValidator(_in_utc)]
NewState = Annotated[
    State,
    Field(strict=False),
    BeforeValidator(_check_new_state),
    WithJsonSchema({"type": "string", "enum": [State.DRAFT, State.PUBLISHED]}),
]
VersionNumber = Annotated[int, Field(ge=1, le=10**9)]
BaseVersion = Annotated[
    VersionNumber | None,
    WithJsonSchema({"type": ["integer", "null"], "minimum": 1, "maximum": 10**9}),
    Field(description="The live version that the writer started from; null if none is live"),
]
Numbers = Annotated[tuple[VersionNumber, ...], Field(strict=False), FailFast(), AtMost(10_000)]


class NewRevision(Input):
    """A new revision: the whole content, and what kind of change it is."""

    content: Content
    note: Annotated[Note, Field(description="To readers: what changed and why")] = ""
    kind: Annotated[Kind, Field(strict=False)] = Kind.UPDATE
    state: NewState = State.DRAFT
    base_version: BaseVersion = None
    supersedes: Annotated[
        VersionNumber | None, Field(description="The draft that this one replaces")
    ] = None
    override_reason: Annotated[
        Reason | None, Field(description="Why facts may change without a note to readers")
    ] = None
    author: Annotated[
        AuthorFields | None, Field(description="Who wrote it, if not the person who sends it")
    ] = None
    created_at: Annotated[Moment | None, Field(description="When it was written, if not now")] = (
        None
    )


class HtmlToConvert(Input):
    """HTML, and the address of the article from which relative ones lead on."""

    html: Annotated[str, Field(max_length=MOST_BYTES)]
    url: Url | None = None


class NewAction(Input):
    """An action on a revision, and what goes with it."""

    action: Annotated[Verb, Field(strict=False)]
    note: Note = ""
    kind: Annotated[Kind, Field(strict=False)] | None = None
    section: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")] | None = None
    block: Annotated[int, Field(ge=0, le=1_000)] | None = None
    override_reason: Annotated[
        Reason | None, Field(description="Why facts may change without a note to readers")
    ] = None
    reason: Annotated[
        Annotated[Ground, Field(strict=False)] | None, Field(description="The ground")
    ] = None
    legal_reference: Annotated[
        Reason | None, Field(description="The law, order or file that asks for it")
    ] = None
    scope: Annotated[
        Literal["revision", "notes", "story"],
        Field(
            description="`story`: all its revisions; `notes`: only those that `also_notes` names"
        ),
    ] = "revision"
    also: Annotated[Numbers, Field(description="Other revisions to remove with it")] = ()
    also_notes: Annotated[
        Numbers,
        Field(
            description="Entries whose notes and override reasons are to go while the text that"
            " they are about stays"
        ),
    ] = ()
    phrase: Annotated[
        Annotated[str, Field(max_length=LONGEST_PHRASE)] | None,
        Field(description="The answer lists what of the story still says it"),
    ] = None
    alias: Annotated[str | None, Field(description="The other id")] = None
    old: Annotated[Reason | None, Field(description="The old value that may stand")] = None
    author: Annotated[
        AuthorFields | None, Field(description="Who did it, if not the person who sends it")
    ] = None
    created_at: Annotated[Moment | None, Field(description="When it was done, if not now")] = None


class Restore(Input):
    """A request to publish an old version again."""

    note: Note = ""
    base_version: BaseVersion = None
    override_reason: Reason | None = None


def check_fields(command: NewAction) -> None:
    """InvalidInput for fields that the action does not take, or lacks."""
    empty = NewAction.model_construct(action=command.action)
    errors = [
        FieldError(name, f"goes with {' and '.join(verbs)} only")
        for name, verbs in _GOES_WITH.items()
        if command.action not in verbs and getattr(command, name) != getattr(empty, name)
    ]
    errors += [
        FieldError(name, message)
        for name, message in _NEEDS.get(command.action, {}).items()
        if not _says(command, name)
    ]
    if command.action is Verb.COMMENT and command.block is not None and command.section is None:
        errors.append(FieldError("section", "must be named where a block is"))
    if command.action is Verb.EXPLAIN and command.kind in EXPLAINS_NOTHING:
        names = ", ".join(kind for kind in Kind if kind not in EXPLAINS_NOTHING)
        message = f"{command.kind} explains nothing to readers: must be one of {names}"
        errors.append(FieldError("kind", message))
    if command.phrase is not None:
        try:
            checked_phrase(command.phrase)
        except Malformed as error:
            errors += error.errors
    if errors:
        raise InvalidInput(errors)


def _says(command: NewAction, name: str) -> bool:
    text = getattr(command, name) or ""
    return says_something(text) if command.action in _TO_READERS else bool(text.strip())


_TO_READERS = (Verb.EXPLAIN, Verb.WITHDRAW)
EXPLAINS_NOTHING = (Kind.MINOR, Kind.RESTORE)
"""The kinds that no explanation can have."""
_GOES_WITH = {
    "kind": (Verb.PUBLISH, Verb.EXPLAIN),
    "override_reason": (Verb.PUBLISH,),
    "reason": (Verb.REMOVE,),
    "legal_reference": (Verb.REMOVE,),
    "scope": (Verb.REMOVE,),
    "also": (Verb.REMOVE,),
    "also_notes": (Verb.REMOVE,),
    "phrase": (Verb.REMOVE,),
    "section": (Verb.COMMENT,),
    "block": (Verb.COMMENT,),
    "alias": (Verb.ALIAS,),
    "old": (Verb.WAIVE,),
}
"""The fields that belong to some actions only."""
_NEEDS = {
    Verb.COMMENT: {"note": "a comment needs words"},
    Verb.REJECT: {"note": "say why it is rejected"},
    Verb.EXPLAIN: {"note": "say to readers what is explained"},
    Verb.WITHDRAW: {"note": "say to readers why the story is withdrawn"},
    Verb.ALIAS: {"alias": "name the other id"},
    Verb.WAIVE: {"old": "name the old value that may stand", "note": "say why it may stand"},
    Verb.REMOVE: {
        "note": "say why it is removed",
        "reason": f"say on what ground it is removed: {', '.join(Ground)}",
        "legal_reference": "name the law, order or file that asks for it",
    },
}
"""The texts that an action needs, and what is said if one is missing."""
ABOUT = {
    Verb.PUBLISH: "Publish a draft. A `note` or `kind` takes the place of the draft's own.",
    Verb.APPROVE: "Approve a draft.",
    Verb.REJECT: "Reject a draft, and say why.",
    Verb.COMMENT: "Comment on a revision, or on one block of a section of it.",
    Verb.REMOVE: "Remove texts or notes for legal reasons.",
    Verb.EXPLAIN: "Put a dated note to a version that is public already.",
    Verb.WITHDRAW: "Take the story off its page; what it said stays readable.",
    Verb.ALIAS: "Let another id lead to the story.",
    Verb.WAIVE: "Let a repeat of an old value stand, and say why.",
}
"""What each action does."""


def taken_by(verb: Verb) -> dict[str, bool]:
    """The fields that an action takes besides its name; whether it needs them."""
    return {
        name: name in _NEEDS.get(verb, {})
        for name in NewAction.model_fields
        if name != "action" and verb in _GOES_WITH.get(name, Verb)
    }
