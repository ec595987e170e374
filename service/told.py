"""What was recorded of a story, in words: for timelines, feeds and notifications."""

from repo_store.records import Action, Record, Verb
from service.diffing.labels import section_name

_PAST = {
    Verb.PUBLISH: "published",
    Verb.APPROVE: "approved",
    Verb.REJECT: "rejected",
    Verb.COMMENT: "commented",
}


def done(action: Action) -> str:
    """Such as “published as version 3” or “approved”."""
    if action.verb is Verb.COMMENT:
        return "comment added"
    version = f" as version {action.version}" if action.version else ""
    return f"{_PAST[action.verb]}{version}"


def told(record: Record) -> str:
    """Such as “revision 7 published as version 3” or “draft, revision 8”."""
    if isinstance(record, Action):
        if record.verb is Verb.COMMENT:
            place = f", {place_of(record)}" if record.section else ""
            return f"comment on revision {record.revision}{place}"
        return f"revision {record.revision} {done(record)}"
    if record.at_once:
        return f"version {record.version} published"
    return f"draft, revision {record.revision}"


def event(record: Record) -> str:
    """The same for programs: `revision.published`, `revision.drafted`, `revision.commented` …"""
    if isinstance(record, Action):
        return f"revision.{_PAST[record.verb]}"
    return "revision.published" if record.at_once else "revision.drafted"


def place_of(action: Action) -> str:
    """Where a comment stands, such as “Overview 2”."""
    section = section_name(action.section or "")
    return section if action.block is None else f"{section} {action.block + 1}"
