"""The events that webhooks receive: a class for each. docs/webhooks.md lists them.

To add one, write its class and let `event_of` return it: mypy names a verb without an event.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, assert_never

from repo_store import Record, Revision, Verb, rfc3339
from service.present import schemas


@dataclass(frozen=True)
class Event:
    """Something that happened to a story. `data`: JSON values, as the API returns them."""

    type: ClassVar[str]
    story: str
    at: datetime
    data: dict[str, Any]

    def body(self) -> str:
        """The message, as JSON."""
        value = {"type": self.type, "timestamp": rfc3339(self.at), "data": self.data}
        return json.dumps(value, ensure_ascii=False)


class RevisionDrafted(Event):
    """A draft was written. Data: the revision, without its content."""

    type = "revision.drafted"


class RevisionPublished(Event):
    """A version went live. Data: the revision, without its content, if it was published at once or
    restored; the action, if a draft was published.
    """

    type = "revision.published"


class RevisionApproved(Event):
    """A draft was approved. Data: the action."""

    type = "revision.approved"


class RevisionRejected(Event):
    """A draft was rejected. Data: the action."""

    type = "revision.rejected"


class RevisionCommented(Event):
    """Someone commented on a revision. Data: the action."""

    type = "revision.commented"


class RevisionRemoved(Event):
    """The text of one or more revisions was removed for legal reasons. Data: the action."""

    type = "revision.removed"


def event_of(record: Record) -> Event:
    """The event that announces a record."""
    if isinstance(record, Revision):
        event: type[Event] = RevisionPublished if record.at_once else RevisionDrafted
        data = schemas.Revision.of(record).as_dict()
    else:
        event = _event_of_verb(record.verb)
        data = schemas.Action.of(record).as_dict()
    return event(record.story, record.recorded_at, data)


def _event_of_verb(verb: Verb) -> type[Event]:
    match verb:
        case Verb.PUBLISH:
            return RevisionPublished
        case Verb.APPROVE:
            return RevisionApproved
        case Verb.REJECT:
            return RevisionRejected
        case Verb.COMMENT:
            return RevisionCommented
        case Verb.REMOVE:
            return RevisionRemoved
        case _:
            assert_never(verb)
