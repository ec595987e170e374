"""The application on a real archive, driven by Flask's test client."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from service.accounts import Role
from service.app import create_app
from service.config import Settings
from tests.samples import new_archive, new_token, story, ticking

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class _CompiledTemplates(BytecodeCache):
    """Shared by the tests' applications: compiling takes longer than a request."""

    def __init__(self) -> None:
        self._templates: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if data := self._templates.get(bucket.key):
            bucket.bytecode_from_string(data)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._templates[bucket.key] = bucket.bytecode_to_string()


_compiled = _CompiledTemplates()


class _Rule(Rule):
    """Shares what it compiles likewise: otherwise that is most of making an application."""

    _compiled: ClassVar[dict[Any, dict[str, Any]]] = {}

    def compile(self) -> None:
        key = (self.rule, str(self.defaults), self.subdomain, self.merge_slashes)
        if key not in self._compiled:
            super().compile()
            made = ("arguments", "_converters", "_trace", "_parts", "_build", "_build_unknown")
            self._compiled[key] = {name: getattr(self, name) for name in made}
        vars(self).update(self._compiled[key])


Flask.url_rule_class = _Rule


def application(settings: Settings, clock: Callable[[], datetime] | None = None) -> Flask:
    if not settings.archive.exists():
        new_archive(settings.archive)
    made = create_app(settings, clock or ticking())
    made.jinja_env.bytecode_cache = _compiled
    served = made.wsgi_app

    def with_query(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Flask's client leaves out of the target what it is given as `query_string`."""
        if "?" not in environ["RAW_URI"] and environ["QUERY_STRING"]:
            environ["RAW_URI"] += f"?{environ['QUERY_STRING']}"
        return served(environ, start)

    made.wsgi_app = with_query  # type: ignore[assignment]  # Flask's own way
    return made


@pytest.fixture
def app(archive_path: Path) -> Flask:
    return application(Settings(archive_path))


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as opened:
        yield opened


def settled(get: Callable[[str], TestResponse], path: str) -> TestResponse:
    """The answer under the one spelling of an address."""
    answer = get(path)
    return get(answer.headers["Location"]) if answer.status_code == 308 else answer


def read(answer: TestResponse) -> Any:
    """The JSON of an answer."""
    return json.loads(answer.text)


def error_fields(answer: TestResponse) -> list[str]:
    """The fields that a refused request is told of."""
    return [error["field"] for error in read(answer)["errors"]]


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

    def act(
        self, revision: int = 1, name: str = "library", key: str | None = "", **body: Any
    ) -> TestResponse:
        """Act on a revision; `body`: the request's fields, those that are not given left out."""
        return self.client.post(
            f"/api/v1/stories/{name}/revisions/{revision}/actions",
            json=body,
            headers={**self.headers, **({"Idempotency-Key": key} if key else {})},
        )

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers=self.headers)


@pytest.fixture
def writer(client: FlaskClient, archive_path: Path) -> Callable[[Role], Writer]:
    def make(role: Role) -> Writer:
        token = new_token(archive_path, role, f"The {role}", datetime(2026, 5, 1, tzinfo=UTC))
        return Writer(client, {"Authorization": f"Bearer {token}"})

    return make


@pytest.fixture
def editor(writer: Callable[[Role], Writer]) -> Writer:
    return writer(Role.EDITOR)


@pytest.fixture
def published(editor: Writer) -> None:
    """The sample, as version 1 of `library`."""
    editor.publish()


@pytest.fixture
def two_versions(published: None, editor: Writer) -> None:
    editor.publish(base=1, title="Second")


@dataclass(frozen=True)
class Desk:
    """Someone who is signed in, in a browser of their own."""

    client: FlaskClient
    csrf: str

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def post(self, path: str, **form: Any) -> TestResponse:
        return self.client.post(path, data={"csrf": self.csrf, **form})


def form_csrf(answer: TestResponse) -> str:
    """What the page's forms carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


def signed_in(client: FlaskClient, token: str) -> Desk:
    csrf = form_csrf(client.get("/desk/sign-in"))
    answer = client.post("/desk/sign-in", data={"csrf": csrf, "token": token})
    assert answer.status_code == 303, answer.text
    return Desk(client, form_csrf(client.get("/desk")))


@pytest.fixture
def desk(app: Flask, writer: Callable[[Role], Writer]) -> Callable[[Role], Desk]:
    def make(role: Role) -> Desk:
        token = writer(role).headers["Authorization"].removeprefix("Bearer ")
        return signed_in(app.test_client(), token)

    return make


@pytest.fixture
def someone(desk: Callable[[Role], Desk]) -> Desk:
    return desk(Role.EDITOR)


@pytest.fixture
def contributor(writer: Callable[[Role], Writer]) -> Writer:
    return writer(Role.CONTRIBUTOR)


def words(answer: TestResponse) -> str:
    """What a reader sees of a page, in one line."""
    text = re.sub(r"<(script|textarea)\b.*?</\1>|<[^>]+>", " ", answer.text, flags=re.S)
    return " ".join(unescape(text).split())


def draft(who: Writer, base: int | None = 1, name: str = "library", **fields: Any) -> int:
    """A draft with some of the sample's fields replaced; its number."""
    names = ("note", "kind", "supersedes")
    about: dict[str, Any] = {name: fields.pop(name) for name in names if name in fields}
    sent = {"note": "", **about, "state": "draft", "base_version": base}
    answer = who.post(name, content=story(**fields), **sent)
    assert answer.status_code == 201, answer.text
    return int(read(answer)["revision"])
