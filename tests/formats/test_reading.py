"""What is read from each format's own files."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_store import InvalidInput, parse_content
from service.formats import FORMATS, Item, Status, Unreadable
from tests.formats.samples import FILES, FOLDER, items, others


def _at(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_ninjs() -> None:
    first, second = items("wire.ninjs.json")
    assert first.content == {
        "shape": "article",
        "title": "Night ferry stops for June",
        "summary": "No night ferry in June.",
        "authors": ["By Ana Li"],
        "tags": ["transport", "Outer Harbour"],
        "language": "en",
        "image": {
            "url": "https://harbour-wire.example/pictures/7.jpg",
            "caption": "The ferry at the quay",
            "credit": "Bo Ek",
        },
        "body": ["The **night ferry** stops.", "Fares rise by 4 crowns."],
        "sources": [{"name": "Ferry Company", "url": "https://ferry.example/news/1"}],
        "ids": ["urn:newsml:harbour-wire.example:20260501:ferry", "HW-2291"],
    }
    assert (first.version, first.at) == (1, _at(2026, 5, 1, 6))
    assert set(first.dropped) == {
        *("another body", "another headline", "an associated video", "urgency"),
        "a source without an address",
    }
    assert (second.version, second.at) == (2, _at(2026, 5, 1, 7, 30))
    assert (second.kind, second.note) == ("correction", "An earlier version gave the wrong fare.")
    assert second.dropped == ("edNote",)
    assert others("wire.ninjs.json") == [
        ("item 3", "picture"),
        ("item 4", "headlines: missing: an article needs a headline"),
    ]


def test_newsml() -> None:
    first, second = items("wire.newsml.xml")
    assert first.content == {
        "shape": "article",
        "title": "Lock reopens",
        "summary": "Boats pass again.",
        "authors": ["Ana Li"],
        "section": "Local",
        "tags": ["canals", "transport"],
        "language": "sv-FI",
        "body": [
            "The *upper lock* reopens, says Eva Holm.",
            "### Next week",
            "- Repairs go on",
            '![The lock](https://harbour-wire.example/lock.jpg "The lock on Friday")',
        ],
        "sources": [{"name": "Canal Office", "url": "https://canal.example/lock"}],
        "ids": ["urn:newsml:harbour-wire.example:20260502:lock"],
    }
    assert (first.version, first.at, first.first) == (1, _at(2026, 5, 2, 8), _at(2026, 5, 2, 7, 55))
    assert (first.status, second.status) == (Status.USABLE, Status.CANCELED)
    assert set(first.dropped) == {"edNote", "urgency"}
    assert others("wire.newsml.xml") == [("item 3", "picture")]


def test_wordpress() -> None:
    published, changed, now = items("posts.wordpress.json")
    assert published.content == {
        "shape": "article",
        "title": "Market moves",
        "authors": ["Inès Okoro"],
        "section": "City & streets",
        "tags": ["markets"],
        "url": "https://paper.example/blog/2026/05/market-moves/",
        "image": {
            "url": "https://paper.example/blog/uploads/market.jpg",
            "alt": "Stalls in the rain",
            "caption": "The old market",
        },
        "body": ["The market moves on 6 June."],
        "ids": ["https://paper.example/blog/?p=12"],
    }
    assert published.at == _at(2026, 5, 3, 10)  # when the post was, not when it was written
    assert changed.content == now.content
    assert changed.at == now.at == _at(2026, 5, 3, 12)
    assert now.content["title"] == "Market moves – to Quay Street"
    assert now.content["body"] == [
        "The market moves on 9 June, to [Quay Street](https://paper.example/quay/)."
    ]
    assert now.author == "Inès Okoro"
    assert set(now.dropped) == {"sticky", "revisions that were never public"}
    assert others("posts.wordpress.json") == [("item 5", "autosave")]


def test_json_ld_in_a_page() -> None:
    [item] = items("page.jsonld.html")
    assert item.content == {
        "shape": "article",
        "title": "Tram line 7 opens",
        "summary": "To the airport & back.",
        "authors": ["Ana Li", "Bo Ek"],
        "section": "City",
        "tags": ["trams", "airport"],
        "language": "en-GB",
        "url": "https://paper.example/tram-line-opens",
        "image": {"url": "https://paper.example/tram.jpg"},
        "body": ["The *first tram* left at 5.", "## Fares", "A ticket is 3 crowns."],
    }
    assert item.id == "https://paper.example/tram-line-opens"
    assert (item.at, item.first) == (_at(2026, 5, 4, 7), _at(2026, 5, 4, 4))
    assert (item.kind, item.note) == ("correction", "The line number was wrong.")
    assert set(item.dropped) == {"another image", "speakable"}


def test_rss() -> None:
    full, short = items("feed.rss.xml")
    assert full.content == {
        "shape": "article",
        "title": "Bridge & tunnel closed",
        "summary": "Until Friday.",
        "authors": ["Ana Li"],
        "tags": ["traffic", "harbour"],
        "language": "en-gb",
        "url": "https://paper.example/2026/bridge-closed",
        "image": {
            "url": "https://paper.example/bridge.jpg",
            "caption": "The bridge",
            "credit": "Bo Ek",
        },
        "body": ["The **bridge** is closed.", "## Detours", "By ferry."],
        "ids": ["paper-4411"],
    }
    # The day of publication says nothing of when this version was made.
    assert (full.at, full.first) == (None, _at(2026, 5, 5, 8))
    assert full.dropped == ("comments",)
    assert short.content["body"] == ["Only this."]
    assert (short.id, short.at) == (short.content["url"], _at(2026, 5, 5, 12))


def test_atom() -> None:
    [item] = items("feed.atom.xml")
    assert item.content == {
        "shape": "article",
        "title": "Lighthouse goes dark",
        "summary": "For repairs.",
        "authors": ["The Paper"],
        "tags": ["lights"],
        "language": "en",
        "url": "https://paper.example/2026/lighthouse",
        "image": {"url": "https://paper.example/lighthouse.jpg", "alt": "The lighthouse"},
        "body": ["The **light** is off.", "Until May."],
        "sources": [{"name": "Coast Office", "url": "https://coast.example/notice"}],
        "ids": ["tag:paper.example,2026:lighthouse"],
    }
    assert (item.at, item.first) == (_at(2026, 5, 6, 12), _at(2026, 5, 6, 10))
    assert item.dropped == ("rights",)


@pytest.mark.parametrize("name", FILES)
def test_what_is_read_is_an_article(name: str) -> None:
    for item in items(name):
        assert parse_content(item.content).fields == item.content


def _only(form: str, text: str) -> Item:
    [item] = FORMATS[form].read(text.encode())
    assert isinstance(item, Item), item
    return item


NINJS = '{"uri": "urn:x:1", "headlines": [{"value": "Title"}], %s}'


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ('"pubStatus": "withheld"', Status.WITHHELD),
        ('"pubstatus": "canceled"', Status.CANCELED),
        ('"version": "2"', Status.USABLE),
    ],
)
def test_the_status_of_ninjs(more: str, status: Status) -> None:
    assert _only("ninjs", NINJS % more).status is status


def test_a_byline_beside_its_authors_is_named() -> None:
    people = '"people": [{"rel": "author", "name": "Ana Li"}, {"rel": "author", "name": "Bo Ek"}]'
    for by, dropped in (("Ana Li, Bo Ek", ()), ("Ana Li in Oslo", ("by",))):
        item = _only("ninjs", NINJS % f'{people}, "by": "{by}"')
        assert (item.content["authors"], item.dropped) == (["Ana Li", "Bo Ek"], dropped)
    for by, dropped in (("Ana Li", ()), ("Ana Li in Oslo", ("by",))):
        meta = f'<creator literal="Ana Li"/><headline>Title</headline><by>{by}</by>'
        item = _only("newsml", NEWSML % ("", meta))
        assert (item.content["authors"], item.dropped) == (["Ana Li"], dropped)


NEWSML = """<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:x:1">
<itemMeta>%s</itemMeta><contentMeta>%s</contentMeta></newsItem>"""
_NOTE = '<description roleuri="https://schema.org/correction">Note</description>'


@pytest.mark.parametrize(
    ("form", "text", "dropped"),
    [
        (
            "ninjs",
            NINJS % '"descriptions": [{"value": "One"}, {"value": "Two"}]',
            "another description",
        ),
        (
            "ninjs",
            NINJS
            % '"descriptions": [{"role": "update", "value": "1"}, {"role": "minor", "value": "2"}]',
            "another description",
        ),
        ("newsml", NEWSML % ("<title>A</title>", "<headline>B</headline>"), "title"),
        ("newsml", NEWSML % ("<title>A</title>", _NOTE * 2), "another description"),
        (
            "jsonld",
            '{"@type": "Article", "headline": "A", "correction": ["One", "Two"]}',
            "another correction",
        ),
        (
            "jsonld",
            '{"@type": "Article", "headline": "A",'
            ' "hasPart": {"@type": "FAQPage", "mainEntity": {"name": "Why?"}}}',
            "a question without an answer",
        ),
    ],
)
def test_what_stands_beside_what_is_taken_is_named(form: str, text: str, dropped: str) -> None:
    assert _only(form, text).dropped == (dropped,)


def test_a_cancellation_needs_no_headline() -> None:
    item = _only("ninjs", '{"uri": "urn:x:1", "pubStatus": "canceled"}')
    assert (item.id, item.status) == ("urn:x:1", Status.CANCELED)


def test_an_embargo() -> None:
    for name in ("embargoedUntil", "embargoed"):
        item = _only("ninjs", NINJS % f'"{name}": "2026-05-01T10:00:00+02:00"')
        assert item.embargo == _at(2026, 5, 1, 8)


def test_nitf_in_ninjs() -> None:
    nitf = "<!DOCTYPE nitf SYSTEM 'nitf.dtd'><nitf><body><body.content><p>One.</p><hl2>Two</hl2>"
    nitf += "</body.content></body></nitf>"
    bodies = f'"bodies": [{{"contentType": "application/nitf+xml", "value": "{nitf}"}}]'
    assert _only("ninjs", NINJS % bodies).content["body"] == ["One.", "### Two"]


@pytest.mark.parametrize(
    ("value", "title"),
    [
        ("Tom &amp; <em>Jer</em>ry", "Tom & Jerry"),
        ("<p>One</p><p>two<br>three</p>", "One two three"),
        ("One<script>alert(1)</script> two", "One two"),
        ("One<style>a<b>c</b></style>", "One"),
        ("a < b", "a < b"),
        ("One&#5; <b>two</b>", "One\x05 two"),  # refused by name with the text, not a failure
    ],
)
def test_a_headline_in_html_is_what_a_reader_sees(value: str, title: str) -> None:
    headlines = f'"headlines": [{{"contentType": "text/html", "value": "{value}"}}]'
    item = _only("ninjs", f'{{"uri": "urn:x:1", {headlines}}}')
    assert item.content["title"] == title


def test_a_title_above_the_text_is_not_repeated() -> None:
    for above, body in (("<h1>Title</h1>", ["One."]), ("<h2>Title</h2>", ["## Title", "One."])):
        value = f'"bodies": [{{"contentType": "text/html", "value": "{above}<p>One.</p>"}}]'
        assert _only("ninjs", NINJS % value).content["body"] == body


def test_plain_text_has_paragraphs_and_no_mark_up() -> None:
    bodies = r'"bodies": [{"value": "One\nline\n\n<b>*Two*</b>"}]'
    assert _only("ninjs", NINJS % bodies).content["body"] == ["One line", r"\<b>\*Two\*\</b>"]


def test_a_body_of_another_kind_is_named() -> None:
    bodies = '"bodies": [{"contentType": "audio/mpeg", "value": "AAAA"}]'
    assert _only("ninjs", NINJS % bodies).dropped == ("a body of type audio/mpeg",)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("ninjs", '{"uri": "urn:x:1", "headlines": [{"value": "A"}], "language": "%s"}'),
        (
            "newsml",
            '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:x:1"><contentMeta>'
            '<language tag="%s"/><headline>A</headline></contentMeta></newsItem>',
        ),
        (
            "wordpress",
            '{"id": 1, "link": "https://p.example/a", "title": {"rendered": "A"}, "lang": "%s"}',
        ),
        ("jsonld", '{"@type": "Article", "headline": "A", "inLanguage": "%s"}'),
        (
            "feed",
            "<rss><channel><language>%s</language><item><title>A</title></item></channel></rss>",
        ),
        (
            "feed",
            '<entry xmlns="http://www.w3.org/2005/Atom" xml:lang="%s"><title>A</title></entry>',
        ),
    ],
)
def test_a_language_that_is_no_tag_is_named(form: str, text: str) -> None:
    for tag, language, dropped in (
        ("pt-BR", "pt-BR", ()),
        ("en_US", None, ("language that is no language tag",)),
    ):
        item = _only(form, text % tag)
        assert (item.content.get("language"), item.dropped) == (language, dropped)


POST = """{"id": 5, "link": "https://paper.example/a/", "title": {"rendered": "Title"},
 "content": {"rendered": "<p>Text.</p>"}, "modified_gmt": "2026-05-01T10:00:00", %s}"""


@pytest.mark.parametrize(
    ("more", "status", "embargoed"),
    [
        ('"status": "draft"', Status.WITHHELD, False),
        ('"status": "private"', Status.WITHHELD, False),
        ('"status": "trash"', Status.CANCELED, False),
        ('"status": "future", "date_gmt": "2026-06-01T10:00:00"', Status.USABLE, True),
    ],
)
def test_the_status_of_a_post(more: str, status: Status, embargoed: bool) -> None:
    item = _only("wordpress", POST % more)
    assert (item.status, item.embargo) == (status, _at(2026, 6, 1, 10) if embargoed else None)


@pytest.mark.parametrize(
    ("excerpt", "summary"),
    [
        ('{"rendered": "<p>Text by <em>hand</em>.</p>"}', "Text by hand."),
        ('{"rendered": "<p>The first words of [&hellip;]</p>"}', None),
        ('{"rendered": "<p>Text.</p>"}', None),
        ('{"rendered": "<p>Text.</p>", "raw": ""}', None),
        ('{"rendered": "<p>Text.</p>", "raw": "Text."}', "Text."),
    ],
)
def test_an_excerpt_is_a_summary_if_somebody_wrote_it(excerpt: str, summary: str | None) -> None:
    assert _only("wordpress", POST % f'"excerpt": {excerpt}').content.get("summary") == summary


def test_a_page_in_another_encoding() -> None:
    page = '<meta charset="windows-1252"><article><p>Größe</p></article>'
    page += '<script type="application/ld+json">{"@type": "Article", "headline": "Fähre"}</script>'
    [item] = FORMATS["jsonld"].read(page.encode("cp1252"))
    assert isinstance(item, Item)
    assert (item.content["title"], item.content["body"]) == ("Fähre", ["Größe"])


@pytest.mark.parametrize(
    ("form", "text", "message"),
    [
        ("ninjs", "{", "not readable JSON"),
        ("ninjs", "", "holds no ninjs object"),
        ("ninjs", "[" * 100_000, "nested too deeply"),
        ("ninjs", '{"a": NaN}', "NaN is not JSON"),
        ("newsml", "<newsItem/>", "holds no newsItem of NewsML-G2; its first element is newsItem"),
        ("jsonld", "<p>Text</p>", "holds no NewsArticle"),
        ("jsonld", "", "not readable HTML"),
        ("feed", "<html/>", "neither RSS 2.0 nor Atom: its first element is html"),
        ("feed", "<rss>", "not readable XML"),
        ("feed", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "has an entity of its own, &b;"),
        ("feed", '<!DOCTYPE a SYSTEM "a.dtd"><a>&b;</a>', "has an entity of its own, &b;"),
        ("feed", '<!DOCTYPE a [<!ENTITY b SYSTEM "/etc/passwd">]><a/>', "has an entity of its own"),
        ("feed", "<a>" * 300 + "</a>" * 300, "not readable XML: Excessive depth"),
    ],
)
def test_a_file_in_another_format(form: str, text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        FORMATS[form].read(text.encode())


def test_entities_do_not_grow() -> None:
    names = "bcdefghij"
    grown = "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("a" + names, names, strict=False)
    )
    bomb = f'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">{grown}]><rss title="&j;">&j;</rss>'
    with pytest.raises(InvalidInput):
        FORMATS["feed"].read(bomb.encode())


@pytest.mark.parametrize(
    ("form", "text", "message"),
    [
        ("ninjs", NINJS % '"versionCreated": "yesterday"', "versionCreated: must be a time"),
        ("ninjs", NINJS % '"pubStatus": "gone"', "pubStatus: must be usable"),
        ("ninjs", NINJS % '"bodies": ["text"]', r"bodies\[0\]: must be an object"),
        ("ninjs", NINJS % '"by": {"name": "Ana"}', "by: must be text"),
        ("ninjs", '{"headlines": [{"value": "Title"}]}', "uri: missing"),
        ("ninjs", '"text"', "must be an object"),
        ("wordpress", POST % '"status": "spam"', "status: “spam” is none"),
        ("wordpress", '{"title": "Title"}', "id: missing"),
        ("wordpress", POST % '"date_gmt": "soon"', "date_gmt: must be a time"),
        ("jsonld", '{"@type": "NewsArticle"}', "headline: missing"),
        ("feed", "<rss><channel><item/></channel></rss>", "title: missing"),
    ],
)
def test_an_item_in_which_something_is_wrong(form: str, text: str, message: str) -> None:
    [item] = FORMATS[form].read(text.encode())
    assert isinstance(item, Unreadable)
    assert item.where == "item 1"
    with pytest.raises(InvalidInput, match=message):
        raise item.error


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(list(FILES)),
    st.floats(0, 1, exclude_max=True),
    st.integers(0, 40),
    st.sampled_from(
        [b"", b"\0", b"<", b"&", b"]]>", b"null", b"[]", b'{"a": 1}', b"\xff", b'"', b"1"]
    ),
)
def test_a_damaged_file_is_refused_and_nothing_worse(
    name: str, at: float, gone: int, put: bytes
) -> None:
    data = (FOLDER / name).read_bytes()
    start = int(at * len(data))
    with suppress(InvalidInput):
        FORMATS[FILES[name]].read(data[:start] + put + data[start + gone :])
