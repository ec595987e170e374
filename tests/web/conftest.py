"""The application on a real archive, driven by Flask's test client."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import Accounts, Role
from service.app import create_app
from service.config import Settings
from tests.samples import story, ticking


@pytest.fixture
def app(archive: Path) -> Flask:
    return create_app(Settings(archive), ticking())


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as opened:
        yield opened


def read(answer: TestResponse) -> Any:
    """The JSON of an answer."""
    return json.loads(answer.text)


@dataclass(frozen=True)
class Writer:
    """A token's holder who posts revisions."""

    client: FlaskClient
    headers: dict[str, str]

    def post(
        self, name: str = "library", headers: dict[str, str] | None = None, **body: Any
    ) -> TestResponse:
        """`body`: the request's fields; the content is the sample unless given."""
        sent = {"content": story(), "state": "published", "note": "Told.", **body}
        return self.client.post(
            f"/api/v1/stories/{name}/revisions",
            data=json.dumps(sent),
            content_type="application/json",
            headers={**self.headers, **(headers or {})},
        )

    def publish(
        self, name: str = "library", base: int | None = None, **fields: Any
    ) -> TestResponse:
        """Publish the sample with some of its fields replaced."""
        answer = self.post(name, content=story(**fields), base_version=base)
        assert answer.status_code == 201, answer.text
        return answer

    def draft(self, name: str = "library", base: int | None = None, **fields: Any) -> TestResponse:
        answer = self.post(name, content=story(**fields), base_version=base, state="draft")
        assert answer.status_code == 201, answer.text
        return answer

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers=self.headers)


@pytest.fixture
def writer(client: FlaskClient, archive: Path) -> Callable[[Role], Writer]:
    def make(role: Role) -> Writer:
        text = Accounts(archive).create(role, f"The {role}", datetime(2026, 5, 1, tzinfo=UTC))
        return Writer(client, {"Authorization": f"Bearer {text}"})

    return make


@pytest.fixture
def editor(writer: Callable[[Role], Writer]) -> Writer:
    return writer(Role.EDITOR)
