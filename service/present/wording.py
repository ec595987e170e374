"""What was recorded of a story, in words: for timelines, feeds and notifications.

A new verb or ground needs a row here: a test names the one that is missing.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol

from repo_store import BUILT_IN, Action, Ground, Kind, Record, Redacted, Shapes, Verb
from service.diffing import FactKind
from service.diffing.render.labels import counted
from service.messages import gettext, marked, marked_in, pgettext
from service.present.times import readable


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
    Verb.REMOVE: VerbWording("{removed}", "{about}{removed}"),
    Verb.EXPLAIN: VerbWording("explained to readers", "revision {revision} explained to readers"),
    Verb.WITHDRAW: VerbWording("story withdrawn", "story withdrawn"),
    Verb.ALIAS: VerbWording("{alias} leads here now", "{alias} leads to this story"),
    Verb.WAIVE: VerbWording("{value} may stand", "revision {revision}: {value} may stand"),
}


class Part(StrEnum):
    """A part of what is recorded, in which a phrase may stand."""

    TEXT = "text"
    SOURCE_ADDRESS = "source_address"
    NOTE = "note"
    COMMENT = "comment"
    EXPLANATION = "explanation"
    WAIVED_VALUE = "waived_value"
    OVERRIDE_REASON = "override_reason"
    LEGAL_REFERENCE = "legal_reference"
    STORY_ID = "story_id"
    IDEMPOTENCY_KEY = "idempotency_key"


PARTS: Mapping[Part, str] = {
    Part.TEXT: "text",
    Part.SOURCE_ADDRESS: "source address",
    Part.NOTE: "note",
    Part.COMMENT: "comment",
    Part.EXPLANATION: "explanation",
    Part.WAIVED_VALUE: "waived value",
    Part.OVERRIDE_REASON: "override reason",
    Part.LEGAL_REFERENCE: "legal reference",
    Part.STORY_ID: "story ID",
    Part.IDEMPOTENCY_KEY: "idempotency key",
}
GROUNDS: Mapping[Ground, str] = {
    Ground.COURT_ORDER: marked_in("legal ground", "a court order"),
    Ground.DEFAMATION: marked_in("legal ground", "defamation"),
    Ground.PRIVACY: marked_in("legal ground", "privacy"),
    Ground.DATA_PROTECTION: marked_in("legal ground", "data protection"),
    Ground.COPYRIGHT: marked_in("legal ground", "copyright"),
    Ground.PROTECTION: marked_in("legal ground", "the protection of a person"),
    Ground.OTHER: marked_in("legal ground", "another legal reason"),
}
KINDS: Mapping[Kind, str] = {
    Kind.UPDATE: marked_in("kind of version", "update"),
    Kind.CORRECTION: marked_in("kind of version", "correction"),
    Kind.CLARIFICATION: marked_in("kind of version", "clarification"),
    Kind.MINOR: marked_in("kind of version", "minor"),
    Kind.RESTORE: marked_in("kind of version", "restore"),
    Kind.RETRACTION: marked_in("kind of version", "retraction"),
}


def ground(value: Ground) -> str:
    """Such as “a court order”."""
    return pgettext("legal ground", GROUNDS[value])


def kind_name(kind: Kind) -> str:
    """Such as “correction”."""
    return pgettext("kind of version", KINDS[kind])


def counted_parts(parts: Iterable[Part]) -> str:
    """Such as “3 texts, 2 notes and 1 comment”; empty if there is none."""
    counts = Counter(parts)
    *first, last = [counted(counts[part], PARTS[part]) for part in Part if counts[part]] or [""]
    return f"{', '.join(first)} and {last}" if first else last


class Noted(Protocol):
    """A record, or another value that has a note, which may have been removed."""

    @property
    def note(self) -> str: ...

    @property
    def redacted(self) -> Redacted | None: ...


def note_of(noted: Noted) -> str:
    """A note, or what stands in its place if it was removed."""
    redacted = noted.redacted
    if redacted and redacted.note:
        return _removed(marked("[note removed: %(ground)s, %(when)s]"), redacted)
    return noted.note


def override_of(record: Record) -> str:
    """The reason for which a check was overridden, or what stands in its place; empty if none."""
    redacted = record.redacted
    if redacted and redacted.reason:
        return _removed(marked("[reason removed: %(ground)s, %(when)s]"), redacted)
    return record.override or ""


def _value_of(action: Action) -> str:
    """The old value of a waiver, quoted, or what stands in its place if it was removed."""
    redacted = action.redacted
    if redacted and redacted.value:
        return _removed(marked("[value removed: %(ground)s, %(when)s]"), redacted)
    return f"“{action.value}”" if action.value else "an old value"


def _removed(message: str, redacted: Redacted) -> str:
    return gettext(message, ground=ground(redacted.ground), when=readable(redacted.at))


Label = Callable[[str], str]
"""How a section is called, by its name."""


def outcome(action: Action, label: Label = BUILT_IN.label) -> str:
    """Such as “published as version 3” or “approved”."""
    return VERBS[action.verb].outcome.format_map(_details(action, label))


def describe(record: Record, label: Label = BUILT_IN.label) -> str:
    """Such as “revision 7 published as version 3” or “draft, revision 8”."""
    if isinstance(record, Action):
        return VERBS[record.verb].sentence.format_map(_details(record, label))
    if record.at_once:
        return f"version {record.version} published"
    return f"draft, revision {record.revision}"


def _details(action: Action, label: Label) -> dict[str, object]:
    also = len(action.removed) - 1
    notes = counted(len(action.redacts), "note")
    texts = f"text removed{', and ' + notes if action.redacts else ''}"
    return {
        "revision": action.revision,
        "version": f" as version {action.version}" if action.version else "",
        "place": f", {place_of(action, label)}" if action.section else "",
        "about": ""
        if action.text_stays
        else f"revision {action.revision}{f' and of {also} more' if also > 0 else ''}: ",
        "removed": f"{notes} removed" if action.text_stays else texts,
        "alias": action.alias,
        "value": _value_of(action),
    }


def field_label(field: str, label: Label) -> str:
    """The field of a content, such as “Overview 3” for overview[2] or “Sources 1, title”."""
    found = _FIELD.fullmatch(field)
    if not found:
        return field
    section, block, name = found.groups()
    words = label(section)
    if block is not None:
        words += f" {int(block) + 1}"
    return f"{words}, {name}" if name else words


_FIELD = re.compile(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?")


def place_of(action: Action, label: Label) -> str:
    """Where a comment was made, such as “Overview 2”."""
    section = label(action.section or "")
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


def place_in_text(section: str, block: int, field: str, shapes: Shapes) -> str:
    """Such as “Title”, “Overview, paragraph 1” or “FAQ, answer 2”."""
    part = shapes.parts.get(section)
    if part and not part.kind.many:
        return f"{part.label}, {field}" if field else part.label
    return f"{shapes.label(section)}, {field or (part.kind.noun if part else 'block')} {block + 1}"
