"""The commands that writers and editors send, and which of their fields go together."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, FailFast, Field
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
    Verb,
)
from service.usecases.mentions import LONGEST_PHRASE, checked_phrase
from service.usecases.silent_edits import says_something


def _check_new_state(state: State) -> State:
    if state not in (State.DRAFT, State.PUBLISHED):
        raise PydanticCustomError("state", "must be draft or published")
    return state


_FIRST_YEAR = 1970


def _in_utc(moment: datetime) -> datetime:
    """In UTC, where it must be in a year that git and the index can hold."""
    try:
        if (found := moment.astimezone(UTC)).year >= _FIRST_YEAR:
            return found
    except OverflowError:
        pass
    raise PydanticCustomError("created_at", "must be from 1970 to 9999, in UTC")


Moment = Annotated[AwareDatetime, Field(strict=False), AfterValidator(_in_utc)]
NewState = Annotated[State, Field(strict=False), AfterValidator(_check_new_state)]
VersionNumber = Annotated[int, Field(ge=1, le=10**9)]
Numbers = Annotated[tuple[VersionNumber, ...], Field(strict=False), FailFast(), AtMost(10_000)]


class NewRevision(Input):
    """A new revision: the whole content, and what kind of change it is.

    `supersedes`: the draft that this one replaces. `author` and `created_at`: who wrote it and
    when, if not the person who sends it, now.
    """

    content: Content
    note: Note = ""
    kind: Annotated[Kind, Field(strict=False)] = Kind.UPDATE
    state: NewState = State.DRAFT
    base_version: VersionNumber | None = None
    supersedes: VersionNumber | None = None
    override_reason: Reason | None = None
    author: AuthorFields | None = None
    created_at: Moment | None = None


class NewAction(Input):
    """An action on a revision, and what goes with it.

    For a removal: `reason`, the ground; `legal_reference`, the law, order or file that asks for
    it; `also`, the other revisions to remove with it, or the `scope` story, for all of them;
    `also_notes`, the entries whose notes and override reasons are to go while the text that they
    are about stays, with the `scope` notes nothing else; `phrase`: the answer lists what of the
    story still says it. For an alias: `alias`, the other id. For a waiver: `old`, the old value
    that may stand. `author` and `created_at`: who did it and when, if not the person who sends it,
    now.
    """

    action: Annotated[Verb, Field(strict=False)]
    note: Note = ""
    kind: Annotated[Kind, Field(strict=False)] | None = None
    section: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")] | None = None
    block: Annotated[int, Field(ge=0, le=1_000)] | None = None
    override_reason: Reason | None = None
    reason: Annotated[Ground, Field(strict=False)] | None = None
    legal_reference: Reason | None = None
    scope: Literal["revision", "notes", "story"] = "revision"
    also: Numbers = ()
    also_notes: Numbers = ()
    phrase: Annotated[str, Field(max_length=LONGEST_PHRASE)] | None = None
    alias: str | None = None
    old: Reason | None = None
    author: AuthorFields | None = None
    created_at: Moment | None = None


class Restore(Input):
    """A request to publish an old version again."""

    note: Note = ""
    base_version: VersionNumber | None = None
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
        errors.append(FieldError("kind", f"{command.kind} explains nothing to readers"))
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
}
"""The texts that an action needs, and what is said if one is missing."""
