"""The History for pages of other sites."""

import re

import pytest
from flask.testing import FlaskClient

from tests.samples import story
from tests.web.conftest import Writer, words

EMBED = "/stories/library/history/embed"
OLD, NEW = "The gauge said 431 cm at noon.", "The gauge said 455 cm at noon."


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


def test_a_row_says_what_changed_why_when_and_by_whom(client: FlaskClient, editor: Writer) -> None:
    editor.publish(overview=[OLD])
    content = story(overview=[NEW])
    editor.post(base_version=1, kind="correction", note="We misread it.", content=content)
    row = words(client.get(EMBED)).partition("First version")[0]
    for said in ("Number 431 → 455 cm", "We misread it.", "Correction", "1 May 2026", "The editor"):
        assert said in row
    assert "What changed in version 2" in row


def test_kinds_have_the_names_that_the_pages_have(client: FlaskClient, editor: Writer) -> None:
    editor.publish(overview=[OLD])
    editor.post(base_version=1, kind="minor", note="", content=story(overview=[f"{OLD} Yes."]))
    assert "Small fix" in words(client.get(EMBED))


def test_what_a_removed_text_changed_is_not_said(client: FlaskClient, editor: Writer) -> None:
    editor.publish(overview=[OLD])
    editor.publish(base=1, overview=[NEW])
    assert "431" in client.get(EMBED).text
    answer = editor.act(1, action="remove", note="x", reason="privacy", legal_reference="y")
    assert answer.status_code == 201, answer.text
    text = client.get(EMBED).text
    assert "431" not in text
    assert "Text removed." in text
    assert "/diff/" not in text


def _change(client: FlaskClient) -> str:
    found = re.search('id="(c[a-z2-7]{8})"', client.get("/stories/library/diff/1..2").text)
    assert found
    return found[1]


@pytest.fixture
def changed(editor: Writer) -> None:
    editor.publish(overview=[f"It rained. {OLD} Buses turn back."])
    editor.post(
        base_version=1,
        kind="correction",
        note="We misread <it>.",
        content=story(overview=[f"It rained. {NEW} Buses turn back."]),
    )


def test_one_change_is_shown_with_its_sentence(client: FlaskClient, changed: None) -> None:
    name = _change(client)
    answer = client.get(f"{EMBED}?change={name}&versions=1..2")
    assert answer.text.strip().startswith('<section class="story-history story-change"')
    said = words(answer)
    assert said.startswith("This sentence changed")
    assert "It rained" not in said
    assert re.search(r"<del[^>]*>431</del>.*<ins[^>]*>455</ins>", answer.text)
    for part in ("We misread <it>.", "Correction", "Version 2", "1 May 2026", "The editor"):
        assert part in said
    whole = f"http://localhost/stories/library/diff/1..2?change={name}#{name}"
    assert f'href="{whole}"' in answer.text
    addresses = re.findall(r'(?:href|src)="([^"]+)"', answer.text)
    assert all(each.startswith("http://localhost/stories/library") for each in addresses)


def test_one_change_in_a_frame_is_a_page(client: FlaskClient, changed: None) -> None:
    answer = client.get(f"{EMBED}?as=page&change={_change(client)}&versions=1..2")
    assert answer.text.startswith("<!doctype html>")
    assert "<title>One change in “" in answer.text
    assert "<h1" in answer.text
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]


def test_a_change_of_more_than_a_sentence_is_named(client: FlaskClient, editor: Writer) -> None:
    editor.publish(overview=["One boat sank. It rained."])
    editor.publish(base=1, overview=["Two boats sank. It snowed."])
    said = words(client.get(f"{EMBED}?change={_change(client)}&versions=1..2"))
    assert said.startswith("Paragraph 1 changed")


def test_a_long_change_is_cut(client: FlaskClient, editor: Writer) -> None:
    long = "The council met again and " * 300
    editor.publish(overview=[f"{long} One. Two."])
    editor.publish(base=1, overview=[f"{long} three. {long}"])
    assert len(client.get(f"{EMBED}?change={_change(client)}&versions=1..2").text) < 5_000


def test_a_change_that_is_not_there_leads_to_the_whole(client: FlaskClient, changed: None) -> None:
    answer = client.get(f"{EMBED}?change=cnothing&versions=1..2")
    assert answer.status_code == 404
    assert '<a href="/stories/library/diff/1..2">' in answer.text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("change=c", "versions"),
        ("change=c&versions=1", "versions"),
        ("change=c&versions=1..x", "versions"),
        ("versions=1..2", "change"),
    ],
)
def test_a_change_is_named_with_its_versions(
    client: FlaskClient, changed: None, query: str, field: str
) -> None:
    answer = client.get(f"{EMBED}?{query}")
    assert answer.status_code == 400
    assert f"{field}:" in answer.text


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
    assert len(answer.data) < 2_600, "with what it says in seven languages"
