"""The form over a story's shape: its fields as the values of a content, and steps that change it.

Works without JavaScript: a paragraph is added, removed or moved by a button that sends the form.
"""

from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from service.diffing import LINES, PARAGRAPHS, RECORDS, SECTION_SPECS, SECTIONS

Form = MultiDict[str, str]
Fields = dict[str, Any]
"""A content as it was typed: not yet known to be one."""

LISTS = tuple(name for name in SECTIONS if name not in LINES)
_RECORDS = {name: SECTION_SPECS[name] for name in RECORDS}


class Step(NamedTuple):
    """`verb`: add (before the block), remove, up or down."""

    verb: str
    section: str
    block: int


def whole(text: str) -> int | str:
    """A number as it was typed; what cannot be one stays as it is, to be named as a fault."""
    return int(text) if text.isdecimal() and len(text) < 10 else text


def step_of(text: str) -> Step | None:
    """Such as `up/overview/2`; None if it is no step."""
    verb, _, place = text.partition("/")
    section, _, block = place.partition("/")
    at = whole(block)
    known = verb in ("add", "remove", "up", "down") and section in LISTS
    return Step(verb, section, at) if known and isinstance(at, int) else None


def fields_of(form: Form) -> Fields:
    """What was typed, empty blocks too; a line break in a paragraph begins another one."""
    fields: Fields = {name: form.get(name, "") for name in LINES}
    for name in PARAGRAPHS:
        fields[name] = [line for text in form.getlist(name) for line in _lines(text)]
    for name, spec in _RECORDS.items():
        lists = [form.getlist(f"{name}.{field}") for field in spec.fields]
        rows = zip(*lists, strict=False)
        fields[name] = [dict(zip(spec.fields, row, strict=True)) for row in rows]
    fields["source_count"] = form.get("source_count", "")
    return fields


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line for line in lines if line.strip()] or [""]


def taken(fields: Fields, step: Step) -> tuple[Fields, int]:
    """The fields after a step, and the block that is to be looked at then."""
    blocks = list(fields[step.section])
    at = min(step.block, len(blocks))
    if step.verb == "add":
        blocks.insert(at, _blank(step.section))
    elif at < len(blocks):
        block = blocks.pop(at)
        if step.verb != "remove":
            at = max(0, at - 1) if step.verb == "up" else min(len(blocks), at + 1)
            blocks.insert(at, block)
    return {**fields, step.section: blocks}, min(at, max(0, len(blocks) - 1))


def _blank(section: str) -> Any:
    """An empty block, as the form adds it."""
    return dict.fromkeys(_RECORDS[section].fields, "") if section in _RECORDS else ""


def tidied(fields: Fields) -> Fields:
    """Without blocks that were left empty, and optional fields likewise: ready to be checked."""
    tidy = {**fields}
    for name in PARAGRAPHS:
        tidy[name] = [text for text in fields[name] if text.strip()]
    for name, spec in _RECORDS.items():
        tidy[name] = [
            {key: text for key, text in block.items() if text.strip() or key in spec.required}
            for block in fields[name]
            if any(map(str.strip, block.values()))
        ]
    tidy["source_count"] = whole(str(fields["source_count"]).strip()) or None
    return tidy


def shown(content: Fields) -> Fields:
    """A content's own values as the form shows them."""
    return {
        **content,
        **{name: [_blank(name) | block for block in content[name]] for name in RECORDS},
    }
