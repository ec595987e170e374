"""The schemas of the OpenAPI document, as generators of clients understand them.

What they get wrong otherwise: a `default` in an object makes openapi-typescript take the field for
required, and a union whose members differ by nothing but their types is not told apart by others.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import (
    CoreModeRef,
    CoreRef,
    DefsRef,
    GenerateJsonSchema,
    models_json_schema,
)
from pydantic_core import core_schema

from repo_store import SHAPES, Shape, Shapes, Verb, model_of
from service.present.schemas import Answer
from service.usecases.commands import ABOUT, taken_by
from service.usecases.html_parts import HTML
from service.web.http.problems import Problem

Schema = dict[str, Any]
References = Mapping[Any, Schema]
"""From a model to the reference to its schema."""
_AT = "#/components/schemas/"
_RENAMED = {"Ground": "Reason", "Entry": "FaqEntry"}
"""What clients know by another name."""


class _Plain(GenerateJsonSchema):
    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        ref, mode = core_mode_ref
        for ours, theirs in _RENAMED.items():
            ref = CoreRef(ref.replace(f".{ours}:", f".{theirs}:"))
        return super().get_defs_ref((ref, mode))

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        model = super().model_schema(schema)
        if "description" in model:  # a docstring, whose lines are broken to fit into the code
            model["description"] = " ".join(model["description"].split())
        needed = model.get("required", ())
        optional = [name for name in model.get("properties", {}) if name not in needed]
        for name in optional:
            field = _not_null(model["properties"][name])
            default = field.pop("default", None)
            if default and not issubclass(schema["cls"], Answer):
                about = [field["description"]] if "description" in field else []
                field["description"] = ". ".join([*about, f"By default `{default}`"])
            model["properties"][name] = field
        return model


def _not_null(field: Schema) -> Schema:
    """What may be absent is never null, unless its own schema says so."""
    plain = {name: value for name, value in field.items() if name != "anyOf"}
    others = [each for each in field.get("anyOf", ()) if each != {"type": "null"}]
    return {**others[0], **plain} if len(others) == 1 else {**field}


def components(
    models: Iterable[type[BaseModel]], problems: Collection[Problem], shapes: Shapes
) -> tuple[References, dict[str, Schema]]:
    """A reference for each model and problem, and the components."""
    carried = {problem.shape for problem in problems}
    contents = [model_of(shape) for shape in shapes]
    references, schemas = models_json_schema(
        [(model, "validation") for model in dict.fromkeys([*models, *carried, *contents])],
        ref_template=f"{_AT}{{model}}",
        schema_generator=_Plain,
    )
    known: dict[str, Schema] = schemas["$defs"]
    of_problems = {_name(each): _problem(each, known[each.shape.__name__]) for each in problems}
    of_problems["Problem"] = one_of("type", {each.urn: _at(_name(each)) for each in problems}) | {
        "description": "All that can go wrong, as RFC 9457 has it."
    }
    for shape in carried:
        del known[shape.__name__]
    for each, model in zip(shapes, contents, strict=True):
        known[model.__name__]["properties"] |= _html_parts(each)
    content = {
        "description": "What a story says, in the shape that it names; `story` if it names none.",
        "oneOf": [_at(model.__name__) for model in contents],
    }
    found = known | of_problems | _actions(known["NewAction"]) | {"Content": content}
    named: dict[Any, Schema] = {model: schema for (model, _), schema in references.items()}
    named |= {problem: _at(_name(problem)) for problem in problems}
    return named, {
        name: _with_contents(schema) | {"title": name} for name, schema in sorted(found.items())
    }


def _html_parts(shape: Shape) -> Schema:
    """What may be sent in place of its Markdown texts."""
    return {
        f"{part.id}{HTML}": {
            "type": "string",
            "writeOnly": True,
            "description": f"HTML in place of `{part.id}`, converted to its blocks.",
        }
        for part in shape.parts
        if part.format == "markdown"
    }


def _with_contents(schema: Any) -> Any:
    """A schema with the content's where one is to stand."""
    if isinstance(schema, list):
        return [_with_contents(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if SHAPES in schema:
        return _at("Content")
    return {name: _with_contents(each) for name, each in schema.items()}


def one_of(tag: str, members: Mapping[str, Schema]) -> Schema:
    """A union told apart by a constant field; `members`: references by its value."""
    mapping = {value: each["$ref"] for value, each in members.items()}
    return {
        "oneOf": list(members.values()),
        "discriminator": {"propertyName": tag, "mapping": mapping},
    }


def problem_schema(problems: Collection[Problem], references: References) -> Schema:
    if len(problems) == 1:
        return references[next(iter(problems))]
    return one_of("type", {each.urn: references[each] for each in problems})


def _at(name: str) -> Schema:
    return {"$ref": f"{_AT}{name}"}


def _name(problem: Problem) -> str:
    return f"{problem.name.title().replace('-', '')}Problem"


def _problem(problem: Problem, shape: Schema) -> Schema:
    fixed = {"type": {"const": problem.urn}, "status": {"const": problem.status}}
    properties = {name: each | fixed.get(name, {}) for name, each in shape["properties"].items()}
    about = shape.get("description", "")
    return shape | {"description": f"{problem.title}. {about}".strip(), "properties": properties}


def _actions(command: Schema) -> dict[str, Schema]:
    """`NewAction` as a union of what each action takes."""
    members = {f"{verb.title()}Action": verb for verb in Verb}
    each = {name: _action(verb, command) for name, verb in members.items()}
    union = one_of("action", {verb.value: _at(name) for name, verb in members.items()})
    return each | {"NewAction": union | {"description": command["description"]}}


def _action(verb: Verb, command: Schema) -> Schema:
    taken = taken_by(verb)
    fields = {name: each for name, each in command["properties"].items() if name in taken}
    return command | {
        "description": ABOUT[verb],
        "properties": {"action": {"type": "string", "const": verb.value}, **fields},
        "required": ["action", *(name for name, needed in taken.items() if needed)],
    }
