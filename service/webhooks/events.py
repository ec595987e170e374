"""The events that webhooks receive: a class for each, as docs/webhooks.md and the OpenAPI document
list them.

To add one, write its class and let `Events.of` return it: mypy names a verb without an event.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, assert_never, get_args

from pydantic import Field

from repo_store import (
    Action,
    Archive,
    Ground,
    Kind,
    NotFound,
    Record,
    Revision,
    Tombstone,
    Verb,
)
from service.present.article_address import article_address
from service.present.schemas import Answer, AuthorName, Changes, Commit, Time


class About(Answer):
    """What happened to a revision. `note`, `author`, `created_at` and `commit` are those of what
    was done: of the action if there is one, else of the revision.
    """

    story: str
    title: Annotated[str | None, Field(description="The revision's; null if its text was removed")]
    url: Annotated[
        str,
        Field(
            description="The version's page or, of what is not public, the revision's at the desk;"
            " without the site if no STORY_HISTORY_URL is set"
        ),
    ]
    article: Annotated[
        str | None,
        Field(description="Of the article on its publisher's own site; null if it is not known"),
    ]
    revision: int
    version: int | None
    kind: Kind
    note: str
    author: AuthorName
    created_at: Time
    commit: Commit
    changes: Annotated[Changes, Field(description="Of the revision, against its base version")]


class AboutComment(About):
    section: str | None = None
    block: int | None = None


class AboutRemoval(About):
    also: Annotated[list[int] | None, Field(description="Revisions removed with it")] = None
    also_notes: Annotated[
        list[int] | None, Field(description="Entries whose notes were removed, not their texts")
    ] = None
    reason: Ground
    legal_reference: Annotated[str, Field(description="The law, order or file behind it")]
    confirmed_by: str | None = None


class AboutAlias(About):
    alias: Annotated[str, Field(description="The other id, which leads to the story now")]


class AboutWaiver(About):
    old: Annotated[
        str | None, Field(description="The old value that may stand; null if it was removed")
    ]


class AboutTest(Answer):
    webhook: str


class Event(Answer):
    """A message to a webhook."""

    type: str
    timestamp: Annotated[Time, Field(description="When it was recorded")]
    data: Any

    @classmethod
    def name(cls) -> str:
        """The type of all of these events."""
        return str(get_args(cls.model_fields["type"].annotation)[0])

    @classmethod
    def at(cls, timestamp: datetime, data: Answer) -> "Event":
        return cls(type=cls.name(), timestamp=timestamp, data=data)


class RevisionDrafted(Event):
    """A draft was written."""

    type: Literal["revision.drafted"]
    data: About


class RevisionPublished(Event):
    """A version went live: written so, restored, or a draft that was published."""

    type: Literal["revision.published"]
    data: About


class RevisionApproved(Event):
    """A draft was approved."""

    type: Literal["revision.approved"]
    data: About


class RevisionRejected(Event):
    """A draft was rejected."""

    type: Literal["revision.rejected"]
    data: About


class RevisionCommented(Event):
    """Someone commented on a revision."""

    type: Literal["revision.commented"]
    data: AboutComment


class RevisionRemoved(Event):
    """The text of one or more revisions was removed for legal reasons."""

    type: Literal["revision.removed"]
    data: AboutRemoval


class RevisionRedacted(Event):
    """Notes, comments or reasons were removed for legal reasons, and no text."""

    type: Literal["revision.redacted"]
    data: AboutRemoval


class RevisionExplained(Event):
    """A dated note was put to a version that was public already."""

    type: Literal["revision.explained"]
    data: About


class RevisionWaived(Event):
    """A repeat of an old value was allowed to stand."""

    type: Literal["revision.waived"]
    data: AboutWaiver


class StoryWithdrawn(Event):
    """The story was taken off its page; what it said stays readable."""

    type: Literal["story.withdrawn"]
    data: About


class StoryAliased(Event):
    """Another id leads to the story now."""

    type: Literal["story.aliased"]
    data: AboutAlias


class WebhookTest(Event):
    """`webhook test` was run."""

    type: Literal["webhook.test"]
    data: AboutTest


class Events:
    """Makes the event of a record. `site`: the site's public address; empty if there is none.
    `articles`: see `article_address`.
    """

    def __init__(self, archive: Archive, site: str, articles: str = "") -> None:
        self._archive, self._site, self._articles = archive, site, articles

    def of(self, story: str, entry: int) -> Event | None:
        """That announces this entry of the story's chain; None if there is no such entry."""
        record = self._archive.index.at(story, entry)
        if record is None:
            return None
        if isinstance(record, Revision):
            event = RevisionPublished if record.at_once else RevisionDrafted
            about = self._about(record, record, record.version if record.at_once else None)
            return event.at(record.recorded_at, About.model_validate(about))
        revision = self._archive.index.revision(story, record.revision)
        if revision is None:
            raise NotFound(f"The story “{story}” has no revision {record.revision}.")
        return self._of_action(record, revision)

    def _of_action(self, action: Action, revision: Revision) -> Event:
        about = self._about(action, revision, action.version or _version_at(action, revision))
        about["kind"] = action.kind or revision.kind
        event: type[Event]
        match action.verb:
            case Verb.COMMENT:
                data: About = AboutComment.model_validate(
                    about | {"section": action.section, "block": action.block}
                )
                return RevisionCommented.at(action.recorded_at, data)
            case Verb.REMOVE:
                data = AboutRemoval.model_validate(
                    about
                    | {
                        "also": list(action.also) or None,
                        "also_notes": list(action.redacts) or None,
                        "reason": action.ground,
                        "legal_reference": action.reference,
                        "confirmed_by": action.confirmed_by,
                    }
                )
                event = RevisionRedacted if action.text_stays else RevisionRemoved
                return event.at(action.recorded_at, data)
            case Verb.ALIAS:
                alias = AboutAlias.model_validate(about | {"alias": action.alias})
                return StoryAliased.at(action.recorded_at, alias)
            case Verb.WAIVE:
                waiver = AboutWaiver.model_validate(about | {"old": action.value})
                return RevisionWaived.at(action.recorded_at, waiver)
            case Verb.EXPLAIN:
                event = RevisionExplained
            case Verb.WITHDRAW:
                event = StoryWithdrawn
            case Verb.PUBLISH:
                event = RevisionPublished
            case Verb.APPROVE:
                event = RevisionApproved
            case Verb.REJECT:
                event = RevisionRejected
            case _:
                assert_never(action.verb)
        return event.at(action.recorded_at, About.model_validate(about))

    def _about(self, record: Record, revision: Revision, version: int | None) -> dict[str, Any]:
        story, number = revision.story, revision.revision
        public = f"/stories/{story}/versions/{version}"
        found = self._archive.content(revision)
        content = None if isinstance(found, Tombstone) else found
        return {
            "story": story,
            "title": content and content.title,
            "url": self._site
            + (public if version else f"/desk/stories/{story}/revisions/{number}"),
            "article": article_address(story, content, self._articles),
            "revision": number,
            "version": version,
            "kind": revision.kind,
            "note": record.note,
            "author": record.author,
            "created_at": record.created_at,
            "commit": record.commit,
            "changes": revision.changes,
        }


def _version_at(action: Action, revision: Revision) -> int | None:
    """The revision's version, if it had one when this was done to it."""
    published = revision.published_entry
    return revision.version if published is not None and published <= action.entry else None
