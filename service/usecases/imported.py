"""What an import brings that the archive has already: by its key, or as an earlier version."""

from collections.abc import Callable, Sequence

from repo_store import ActionInput, Archive, Kind, Revision, RevisionInput, State, Verb
from service.usecases.preconditions import said_of

Resolve = Callable[[str], str]
"""The id of the story that an id leads to."""


def was_imported(archive: Archive, story: str, key: str | None) -> bool:
    """Whether an import gave this key to an entry of the story."""
    index = archive.index
    found = key and (index.keyed(story, None, key) or index.keyed_action(story, None, key))
    return bool(found)


def stood(
    archive: Archive,
    new: RevisionInput,
    afterwards: Sequence[ActionInput],
    latest: int,
    resolve: Resolve,
) -> bool:
    """Whether it is a version that later ones followed: of the same time, with the same text, and
    with no other note, nor with anything `afterwards` that was not recorded of that. `latest`: the
    time of the story's latest version, in seconds since 1970.
    """
    second = int(new.created_at.timestamp())
    if new.state is not State.PUBLISHED or second >= latest:
        return False
    known = archive.index.live_at(new.story, new.created_at)
    return (
        known is not None
        and int(known.live_since.timestamp()) == second
        and new.note in ("", known.note)
        and archive.content(known) == new.content
        and all(_is_recorded(archive, known, each, resolve) for each in afterwards)
    )


def _is_recorded(
    archive: Archive, version: Revision, action: ActionInput, resolve: Resolve
) -> bool:
    if action.verb is Verb.EXPLAIN:
        return (action.note, action.kind or Kind.CORRECTION) in said_of(version)[1:]
    if action.verb is Verb.ALIAS:
        return resolve(action.alias or "") == version.story
    known = archive.index.actions(version.story, version.revision)
    return any(each.verb is action.verb for each in known)
