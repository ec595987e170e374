"""The shapes of the API's answers, for its OpenAPI document.

What answers is `as_json`; a test holds each answer against these.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from repo_store import Content, Ground, Kind, State, Verb
from service.diffing import BlockOp, Cosmetic, FactKind, SpanOp

Place = Annotated[list[int], Field(min_length=3, max_length=3, description="[block, start, end]")]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Commit = Annotated[str, Field(pattern="^[0-9a-f]{40}$")]


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Named(Answer):
    name: str


class Changes(Answer):
    sections: list[str]
    words_added: int
    words_removed: int


class Version(Answer):
    """A published revision, as everybody sees it."""

    story: str
    version: int | None
    state: State
    kind: Kind
    note: str
    author: Named
    created_at: Annotated[Time, Field(description="To the public: when it was published")]
    commit: Commit
    sha256: Annotated[str, Field(description="Of the stored bytes, salt included")]
    changes: Changes


class Revision(Version):
    """The same to those who hold a token, drafts too."""

    revision: int
    base_version: int | None
    published_at: Annotated[Time | None, Field(description="If later than it was written")] = None
    supersedes: int | None = None
    superseded_by: int | None = None
    override_reason: str | None = None


class VersionWithContent(Version):
    content: Content


class RevisionWithContent(Revision):
    content: Content


class Recorded(Revision):
    unchanged: Annotated[bool, Field(description="It stood there before: nothing was stored")] = (
        False
    )


class Action(Answer):
    """What was done about a revision; what goes with one kind of action only may be missing."""

    story: str
    revision: int
    action: Verb
    version: int | None = None
    kind: Kind | None = None
    note: str
    section: str | None = None
    block: int | None = None
    override_reason: str | None = None
    reason: Ground | None = None
    legal_reference: Annotated[
        str | None, Field(description="The law, order or file behind it")
    ] = None
    confirmed_by: str | None = None
    also: Annotated[list[int] | None, Field(description="Revisions removed with it")] = None
    author: Named
    created_at: Time
    commit: Commit


class Acted(Revision):
    """The revision as it is after the action."""

    action: Action


class Order(Answer):
    """An order to remove texts, by one editor of the two that are needed."""

    revisions: list[int]
    ordered_by: str
    note: str
    reason: Ground
    legal_reference: str
    created_at: Time


class Ordered(Revision):
    """The revision as it still is."""

    waits: Order


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


class Keys(Answer):
    items: list[Key]


class Story(Answer):
    story: str
    title: str
    summary: str
    version: int
    published_at: Time
    changed_at: Time


class Stories(Answer):
    items: list[Story]
    next: str | None


class Versions(Answer):
    items: list[Version | Revision]
    next: str | None


class Revisions(Answer):
    items: list[Revision]
    next: str | None


class Actions(Answer):
    items: list[Action]
    next: str | None


class Span(Answer):
    op: SpanOp
    text: str


class Block(Answer):
    """`spans` of a paragraph; `fields`, spans by field name, of a source or an FAQ entry."""

    op: BlockOp
    old: list[int]
    new: list[int]
    spans: list[Span] | None = None
    fields: dict[str, list[Span]] | None = None
    from_section: str | None = None
    only: Cosmetic | None = None
    coarse: bool = False


class Counts(Answer):
    old: int
    new: int


class Section(Answer):
    section: str
    blocks: list[Block]
    count: Counts | None = None


class Stats(Answer):
    words_added: int
    words_removed: int
    blocks_moved: int


class Fact(Answer):
    kind: Annotated[str, Field(json_schema_extra={"enum": list(FactKind)})]
    section: str
    old: str | None
    new: str | None
    old_at: Place | None
    new_at: Place | None
    field: str | None = None


class Stale(Answer):
    section: str
    text: str
    at: Place
    field: str | None = None


class Diff(Answer):
    sections: list[Section]
    stats: Stats
    facts: list[Fact]
    stale: list[Stale]
    facts_complete: bool = True


class Point(Answer):
    """A version and when it went live."""

    version: int
    at: Time


class Wording(Answer):
    """What a sentence said before, in the versions from `since` to `until`."""

    text: str
    since: int
    until: int


class Origin(Answer):
    """A sentence of the live version. `first`: when it first stood there, in whatever words;
    `since`: in these; `back`: up to which version these words had stood before, if they came back;
    `earlier`: at most the 20 newest of its earlier forms.
    """

    section: str
    block: int
    field: str | None = None
    text: str
    first: Point
    since: Point
    back: int | None = None
    earlier: list[Wording]


class Removed(Answer):
    """A sentence that stands no more; `gone`: the first version without it."""

    section: str
    text: str
    first: Point
    until: int
    gone: Point
    earlier: list[Wording]


class RemovedSentences(Answer):
    items: list[Removed]
    next: str | None


class Stood(Answer):
    """From when to when the phrase stood in the text."""

    since: Point
    gone: Point | None


class Provenance(Answer):
    """`phrase`: if one was asked for."""

    story: str
    version: int
    sentences: list[Origin]
    removed: RemovedSentences
    phrase: list[Stood] | None = None


class FieldFault(Answer):
    field: str
    message: str


class Problem(Answer):
    """RFC 9457. `live_version` comes with `stale-base`, `facts` with `silent-edit`."""

    type: Annotated[str, Field(pattern="^urn:story-history:problem:")]
    title: str
    status: int
    detail: str
    errors: list[FieldFault] | None = None
    live_version: int | None = None
    facts: list[Fact] | None = None
    facts_complete: bool | None = None
