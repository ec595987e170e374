"""What is recorded of a story: revisions and actions, one commit each, as frozen values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from repo_store.ids import Author
from repo_store.story.content import Content


class State(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    REJECTED = "rejected"
    REMOVED = "removed"


class Kind(StrEnum):
    """What sort of change a revision makes, as its writer declares it."""

    UPDATE = "update"
    CORRECTION = "correction"
    CLARIFICATION = "clarification"
    MINOR = "minor"
    RESTORE = "restore"
    RETRACTION = "retraction"


class Verb(StrEnum):
    """What can be done about a revision without new content."""

    PUBLISH = "publish"
    APPROVE = "approve"
    REJECT = "reject"
    COMMENT = "comment"
    REMOVE = "remove"


class Ground(StrEnum):
    """On what ground a text was removed; which law or order says so stands in the reference."""

    COURT_ORDER = "court-order"
    DEFAMATION = "defamation"
    PRIVACY = "privacy"
    DATA_PROTECTION = "data-protection"
    COPYRIGHT = "copyright"
    PROTECTION = "protection"
    OTHER = "other"


class Removal(NamedTuple):
    """What goes with the removal of a text: the ground, the legal reference, and who else agreed.

    `also`: the other revisions removed with it, in one step.
    """

    reason: Ground
    reference: str
    confirmed_by: str | None = None
    also: tuple[int, ...] = ()


class Changes(NamedTuple):
    """What a revision changed against the version it stands on; the service computes it.

    `facts`: the kinds of facts that differ, each once. `slight`: no word and no number differs.
    """

    sections: tuple[str, ...] = ()
    words_added: int = 0
    words_removed: int = 0
    facts: tuple[str, ...] = ()
    slight: bool = False


@dataclass(frozen=True)
class RevisionInput:
    """One revision as its writer hands it to the store.

    `supersedes`: the draft that this one is written in place of. `override`: why it was published
    although the gate for silent edits held it back.
    """

    story: str
    content: Content
    state: State
    kind: Kind
    note: str
    base_version: int | None
    author: Author
    created_at: datetime
    changes: Changes
    supersedes: int | None = None
    override: str | None = None
    token: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class ActionInput:
    """One action as its author hands it to the store.

    `kind` goes with publishing, `section` and `block` (from 0) with a comment; as in `Entry`,
    `override` is why it was published although it was held back.
    """

    story: str
    revision: int
    verb: Verb
    note: str
    author: Author
    created_at: datetime
    kind: Kind | None = None
    section: str | None = None
    block: int | None = None
    override: str | None = None
    token: str | None = None
    idempotency_key: str | None = None
    removal: Removal | None = None


class Revision(NamedTuple):
    """One recorded revision, as the index lists it. Times are UTC, whole seconds.

    `created_at` is when it was written (git's author date); `recorded_at` when this archive took
    it in (git's committer date): they differ for imported history. `entry` counts the commits of
    the story's chain from 1, revisions and actions alike. `published_at` is when it went live,
    `published_entry` where that is recorded: its own entry, or that of an action. `digest`: see
    `messages.digest_of`.
    """

    story: str
    entry: int
    revision: int
    version: int | None
    base_version: int | None
    state: State
    kind: Kind
    note: str
    author: Author
    created_at: datetime
    recorded_at: datetime
    published_at: datetime | None
    published_entry: int | None
    commit: str
    blob: str
    sha256: str
    digest: str
    changes: Changes = Changes()
    supersedes: int | None = None
    superseded_by: int | None = None
    override: str | None = None
    token: str | None = None
    idempotency_key: str | None = None

    @property
    def live_since(self) -> datetime:
        """Of a version: when readers first saw it."""
        return self.published_at or self.created_at

    @property
    def at_once(self) -> bool:
        """Whether it was published as it was written, and never was a draft."""
        return self.published_entry == self.entry


class Action(NamedTuple):
    """One recorded action on a revision; `blob` is that revision's text, `version` what it became.

    `note`: what was said. A publication without one leaves the revision its own.
    """

    story: str
    entry: int
    revision: int
    verb: Verb
    version: int | None
    kind: Kind | None
    note: str
    author: Author
    created_at: datetime
    recorded_at: datetime
    commit: str
    blob: str
    digest: str
    section: str | None = None
    block: int | None = None
    override: str | None = None
    token: str | None = None
    idempotency_key: str | None = None
    removal: Removal | None = None


Record = Revision | Action
"""One commit of a story's chain."""


class Tip(NamedTuple):
    """Where a story stands: its head commit, how many commits and revisions its chain has, and its
    live version.
    """

    head: str | None = None
    entries: int = 0
    revisions: int = 0
    live: int | None = None

    def after(self, record: Record) -> "Tip":
        revisions = record.revision if isinstance(record, Revision) else self.revisions
        return Tip(record.commit, record.entry, revisions, record.version or self.live)


def apply(revision: Revision, action: Action) -> Revision:
    """What an action makes of its revision."""
    if action.verb is Verb.PUBLISH:
        return revision._replace(
            state=_left(revision, State.PUBLISHED),
            version=action.version,
            kind=action.kind or revision.kind,
            note=action.note or revision.note,
            published_at=action.created_at,
            published_entry=action.entry,
            override=action.override,
        )
    if action.verb is Verb.REJECT:
        return revision._replace(state=_left(revision, State.REJECTED))
    return revision


def _left(revision: Revision, state: State) -> State:
    """What was removed stays removed, whatever was decided of it before."""
    return State.REMOVED if revision.state is State.REMOVED else state


def replay(records: Iterable[Record]) -> tuple[list[Revision], list[Action]]:
    """A whole chain, first to last, as its revisions as they stand now, and its actions."""
    revisions: dict[int, Revision] = {}
    actions: list[Action] = []
    for record in records:
        if isinstance(record, Revision):
            revisions[record.revision] = record
            if record.supersedes in revisions:
                old = revisions[record.supersedes]
                revisions[old.revision] = old._replace(superseded_by=record.revision)
        else:
            actions.append(record)
            if record.revision in revisions:
                revisions[record.revision] = apply(revisions[record.revision], record)
    return list(revisions.values()), actions
