"""What was said to readers of a mistake: notes of versions, and explanations added to them."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from repo_store.history.records import (
    CORRECTING,
    Kind,
    Redacted,
    Revision,
    State,
    recorded_apart,
)


class Correction(NamedTuple):
    """A version that corrects something, as its own note says, or an explanation that was added to
    a version. `entry`: the one that made it public; `position`: which of the version's explanations
    it is, from 1; 0 for its own note. The note may be empty, as the kind alone says something.
    """

    story: str
    version: int
    entry: int
    position: int
    kind: Kind
    note: str
    redacted: Redacted | None
    author: str
    at: datetime
    recorded_at: datetime

    @property
    def added(self) -> bool:
        """Whether it was added to a version that was public already."""
        return self.position > 0

    @property
    def has_words(self) -> bool:
        """Whether a note is there, or was until it was removed."""
        return bool(self.note.strip() or (self.redacted and self.redacted.note))

    @property
    def recorded_apart(self) -> datetime | None:
        """When it was recorded, if that is not about the time that it claims."""
        return recorded_apart(self.at, self.recorded_at)


def corrections_of(revision: Revision) -> Iterator[Correction]:
    """Those of a version, oldest first; a draft has none."""
    version = revision.version
    if version is None:
        return
    if revision.kind in CORRECTING:
        yield Correction(
            *(revision.story, version, revision.published_entry or revision.entry, 0),
            *(revision.kind, revision.note, revision.redacted, revision.author.name),
            *(revision.live_since, revision.known_since),
        )
    for position, each in enumerate(revision.explanations, 1):
        if each.kind in CORRECTING:
            yield Correction(
                *(revision.story, version, each.entry, position),
                *(each.kind, each.note, each.redacted, each.author),
                *(each.created_at, each.recorded_at),
            )


class SilentEdit(NamedTuple):
    """A version that the check for silent edits let through, though it changed facts and did not
    say so. `explained`: whether readers were told later.
    """

    story: str
    revision: int
    at: datetime
    explained: bool


def silent_edit_of(revision: Revision, flagged: bool) -> SilentEdit | None:
    """`flagged`: whether its publication left something unexplained. None of a removed text."""
    if not flagged or revision.state is State.REMOVED:
        return None
    return SilentEdit(
        revision.story, revision.revision, revision.live_since, not revision.unexplained
    )
