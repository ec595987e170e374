"""The API's answers to what goes wrong: problems (RFC 9457), with what each carries."""

from typing import Annotated

from pydantic import Field

from service.present.schemas import Answer, Fact, NoteRemoved, RemovedText


class FieldFault(Answer):
    field: str
    message: str


class Problem(Answer):
    type: str
    title: str
    status: int
    detail: str


class FieldProblem(Problem):
    """With the fields at fault."""

    errors: list[FieldFault]


class StaleBaseProblem(Problem):
    live_version: Annotated[int | None, Field(description="Null if nothing is published")]


class SilentEditProblem(Problem):
    """`suggested_note`: one that says what changed, made by rule, in the story's language; absent
    if there was a note, the facts are incomplete, or nothing was otherwise before.
    """

    facts: list[Fact]
    facts_complete: bool
    suggested_note: str | None = None


class WithdrawnProblem(Problem):
    """With the note to readers."""

    note: str
    note_removed: NoteRemoved | None = None


class RemovedProblem(Problem):
    removed: RemovedText
