"""The History for pages of other sites."""

import re

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import Writer, words

EMBED = "/stories/library/history/embed"


def test_with_one_version_it_says_so(client: FlaskClient, editor: Writer) -> None:
    editor.publish()
    assert "This story does not have any previous versions." in words(client.get(EMBED))


def test_it_is_self_contained(client: FlaskClient, editor: Writer) -> None:
    editor.publish()
    editor.post(base_version=1, note="<b>Told</b>.", kind="correction")
    editor.publish(base=1, title="Second")
    text = client.get(EMBED).text
    assert text.strip().startswith('<section class="story-history"')
    assert text.strip().endswith("</section>")
    addresses = re.findall(r'(?:href|src)="([^"]+)"', text)
    assert len(addresses) >= 4
    assert all(each.startswith("http://localhost/stories/library") for each in addresses)
    assert not re.search(r"<(script|style|link|html|body|img)\b|style=", text)
    assert [int(each) for each in re.findall(r'<li value="(\d+)"', text)] == [2, 1]


def test_a_long_history_links_to_the_rest(client: FlaskClient, editor: Writer) -> None:
    editor.publish()
    for number in range(1, 12):
        editor.publish(base=number, title=f"Title {number}")
    text = client.get(EMBED).text
    assert text.count("<li ") == 10
    assert "All 12 versions" in text


def test_only_it_may_be_framed(client: FlaskClient, editor: Writer) -> None:
    editor.publish()
    for path in (EMBED, f"{EMBED}?as=page"):
        answer = client.get(path)
        assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    for path in ("/", "/stories/library", "/stories/library/history", "/desk/sign-in"):
        assert "frame-ancestors 'none'" in client.get(path).headers["Content-Security-Policy"]


def test_as_a_page_it_is_complete(client: FlaskClient, editor: Writer) -> None:
    editor.publish()
    text = client.get(f"{EMBED}?as=page").text
    assert text.startswith("<!doctype html>")
    assert "<title>History of " in text
    assert '<base target="_top">' in text


@pytest.mark.parametrize(
    ("path", "status"), [(f"{EMBED}?as=x", 400), ("/stories/nothing/history/embed", 404)]
)
def test_what_is_not_there_is_an_error(
    client: FlaskClient, editor: Writer, path: str, status: int
) -> None:
    editor.publish()
    assert client.get(path).status_code == status


def test_the_element_is_small_and_may_be_used_anywhere(client: FlaskClient) -> None:
    answer = client.get("/embed/story-history.js", headers={"Accept-Encoding": "gzip"})
    assert answer.content_type.startswith("text/javascript")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert len(answer.data) < 2_000
