"""The forms: a story's content from its fields, and steps that add, remove or move a block.

A step is a button that submits the form, so it works without JavaScript.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from repo_store import Part, Shape
from service.present.pasting import LINE_END

Form = MultiDict[str, str]
Fields = dict[str, Any]
"""A content as typed, not validated yet."""


class Step(NamedTuple):
    """`verb`: add (before the block), remove, up or down."""

    verb: str
    section: str
    block: int


def whole(text: str) -> int | str:
    """A number as typed; anything else is returned as it is, for validation to report."""
    return int(text) if text.isdecimal() and len(text) < 10 else text


def step_of(text: str, shape: Shape) -> Step | None:
    """Parses a step such as `up/overview/2`; None if it is not one."""
    verb, _, rest = text.partition("/")
    section, _, block = rest.partition("/")
    index = whole(block)
    part = shape.by_id.get(section)
    valid = verb in ("add", "remove", "up", "down") and part is not None and part.kind.many
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


def parts_of(shape: Shape) -> list[Part]:
    """The parts that the form has fields for."""
    return [part for part in shape.parts if not part.retired]


def fields_of(form: Form, shape: Shape) -> Fields:
    """What was typed, empty blocks included; a line break in a text starts another paragraph."""
    fields: Fields = {"shape": shape.name}
    for part in parts_of(shape):
        kind, names = part.kind, [field.name for field in part.kind.fields]
        if kind.named:
            lists = [form.getlist(f"{part.id}.{name}") for name in names]
            rows = [dict(zip(names, row, strict=True)) for row in zip(*lists, strict=False)]
            fields[part.id] = rows if kind.many else rows[0] if rows else _blank(part)
        elif kind.many:
            texts = form.getlist(part.id)
            fields[part.id] = [line for text in texts for line in _lines(text)]
        else:
            fields[part.id] = form.get(part.id, "")
        if part.counted:
            fields["source_count"] = form.get("source_count", "")
    return fields


def _lines(text: str) -> list[str]:
    return [line for line in LINE_END.split(text) if line.strip()] or [""]


def apply_step(fields: Fields, step: Step, shape: Shape) -> tuple[Fields, int]:
    """The fields after a step, and the index of the block to focus."""
    blocks = list(fields[step.section])
    index = min(step.block, len(blocks))
    if step.verb == "add":
        blocks.insert(index, _blank(shape.by_id[step.section]))
    elif index < len(blocks):
        block = blocks.pop(index)
        if step.verb != "remove":
            index = max(0, index - 1) if step.verb == "up" else min(len(blocks), index + 1)
            blocks.insert(index, block)
    return {**fields, step.section: blocks}, min(index, max(0, len(blocks) - 1))


def _blank(part: Part) -> Any:
    """An empty block of a part."""
    return {field.name: "" for field in part.kind.fields} if part.kind.named else ""


def tidied(fields: Fields, shape: Shape) -> Fields:
    """Without empty blocks, empty optional fields and empty optional parts: ready to validate."""
    tidy: Fields = {"shape": shape.name}
    for part in parts_of(shape):
        value = fields[part.id]
        if part.kind.many:
            value = [_tidied_block(part, block) for block in value if _says(block)]
        elif part.kind.named:
            value = _tidied_block(part, value) if _says(value) else None
        elif not (part.required or value.strip()):
            value = None
        if value or part.required:
            tidy[part.id] = value
        if part.counted:
            tidy["source_count"] = whole(str(fields["source_count"]).strip()) or None
    return tidy


def _says(block: Any) -> bool:
    """Whether anything was typed into a block."""
    return any(map(str.strip, block.values() if isinstance(block, dict) else (block,)))


def _tidied_block(part: Part, block: Any) -> Any:
    if not part.kind.named:
        return block
    required = {field.name for field in part.kind.fields if field.required}
    return {name: text for name, text in block.items() if text.strip() or name in required}


def form_fields(content: Fields, shape: Shape) -> Fields:
    """A content's values with every field that the form shows."""
    fields: Fields = {"shape": shape.name}
    for part in parts_of(shape):
        value = content.get(part.id)
        if value is None:
            value = part.empty
        if part.kind.named:
            blank = _blank(part)
            value = [blank | each for each in value] if part.kind.many else blank | value
        fields[part.id] = value
        if part.counted:
            fields["source_count"] = content.get("source_count", "")
    return fields


def blank_fields(shape: Shape) -> Fields:
    """The fields of a story that nobody has written yet, with a first paragraph to write."""
    fields = form_fields({}, shape)
    prose = next((part for part in parts_of(shape) if part.kind.prose), None)
    return fields | ({prose.id: [""]} if prose else {})
