"""The answers of the list of corrections in the API: see `schemas`."""

from typing import Annotated, Self

from pydantic import Field

from repo_store import Correction, Kind
from service.present.fact_view import Lead
from service.present.schemas import Answer, AuthorName, ListAnswer, NoteRemoved, Time


class ListedCorrection(Answer):
    """A version that corrects something, or a note of that kind that was added to it later."""

    story: str
    title: Annotated[str, Field(description="Of the live version")]
    section: Annotated[str | None, Field(description="Of the paper")] = None
    version: int
    kind: Kind
    note: str
    note_removed: NoteRemoved | None = None
    explanation: Annotated[
        bool, Field(description="It was added to a version that was public already")
    ] = False
    changed: Annotated[
        str | None,
        Field(description="What mattered most of what the version changed, where there was room"),
    ] = None
    author: AuthorName
    created_at: Time
    recorded_at: Time

    @classmethod
    def of(cls, correction: Correction, title: str, section: str, changed: Lead | None) -> Self:
        redacted = correction.redacted
        return cls(
            story=correction.story,
            title=title,
            section=section or None,
            version=correction.version,
            kind=correction.kind,
            note=correction.note,
            note_removed=NoteRemoved.of(redacted, redacted is not None and redacted.note),
            explanation=correction.added,
            changed=None if changed is None else str(changed),
            author=AuthorName(name=correction.author),
            created_at=correction.at,
            recorded_at=correction.recorded_at,
        )


class CorrectionList(ListAnswer[ListedCorrection]):
    """Newest first."""
