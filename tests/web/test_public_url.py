"""With `STORY_HISTORY_URL` set, every absolute address that leaves the site begins with it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from service.accounts import Role
from service.config import Settings
from tests.web.conftest import Desk, Writer, application

SITE = "https://history.example.org"
ATOM = "{http://www.w3.org/2005/Atom}"
INTERNAL = "backend.internal"


@pytest.fixture
def app(archive_path: Path) -> Flask:
    return application(Settings.read(archive_path, environ={"STORY_HISTORY_URL": f"{SITE}/"}))


pytestmark = pytest.mark.usefixtures("two_versions")


def _from_elsewhere(client: FlaskClient, path: str) -> TestResponse:
    """As a proxy forwards it that knows the server by a name of its own."""
    return client.get(path, base_url=f"http://{INTERNAL}:8000")


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/", "/"),
        ("/api", "/api/v1/stories"),
        ("/history.atom", "/history.atom"),
        ("/robots.txt", "/sitemap.xml"),
        ("/sitemap.xml", "/sitemap/1.xml"),
        ("/sitemap/1.xml", "/stories/library"),
        ("/stories/library", "/stories/library"),
        ("/stories/library/history", "/stories/library/history"),
        ("/stories/library/history.atom", "/stories/library/history.atom"),
        ("/stories/library/history/embed", "/stories/library/versions/2"),
        ("/stories/library/history/embed?as=page", "/stories/library/versions/2"),
        ("/stories/library/versions/2", "/stories/library/versions/2"),
        ("/stories/library/diff/1..2", "/stories/library/diff/1..2"),
        ("/stories/library/play/2", "/stories/library/versions/2"),
        ("/stories/library/provenance", "/stories/library/provenance"),
        ("/timemap/stories/library", "/timegate/stories/library"),
    ],
)
def test_pages_and_feeds_name_the_public_address(
    client: FlaskClient, path: str, address: str
) -> None:
    answer = _from_elsewhere(client, path)
    assert answer.status_code == 200
    assert SITE + address in answer.text
    assert INTERNAL not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/stories/library",
        "/stories/library/versions/2",
        "/timegate/stories/library",
        "/api/v1/stories?limit=1",
        "/api/v1/stories/library/versions?limit=1",
        "/api/v1/stories/library/versions/2",
    ],
)
def test_headers_name_the_public_address(client: FlaskClient, editor: Writer, path: str) -> None:
    editor.publish("other", title="Another")
    headers = _from_elsewhere(client, path).headers
    assert f"<{SITE}/" in headers["Link"]
    assert INTERNAL not in str(headers)


def test_the_private_feed_names_the_public_address(
    client: FlaskClient, desk: Callable[[Role], Desk]
) -> None:
    someone = desk(Role.EDITOR)
    someone.post("/desk/stories/library/watch", watch="yes")
    found = re.search(rf"{SITE}(/desk/feed/[\w-]+\.atom)", someone.post("/desk/watching/feed").text)
    assert found, "the address to copy is the public one"
    answer = _from_elsewhere(client, found[1])
    assert INTERNAL not in answer.text
    feed = etree.fromstring(answer.data)
    links = {link.get("rel", "alternate"): link.get("href") for link in feed.iter(f"{ATOM}link")}
    assert links["self"] == found[0]
    entries = feed.findall(f"{ATOM}entry/{ATOM}link")
    assert [link.get("href") for link in entries] == [
        f"{SITE}/desk/stories/library/revisions/{number}" for number in (2, 1)
    ]
