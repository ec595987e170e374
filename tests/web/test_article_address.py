"""The way back to the article on its publisher's own site, which search engines are to show."""

import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree, html
from werkzeug.test import TestResponse

from service.config import ConfigError, Settings
from tests.web.conftest import Writer, application, error_fields

OURS, ARTICLES = "https://history.example.org", "https://paper.example/?a=1&id={story}"
ARTICLE = "https://paper.example/?a=1&id=library"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def app(archive_path: Path) -> Flask:
    environ = {"STORY_HISTORY_URL": OURS, "STORY_HISTORY_ARTICLES": ARTICLES}
    return application(Settings.read(archive_path, environ=environ))


@pytest.fixture
def alone(app: Flask, archive_path: Path) -> FlaskClient:
    """The same archive where no articles are elsewhere."""
    environ = {"STORY_HISTORY_URL": OURS}
    return application(Settings.read(archive_path, environ=environ)).test_client()


pytestmark = pytest.mark.usefixtures("two_versions")


def head_of(answer: TestResponse) -> dict[str, str]:
    """What a page says of itself to machines."""
    page = html.document_fromstring(answer.text)
    said = {}
    for each in page.iter("link", "meta"):
        name = each.get("name") or each.get("property") or each.get("rel")
        said[str(name)] = str(each.get("content") or each.get("href"))
    return said


def linked_data(answer: TestResponse) -> dict[str, str]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', answer.text)
    assert found
    return dict(json.loads(found[1]))


def ways_back(answer: TestResponse) -> list[str]:
    found = re.findall(r'<a href="([^"]*)">Read the article at <bdi>', answer.text)
    return [unescape(each) for each in found]


@pytest.mark.parametrize(
    "pattern",
    [
        "https://paper.example/{story}",
        "http://paper.example:81/news/{story}.html",
        "https://paper.example/?id={story}&x=%20",
    ],
)
def test_a_pattern_has_one_place_for_the_story(pattern: str) -> None:
    assert Settings.read(environ={"STORY_HISTORY_ARTICLES": pattern}).articles == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        *("https://paper.example/", "paper.example/{story}", "//paper.example/{story}", "{story}"),
        *("https://{story}.example/", "https://paper.example{story}", "https:///{story}"),
        *("https://paper.example/{story}/{story}", "https://paper.example/{id}/{story}"),
        *("javascript://paper.example/{story}", "data:text/html,//{story}", "https://[/{story}"),
        *("https://me@paper.example/{story}", "https://paper.example/a b/{story}"),
        *('https://paper.example/"{story}', "https://paper.example/{story}#top"),
        *(
            "https://paper.example/{story}\n",
            "https://paper.example\\{story}/",
            "https://ä/{story}",
        ),
    ],
)
def test_a_bad_pattern_is_an_error_that_names_the_setting(pattern: str) -> None:
    with pytest.raises(ConfigError, match=r"^STORY_HISTORY_ARTICLES: must be like "):
        Settings.read(environ={"STORY_HISTORY_ARTICLES": pattern})


def test_a_story_s_page_is_the_article_s(client: FlaskClient) -> None:
    answer = client.get("/stories/library")
    said = head_of(answer)
    assert (said["canonical"], said["og:url"]) == (ARTICLE, ARTICLE)
    assert "robots" not in said
    data = linked_data(answer)
    assert (data["url"], data["mainEntityOfPage"]) == (ARTICLE, ARTICLE)
    assert data["archivedAt"] == f"{OURS}/stories/library/history"
    assert data["@id"] == f"{OURS}/stories/library"
    assert ways_back(answer) == [ARTICLE]
    assert "Read the article at <bdi>paper.example</bdi>" in answer.text


@pytest.mark.parametrize("part", ["versions/1", "versions/2", "diff/1..2", "provenance"])
def test_what_repeats_its_text_is_its_own_and_not_for_search_engines(
    client: FlaskClient, alone: FlaskClient, part: str
) -> None:
    path = f"/stories/library/{part}"
    said, before = head_of(client.get(path)), head_of(alone.get(path))
    assert said["canonical"] == before["canonical"] == OURS + path
    assert (said.get("robots"), before.get("robots")) == ("noindex", None)


def test_the_history_is_its_own_and_for_search_engines(client: FlaskClient) -> None:
    said = head_of(client.get("/stories/library/history"))
    assert said["canonical"] == f"{OURS}/stories/library/history"
    assert "robots" not in said


@pytest.mark.parametrize(
    "part", ["", "/history", "/versions/1", "/diff/1..2", "/play/2", "/provenance"]
)
def test_pages_lead_back_to_the_article(client: FlaskClient, alone: FlaskClient, part: str) -> None:
    assert ways_back(client.get(f"/stories/library{part}")) == [ARTICLE]
    assert ways_back(alone.get(f"/stories/library{part}")) == []


def test_without_an_address_a_story_s_page_is_its_own(alone: FlaskClient) -> None:
    answer = alone.get("/stories/library")
    said, own = head_of(answer), f"{OURS}/stories/library"
    assert (said["canonical"], said["og:url"]) == (own, own)
    data = linked_data(answer)
    assert (data["url"], data["mainEntityOfPage"], data.get("archivedAt")) == (own, own, None)


def test_a_withdrawn_story_leads_nowhere(client: FlaskClient, editor: Writer) -> None:
    assert editor.act(2, action="withdraw", note="Wrong.").status_code == 201
    assert ways_back(client.get("/stories/library/history")) == []
    assert "paper.example" not in client.get("/stories/library").text
    assert _feed_links(client)["alternate"] == f"{OURS}/stories/library"


def test_a_history_without_its_live_text_leads_back(client: FlaskClient, editor: Writer) -> None:
    removal = {"reason": "court-order", "legal_reference": "12/3", "note": "Removed."}
    answer = editor.act(2, action="remove", **removal)
    assert answer.status_code == 201, answer.text
    assert ways_back(client.get("/stories/library/history")) == [ARTICLE]
    assert _feed_links(client)["alternate"] == ARTICLE


def _feed_links(client: FlaskClient, story: str = "library") -> dict[str, str]:
    feed = etree.fromstring(client.get(f"/stories/{story}/history.atom").data)
    return {str(each.get("rel")): str(each.get("href")) for each in feed.findall(f"{ATOM}link")}


def test_feeds_lead_to_the_article_and_entries_to_what_changed(
    client: FlaskClient, alone: FlaskClient
) -> None:
    assert _feed_links(client)["alternate"] == ARTICLE
    assert _feed_links(alone)["alternate"] == f"{OURS}/stories/library"
    for path in ("/stories/library/history.atom", "/history.atom"):
        for asked, related in ((client, [ARTICLE]), (alone, [])):
            feed = etree.fromstring(asked.get(path).data)
            [newest, _] = feed.findall(f"{ATOM}entry")
            links = [(each.get("rel"), each.get("href")) for each in newest.iter(f"{ATOM}link")]
            assert links == [
                ("alternate", f"{OURS}/stories/library/diff/1..2"),
                *(("related", each) for each in related),
            ]


def test_sitemaps_list_pages_that_are_their_own(client: FlaskClient, alone: FlaskClient) -> None:
    assert f"<loc>{OURS}/stories/library/history</loc>" in client.get("/sitemap/1.xml").text
    assert f"<loc>{OURS}/stories/library</loc>" in alone.get("/sitemap/1.xml").text


OWN = "https://paper.example/2026/library?a=1&b=ü"


def _publish_article(editor: Writer, url: str) -> None:
    content = {"shape": "article", "title": "Ours", "url": url, "body": ["The council voted."]}
    for base, title in ((None, "Ours"), (1, "Still ours")):
        sent = {**content, "title": title}
        assert editor.post("ours", content=sent, base_version=base).status_code == 201


@pytest.mark.parametrize("with_pattern", [True, False])
def test_an_article_s_own_address_comes_first(
    client: FlaskClient, alone: FlaskClient, editor: Writer, with_pattern: bool
) -> None:
    _publish_article(editor, OWN)
    asked = client if with_pattern else alone
    answer = asked.get("/stories/ours")
    said, data = head_of(answer), linked_data(answer)
    assert [said["canonical"], said["og:url"], data["url"], data["mainEntityOfPage"]] == [OWN] * 4
    for part in ("", "/history", "/versions/1", "/diff/1..2", "/play/2", "/provenance"):
        assert ways_back(asked.get(f"/stories/ours{part}")) == [OWN]
    assert unquote(_feed_links(asked, "ours")["alternate"]) == OWN


@pytest.mark.parametrize(
    "url",
    ['https://evil.example/"><script>alert(1)</script>', "https://evil.example/`{x}`"],
)
def test_an_address_that_could_mislead_is_not_used(
    client: FlaskClient, alone: FlaskClient, editor: Writer, url: str
) -> None:
    _publish_article(editor, url)
    assert head_of(client.get("/stories/ours"))["canonical"] == ARTICLES.format(story="ours")
    assert head_of(alone.get("/stories/ours"))["canonical"] == f"{OURS}/stories/ours"
    for part in ("", "/history", "/versions/1", "/diff/1..2", "/history.atom"):
        assert ways_back(alone.get(f"/stories/ours{part}")) == []
    assert "<script>alert" not in alone.get("/stories/ours").text


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "data:text/html,x", "//evil.example", "/x", "https://[evil/"),
        *("https://paper.example\\@evil.example", "https://paper.example@evil.example/"),
    ],
)
def test_an_address_that_is_none_is_refused(editor: Writer, url: str) -> None:
    content = {"shape": "article", "title": "Ours", "url": url}
    answer = editor.post("ours", content=content)
    assert (answer.status_code, error_fields(answer)) == (422, ["url"])
