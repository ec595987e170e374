"""What was recorded of a story, in words: for timelines, feeds and notifications."""

from repo_store.records import Action, Record, Revision, Verb
from service.diffing.labels import section_name

_DONE = {
    Verb.PUBLISH: "revision {revision} published as version {version}",
    Verb.APPROVE: "revision {revision} approved",
    Verb.REJECT: "revision {revision} rejected",
    Verb.COMMENT: "comment on revision {revision}",
}


def told(record: Record) -> str:
    """Such as “revision 7 published as version 3” or “draft, revision 8”."""
    if isinstance(record, Action):
        place = f", {place_of(record)}" if record.section else ""
        return _DONE[record.verb].format(revision=record.revision, version=record.version) + place
    if record.at_once:
        return f"version {record.version} published"
    return f"draft, revision {record.revision}"


def event(record: Record) -> str:
    """The same for programs: `revision.published`, `revision.drafted`, `revision.commented` …"""
    if isinstance(record, Revision):
        return "revision.published" if record.at_once else "revision.drafted"
    return f"revision.{_PAST[record.verb]}"


_PAST = {
    Verb.PUBLISH: "published",
    Verb.APPROVE: "approved",
    Verb.REJECT: "rejected",
    Verb.COMMENT: "commented",
}


def place_of(action: Action) -> str:
    """Where a comment stands, such as “Overview 2”."""
    section = section_name(action.section or "")
    return section if action.block is None else f"{section} {action.block + 1}"
