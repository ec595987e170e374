"""Generates the OpenAPI document from the views: their routes, roles, docstrings and types."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from inspect import getdoc
from typing import Any, TypeVar

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import (
    CoreModeRef,
    CoreRef,
    DefsRef,
    GenerateJsonSchema,
    models_json_schema,
)
from werkzeug.routing import Rule

from repo_store import SHAPES, Shapes, model_of
from service.accounts import roles_with
from service.paging import MAX_LIMIT
from service.present.schemas import Problem, Recorded
from service.web.http.addresses import takes
from service.web.http.services import services
from service.webhooks.events import Event

View = TypeVar("View", bound=Callable[..., Any])
Schema = dict[str, Any]
References = Mapping[Any, Schema]
"""From a model to the reference to its schema."""

_STORY = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 120}
_NUMBER = {"type": "string", "pattern": "^[1-9][0-9]{0,8}$"}
_END = {"type": "string", "pattern": "^r?[1-9][0-9]{0,8}$"}
_IN_PATH = {
    "story": _STORY,
    "version": _NUMBER,
    "revision": _NUMBER,
    "old": _END,
    "new": _END,
}
CURSOR = {"cursor": {"type": "string", "description": "`next` of the previous page"}}
LIMIT = {"limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 20}}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A repeated request with the same key returns the first answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_OTHER_SPELLING = {
    "description": "The address has another spelling: the one in `Location`.",
    "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
    "content": {},
}
_READING = (400, 401, 403, 404, 410)
_WRITING = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503, 507)


@dataclass(frozen=True)
class Description:
    """`answers` by status; `query`: schemas by name; `texts`: media types besides JSON."""

    answers: Mapping[int, tuple[type[BaseModel], ...]]
    body: type[BaseModel] | None = None
    query: Mapping[str, Schema] | None = None
    texts: tuple[str, ...] = ()


def describe(
    answers: Mapping[int, type[BaseModel] | tuple[type[BaseModel], ...]],
    body: type[BaseModel] | None = None,
    query: Mapping[str, Schema] | None = None,
    texts: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """Declare what a view takes and returns. Of two answers the first is for the public, the other
    for token holders.
    """
    models = {
        status: shapes if isinstance(shapes, tuple) else (shapes,)
        for status, shapes in answers.items()
    }

    def mark(view: View) -> View:
        view.described = Description(models, body, query, texts)  # type: ignore[attr-defined]  # read below
        return takes(*(query or {}))(view)

    return mark


def document(app: Flask) -> Schema:
    """The document, OpenAPI 3.1. Raises AttributeError if a view is not declared by `describe`."""
    views: dict[str, Any] = app.view_functions
    routes = [
        (rule, views[rule.endpoint])
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi"
    ]
    shapes = services().archive.shapes
    references, schemas = _schemas([view.described for _, view in routes], shapes)
    paths: dict[str, Schema] = {}
    for rule, view in routes:
        method = "post" if "POST" in (rule.methods or ()) else "get"
        path = re.sub(r"<(\w+)>", r"{\1}", str(rule))
        paths.setdefault(path, {})[method] = _operation(rule, view, references)
    webhooks = {event.name(): _webhook(event, references) for event in Event.__subclasses__()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "story-history",
            "version": version("story-history"),
            "description": "Versions and differences of news stories. Times are RFC 3339 in UTC.",
        },
        "paths": dict(sorted(paths.items())),
        "webhooks": webhooks,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


class _ContractNames(GenerateJsonSchema):
    """The enum `Ground` is the component `Reason`: clients know it by that name."""

    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        ref, mode = core_mode_ref
        return super().get_defs_ref((CoreRef(ref.replace(".Ground:", ".Reason:")), mode))


def _schemas(described: list[Description], shapes: Shapes) -> tuple[References, dict[str, Any]]:
    """A reference for each model, and the components."""
    models: dict[type[BaseModel], None] = dict.fromkeys([Problem, *Event.__subclasses__()])
    for each in described:
        answers = [model for some in each.answers.values() for model in some]
        models |= dict.fromkeys([*answers, *([each.body] if each.body else [])])
    contents = [model_of(shape) for shape in shapes]
    models |= dict.fromkeys(contents)
    references, schemas = models_json_schema(
        [(model, "validation") for model in models],
        ref_template="#/components/schemas/{model}",
        schema_generator=_ContractNames,
    )
    components = {
        name: _with_contents(schema) | {"title": name} for name, schema in schemas["$defs"].items()
    }
    found = {model: schema for (model, _), schema in references.items()}
    components["Content"] = {
        "title": "Content",
        "description": "What a story says, in the shape that it names; `story` if it names none.",
        "oneOf": [found[model] for model in contents],
    }
    return found, components


def _with_contents(schema: Any) -> Any:
    """A schema with the content's where one is to stand."""
    if isinstance(schema, list):
        return [_with_contents(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if SHAPES in schema:
        return {"$ref": "#/components/schemas/Content"}
    return {name: _with_contents(each) for name, each in schema.items()}


def _webhook(event: type[Event], references: References) -> Schema:
    operation: Schema = {
        "operationId": event.name(),
        "summary": getdoc(event),
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
            for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": references[event]}},
        },
        "responses": {"2XX": {"description": "Taken. Anything else is a failure, and retried."}},
    }
    return {"post": operation}


def _operation(
    rule: Rule,
    view: Any,
    references: References,
) -> Schema:
    description: Description = view.described
    summary, _, more = (getdoc(view) or "").partition("\n\n")
    operation: Schema = {
        "operationId": rule.endpoint.removeprefix("api."),
        "summary": summary,
        "parameters": list(_parameters(rule, description)),
        "responses": dict(_responses(description, references)),
        "security": [{"token": []}] if view.permissions is not None else [{}, {"token": []}],
    }
    if view.permissions is not None:
        roles = ", ".join(sorted(frozenset().union(*map(roles_with, view.permissions))))
        more = f"{more}\n\nFor these roles: {roles}.".strip()
    if more:
        operation["description"] = more
    if description.body:
        content = {"application/json": {"schema": references[description.body]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(rule: Rule, description: Description) -> Iterator[Schema]:
    for name in re.findall(r"<(\w+)>", str(rule)):
        yield {"name": name, "in": "path", "required": True, "schema": _IN_PATH[name]}
    for name, schema in (description.query or {}).items():
        yield {"name": name, "in": "query", "schema": schema}
    if description.body:
        yield _KEY


def _responses(description: Description, references: References) -> Iterator[tuple[str, Schema]]:
    for status, shapes in description.answers.items():
        schemas = [references[shape] for shape in shapes]
        json = {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}
        content: Schema = {"application/json": json} if schemas else {}
        content |= {media: {"schema": {"type": "string"}} for media in description.texts}
        answer: Schema = {"description": HTTPStatus(status).phrase, "content": content}
        if status == 201 and Recorded in shapes:
            answer["headers"] = {"Location": {"required": True, "schema": {"type": "string"}}}
        yield str(status), answer
    yield "308", _OTHER_SPELLING
    problem = {"application/problem+json": {"schema": references[Problem]}}
    for status in _WRITING if description.body else _READING:
        yield str(status), {"description": HTTPStatus(status).phrase, "content": problem}
