"""Markup in every field reads as text on every page."""

import html

import pytest
from flask.testing import FlaskClient

from tests.samples import story
from tests.web.conftest import Writer, read

HOSTILE = [
    "<script>alert(1)</script>",
    "</ins></del></p></main>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;",
]
PAGES = [
    "/",
    "/?q=alert",
    "/stories/library",
    "/stories/library/history",
    "/stories/library/versions/1",
    "/stories/library/versions/2",
    "/stories/library/diff/1..2",
    "/stories/library/diff/2..1?view=split",
]


def _everywhere(text: str) -> dict[str, object]:
    return {
        "title": f"{text} title",
        "summary": f"{text} summary",
        "overview": [f"{text} overview"],
        "analysis": [f"{text} analysis"],
        "sources": [
            {
                "name": f"{text} name",
                "url": f"https://a.example/?{text.replace(' ', '+')}",
                "title": f"{text} headline",
                "leaning": f"{text} leaning",
            }
        ],
        "source_count": 1,
        "faq": [{"question": f"{text} question", "answer": f"{text} answer"}],
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text_in_every_field_of_every_page(
    client: FlaskClient, editor: Writer, text: str
) -> None:
    editor.post(content=story(), note=text)
    changed = editor.post(content=_everywhere(text), note=text, base_version=1)
    assert changed.status_code == 201
    assert read(editor.get("/api/v1/stories/library"))["content"] == _everywhere(text)
    for path in PAGES:
        page = client.get(path).text
        assert page.count("<script") == page.count("<script src=")
        assert "<" not in text or text not in page
        for mark in ("<img", "<svg", "</ins></del>", " 49 "):
            assert mark not in page
    escaped = str(html.escape(text)).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    assert f"{escaped} title" in client.get("/stories/library").text


def test_a_search_s_words_are_shown_as_text(client: FlaskClient) -> None:
    page = client.get("/", query_string={"q": HOSTILE[2]}).text
    assert "<img" not in page
    assert "&#34;&gt;&lt;img" in page
