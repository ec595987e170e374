"""Stories and revisions as the JSON values that the API answers and `--json` prints."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from repo_store.codec import content_fields
from repo_store.models import Content
from repo_store.records import Action, Revision
from repo_store.rows import Story
from service.stories import Listing

T = TypeVar("T")


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def revision_json(
    revision: Revision, *, private: bool, content: Content | None = None
) -> dict[str, Any]:
    """`private` shows what tells of drafts: their numbers, what became of them, and as `created_at`
    when the text was written; to the public that is when it was published. `content` is added if
    given.
    """
    published = revision.published_at
    value: dict[str, Any] = {
        "story": revision.story,
        "revision": revision.revision,
        "version": revision.version,
        "base_version": revision.base_version,
        "state": revision.state.value,
        "kind": revision.kind.value,
        "note": revision.note,
        "author": {"name": revision.author.name},
        "created_at": timestamp(revision.created_at if private or not published else published),
        "commit": revision.commit,
        "sha256": revision.sha256,
        "changes": {
            "sections": list(revision.changes.sections),
            "words_added": revision.changes.words_added,
            "words_removed": revision.changes.words_removed,
        },
    }
    if private:
        value |= _told_if_so(revision)
    else:
        del value["revision"], value["base_version"]
    return value | ({"content": content_fields(content)} if content else {})


def _told_if_so(revision: Revision) -> dict[str, Any]:
    published = revision.published_at
    told = {
        "published_at": timestamp(published) if published and not revision.at_once else None,
        "supersedes": revision.supersedes,
        "superseded_by": revision.superseded_by,
        "override_reason": revision.override,
    }
    return {name: each for name, each in told.items() if each is not None}


def action_json(action: Action) -> dict[str, Any]:
    """What goes with one kind of action only is left out of the others."""
    value = {
        "story": action.story,
        "revision": action.revision,
        "action": action.verb.value,
        "version": action.version,
        "kind": action.kind and action.kind.value,
        "note": action.note,
        "section": action.section,
        "block": action.block,
        "override_reason": action.override,
        "author": {"name": action.author.name},
        "created_at": timestamp(action.created_at),
        "commit": action.commit,
    }
    return {name: each for name, each in value.items() if each is not None}


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
