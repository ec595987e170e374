"""What is read from feeds: their media, their addresses, and what of them has no place."""

import pytest

from service.formats import FORMATS, Item

RSS = """<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" %s>
  <channel><item><title>Title</title><guid>urn:x:1</guid>%s</item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" %s><entry xmlns:media="http://search.yahoo.com/mrss/"
  %s><id>urn:x:1</id><title>Title</title>%s</entry></feed>"""


def _only(text: str) -> Item:
    [item] = FORMATS["feed"].read(text.encode())
    assert isinstance(item, Item), item
    return item


def test_media_without_a_place_are_named() -> None:
    more = """<media:content url="https://p.example/1.jpg" medium="image">
      <media:title>One</media:title><media:description>First</media:description></media:content>
      <media:content url="https://p.example/2.jpg" medium="image">
      <media:description>Second</media:description></media:content>
      <enclosure url="https://p.example/1.jpg" type="image/jpeg" length="1"/>
      <enclosure url="https://p.example/1.mp3" type="audio/mpeg" length="1"/>"""
    item = _only(RSS % ("", more))
    assert item.content["image"] == {"url": "https://p.example/1.jpg", "caption": "First"}
    assert item.dropped == ("media:title", "another picture", "an enclosure that is no picture")


def test_what_is_said_of_a_picture_in_the_text_is_named() -> None:
    more = """<description>&lt;img src="https://p.example/1.jpg"></description>
      <media:content url="https://p.example/1.jpg"><media:description>First</media:description>
      </media:content>"""
    item = _only(RSS % ("", more))
    assert "image" not in item.content
    assert item.dropped == ("image: caption",)


@pytest.mark.parametrize(
    ("more", "dropped"),
    [
        ("<media:title>Other</media:title>", "media:title"),
        ("<media:description>Of all media</media:description>", "media:description"),
        ('<media:thumbnail url="https://p.example/1.jpg"/>', "media:thumbnail"),
        ('<atom:link rel="related" href="https://q.example/"/>', "atom:link"),
        ("<link>/1</link>", "a link without a web address"),
        ("<dc:creator>Ana</dc:creator><author>bo@p.example</author>", "author"),
    ],
)
def test_what_of_an_item_has_no_place_is_named(more: str, dropped: str) -> None:
    assert _only(RSS % ("", more)).dropped == (dropped,)


@pytest.mark.parametrize(
    ("more", "dropped"),
    [
        ('<media:content url="https://p.example/1.jpg"/>', "media:content"),
        ('<link href="/1"/>', "a link without a web address"),
        ('<link xml:base="http://[" href="/1"/>', "a link without a web address"),
        ('<link rel="replies" href="https://p.example/1"/>', "link: replies"),
        ('<link href="https://p.example/1"/><link href="https://q.example/"/>', "link: alternate"),
        ('<content src="https://p.example/1.html" type="text/html"/>', "content elsewhere"),
        (
            '<link rel="enclosure" type="audio/mpeg" href="https://p.example/1.mp3"/>',
            "an enclosure that is no picture",
        ),
        (
            '<link rel="enclosure" type="image/png" href="https://p.example/1.png"/>'
            '<link rel="enclosure" type="image/png" href="https://p.example/2.png"/>',
            "another picture",
        ),
    ],
)
def test_what_of_an_entry_has_no_place_is_named(more: str, dropped: str) -> None:
    assert _only(ATOM % ("", "", more)).dropped == (dropped,)


@pytest.mark.parametrize(
    ("entry", "authors"),
    [
        ("", ["The Paper"]),
        ("<author><name>Ana</name></author>", ["Ana"]),
        ("<author><name/></author>", None),
    ],
)
def test_an_entry_without_an_author_has_that_of_its_feed(
    entry: str, authors: list[str] | None
) -> None:
    feed = ATOM.replace("<entry", "<author><name>The Paper</name></author><entry", 1)
    assert _only(feed % ("", "", entry)).content.get("authors") == authors


@pytest.mark.parametrize(
    ("feed", "entry", "site"),
    [
        ('xml:base="https://p.example/b/"', "", "https://p.example/b/"),
        ('xml:base="https://p.example/b/"', 'xml:base="c/"', "https://p.example/b/c/"),
        ("", 'xml:base=" https://p.example/b "', "https://p.example/"),
        ('xml:base="https://fähre.example/ä/"', "", "https://fähre.example/ä/"),
    ],
)
def test_addresses_in_an_entry_lead_on_from_its_base(feed: str, entry: str, site: str) -> None:
    more = """<link href="rel/one"/><link rel="related" href="two"/>
      <link rel="enclosure" href="1.jpg"/>
      <content type="html">&lt;a href="three">Three&lt;/a></content>"""
    found = _only(ATOM % (feed, entry, more)).content
    assert found["url"] == f"{site}rel/one"
    assert found["sources"] == [{"name": f"{site}two", "url": f"{site}two"}]
    assert found["image"] == {"url": f"{site}1.jpg"}
    assert found["body"] == [f"[Three]({site}three)"]


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ('type="html"', "https://p.example/a/three"),
        ('type="html" xml:base="/t/"', "https://p.example/t/three"),
        ('type="html" xml:base="https://q.example/"', "https://q.example/three"),
        ('type="xhtml" xml:base="/t/"', "https://p.example/t/u/three"),
    ],
)
def test_links_in_a_text_lead_on_from_its_base_or_the_article(content: str, target: str) -> None:
    link = '&lt;a href="three">Three&lt;/a>'
    if "xhtml" in content:
        link = '<a href="three">Three</a>'
        link = f'<div xmlns="http://www.w3.org/1999/xhtml" xml:base="u/">{link}</div>'
    more = f'<link href="https://p.example/a/one"/><content {content}>{link}</content>'
    assert _only(ATOM % ("", "", more)).content["body"] == [f"[Three]({target})"]


def test_addresses_in_an_rss_item_lead_on_from_its_base() -> None:
    more = """<link>one</link><enclosure url="1.jpg" type="image/jpeg" length="1"/>
      <description>&lt;a href="two">Two&lt;/a></description>"""
    found = _only(RSS % ('xml:base="https://p.example/b/"', more)).content
    assert found["url"] == "https://p.example/b/one"
    assert found["image"] == {"url": "https://p.example/b/1.jpg"}
    assert found["body"] == ["[Two](https://p.example/b/two)"]
