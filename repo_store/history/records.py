"""What is recorded of a story: revisions and actions, one commit each, as frozen values."""

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
    """What can be done to a revision without new content."""

    PUBLISH = "publish"
    APPROVE = "approve"
    REJECT = "reject"
    COMMENT = "comment"
    REMOVE = "remove"


class Ground(StrEnum):
    """Why a text was taken down; the law or order itself is in the reference."""

    COURT_ORDER = "court-order"
    DEFAMATION = "defamation"
    PRIVACY = "privacy"
    DATA_PROTECTION = "data-protection"
    COPYRIGHT = "copyright"
    PROTECTION = "protection"
    OTHER = "other"


class Removal(NamedTuple):
    """What is recorded with the removal of a text. `also`: the other revisions removed with it.
    `confirmed_by`, `confirmer`: the name and the id of the second person, where one was needed.
    """

    ground: Ground
    reference: str
    confirmed_by: str | None = None
    also: tuple[int, ...] = ()
    confirmer: str | None = None


class Changes(NamedTuple):
    """What a revision changed against its base version; the service computes it.

    `facts`: the kinds of facts that differ. `cosmetic`: no word and no number differs.
    """

    sections: tuple[str, ...] = ()
    words_added: int = 0
    words_removed: int = 0
    facts: tuple[str, ...] = ()
    cosmetic: bool = False


@dataclass(frozen=True)
class RevisionInput:
    """A revision as its writer hands it to the archive.

    `supersedes`: the draft that it replaces. `override`: why it is published although the check
    for silent edits held it back. `person`, `token`: the ids of who wrote it, and with what.
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
    person: str | None = None
    token: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class ActionInput:
    """An action as its author hands it to the archive.

    `kind` and `override` go with publishing, `section` and `block` (from 0) with a comment,
    `removal` with a removal. `person` is the author's id, `token` that of what was used; of a
    removal that a second person confirmed, it is the second one's.
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
    person: str | None = None
    token: str | None = None
    idempotency_key: str | None = None
    removal: Removal | None = None


class Revision(NamedTuple):
    """One recorded revision: its input, and its position in the archive. Times are UTC, in seconds.

    `entry` counts the commits of the story's chain from 1, revisions and actions alike.
    `created_at` is when it was written (git's author date), `recorded_at` when this archive
    recorded it (git's committer date); they differ for imported history. `published_at` is when it
    went live, and `published_entry` the entry that made it so: its own, or an action's. `digest`
    is the commit's, see `git.objects.digest_of`.
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
    person: str | None = None
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
    """One recorded action; `blob` is the text it is about, `version` the one it published."""

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
    person: str | None = None
    token: str | None = None
    idempotency_key: str | None = None
    ground: Ground | None = None
    reference: str | None = None
    confirmed_by: str | None = None
    also: tuple[int, ...] = ()
    confirmer: str | None = None

    @property
    def removal(self) -> Removal | None:
        """What was removed by it, if it is a removal."""
        if self.ground is None or self.reference is None:
            return None
        return Removal(self.ground, self.reference, self.confirmed_by, self.also, self.confirmer)


Record = Revision | Action
"""One commit of a story's chain."""


class Tip(NamedTuple):
    """The end of a story's chain: its head commit, how many entries and revisions there are, and
    the live version.
    """

    head: str | None = None
    entries: int = 0
    revisions: int = 0
    live: int | None = None

    def after(self, record: Record) -> "Tip":
        revisions = record.revision if isinstance(record, Revision) else self.revisions
        return Tip(record.commit, record.entry, revisions, record.version or self.live)

    @property
    def next_version(self) -> int:
        return (self.live or 0) + 1
