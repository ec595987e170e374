"""The public log over HTTP: static files, and proofs of versions."""

import base64
import json
from hashlib import sha256

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.audit.published import origin_of
from service.wiring import Services
from tests.audit import public_tlog
from tests.web.conftest import Writer


@pytest.fixture
def services(app: Flask, editor: Writer) -> Services:
    editor.publish()
    editor.publish(base=1, title="Two")
    found: Services = app.extensions["story_history"]
    found.published.checkpoint()
    return found


def test_a_stranger_can_check_the_log_with_its_printed_key(
    services: Services, client: FlaskClient
) -> None:
    def fetch(name: str) -> bytes:
        answer = client.get(f"/log/{name}")
        assert answer.status_code == 200, name
        data: bytes = answer.data
        return data

    leaves = public_tlog.check(fetch, origin_of(services.audit.signer().public).vkey)
    assert [each["event"] for each in leaves] == ["genesis", "published", "published", "heads"]
    stored = client.get("/api/v1/stories/library/versions/2/stored").data
    assert leaves[2]["text"] == base64.b64encode(sha256(stored).digest()).decode()
    [key] = map(json.loads, fetch("keys").splitlines())
    assert key["key"] == services.audit.signer().public.line


@pytest.mark.parametrize(
    "name",
    [
        *("tile/0/001", "tile/0/000.p/3", "tile/64/000", "tile/0/000.p/256", "tile/0/00"),
        *(
            "tile/0/x000",
            "tile/entries/..%2f..%2f..%2findex.db",
            "tile/0/000.p",
            "other",
            "tile/0/",
        ),
    ],
)
def test_what_the_log_has_not_is_not_found(
    services: Services, client: FlaskClient, name: str
) -> None:
    assert client.get(f"/log/{name}", follow_redirects=True).status_code == 404


def test_tiles_may_be_kept_for_ever_and_the_checkpoint_for_seconds(
    services: Services, client: FlaskClient
) -> None:
    tile = client.get("/log/tile/0/000.p/4")
    assert "immutable" in tile.headers["Cache-Control"]
    assert tile.content_type == "application/octet-stream"
    again = client.get("/log/tile/0/000.p/4", headers={"If-None-Match": tile.headers["ETag"]})
    assert again.status_code == 304
    assert "max-age=5" in client.get("/log/checkpoint").headers["Cache-Control"]


def test_a_version_has_a_proof_once_it_is_in_the_log(
    services: Services, client: FlaskClient, editor: Writer
) -> None:
    proof = client.get("/api/v1/stories/library/versions/1/proof")
    assert proof.text.startswith("c2sp.org/tlog-proof@v1\n")
    assert proof.text.endswith(client.get("/log/checkpoint").text)
    editor.publish(base=2, title="Three")
    path = "/api/v1/stories/library/versions/3/proof"
    assert client.get(path).status_code == 404
    services.published.checkpoint()
    assert client.get(path).status_code == 200, "the answer before was not kept"


def test_there_is_no_log_before_something_is_public(client: FlaskClient) -> None:
    assert client.get("/log/checkpoint").status_code == 404


def test_the_page_of_a_version_leads_to_its_proof(services: Services, client: FlaskClient) -> None:
    page = client.get("/stories/library/versions/1").text
    assert 'href="/api/v1/stories/library/versions/1/proof"' in page
    assert 'href="/api/v1/stories/library/versions/1/stored"' in page
