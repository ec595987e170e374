"""oEmbed: the History of a story, and one change, for sites that show what a link leads to."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from service.config import Settings
from tests.web.conftest import Writer, application, read

SITE = "http://localhost"


@pytest.fixture(autouse=True)
def stories(editor: Writer) -> None:
    editor.publish(overview=["The gauge said 431 cm."])
    editor.publish(base=1, overview=["The gauge said 455 cm."])


def _get(client: FlaskClient, url: str, **more: str) -> TestResponse:
    values = sorted({"url": url, **more}.items())
    query = "&".join(f"{name}={quote(value, safe=':/')}" for name, value in values)
    return client.get(f"/oembed?{query}", follow_redirects=True)


def _change(client: FlaskClient) -> str:
    found = re.search('id="(c[a-z2-7]{8})"', client.get("/stories/library/diff/1..2").text)
    assert found
    return found[1]


def _frame(answer: TestResponse) -> Any:
    assert answer.status_code == 200, answer.text
    return html.fragment_fromstring(read(answer)["html"])


@pytest.mark.parametrize(
    "path",
    [
        "/stories/library",
        "/stories/library/history",
        "/stories/library/diff/1..2",
        "/stories/library/diff/1..2?view=split#facts",
    ],
)
def test_a_story_is_embedded_as_its_history(client: FlaskClient, path: str) -> None:
    answer = _get(client, SITE + path, format="json")
    assert answer.content_type == "application/json"
    said = read(answer)
    assert (said["version"], said["type"]) == ("1.0", "rich")
    assert said["title"].startswith("History of “")
    assert (said["provider_name"], said["provider_url"]) == ("Story history", f"{SITE}/")
    assert said["cache_age"] > 0
    assert (said["width"], said["height"]) == (600, 480)
    frame = _frame(answer)
    assert frame.get("src") == f"{SITE}/stories/library/history/embed?as=page"
    assert frame.get("title") == said["title"]
    assert "allow-scripts" not in frame.get("sandbox")
    assert "allow-same-origin" not in frame.get("sandbox")
    shown = client.get(frame.get("src").removeprefix(SITE))
    assert "frame-ancestors *" in shown.headers["Content-Security-Policy"]
    assert client.get(said["thumbnail_url"].removeprefix(SITE)).content_type == "image/png"


@pytest.mark.parametrize("address", ["?change={0}", "?change={0}#{0}", "#{0}"])
def test_a_change_is_embedded_by_itself(client: FlaskClient, address: str) -> None:
    name = _change(client)
    answer = _get(client, f"{SITE}/stories/library/diff/1..2{address.format(name)}")
    frame = _frame(answer)
    assert read(answer)["title"].startswith("One change in “")
    shown = client.get(frame.get("src").removeprefix(SITE)).text
    assert "455" in shown
    assert client.get(read(answer)["thumbnail_url"].removeprefix(SITE)).status_code == 200


def test_it_is_as_small_as_asked(client: FlaskClient) -> None:
    answer = _get(client, f"{SITE}/stories/library", maxwidth="320", maxheight="200")
    said, frame = read(answer), _frame(answer)
    assert (said["width"], said["height"]) == (320, 200)
    assert (frame.get("width"), frame.get("height")) == ("320", "200")
    assert "thumbnail_url" not in said


@pytest.mark.parametrize("maximum", ["0", "-1", "1e3", "x", "9999999", "٣"])
def test_a_size_that_is_none_is_named(client: FlaskClient, maximum: str) -> None:
    for name in ("maxwidth", "maxheight"):
        answer = _get(client, f"{SITE}/stories/library", **{name: maximum})
        assert answer.status_code == 400
        assert name in answer.text


def test_no_other_format_is_there(client: FlaskClient) -> None:
    for kind in ("xml", "yaml"):
        assert _get(client, f"{SITE}/stories/library", format=kind).status_code == 501


def test_an_address_is_required(client: FlaskClient) -> None:
    answer = client.get("/oembed")
    assert answer.status_code == 400
    assert "url" in answer.text


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/stories/library",
        "http://localhost.elsewhere.example/stories/library",
        "http://user@localhost/stories/library",
        "http://localhost:81/stories/library",
        "//localhost/stories/library",
        "file://localhost/stories/library",
        "javascript:alert(1)",
        "http://[::1/stories/library",
        "library",
        f"{SITE}/",
        f"{SITE}/stories/nothing",
        f"{SITE}/stories/library/versions/1",
        f"{SITE}/stories/library/diff/1..9",
        f"{SITE}/stories/library/diff/1..9?change=c",
        f"{SITE}/stories/library/diff/x..y?change=c",
        f"{SITE}/desk",
        f"{SITE}/api/v1/stories",
        f"{SITE}/../stories/library",
    ],
)
def test_any_other_address_is_not_found(client: FlaskClient, url: str) -> None:
    assert _get(client, url).status_code == 404


def test_a_change_that_is_not_there_leads_to_the_whole(client: FlaskClient) -> None:
    answer = _get(client, f"{SITE}/stories/library/diff/1..2?change=cnothing")
    assert answer.status_code == 404
    assert '<a href="/stories/library/diff/1..2">' in answer.text


def test_with_a_public_address_that_is_the_one(client: FlaskClient, archive_path: Path) -> None:
    settings = Settings(archive_path, url="https://paper.example/history")
    other = application(settings).test_client()
    page = "https://paper.example/history/stories/library"
    query = f"/history/oembed?url={page}"
    frame = _frame(other.get(query))
    assert frame.get("src") == f"{page}/history/embed?as=page"
    for wrong in ("https://paper.example/stories/library", f"{SITE}/stories/library"):
        assert other.get(f"/history/oembed?url={wrong}").status_code == 404


def test_another_id_and_a_withdrawn_story(client: FlaskClient, editor: Writer) -> None:
    assert editor.act(2, action="alias", alias="bridge").status_code == 201
    frame = _frame(_get(client, f"{SITE}/stories/bridge"))
    assert frame.get("src") == f"{SITE}/stories/library/history/embed?as=page"
    assert editor.act(2, action="withdraw", note="It was untrue.").status_code == 201
    assert _get(client, f"{SITE}/stories/library").status_code == 410
    history = _get(client, f"{SITE}/stories/library/history")
    assert history.status_code == 200
    assert "thumbnail_url" not in read(history), "its image is gone with its page"


def test_pages_lead_to_it(client: FlaskClient) -> None:
    text = client.get("/stories/library").text
    found = re.search(
        r'<link rel="alternate" type="application/json\+oembed"[^>]*href="([^"]+)"', text
    )
    assert found
    address = found[1].replace("&amp;", "&").removeprefix(SITE)
    assert client.get(address).status_code == 200  # in its one spelling: no redirect


def test_drafts_are_not_embedded(client: FlaskClient, editor: Writer) -> None:
    editor.draft("secret", title="canary")
    hidden, absent = (_get(client, f"{SITE}/stories/{name}") for name in ("secret", "nothing"))
    assert hidden.status_code == 404
    assert hidden.text == absent.text.replace("nothing", "secret")
