"""Stories and revisions as the JSON values that the API answers and `--json` prints."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from repo_store.codec import content_fields
from repo_store.models import Content
from repo_store.records import Revision
from repo_store.rows import Story
from service.stories import Listing

T = TypeVar("T")


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def revision_json(
    revision: Revision, *, private: bool, content: Content | None = None
) -> dict[str, Any]:
    """`private` shows the fields that would count the drafts; `content` is added if given."""
    value: dict[str, Any] = {
        "story": revision.story,
        "revision": revision.revision,
        "version": revision.version,
        "base_version": revision.base_version,
        "state": revision.state.value,
        "kind": revision.kind.value,
        "note": revision.note,
        "author": {"name": revision.author.name},
        "created_at": timestamp(revision.created_at),
        "commit": revision.commit,
        "sha256": revision.sha256,
        "changes": {
            "sections": list(revision.changes.sections),
            "words_added": revision.changes.words_added,
            "words_removed": revision.changes.words_removed,
        },
    }
    if not private:
        del value["revision"], value["base_version"]
    return value | ({"content": content_fields(content)} if content else {})


def story_json(story: Story) -> dict[str, Any]:
    return {
        "story": story.id,
        "title": story.title,
        "summary": story.summary,
        "version": story.live,
        "published_at": timestamp(story.published_at),
        "changed_at": timestamp(story.changed_at),
    }


def listing_json(listing: Listing[T], item: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    return {"items": list(map(item, listing.items)), "next": listing.next}
