"""The forms: a story's content from its fields, and steps that add, remove or move a block.

A step is a button that submits the form, so it works without JavaScript.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from service.diffing import LINES, PARAGRAPHS, RECORDS, SECTION_SPECS, SECTIONS
from service.present.pasting import LINE_END

Form = MultiDict[str, str]
Fields = dict[str, Any]
"""A content as typed, not validated yet."""

LISTS = tuple(name for name in SECTIONS if name not in LINES)
_RECORDS = {name: SECTION_SPECS[name] for name in RECORDS}


class Step(NamedTuple):
    """`verb`: add (before the block), remove, up or down."""

    verb: str
    section: str
    block: int


def whole(text: str) -> int | str:
    """A number as typed; anything else is returned as it is, for validation to report."""
    return int(text) if text.isdecimal() and len(text) < 10 else text


def step_of(text: str) -> Step | None:
    """Parses a step such as `up/overview/2`; None if it is not one."""
    verb, _, rest = text.partition("/")
    section, _, block = rest.partition("/")
    index = whole(block)
    valid = verb in ("add", "remove", "up", "down") and section in LISTS
    return Step(verb, section, index) if valid and isinstance(index, int) else None


def takes_suggestion(form: Form) -> bool:
    """Whether the button was pressed that puts the suggested note into its field."""
    return "use_note" in form


def with_suggestion(form: Form) -> Form:
    """What was typed, with the suggested note, if it is to be used, after what the note says."""
    note, suggested = form.get("note", ""), form.get("use_note", "")
    if suggested in note:
        return form
    typed = MultiDict(form)
    typed["note"] = f"{note}\n{suggested}" if note.strip() else suggested
    return typed


def filled(form: Form, *names: str, numbers: Sequence[str] = ()) -> dict[str, Any]:
    """The fields that were filled in, as the API takes them; `numbers` are parsed."""
    texts = {name: text for name in names if (text := form.get(name, ""))}
    return texts | {name: whole(text) for name in numbers if (text := form.get(name, ""))}


def fields_of(form: Form) -> Fields:
    """What was typed, empty blocks included; a line break starts another paragraph."""
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
    return [line for line in LINE_END.split(text) if line.strip()] or [""]


def apply_step(fields: Fields, step: Step) -> tuple[Fields, int]:
    """The fields after a step, and the index of the block to focus."""
    blocks = list(fields[step.section])
    index = min(step.block, len(blocks))
    if step.verb == "add":
        blocks.insert(index, _blank(step.section))
    elif index < len(blocks):
        block = blocks.pop(index)
        if step.verb != "remove":
            index = max(0, index - 1) if step.verb == "up" else min(len(blocks), index + 1)
            blocks.insert(index, block)
    return {**fields, step.section: blocks}, min(index, max(0, len(blocks) - 1))


def _blank(section: str) -> Any:
    """An empty block of a section."""
    return dict.fromkeys(_RECORDS[section].fields, "") if section in _RECORDS else ""


def tidied(fields: Fields) -> Fields:
    """Without empty blocks and empty optional fields: ready to validate."""
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


def form_fields(content: Fields) -> Fields:
    """A content's values with every field that the form shows."""
    return {
        **content,
        **{name: [_blank(name) | block for block in content[name]] for name in RECORDS},
    }
