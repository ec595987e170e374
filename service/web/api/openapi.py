"""Generates the OpenAPI document from the views: their routes, roles, docstrings and types."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from importlib.metadata import version
from inspect import getdoc
from typing import Any, TypeVar

from flask import Flask, current_app
from pydantic import BaseModel
from werkzeug.routing import Rule

from repo_store import (
    ArchiveError,
    Damaged,
    Exhausted,
    InvalidInput,
    Malformed,
    Moved,
    NotFound,
    Rebuilding,
    StoreFull,
    Unwritable,
)
from service.accounts import AccountsUnavailable, Forbidden, QuotaExceeded, roles_with
from service.paging import MAX_LIMIT
from service.present.schemas import Recorded
from service.web.api import examples
from service.web.api.components import References, Schema, components, problem_schema
from service.web.http.access import Unauthorized
from service.web.http.addresses import takes
from service.web.http.problems import (
    BUSY,
    INTERNAL,
    NOT_JSON,
    TOO_LARGE,
    TOO_MANY,
    Problem,
    problem_for,
)
from service.web.http.services import services, services_of
from service.webhooks.events import Event

View = TypeVar("View", bound=Callable[..., Any])
Raised = type[Exception] | Problem


class Tag(StrEnum):
    """What an operation is about: where generated clients keep it."""

    STORIES = "stories"
    VERSIONS = "versions"
    REVISIONS = "revisions"
    CHANGES = "changes"
    EXPORT = "export"
    LOG = "log"
    REMOVAL = "removal"


_ABOUT = {
    Tag.STORIES: "What is live: lists, search, where its sentences come from.",
    Tag.VERSIONS: "What was published, and how it differs.",
    Tag.REVISIONS: "Writing, review and publication: drafts too.",
    Tag.CHANGES: "What has happened, for those who keep a copy in step.",
    Tag.EXPORT: "Archives with proof.",
    Tag.LOG: "The transparency log: checkpoints, proofs and keys.",
    Tag.REMOVAL: "What is to be removed.",
}

_DESCRIPTION = """Versions and differences of news stories. Times are RFC 3339 in UTC.

Reading what is published needs no token. An address in another spelling, or under another id of a \
story, is answered with 308 and the right one in `Location`: let the client follow redirects.

What goes wrong is a problem (RFC 9457), whose `type` says what else it has."""
_STORY = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 120}
_NUMBER = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
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
_ZIP = {"type": "string", "format": "binary", "contentMediaType": "application/zip"}
_FILE = {
    "application/zip": {"schema": _ZIP},
    # It is that, too: a name under which generators that know few media types give its bytes.
    "application/octet-stream": {"schema": _ZIP},
}
_LATER = (429, 503)
_ALWAYS: tuple[Raised, ...] = (
    *(Unauthorized, Damaged, ArchiveError, INTERNAL),
    *(Exhausted, Rebuilding, AccountsUnavailable, BUSY),
)
_PUBLIC: tuple[Raised, ...] = (TOO_MANY,)
_FOR_ROLES: tuple[Raised, ...] = (Forbidden, Malformed)
_IN_STORY: tuple[Raised, ...] = (NotFound,)
_WITH_QUERY: tuple[Raised, ...] = (Malformed,)
_WITH_BODY: tuple[Raised, ...] = (
    *(Malformed, InvalidInput, TOO_LARGE, NOT_JSON, TOO_MANY),
    *(QuotaExceeded, Moved, StoreFull, Unwritable),
)


@dataclass(frozen=True)
class Description:
    """`answers` by status; `query`: schemas by name; `needs`: those that must be given; `texts`:
    media types of plain text; `file`: whether it answers with a zip; `raises`: what else than every
    such operation.
    """

    tag: Tag
    answers: Mapping[int, tuple[type[BaseModel], ...]]
    body: type[BaseModel] | None
    query: Mapping[str, Schema]
    needs: tuple[str, ...]
    texts: tuple[str, ...]
    file: bool
    raises: tuple[Raised, ...]


def describe(
    tag: Tag,
    answers: Mapping[int, type[BaseModel] | tuple[type[BaseModel], ...]],
    *,
    body: type[BaseModel] | None = None,
    query: Mapping[str, Schema] | None = None,
    needs: tuple[str, ...] = (),
    texts: tuple[str, ...] = (),
    file: bool = False,
    raises: tuple[Raised, ...] = (),
) -> Callable[[View], View]:
    """Declare what a view takes, returns and raises. Of two answers the first, which has more, is
    for token holders, the other for the public: a client takes the first that fits.
    """
    models = {
        status: shapes if isinstance(shapes, tuple) else (shapes,)
        for status, shapes in answers.items()
    }
    described = Description(tag, models, body, query or {}, needs, texts, file, raises)

    def mark(view: View) -> View:
        view.described = described  # type: ignore[attr-defined]  # read below
        return takes(*described.query)(view)

    return mark


def current_document() -> Schema:
    """The document with the shapes of now; made again only after one was declared."""
    known, shapes = current_app.extensions, services().archive.shapes
    if known.get("openapi", (None,))[0] != shapes:
        known["openapi"] = shapes, document(current_app)
    made: Schema = known["openapi"][1]
    return made


def document(app: Flask) -> Schema:
    """The document, OpenAPI 3.1. Raises AttributeError if a view is not declared by `describe`."""
    views: dict[str, Any] = app.view_functions
    routes = [
        (rule, views[rule.endpoint])
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi"
    ]
    events = Event.__subclasses__()
    models = [model for _, view in routes for model in _models(view.described)]
    problems = {
        each: None
        for rule, view in routes
        for some in _problems(rule, view).values()
        for each in some
    }
    shapes = services_of(app).archive.shapes
    references, schemas = components([*events, *models], problems, shapes)
    paths: dict[str, Schema] = {}
    for rule, view in routes:
        method = "post" if "POST" in (rule.methods or ()) else "get"
        path = re.sub(r"<(\w+)>", r"{\1}", str(rule))
        paths.setdefault(path, {})[method] = _operation(rule, view, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "story-history",
            "version": version("story-history"),
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": services_of(app).settings.url or "/"}],
        "tags": [{"name": tag.value, "description": about} for tag, about in _ABOUT.items()],
        # An operation that says nothing else takes a token, and needs none.
        "security": [{}, {"token": []}],
        "paths": dict(sorted(paths.items())),
        "webhooks": {event.name(): _webhook(event, references) for event in events},
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _models(description: Description) -> Iterator[type[BaseModel]]:
    for shapes in description.answers.values():
        yield from shapes
    if description.body:
        yield description.body


def _problems(rule: Rule, view: Any) -> dict[int, list[Problem]]:
    """What can go wrong, by status."""
    description: Description = view.described
    raised = (
        *_ALWAYS,
        *(_PUBLIC if view.permissions is None else _FOR_ROLES),
        *(_IN_STORY if rule.arguments else ()),
        *(_WITH_QUERY if description.query else ()),
        *(_WITH_BODY if description.body else ()),
        *description.raises,
    )
    problems = [each if isinstance(each, Problem) else problem_for(each) for each in raised]
    found: dict[int, list[Problem]] = {}
    for problem in dict.fromkeys(problems):
        found.setdefault(problem.status, []).append(problem)
    return dict(sorted(found.items()))


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


def _operation(rule: Rule, view: Any, references: References) -> Schema:
    description: Description = view.described
    # A docstring's lines are broken to fit into the code.
    summary, *more = (" ".join(part.split()) for part in (getdoc(view) or "").split("\n\n"))
    name = _name(rule)
    operation: Schema = {
        "operationId": name,
        "tags": [description.tag.value],
        "summary": summary,
        "parameters": list(_parameters(rule, description)),
        "responses": dict(_responses(rule, view, references)),
    }
    if view.permissions is not None:
        operation["security"] = [{"token": []}]
        roles = ", ".join(sorted(frozenset().union(*map(roles_with, view.permissions))))
        more.append(f"For these roles: {roles}.")
    if more:
        operation["description"] = "\n\n".join(more)
    if description.body:
        json = {"schema": references[description.body]} | _examples(examples.bodies(name))
        operation["requestBody"] = {"required": True, "content": {"application/json": json}}
    return operation


def _name(rule: Rule) -> str:
    name = rule.endpoint.removeprefix("api.")
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def _examples(known: Schema) -> Schema:
    return {"examples": known} if known else {}


def _parameters(rule: Rule, description: Description) -> Iterator[Schema]:
    for name in re.findall(r"<(\w+)>", str(rule)):
        yield {"name": name, "in": "path", "required": True, "schema": _IN_PATH[name]}
    # In the order of an address's one spelling: a client that keeps it is not redirected.
    for name, schema in sorted(description.query.items()):
        needed = {"required": True} if name in description.needs else {}
        yield {"name": name, "in": "query", **needed, "schema": schema}
    if description.body:
        yield _KEY


def _responses(rule: Rule, view: Any, references: References) -> Iterator[tuple[str, Schema]]:
    description: Description = view.described
    for status, shapes in description.answers.items():
        schemas = [references[shape] for shape in shapes]
        known = _examples(examples.answers(_name(rule), status))
        json = {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}} | known
        content: Schema = {"application/json": json} if schemas else {}
        content |= {media: {"schema": {"type": "string"}} for media in description.texts}
        content |= _FILE if description.file else {}
        answer: Schema = {"description": HTTPStatus(status).phrase, "content": content}
        if status == 201 and Recorded in shapes:
            answer["headers"] = {"Location": {"required": True, "schema": {"type": "string"}}}
        yield str(status), answer
    for status, problems in _problems(rule, view).items():
        known = _examples(examples.answers(_name(rule), status))
        json = {"schema": problem_schema(problems, references)} | known
        content = {"application/problem+json": json}
        answer = {"description": HTTPStatus(status).phrase, "content": content}
        if status in _LATER:
            answer["headers"] = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}}
        yield str(status), answer
