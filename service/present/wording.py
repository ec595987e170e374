"""What was recorded of a story, in words: for timelines, feeds and notifications.

A new verb or ground needs a row here: a test names the one that is missing.
"""

from collections.abc import Mapping
from typing import NamedTuple

from repo_store import Action, Ground, Record, Verb
from service.diffing import SECTION_SPECS, FactKind
from service.diffing.render.labels import section_name


class VerbWording(NamedTuple):
    """`outcome`: what was done to a revision, on its own page; `sentence`: the same on a page of
    several revisions.
    """

    outcome: str
    sentence: str


VERBS: Mapping[Verb, VerbWording] = {
    Verb.PUBLISH: VerbWording("published{version}", "revision {revision} published{version}"),
    Verb.APPROVE: VerbWording("approved", "revision {revision} approved"),
    Verb.REJECT: VerbWording("rejected", "revision {revision} rejected"),
    Verb.COMMENT: VerbWording("comment added", "comment on revision {revision}{place}"),
    Verb.REMOVE: VerbWording("text removed", "revision {revision}{also}: text removed"),
    Verb.EXPLAIN: VerbWording("explained to readers", "revision {revision} explained to readers"),
    Verb.WITHDRAW: VerbWording("story withdrawn", "story withdrawn"),
    Verb.ALIAS: VerbWording("{alias} leads here now", "{alias} leads to this story"),
    Verb.WAIVE: VerbWording("“{value}” may stand", "revision {revision}: “{value}” may stand"),
}

GROUNDS: Mapping[Ground, str] = {
    Ground.COURT_ORDER: "a court order",
    Ground.DEFAMATION: "defamation",
    Ground.PRIVACY: "privacy",
    Ground.DATA_PROTECTION: "data protection",
    Ground.COPYRIGHT: "copyright",
    Ground.PROTECTION: "the protection of a person",
    Ground.OTHER: "another legal reason",
}


def ground(value: Ground) -> str:
    """Such as “a court order”."""
    return GROUNDS[value]


def outcome(action: Action) -> str:
    """Such as “published as version 3” or “approved”."""
    return VERBS[action.verb].outcome.format_map(_details(action))


def describe(record: Record) -> str:
    """Such as “revision 7 published as version 3” or “draft, revision 8”."""
    if isinstance(record, Action):
        return VERBS[record.verb].sentence.format_map(_details(record))
    if record.at_once:
        return f"version {record.version} published"
    return f"draft, revision {record.revision}"


def _details(action: Action) -> dict[str, object]:
    also = len(action.removal.also) if action.removal else 0
    return {
        "revision": action.revision,
        "version": f" as version {action.version}" if action.version else "",
        "place": f", {place_of(action)}" if action.section else "",
        "also": f" and of {also} more" if also else "",
        "alias": action.alias,
        "value": action.value,
    }


def place_of(action: Action) -> str:
    """Where a comment was made, such as “Overview 2”."""
    section = section_name(action.section or "")
    return section if action.block is None else f"{section} {action.block + 1}"


_CALLED = {
    FactKind.DATE: "date",
    FactKind.TIME: "time",
    FactKind.NAME: "name",
    FactKind.SPELLING: "spelling",
}


def called(kind: FactKind) -> str:
    """What an editor calls a value that was corrected, such as “figure”."""
    return _CALLED.get(kind, "figure")


def place_in_text(section: str, block: int, field: str) -> str:
    """Such as “Title”, “Overview, paragraph 1” or “FAQ, answer 2”."""
    spec = SECTION_SPECS[section]
    if spec.kind == "line":
        return spec.label
    return f"{spec.label}, {field or spec.noun} {block + 1}"
