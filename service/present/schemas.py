"""The API's answers: what the code serialises, and what its OpenAPI document describes.

`of` makes an answer from the product's own value; `as_json` and `as_dict` write it. A field that
equals its default is left out, so a default says "absent", and a field without one may be null.
"""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from repo_store import (
    Action,
    Content,
    Event,
    EventName,
    Ground,
    Kind,
    Redacted,
    State,
    StorySummary,
    Verb,
    rfc3339,
)
from repo_store import Explanation as StoredExplanation
from repo_store import Revision as StoredRevision
from repo_store.sameness import Certainty
from service.diffing import FactKind, SpanOp
from service.present.wording import Part

T = TypeVar("T")

Place = Annotated[list[int], Field(min_length=3, max_length=3, description="[block, start, end]")]
Time = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]
Commit = Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
FieldName = Annotated[str | None, BeforeValidator(lambda name: name or None)]
"""The field of a source or an FAQ entry; a paragraph has none."""


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def as_json(self) -> str:
        """As JSON text without spaces."""
        return self.model_dump_json(exclude_defaults=True)


class ListAnswer(Answer, Generic[T]):
    items: list[T]
    next: str | None


class AuthorName(Answer):
    name: str


class Changes(Answer):
    sections: list[str]
    words_added: int
    words_removed: int


class NoteRemoved(Answer):
    """In place of a note, an override reason or a waiver's value that was removed while the text
    that it is about stays.
    """

    reason: Ground
    at: Time

    @classmethod
    def of(cls, redacted: Redacted | None, was_there: bool) -> Self | None:
        return cls(reason=redacted.ground, at=redacted.at) if redacted and was_there else None


class Explanation(Answer):
    """A dated note to a version that was public already."""

    note: str
    note_removed: NoteRemoved | None = None
    kind: Kind
    created_at: Time
    recorded_at: Time
    author: AuthorName

    @classmethod
    def of(cls, explanation: StoredExplanation) -> Self:
        redacted = explanation.redacted
        return cls(
            note=explanation.note,
            note_removed=NoteRemoved.of(redacted, redacted is not None and redacted.note),
            kind=explanation.kind,
            created_at=explanation.created_at,
            recorded_at=explanation.recorded_at,
            author=AuthorName(name=explanation.author),
        )


class Version(Answer):
    """A published revision, as everybody sees it."""

    story: str
    version: int
    state: State
    kind: Kind
    note: str
    note_removed: NoteRemoved | None = None
    author: AuthorName
    created_at: Annotated[Time, Field(description="To the public: when it was published")]
    recorded_at: Annotated[
        Time, Field(description="When this archive recorded it; of a version, its publication")
    ]
    out_of_order: Annotated[
        bool,
        Field(description="Its time is before an earlier version's, or ahead of when it was"),
    ] = False
    commit: Commit
    sha256: Annotated[str, Field(description="Of the stored bytes, salt included")]
    changes: Changes
    explanations: Annotated[list[Explanation], Field(description="Oldest first")]

    @classmethod
    def of(cls, revision: StoredRevision, /, **more: Any) -> Self:
        """`more`: further fields, those of a subclass."""
        redacted = revision.redacted
        values = {
            "story": revision.story,
            "version": revision.version,
            "state": revision.state,
            "kind": revision.kind,
            "note": revision.note,
            "note_removed": NoteRemoved.of(redacted, redacted is not None and redacted.note),
            "author": revision.author,
            "created_at": revision.published_at or revision.created_at,
            "recorded_at": revision.known_since,
            "out_of_order": revision.out_of_order,
            "commit": revision.commit,
            "sha256": revision.sha256,
            "changes": revision.changes,
            "explanations": [Explanation.of(each) for each in revision.explanations],
        }
        return cls.model_validate(values | more)


class Revision(Version):
    """A revision, drafts included, as token holders see it."""

    revision: int
    version: int | None  # type: ignore[assignment]  # a draft has none
    base_version: int | None
    published_at: Annotated[Time | None, Field(description="If later than it was written")] = None
    supersedes: int | None = None
    superseded_by: int | None = None
    override_reason: str | None = None
    override_reason_removed: NoteRemoved | None = None
    unexplained: Annotated[
        list[str] | None,
        Field(description="Kinds of facts that changed, and nobody has explained to readers"),
    ] = None

    @classmethod
    def of(cls, revision: StoredRevision, /, **more: Any) -> Self:
        return super().of(
            revision,
            revision=revision.revision,
            base_version=revision.base_version,
            created_at=revision.created_at,
            published_at=None if revision.at_once else revision.published_at,
            supersedes=revision.supersedes,
            superseded_by=revision.superseded_by,
            override_reason=revision.override,
            override_reason_removed=NoteRemoved.of(
                revision.redacted, revision.redacted is not None and revision.redacted.reason
            ),
            unexplained=list(revision.unexplained) or None,
            **more,
        )

    @model_serializer(mode="wrap")
    def _numbers_first(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = serialize(self)
        return dict.fromkeys(("story", "revision", "version", "base_version")) | values


class VersionWithContent(Version):
    content: Content


class RevisionWithContent(Revision):
    content: Content


class Dropped(Answer):
    """Something that could not be kept of HTML, and how often."""

    what: Annotated[str, Field(description="In words, such as “script”")]
    count: int


class Converted(Answer):
    blocks: Annotated[list[str], Field(description="Markdown, a block a line")]
    dropped: list[Dropped]


class Recorded(Revision):
    unchanged: Annotated[bool, Field(description="It was there before: nothing was stored")] = False
    explained: Annotated[
        bool, Field(description="It was live before: the note or kind explains it")
    ] = False
    dropped: Annotated[
        list[Dropped], Field(description="What of the content's HTML was not kept")
    ] = []


class RecordedAction(Answer):
    """An action on a revision; fields that belong to one kind of action are absent in others."""

    story: str
    revision: int
    action: Verb
    version: int | None = None
    kind: Kind | None = None
    note: str
    note_removed: NoteRemoved | None = None
    section: str | None = None
    block: int | None = None
    override_reason: str | None = None
    override_reason_removed: NoteRemoved | None = None
    unexplained: list[str] | None = None
    alias: str | None = None
    old: Annotated[str | None, Field(description="The old value that may stand")] = None
    old_removed: NoteRemoved | None = None
    out_of_order: bool = False
    reason: Ground | None = None
    legal_reference: Annotated[
        str | None, Field(description="The law, order or file behind it")
    ] = None
    confirmed_by: str | None = None
    scope: Annotated[Literal["notes"] | None, Field(description="If no text was removed")] = None
    also: Annotated[list[int] | None, Field(description="Revisions removed with it")] = None
    also_notes: Annotated[
        list[int] | None, Field(description="Entries whose notes were removed, not their texts")
    ] = None
    author: AuthorName
    created_at: Time
    recorded_at: Time
    commit: Commit

    @classmethod
    def of(cls, action: Action) -> Self:
        removal, redacted = action.removal, action.redacted
        return cls(
            story=action.story,
            revision=action.revision,
            action=action.verb,
            version=action.version,
            kind=action.kind,
            note=action.note,
            note_removed=NoteRemoved.of(redacted, redacted is not None and redacted.note),
            section=action.section,
            block=action.block,
            override_reason=action.override,
            override_reason_removed=NoteRemoved.of(
                redacted, redacted is not None and redacted.reason
            ),
            unexplained=list(action.unexplained) or None,
            alias=action.alias,
            old=action.value,
            old_removed=NoteRemoved.of(redacted, redacted is not None and redacted.value),
            out_of_order=action.out_of_order,
            reason=removal and removal.ground,
            legal_reference=removal and removal.reference,
            confirmed_by=removal and removal.confirmed_by,
            scope="notes" if action.text_stays else None,
            also=(removal and list(removal.also)) or None,
            also_notes=list(action.redacts) or None,
            author=AuthorName(name=action.author.name),
            created_at=action.created_at,
            recorded_at=action.recorded_at,
            commit=action.commit,
        )


class Acted(Revision):
    """The revision after the action. `left`: after a removal with a `phrase`, the first page of
    what of the story still says it.
    """

    action: RecordedAction
    left: "Mentions | None" = None


class RemovalRequest(Answer):
    """A removal requested by the first of the two editors that it needs."""

    revisions: list[int]
    also_notes: list[int] | None = None
    ordered_by: str
    note: str
    reason: Ground
    legal_reference: str
    created_at: Time


class RemovalRequested(Revision):
    """The revision, which is not removed yet."""

    waits: RemovalRequest


class RemovedText(Answer):
    """What remains of a removed text, and who removed it when and why."""

    story: str
    version: int | None = None
    sha256: str
    at: Time | None = None
    reason: Ground | None = None
    by: str | None = None
    confirmed_by: str | None = None

    @classmethod
    def of(cls, revision: StoredRevision, action: Action | None) -> Self:
        """`action`: the one that removed it."""
        removal = action and action.removal
        return cls(
            story=revision.story,
            version=revision.version,
            sha256=revision.sha256,
            at=action and action.created_at,
            reason=removal and removal.ground,
            by=action and action.author.name,
            confirmed_by=removal and removal.confirmed_by,
        )


class Mention(Answer):
    """A phrase in one part of an entry. `state` and `version` are the revision's at present;
    `action`: if the entry is one. `field`: of a text, such as `overview[2]`. `said`: the phrase as
    it is written there. `places`: how many fields of the text have it.
    """

    story: str
    entry: Annotated[int, Field(description="Of the story's commits, from 1")]
    revision: int
    version: int | None
    state: State
    action: Verb | None = None
    part: Part
    field: FieldName = None
    match: Annotated[
        Certainty,
        Field(description="possible: joined, separated or in letters that look like its own"),
    ]
    before: str
    said: str
    after: str
    places: int = 1


class Mentions(ListAnswer[Mention]):
    """`searched` of `total` entries have been looked at. `by_author`: how many of this page's are
    by an author whose name has the phrase: names of authors stay.
    """

    by_author: int
    searched: int
    total: int


class ProvenLeaf(Answer):
    number: int
    leaf: Annotated[str, Field(description="The line of the log; its bytes are hashed as they are")]
    path: list[str]


class Inclusion(Answer):
    """`path`: hashes in base64, from the leaf up, to the root that the checkpoint names."""

    checkpoint: str
    size: int
    leaves: list[ProvenLeaf]


class Consistency(Answer):
    first: int
    second: int
    proof: list[str]


class Key(Answer):
    key: Annotated[str, Field(description="As OpenSSH writes it")]
    fingerprint: str
    verifier: Annotated[str, Field(description="As c2sp.org/signed-note writes it")]
    epoch: Annotated[
        str,
        Field(description="What it states of a lost key before it, which does not vouch for it"),
    ] = ""


class Keys(Answer):
    items: list[Key]


class Story(Answer):
    story: str
    title: str
    summary: str
    version: int
    published_at: Time
    changed_at: Time
    recorded_at: Annotated[Time, Field(description="When its last change was recorded")]

    @classmethod
    def of(cls, story: StorySummary) -> Self:
        return cls(
            story=story.id,
            title=story.title,
            summary=story.summary,
            version=story.live,
            published_at=story.published_at,
            changed_at=story.changed_at,
            recorded_at=story.recorded_at,
        )


class Stories(ListAnswer[Story]):
    pass


class Versions(ListAnswer[Revision | Version]):
    pass


class Revisions(ListAnswer[Revision]):
    pass


class Actions(ListAnswer[RecordedAction]):
    pass


class Span(Answer):
    op: SpanOp
    text: str


class Fact(Answer):
    kind: FactKind
    section: str
    old: str | None
    new: str | None
    old_at: Place | None
    new_at: Place | None
    field: FieldName = None


class Stale(Answer):
    section: str
    text: str
    at: Place
    field: FieldName = None


class Change(Answer):
    """Something that the public can see happen. `version`: the one that it is about."""

    event: EventName
    story: str
    version: int
    at: Annotated[Time, Field(description="When it was recorded")]

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls.model_validate(event)


class ChangeList(Answer):
    items: list[Change]
    next: Annotated[str, Field(description="The cursor to go on with, now or later")]
