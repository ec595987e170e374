"""What the public log says of an event: a digest of what everybody sees of it, and of the text.

The digest is of a line of JSON, which whoever has the version also has. The salt of the commit is
in it, so that the digest of a note that was removed later confirms no guess of what it said.
"""

import json
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256

from repo_store.history.records import Action, Revision, Verb
from repo_store.times import rfc3339

EVENT_BY_VERB = {
    Verb.EXPLAIN: "explained",
    Verb.WITHDRAW: "withdrawn",
    Verb.REMOVE: "removed",
    Verb.ALIAS: "alias",
}
REDACTED = "redacted"
"""The event of a removal of a note alone; the text that it was about stays."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def version_line(version: Revision) -> str:
    """What the public sees of a version, apart from its text and what was said of it later."""
    return _line(
        event="published",
        story=version.story,
        version=version.version,
        kind=version.kind,
        note=version.note,
        author=version.author.name,
        created_at=rfc3339(version.live_since),
        recorded_at=rfc3339(version.known_since),
        salt=_public(version.salt) if version.note else None,
    )


def action_line(event: str, action: Action, version: Revision) -> str:
    """What the public sees of an action on a version; of a removal neither note nor reference."""
    removal = action.removal
    return _line(
        event=event,
        story=action.story,
        version=version.version,
        kind=action.kind,
        note="" if removal else action.note,
        author=action.author.name,
        created_at=rfc3339(action.created_at),
        recorded_at=rfc3339(action.recorded_at),
        salt=_public(action.salt) if action.note and not removal else None,
        reason=removal and removal.ground,
        confirmed_by=removal and removal.confirmed_by,
        alias=action.alias,
    )


def lines_of(revisions: Iterable[Revision], actions: Iterable[Action]) -> dict[str, str]:
    """The lines of all that is public of a story, by their digests."""
    versions = {each.revision: each for each in revisions if each.version}
    lines = [version_line(each) for each in versions.values()]
    for action in actions:
        for event in (EVENT_BY_VERB.get(action.verb), REDACTED if action.redacts else None):
            about = (
                versions.values()
                if event == REDACTED
                else [
                    versions[number]
                    for number in (action.revision, *action.also)
                    if number in versions
                ]
            )
            if event:
                lines += [action_line(event, action, version) for version in about]
    return {digest(line): line for line in lines}


def _public(salt: str | None) -> str | None:
    """A salt of its own: what the public has must not confirm guesses of what only others see."""
    return salt and sha256(f"public record {salt}".encode()).hexdigest()


def _line(**fields: str | int | None) -> str:
    return _encode({name: value for name, value in fields.items() if value not in (None, "")})


def digest(line: str) -> str:
    """As leaves have it: SHA-256 in base64."""
    return b64encode(sha256(line.encode()).digest()).decode()
