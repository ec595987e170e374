"""What is written: read back as the same, valid by the standard, and nothing lost unsaid."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from lxml import etree, html

from repo_store import InvalidInput, parse_content, printable
from repo_store.markdown import writing
from service.formats import FORMATS, WRITERS, Item, Status
from tests.formats.samples import ARTICLE, ITEM

HERE = Path(__file__).parent
ATOM = etree.RelaxNG(etree.parse(HERE.parent / "web" / "atom.rng"))
NEWSML = etree.RelaxNG(etree.parse(HERE / "newsml.rng"))
NINJS = Draft202012Validator(
    json.loads((HERE / "ninjs.schema.json").read_text()), validate_formats=True
)
HOSTILE = ARTICLE | {
    "title": "</script><script>alert(1)</script> ]]> &amp; \u200f",
    "summary": "<!-- \" ' -->",
    "tags": ["</article>", "a\u2066b\u2069"],
    "body": [r"\<script>alert(1)\</script> & \&amp; \]\]>", "`</p>`"],
}
PLAIN = {"shape": "article", "title": "Title"}
LOST = {
    "ninjs": {"faq"},
    "newsml": {"faq"},
    "jsonld": set(),
    "wordpress": {
        *("authors", "section", "tags", "language", "url", "image", "sources", "faq", "ids"),
        "note",
    },
    "feed": {"faq", "ids", "image: caption", "image: credit", "note"},
    "html": set(),
    "markdown": set(),
}
"""What of the whole article has no place in each format."""


def _back(form: str, data: bytes) -> Item:
    [item] = FORMATS[form].read(data)
    assert isinstance(item, Item), item
    return item


@pytest.mark.parametrize("form", LOST)
def test_what_has_no_place_is_said(form: str) -> None:
    assert set(WRITERS[form](ITEM).dropped) == LOST[form]


def test_every_writer_is_tested() -> None:
    assert set(LOST) == set(WRITERS)


@pytest.mark.parametrize("form", ["ninjs", "newsml", "jsonld", "feed", "html"])
@pytest.mark.parametrize("content", [ARTICLE, HOSTILE, PLAIN], ids=["whole", "hostile", "plain"])
def test_what_has_a_place_is_read_back(form: str, content: dict[str, Any]) -> None:
    written = WRITERS[form](replace(ITEM, content=content))
    back = _back("jsonld" if form == "html" else form, written.data)
    names = ["ids"] if content is PLAIN else []
    lost = {*names, *(each for each in written.dropped if ":" not in each)}
    expected = {name: value for name, value in content.items() if name not in lost}
    for name in ("caption", "credit"):
        if f"image: {name}" in written.dropped:
            expected["image"] = {k: v for k, v in expected["image"].items() if k != name}
    assert {name: value for name, value in back.content.items() if name not in lost} == expected
    assert (back.at, back.first, back.id) == (ITEM.at, ITEM.first, ITEM.id)
    if "note" not in written.dropped:
        assert (back.note, back.kind) == (ITEM.note, ITEM.kind)
        assert back.version == ITEM.version
    assert back.status is Status.USABLE


TEXTS = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), max_size=30
    )
    .map(lambda text: " ".join(filter(None, text.split(" "))).strip())
    .filter(lambda text: text and printable(text) == text)
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["ninjs", "newsml", "jsonld", "html"]), TEXTS, TEXTS, TEXTS)
def test_any_text_is_read_back(form: str, title: str, tag: str, paragraph: str) -> None:
    content = {
        "shape": "article",
        "title": title,
        "tags": [tag],
        "body": [writing.paragraph(paragraph)],
        "faq": [{"question": tag, "answer": title}],
        "ids": ["urn:paper:4411"],
    }
    try:
        parse_content(content)
    except InvalidInput:
        reject()
    written = WRITERS[form](replace(ITEM, content=content))
    back = _back("jsonld" if form == "html" else form, written.data)
    names = [name for name in content if name not in written.dropped]
    assert {name: back.content.get(name) for name in names} == {
        name: content[name] for name in names
    }


def test_a_post_is_read_back() -> None:
    [post] = [json.loads(WRITERS["wordpress"](ITEM).data)]
    back = _back("wordpress", json.dumps(post | {"id": 5, "link": "https://p.example/"}).encode())
    assert {name: back.content[name] for name in ("title", "summary", "body")} == {
        name: ARTICLE[name] for name in ("title", "summary", "body")
    }


@pytest.mark.parametrize("form", ["ninjs", "newsml", "jsonld"])
@pytest.mark.parametrize("status", Status)
def test_the_status_is_read_back(form: str, status: Status) -> None:
    assert _back(form, WRITERS[form](replace(ITEM, status=status)).data).status is status


@pytest.mark.parametrize("content", [ARTICLE, HOSTILE, PLAIN], ids=["whole", "hostile", "plain"])
def test_what_is_written_is_valid(content: dict[str, Any]) -> None:
    item = replace(ITEM, content=content, embargo=ITEM.at)
    NINJS.validate(json.loads(WRITERS["ninjs"](item).data))
    NEWSML.assertValid(etree.fromstring(WRITERS["newsml"](item).data))
    entry = etree.fromstring(WRITERS["feed"](item).data)
    feed = etree.fromstring(
        '<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x:1</id><title>Feed</title>'
        "<updated>2026-05-05T10:00:00Z</updated></feed>"
    )
    feed.append(entry)
    ATOM.assertValid(feed)


def test_an_address_in_ninjs_is_a_uri() -> None:
    address = "https://paper.example/fähre?a=1&b=%20#ä"
    content = PLAIN | {"image": {"url": address}, "sources": [{"name": "City", "url": address}]}
    written = json.loads(WRITERS["ninjs"](replace(ITEM, content=content, id=address)).data)
    NINJS.validate(written)
    assert written["uri"] == "https://paper.example/f%C3%A4hre?a=1&b=%20#%C3%A4"


@pytest.mark.parametrize("form", WRITERS)
def test_nothing_is_written_that_a_terminal_would_not_show(form: str) -> None:
    written = WRITERS[form](replace(ITEM, content=HOSTILE)).data.decode()
    assert [line for line in written.split("\n") if printable(line) != line] == []


def test_a_page_holds_no_mark_up_of_the_text() -> None:
    page = html.document_fromstring(WRITERS["html"](replace(ITEM, content=HOSTILE)).data)
    assert [each.get("type") for each in page.iter("script")] == ["application/ld+json"]
    assert page.findtext(".//h1") == HOSTILE["title"]


def test_markdown_begins_with_what_goes_with_the_text() -> None:
    head, _, body = WRITERS["markdown"](ITEM).data.decode().partition("\n---\n")
    assert head.splitlines()[:2] == ["---", f'title: "{ARTICLE["title"]}"']
    values = dict(each.split(": ", 1) for each in head.splitlines()[1:])
    assert json.loads(values["tags"]) == ARTICLE["tags"]
    assert json.loads(values["note"]) == ITEM.note
    assert "\n- By ferry\n  1. from `Quay 3`\n- By train\n\n---\n\n> “We" in body
