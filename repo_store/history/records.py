"""What is recorded of a story: revisions and actions, one commit each, as frozen values."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeVar

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


CORRECTING = (Kind.CORRECTION, Kind.CLARIFICATION, Kind.RETRACTION)
"""The kinds that say to readers that something was wrong, also without a note."""


class Verb(StrEnum):
    """What can be done to a revision without new content."""

    PUBLISH = "publish"
    APPROVE = "approve"
    REJECT = "reject"
    COMMENT = "comment"
    REMOVE = "remove"
    EXPLAIN = "explain"
    WITHDRAW = "withdraw"
    ALIAS = "alias"
    WAIVE = "waive"


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
    `redacts`: entries that lose their words while the text they are about stays;
    `text_stays`: nothing else is removed.
    """

    ground: Ground
    reference: str
    confirmed_by: str | None = None
    also: tuple[int, ...] = ()
    confirmer: str | None = None
    redacts: tuple[int, ...] = ()
    text_stays: bool = False


class Redacted(NamedTuple):
    """What stands in place of the words of an entry that were removed: its note, its override
    reason, the old value of a waiver.
    """

    ground: Ground
    at: datetime
    note: bool = True
    reason: bool = False
    value: bool = False


APART = timedelta(minutes=1)
"""How far the time that a record claims may be from when it was recorded without a remark."""


def recorded_apart(claimed: datetime, recorded: datetime) -> datetime | None:
    """When something was recorded, if that is not about the time that it claims."""
    return recorded if abs(recorded - claimed) > APART else None


class Explanation(NamedTuple):
    """A dated note to a version that was public already. `entry`: the action that added it."""

    entry: int
    note: str
    kind: Kind
    author: str
    created_at: datetime
    recorded_at: datetime
    redacted: Redacted | None = None

    @property
    def recorded_apart(self) -> datetime | None:
        """When it was recorded, if that is not about the time that it claims."""
        return recorded_apart(self.created_at, self.recorded_at)


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
    for silent edits held it back; `unexplained`: the kinds of facts that it let through without an
    explanation. `person`, `token`: the ids of who wrote it, and with what.
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
    unexplained: tuple[str, ...] = ()
    person: str | None = None
    token: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class ActionInput:
    """An action as its author hands it to the archive.

    `kind` goes with publishing and explaining, `override` and `unexplained` with publishing,
    `section` and `block` (from 0) with a comment, `removal` with a removal, `alias`, another id of
    the story, with an alias, `value`, the old value that may stay, with a waiver. `person` is the
    author's id, `token` that of what was used; of a removal that a second person confirmed, it is
    the second one's.
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
    unexplained: tuple[str, ...] = ()
    alias: str | None = None
    value: str | None = None
    person: str | None = None
    token: str | None = None
    idempotency_key: str | None = None
    removal: Removal | None = None


class Revision(NamedTuple):
    """One recorded revision: its input, and its position in the archive. Times are UTC, in seconds.

    `entry` counts the commits of the story's chain from 1, revisions and actions alike.
    `created_at` is when it was written (git's author date), `recorded_at` when this archive
    recorded it (git's committer date); they differ for imported history. `published_at` is when it
    went live, and `published_entry` the entry that made it so, its own or an action's, which was
    recorded at `publication_recorded_at`. `out_of_order`: its publication's time is before an
    earlier version's, or ahead of the clock that recorded it. `unexplained`: the kinds of facts
    that the check for silent edits let through, until somebody explains them. `salt`: 256 random
    bits in hex, if the commit has words of its own: a hash of it that outlives them confirms no
    guess of them. `digest` is the commit's, see `git.objects.digest_of`, and `bare` what of that a
    redaction leaves as it is, see `commits.bare_digest`.
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
    publication_recorded_at: datetime | None
    commit: str
    blob: str
    sha256: str
    digest: str
    bare: str
    changes: Changes = Changes()
    supersedes: int | None = None
    superseded_by: int | None = None
    override: str | None = None
    unexplained: tuple[str, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    out_of_order: bool = False
    person: str | None = None
    token: str | None = None
    idempotency_key: str | None = None
    salt: str | None = None
    redacted: Redacted | None = None

    @property
    def live_since(self) -> datetime:
        """Of a version: when readers first saw it."""
        return self.published_at or self.created_at

    @property
    def known_since(self) -> datetime:
        """When this archive recorded it: of a version, its publication."""
        return self.publication_recorded_at or self.recorded_at

    @property
    def recorded_apart(self) -> datetime | None:
        """When it was recorded, if that is not about the time that it claims."""
        return recorded_apart(self.live_since, self.known_since)

    @property
    def has_words(self) -> bool:
        """Whether it has words of its own beside the text."""
        return bool(self.note or self.override)

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
    bare: str
    section: str | None = None
    block: int | None = None
    override: str | None = None
    unexplained: tuple[str, ...] = ()
    alias: str | None = None
    value: str | None = None
    out_of_order: bool = False
    person: str | None = None
    token: str | None = None
    idempotency_key: str | None = None
    ground: Ground | None = None
    reference: str | None = None
    confirmed_by: str | None = None
    also: tuple[int, ...] = ()
    confirmer: str | None = None
    redacts: tuple[int, ...] = ()
    text_stays: bool = False
    salt: str | None = None
    redacted: Redacted | None = None

    @property
    def recorded_apart(self) -> datetime | None:
        """When it was recorded, if that is not about the time that it claims."""
        return recorded_apart(self.created_at, self.recorded_at)

    @property
    def has_words(self) -> bool:
        """Whether it has words of its own beside the text that it is about."""
        return bool(self.note or self.override or self.value)

    @property
    def removal(self) -> Removal | None:
        """What was removed by it, if it is a removal."""
        if self.ground is None or self.reference is None:
            return None
        whose = self.confirmed_by, self.also, self.confirmer
        return Removal(self.ground, self.reference, *whose, self.redacts, self.text_stays)

    @property
    def removed(self) -> tuple[int, ...]:
        """The revisions whose texts it removed."""
        return () if self.removal is None or self.text_stays else (self.revision, *self.also)


Record = Revision | Action
"""One commit of a story's chain."""
SomeRecord = TypeVar("SomeRecord", Revision, Action, Record)


AHEAD = timedelta(minutes=5)
"""How far the time of a record may be ahead of the clock that records it."""


class Tip(NamedTuple):
    """The end of a story's chain: its head commit, how many entries and revisions there are, the
    live version, the latest time of any version, in seconds since 1970, and the entry that withdrew
    the story, if it is withdrawn: a new version ends that.
    """

    head: str | None = None
    entries: int = 0
    revisions: int = 0
    live: int | None = None
    latest: int | None = None
    withdrawn: int | None = None

    def after(self, record: Record) -> "Tip":
        revisions = record.revision if isinstance(record, Revision) else self.revisions
        live, latest, withdrawn = self.live, self.latest, self.withdrawn
        if record.version:
            latest = max(latest or 0, int(record.created_at.timestamp()))
            live, withdrawn = record.version, None
        elif isinstance(record, Action) and record.verb is Verb.WITHDRAW:
            withdrawn = record.entry
        return Tip(record.commit, record.entry, revisions, live, latest, withdrawn)

    def placed(self, record: SomeRecord) -> SomeRecord:
        """The record, marked if the version that it makes is out of order after this tip."""
        if not record.version or self.in_order(record.created_at, record.recorded_at):
            return record
        return record._replace(out_of_order=True)

    def in_order(self, moment: datetime, now: datetime) -> bool:
        """Whether a version may have this time, if it is recorded `now`."""
        return int(moment.timestamp()) >= (self.latest or 0) and moment <= now + AHEAD

    @property
    def next_version(self) -> int:
        return (self.live or 0) + 1
