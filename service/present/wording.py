"""What was recorded of a story, in words: for timelines, feeds and notifications."""

from repo_store import Action, Ground, Record, Verb
from service.diffing.render.labels import section_name

_PAST = {
    Verb.PUBLISH: "published",
    Verb.APPROVE: "approved",
    Verb.REJECT: "rejected",
    Verb.COMMENT: "commented",
    Verb.REMOVE: "removed",
}

_GROUNDS = {
    Ground.COURT_ORDER: "a court order",
    Ground.DEFAMATION: "defamation",
    Ground.PRIVACY: "privacy",
    Ground.DATA_PROTECTION: "data protection",
    Ground.COPYRIGHT: "copyright",
    Ground.PROTECTION: "the protection of a person",
    Ground.OTHER: "another legal reason",
}


def ground(reason: Ground) -> str:
    """Such as “a court order”."""
    return _GROUNDS[reason]


def done(action: Action) -> str:
    """Such as “published as version 3” or “approved”."""
    if action.verb is Verb.COMMENT:
        return "comment added"
    if action.verb is Verb.REMOVE:
        return "text removed"
    version = f" as version {action.version}" if action.version else ""
    return f"{_PAST[action.verb]}{version}"


def describe(record: Record) -> str:
    """Such as “revision 7 published as version 3” or “draft, revision 8”."""
    if isinstance(record, Action):
        if record.verb is Verb.COMMENT:
            place = f", {place_of(record)}" if record.section else ""
            return f"comment on revision {record.revision}{place}"
        also = len(record.removal.also) if record.removal else 0
        more = f" and of {also} more" if also else ""
        return (
            f"revision {record.revision}{more}: text removed"
            if record.removal
            else (f"revision {record.revision} {done(record)}")
        )
    if record.at_once:
        return f"version {record.version} published"
    return f"draft, revision {record.revision}"


def place_of(action: Action) -> str:
    """Where a comment stands, such as “Overview 2”."""
    section = section_name(action.section or "")
    return section if action.block is None else f"{section} {action.block + 1}"
