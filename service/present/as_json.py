"""Stories and revisions as the JSON values that the API answers and `--json` prints."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from repo_store import Action, Content, Removal, Revision, StorySummary, content_fields
from service.accounts.removal_requests import RemovalRequest
from service.paging import Listing
from service.present.times import rfc3339
from service.provenance.origins import Origin, Point, Provenance, RemovedSentence, Wording

T = TypeVar("T")


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
        "created_at": rfc3339(revision.created_at if private or not published else published),
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
        "published_at": rfc3339(published) if published and not revision.at_once else None,
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
        **_removal_json(action.removal),
        "author": {"name": action.author.name},
        "created_at": rfc3339(action.created_at),
        "commit": action.commit,
    }
    return {name: each for name, each in value.items() if each is not None}


def _removal_json(removal: Removal | None) -> dict[str, Any]:
    if removal is None:
        return {}
    return {
        "reason": removal.ground.value,
        "legal_reference": removal.reference,
        "confirmed_by": removal.confirmed_by,
        "also": list(removal.also) or None,
    }


def removed_json(revision: Revision, removal: Action | None) -> dict[str, Any]:
    """What stays of a removed text, to everybody."""
    value = {
        "story": revision.story,
        "version": revision.version,
        "sha256": revision.sha256,
        "at": removal and rfc3339(removal.created_at),
        "reason": removal and removal.removal and removal.removal.ground.value,
        "by": removal and removal.author.name,
        "confirmed_by": removal and removal.removal and removal.removal.confirmed_by,
    }
    return {name: each for name, each in value.items() if each is not None}


def order_json(order: RemovalRequest) -> dict[str, Any]:
    """An order to remove that waits for a second person."""
    return {
        "revisions": list(order.revisions),
        "ordered_by": order.name,
        "note": order.note,
        "reason": order.removal.ground.value,
        "legal_reference": order.removal.reference,
        "created_at": rfc3339(order.at),
    }


def story_json(story: StorySummary) -> dict[str, Any]:
    return {
        "story": story.id,
        "title": story.title,
        "summary": story.summary,
        "version": story.live,
        "published_at": rfc3339(story.published_at),
        "changed_at": rfc3339(story.changed_at),
    }


def listing_json(listing: Listing[T], item: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    return {"items": list(map(item, listing.items)), "next": listing.next}


def provenance_json(story: str, found: Provenance) -> dict[str, Any]:
    value: dict[str, Any] = {
        "story": story,
        "version": found.version,
        "sentences": list(map(_origin_json, found.sentences)),
        "removed": listing_json(found.removed, _removed_json),
    }
    if found.phrase is not None:
        value["phrase"] = [
            {"since": _point(each.since), "gone": each.gone and _point(each.gone)}
            for each in found.phrase
        ]
    return value


def _origin_json(origin: Origin) -> dict[str, Any]:
    value = {
        "section": origin.section,
        "block": origin.block,
        "field": origin.field,
        "text": origin.text,
        "first": _point(origin.first),
        "since": _point(origin.since),
        "back": origin.back,
        "earlier": _wordings(origin.earlier),
    }
    absent = [name for name in ("field", "back") if not value[name]]
    return {name: each for name, each in value.items() if name not in absent}


def _removed_json(removed: RemovedSentence) -> dict[str, Any]:
    return {
        "section": removed.section,
        "text": removed.text,
        "first": _point(removed.first),
        "until": removed.until,
        "gone": _point(removed.gone),
        "earlier": _wordings(removed.earlier),
    }


def _point(point: Point) -> dict[str, Any]:
    return {"version": point.version, "at": rfc3339(point.at)}


def _wordings(wordings: Sequence[Wording]) -> list[dict[str, Any]]:
    return [{"text": each.text, "since": each.since, "until": each.until} for each in wordings]
