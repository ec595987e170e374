"""Markup in every field reads as text on every page."""

import html
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from service.accounts import Role
from tests.samples import story
from tests.web.conftest import Desk, Writer, read

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
    "/stories/library?since=1",
    "/stories/library/play/1",
    "/stories/library/play/2",
    "/stories/library/provenance",
    "/stories/library/provenance?phrase=title",
    "/stories/library/history/embed",
    "/api",
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


class _Elements(HTMLParser):
    """What a browser would find: that may run, or come from our text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        runs = tag == "script" and not (given.get("src") or given["type"] == "application/ld+json")
        drawn = tag == "svg" and given.get("aria-hidden") != "true"  # ours
        if runs or drawn or tag in ("img", "iframe", "object", "style", "base"):
            self.bad.append(tag)
        self.bad += [name for name in given if name.startswith("on") or name == "style"]
        links = (given.get(name) or "" for name in ("href", "src", "action", "formaction"))
        self.bad += [link for link in links if link.lower().startswith("javascript:")]


def _check(page: str, text: str) -> None:
    assert _Elements(page).bad == []
    assert "<" not in text or text not in page
    for mark in ("</ins></del>", " 49 "):
        assert mark not in page


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text_in_every_field_of_every_page(
    client: FlaskClient, editor: Writer, text: str
) -> None:
    editor.post(content=story(), note=text)
    changed = editor.post(content=_everywhere(text), note=text, base_version=1)
    assert changed.status_code == 201
    assert read(editor.get("/api/v1/stories/library"))["content"] == _everywhere(text)
    for path in PAGES:
        _check(client.get(path).text, text)
    escaped = str(html.escape(text)).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    assert f"{escaped} title" in client.get("/stories/library").text


DESK = [
    "/desk",
    "/desk?author=%s&story=%s",
    "/desk/stories?q=%s",
    "/desk/stories/library/timeline",
    "/desk/stories/library/timeline?at=2026-05-01T10:00",
    "/desk/stories/library/revisions/2",
    "/desk/stories/library/revisions/3",
    "/desk/stories/library/revisions/3?view=split",
    "/desk/stories/library/revisions/3/merge",
    "/desk/stories/library/revisions/4",
    "/desk/stories/library/edit",
    "/desk/stories/library/edit?from=3",
    "/desk/stories/library/restore/1",
    "/desk/watching",
    "/desk/tokens",
    "/desk/sign-in?next=%s",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text_at_the_desk(
    editor: Writer, desk: Callable[[Role], Desk], text: str
) -> None:
    editor.post(content=story(), note=text)
    hostile = _everywhere(text)
    editor.post(content=hostile, note=text, base_version=1, override_reason=text)
    for number in (3, 4):
        changed = _everywhere(f"{text} {number}")
        sent: dict[str, Any] = {"state": "draft", "base_version": 1, "note": text}
        assert editor.post(content=changed, **sent).status_code == 201
    for revision, action in ((3, "comment"), (4, "reject")):
        path = f"/api/v1/stories/library/revisions/{revision}/actions"
        place = {"section": "faq", "block": 0} if action == "comment" else {}
        said = {"action": action, "note": text, **place}
        assert editor.client.post(path, json=said, headers=editor.headers).status_code == 201
    admin = desk(Role.ADMIN)
    admin.post("/desk/stories/library/watch", watch="yes")
    for path in DESK:
        answer = admin.get(path.replace("%s", quote(text)))
        assert answer.status_code == 200, path
        _check(answer.text, text)
    for path in ("edit", "revisions/3/actions", "revisions/3/merge", "merge", "restore/1"):
        typed = dict.fromkeys(
            ("title", "summary", "overview", "note", "kind", "override_reason", "supersedes"), text
        )
        answer = admin.post(
            f"/desk/stories/library/{path}", do="preview", action="publish", **typed
        )
        assert answer.status_code < 500, path
        _check(answer.text, text)


def test_a_search_s_words_are_shown_as_text(client: FlaskClient) -> None:
    page = client.get("/", query_string={"q": HOSTILE[2]}).text
    assert "<img" not in page
    assert "&#34;&gt;&lt;img" in page
