"""The answers of a search in the API: see `schemas`."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field

from repo_store import Hit, SearchPlace
from service.present.schemas import Answer, ListAnswer


class Found(Answer):
    """Something that a search found: in a version or versions, or in a revision never published."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    story: str
    title: str
    place: Annotated[SearchPlace, Field(alias="in")]
    versions: Annotated[
        list[int] | None,
        Field(description="[first, last]: where the line stood", min_length=2, max_length=2),
    ] = None
    revision: int | None = None
    excerpt: Annotated[str, Field(description="The line, or the part of it around the words")]

    @classmethod
    def of(cls, hit: Hit, excerpt: str) -> Self:
        return cls(
            story=hit.story,
            title=hit.title,
            place=hit.place,
            versions=hit.versions and list(hit.versions),
            revision=hit.revision,
            excerpt=excerpt,
        )


class SearchResults(ListAnswer[Found]):
    """A page may be short, and still have a next one."""
