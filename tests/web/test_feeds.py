"""Feeds, sitemaps, structured data and Open Graph properties."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import etree

from service.web.public import feeds
from tests.samples import story
from tests.web.conftest import Writer

ATOM = "{http://www.w3.org/2005/Atom}"
SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
TAG = re.compile(r"tag:[a-z0-9.-]+,\d{4}-\d\d-\d\d:[0-9a-f]{16}(/[A-Za-z0-9._~%-]+)+")
"""RFC 4151, 2.1, as far as we use it."""
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(autouse=True)
def stories(editor: Writer) -> None:
    editor.publish()
    editor.post(
        base_version=1,
        kind="correction",
        note="It was 60 crowns, not 50.",
        content=_content("The doors of the hall open at nine & not <ten>, and that is for all."),
    )
    editor.publish("other", title="Another")


def _content(overview: str) -> dict[str, Any]:
    return story(overview=[overview])


def _feed(client: FlaskClient, path: str) -> etree._Element:
    answer = client.get(path)
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    SCHEMA.assertValid(etree.fromstring(answer.data))
    return etree.fromstring(answer.data)


def _checked(feed: etree._Element) -> list[etree._Element]:
    """What RFC 4287 demands of a feed (4.1.1) and of its entries (4.1.2) beyond its schema."""
    for element in (feed, *feed.iter(f"{ATOM}entry")):
        assert TAG.fullmatch(element.findtext(f"{ATOM}id") or "")
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "").tzinfo
    relations = {link.get("rel", "alternate") for link in feed.findall(f"{ATOM}link")}
    assert set(relations) == {"alternate", "self"}
    entries = feed.findall(f"{ATOM}entry")
    for entry in entries:
        assert entry.findtext(f"{ATOM}author/{ATOM}name")
        assert entry.find(f"{ATOM}link") is not None
        content = entry.find(f"{ATOM}content")
        assert content is not None
        assert content.get("type") == "html"
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    times = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    assert times == sorted(times, reverse=True)
    return entries


def test_a_story_s_feed_has_the_words_that_changed(client: FlaskClient) -> None:
    newest, first = _checked(_feed(client, "/stories/library/history.atom"))
    body = newest.findtext(f"{ATOM}content") or ""
    assert "It was 60 crowns, not 50." in body
    assert "<ins>" in body
    assert "&amp; not &lt;ten&gt;" in body
    assert (newest.findtext(f"{ATOM}id") or "").endswith("/stories/library/versions/2")
    assert "First version." in (first.findtext(f"{ATOM}content") or "")


def test_the_feed_of_all_has_each_version_of_each_story(client: FlaskClient) -> None:
    ids = [each.findtext(f"{ATOM}id") or "" for each in _checked(_feed(client, "/history.atom"))]
    assert [each.partition("/stories/")[2] for each in ids] == [
        "other/versions/1",
        "library/versions/2",
        "library/versions/1",
    ]


def test_drafts_are_in_no_feed_and_no_sitemap(client: FlaskClient, editor: Writer) -> None:
    editor.draft(base=2, title="canary")
    editor.draft("hidden", title="canary")
    for path in ("/history.atom", "/stories/library/history.atom", "/sitemap/1.xml"):
        assert "canary" not in client.get(path).text
        assert "hidden" not in client.get(path).text
    assert client.get("/stories/hidden/history.atom").status_code == 404


def test_feeds_are_found_from_the_pages(client: FlaskClient) -> None:
    for page, feed in (
        ("/", "/history.atom"),
        ("/stories/library", "/stories/library/history.atom"),
        ("/stories/library/history", "/stories/library/history.atom"),
    ):
        text = client.get(page).text
        assert re.search(rf'<link rel="alternate" type="application/atom\+xml"[^>]*"{feed}">', text)


def test_the_sitemaps_list_every_published_story(
    client: FlaskClient, editor: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "SITEMAP", 2)
    editor.publish("third")
    index = etree.fromstring(client.get("/sitemap.xml").data)
    maps = [each.text or "" for each in index.iter(f"{MAP}loc")]
    assert len(maps) == 2
    found = []
    for address in maps:
        sitemap = etree.fromstring(client.get(address).data)
        found += [each.text for each in sitemap.iter(f"{MAP}loc")]
        for changed in sitemap.iter(f"{MAP}lastmod"):
            assert datetime.fromisoformat(changed.text or "").tzinfo
    assert found == [f"http://localhost/stories/{name}" for name in ("library", "other", "third")]
    assert client.get("/sitemap/3.xml").status_code == 404


def test_robots_txt_names_the_sitemap_and_excludes_the_desk(client: FlaskClient) -> None:
    lines = client.get("/robots.txt").text.splitlines()
    assert "Disallow: /desk" in lines
    assert "Sitemap: http://localhost/sitemap.xml" in lines


@pytest.mark.parametrize(
    "path",
    [
        "",
        "stories/library",
        "stories/library/history",
        "stories/library/versions/1",
        "stories/library/diff/1..2",
    ],
)
def test_each_page_names_its_canonical_address(client: FlaskClient, path: str) -> None:
    asked = f"/{path}?view=split" if "diff" in path else f"/{path}"
    [address] = re.findall(r'<link rel="canonical" href="([^"]+)">', client.get(asked).text)
    assert address == f"http://localhost/{path}"


NEWS_ARTICLE = {
    "@context",
    "@type",
    "@id",
    "url",
    "mainEntityOfPage",
    "inLanguage",
    "headline",
    "description",
    "datePublished",
    "dateModified",
    "version",
    "author",
    "articleBody",
    "citation",
    "correction",
}


def test_a_story_has_structured_data_of_a_news_article(client: FlaskClient) -> None:
    """The properties are ones that schema.org has on NewsArticle, of the types that it expects."""
    text = client.get("/stories/library").text
    [found] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
    data = json.loads(found)
    assert data["@context"] == "https://schema.org"
    assert data["@type"] == "NewsArticle"
    assert data.keys() <= NEWS_ARTICLE
    for name in ("@id", "url", "mainEntityOfPage"):
        assert data[name] == "http://localhost/stories/library"
    for name in ("datePublished", "dateModified"):
        assert datetime.fromisoformat(data[name]).tzinfo
    assert data["inLanguage"] == "en"
    assert data["author"]["@type"] == "Person"
    [correction] = data["correction"]
    assert correction["@type"] == "CorrectionComment"
    assert correction["text"] == "It was 60 crowns, not 50."
    assert correction["url"] == "http://localhost/stories/library/diff/1..2"
    assert datetime.fromisoformat(correction["datePublished"]).tzinfo


def test_a_story_has_open_graph_properties(client: FlaskClient) -> None:
    text = client.get("/stories/library").text
    properties = dict(re.findall(r'<meta property="([^"]+)" content="([^"]*)">', text))
    assert properties["og:type"] == "article"
    assert properties["og:url"] == "http://localhost/stories/library"
    assert properties["og:title"]
    assert datetime.fromisoformat(properties["article:published_time"]).tzinfo
