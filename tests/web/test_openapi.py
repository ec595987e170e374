"""The OpenAPI document matches the API: generated requests, valid and invalid, and real answers."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import openapi_spec_validator
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from repo_store.archive import Archive
from service.accounts import Role
from service.config import Settings
from service.web.api.openapi import document
from tests.profiles import examples
from tests.samples import story, ticking
from tests.web.conftest import Writer, application, read

API = "/api/v1/stories"

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(autouse=True)
def filled(editor: Writer) -> None:
    """Short ids, so that requests made up meet them."""
    for name in ("library", "a", "0"):
        editor.publish(name)
        editor.publish(name, base=1, title="Second", overview=["It costs 3 crowns."])
        editor.draft(name, base=2, title="Third")
        editor.draft(name, base=1, title="Fourth")


def _operations(app: Flask) -> Iterator[Any]:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for result in schema.get_all_operations():
        yield cast(Any, result).ok()


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("role", [None, *Role])
def test_generated_requests_get_declared_answers(
    app: Flask, writer: Callable[[Role], Writer], role: Role | None, mode: GenerationMode
) -> None:
    headers = writer(role).headers if role else {}
    operations = list(_operations(app))
    assert len(operations) == 29
    for operation in operations:
        if mode is GenerationMode.POSITIVE or operation.definition.raw.get("parameters"):
            _try(operation, headers, mode)


def _try(operation: Any, headers: dict[str, str], mode: GenerationMode) -> None:
    try:
        strategy = operation.as_strategy(generation_mode=mode)
    except schemathesis.errors.SchemathesisError:  # nothing in it can be wrong
        return

    @settings(
        max_examples=examples(8),
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def send(case: Any) -> None:
        # Schemathesis asks for encodings that it does not undo when it calls an application.
        plain = {"Accept-Encoding": "identity"}
        answer = case.call(headers=headers | plain)
        if answer.status_code == 308:  # the document says so once, for all
            assert answer.headers["location"]
            return
        case.validate_response(answer, checks=CHECKS)

    send()


PATHS = [
    ("GET", ""),
    ("GET", "?q=council"),
    ("GET", "/library"),
    ("GET", "/library/versions"),
    ("GET", "/library/versions?live_at=2100-01-01T00:00:00Z"),
    ("GET", "/library/versions/1"),
    ("GET", "/library/revisions"),
    ("GET", "/library/revisions/3"),
    ("GET", "/library/revisions/3/actions"),
    ("GET", "/library/diff/1..2"),
    ("GET", "/library/diff/1..2/text?format=unified"),
    ("GET", "/library/diff/r3..r1"),
    ("GET", "/library/diff/1..9"),
    ("GET", "/library/versions?limit=0"),
    ("GET", "/library/provenance"),
    ("GET", "/library/inconsistencies"),
    ("GET", "/library/provenance?limit=1&phrase=crowns"),
    ("GET", "/api/v1/search?q=council"),
    ("GET", "/api/v1/search?in=live,history,drafts,sources&q=second+OR+third"),
    ("GET", "/api/v1/search?in=drafts&q=third"),
]


@pytest.mark.parametrize("role", [None, Role.EDITOR])
def test_answers_about_existing_stories_match_their_schemas(
    app: Flask, writer: Callable[[Role], Writer], role: Role | None
) -> None:
    """Requests made up seldom meet what is there: these do."""
    known = {(each.method.upper(), each.path): each for each in _operations(app)}
    asker = writer(role or Role.EDITOR)
    headers = asker.headers if role else {}
    for action in ("comment", "approve", "publish"):
        path = "/api/v1/stories/library/revisions/3/actions"
        body = {"action": action, "note": "x"}
        answer = app.test_client().post(path, json=body, headers=headers)
        assert answer.status_code == (201 if role else 401)
    for method, path in PATHS:
        whole = path if path.startswith("/api") else f"/api/v1/stories{path}"
        answer = app.test_client().open(whole, method=method, headers=headers)
        operation = known[method, _template(whole)]
        operation.validate_response(schemathesis.core.transport.Response.from_any(answer))


def test_errors_match_their_schema(app: Flask, editor: Writer) -> None:
    """With all that an error carries: what was removed, what is live, the facts that changed."""
    known = {(each.method.upper(), each.path): each for each in _operations(app)}
    removal = {"action": "remove", "note": "x", "reason": "privacy", "legal_reference": "y"}
    path = f"{API}/library/revisions/1/actions"
    assert editor.client.post(path, json=removal, headers=editor.headers).status_code == 201
    english = "The council said that it was not for the city to pay."
    changed = story(title="Second", overview=[english, "It costs 4 crowns."])
    silent = {"facts", "facts_complete", "suggested_note"}
    for method, path, body, status, extra in (
        ("GET", "/library/versions/1", None, 410, {"removed"}),
        ("POST", "/other/revisions", _publication(story(), 1), 409, {"live_version"}),
        ("POST", "/library/revisions", _publication(story(), 1), 409, {"live_version"}),
        ("POST", "/library/revisions", _publication(changed, 2), 409, silent),
        ("POST", "/library/revisions", {"x": 1}, 422, {"errors"}),
    ):
        whole = f"{API}{path}"
        answer = app.test_client().open(whole, method=method, json=body, headers=editor.headers)
        assert answer.status_code == status, answer.text
        assert read(answer).keys() == {"type", "title", "status", "detail"} | extra
        operation = known[method, _template(whole)]
        operation.validate_response(schemathesis.core.transport.Response.from_any(answer))


def _publication(content: dict[str, Any], base: int) -> dict[str, Any]:
    return {"content": content, "state": "published", "base_version": base}


def _template(path: str) -> str:
    parts = path.partition("?")[0].split("/")
    if len(parts) > 4:
        parts[4] = "{story}"
    if len(parts) > 6:
        parts[6] = {
            "versions": "{version}",
            "revisions": "{revision}",
            "diff": "{old}..{new}",
        }[parts[5]]
    return "/".join(parts)


def test_the_document_is_valid_openapi(client: FlaskClient) -> None:
    described = read(client.get("/api/v1/openapi.json"))
    assert described["openapi"].startswith("3.1")
    openapi_spec_validator.validate(described)


@pytest.mark.parametrize("url", ["", "https://history.example.org"])
def test_clients_learn_where_the_server_is(archive_path: Path, url: str) -> None:
    app = application(Settings(archive_path, url=url))
    assert document(app)["servers"] == [{"url": url or "/"}]


def test_every_route_of_the_api_is_described(client: FlaskClient, app: Flask) -> None:
    described = read(client.get("/api/v1/openapi.json"))
    routes = {
        str(rule).replace("<", "{").replace(">", "}")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi"
    }
    assert described["paths"].keys() == routes
    for path in described["paths"].values():
        for operation in path.values():
            assert operation["summary"]


def test_a_view_without_a_description_is_an_error(app: Flask) -> None:
    app._got_first_request = False
    app.add_url_rule("/api/v1/new", "api.new", lambda: "")
    with pytest.raises(AttributeError, match="described"):
        document(app)


def test_the_document_contains_the_limits(client: FlaskClient) -> None:
    schemas = read(client.get("/api/v1/openapi.json"))["components"]["schemas"]
    assert [each["$ref"].rpartition("/")[2] for each in schemas["Content"]["oneOf"]] == [
        "StoryContent",
        "ArticleContent",
    ]
    assert schemas["StoryContent"]["properties"]["title"]["maxLength"] == 500
    assert schemas["StoryContent"]["additionalProperties"] is False
    assert set(schemas["StoryContent"]["required"]) == story().keys() - {"source_count"}
    assert schemas["ArticleContent"]["required"] == ["title", "shape"]


def test_a_shape_is_in_the_document_once_it_is_declared(
    client: FlaskClient, archive_path: Path
) -> None:
    addresses = ("/api/v1/openapi.json", "/api")
    for address in addresses:
        assert "RecipeContent" not in client.get(address).text
    with closing(Archive.open(archive_path, ticking())) as archive:
        archive.declare('shape = "recipe"\n[[part]]\nid = "steps"\nkind = "lines"\nlabel = "Steps"')
    for address in addresses:
        assert "RecipeContent" in client.get(address).text
