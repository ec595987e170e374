"""The examples of the OpenAPI document are true, and what its schemas say."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator

from service.accounts import Role
from service.web.api.examples import session
from tests.samples import NOON, new_token
from tests.web.conftest import read

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def _steady(value: Any, name: str = "") -> Any:
    """Without what differs from one time to the next."""
    if isinstance(value, dict):
        return {name: _steady(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_steady(each) for each in value]
    if name in ("commit", "sha256", "next") or (isinstance(value, str) and _TIME.fullmatch(value)):
        return name
    return value


def test_the_examples_are_a_session_with_a_server(client: FlaskClient, archive_path: Path) -> None:
    token = new_token(archive_path, Role.ADMIN, "Dara Voss", NOON)
    for each in session():
        method = "GET" if each.body is None else "POST"
        private = method == "POST" or each.operation == "listActions"
        headers = {"Authorization": f"Bearer {token}"} if private else {}
        answer = client.open(each.path, method=method, json=each.body, headers=headers)
        assert answer.status_code == each.status, (each.name, answer.text)
        if isinstance(each.answer, str):
            assert answer.text == each.answer
        elif each.answer is not None:
            assert _steady(read(answer)) == _steady(each.answer), each.name


@pytest.fixture
def document(client: FlaskClient) -> Any:
    return read(client.get("/api/v1/openapi.json"))


def _examples(document: Any) -> Iterator[tuple[str, Any, Any]]:
    """Each example: where it is, its schema and its value."""
    for path in document["paths"].values():
        for operation in path.values():
            parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
            for part, described in parts.items():
                for media in described.get("content", {}).values():
                    for name, example in media.get("examples", {}).items():
                        where = f"{operation['operationId']} {part} {name}"
                        yield where, media["schema"], example["value"]


def test_the_examples_are_valid(document: Any) -> None:
    found = list(_examples(document))
    assert len(found) > len(session())
    for where, schema, value in found:
        whole = {"components": document["components"], "allOf": [schema]}
        errors = [each.message for each in OAS31Validator(whole).iter_errors(value)]
        assert where.endswith(" request not-valid") or not errors, (where, errors)


def test_each_action_and_each_problem_of_writing_has_an_example(document: Any) -> None:
    actions = {each.body["action"] for each in session() if each.operation == "actOnRevision"}
    assert actions == set(
        document["components"]["schemas"]["NewAction"]["discriminator"]["mapping"]
    )
    problems = {each.answer["type"].rpartition(":")[2] for each in session() if each.status >= 400}
    assert problems >= {"stale-base", "silent-edit", "invalid", "not-found", "removed", "withdrawn"}
