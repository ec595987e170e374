"""The API's answer about what still stands."""

from typing import Annotated

from pydantic import Field

from service.present.schemas import Answer, AuthorName, FieldName, Time

Recorded = Annotated[Time | None, Field(description="When that was recorded, if not about then")]


class Waiver(Answer):
    """Why an old value may stand."""

    note: str
    author: AuthorName
    created_at: Time
    recorded_at: Recorded = None


class Inconsistency(Answer):
    """An old value that a live text still says. `story` to `text`: where; `old`, `new`: what
    `version` of the story `corrected_in` put in its place, and what it put there.
    """

    story: str
    section: str
    block: int
    field: FieldName = None
    text: Annotated[str, Field(description="The value as it stands there")]
    sentence: str
    old: str
    new: str
    corrected_in: str
    version: int
    at: Annotated[Time | None, Field(description="When that version went live")]
    recorded_at: Recorded = None
    waived: Waiver | None


class Inconsistencies(Answer):
    """`complete`: false while a long history is being gone through, or other stories are."""

    items: list[Inconsistency]
    complete: bool
