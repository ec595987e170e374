"""Previews of links: what a page's head says, and the images."""

import re
from html import unescape

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from repo_store import Kind
from service.present.diff_view import diff_view
from service.present.preview_image import HEIGHT, WIDTH
from service.web.public import previews
from tests.samples import story
from tests.web.conftest import Writer

OLD, NEW = "The gauge said 431 cm at noon.", "The gauge said 455 cm at noon."
IMAGES = (
    "/stories/library/preview.png",
    "/stories/library/versions/2/preview.png",
    "/stories/library/diff/1..2/preview.png",
)


@pytest.fixture
def changed(editor: Writer) -> None:
    editor.publish(overview=[OLD], summary="The river rises.")
    editor.post(
        base_version=1,
        kind="correction",
        note="We misread the gauge.",
        content=story(overview=[NEW], summary="The river rises."),
    )


def _properties(text: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', text)
    return {name: unescape(content) for name, content in found}


def _size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def _change(client: FlaskClient, pair: str = "1..2") -> str:
    found = re.search('id="(c[a-z2-7]{8})"', client.get(f"/stories/library/diff/{pair}").text)
    assert found
    return found[1]


def test_a_story_s_head_says_what_changed_last(client: FlaskClient, changed: None) -> None:
    said = _properties(client.get("/stories/library").text)
    assert said["og:description"] == (
        "Corrected 1 May 2026: Number 431 → 455 cm · The river rises."
    )
    assert said["description"] == "The river rises."
    assert said["og:image"] == "http://localhost/stories/library/preview.png"
    assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
    assert "431 → 455" in said["og:image:alt"]
    assert said["og:site_name"] == "Story history"
    assert said["twitter:card"] == "summary_large_image"


def test_a_story_that_never_changed_has_its_summary(client: FlaskClient, editor: Writer) -> None:
    editor.publish(summary="The river rises.")
    assert _properties(client.get("/stories/library").text)["og:description"] == "The river rises."


@pytest.mark.parametrize("path", IMAGES)
def test_the_images_are_large_and_kept_like_their_pages(
    client: FlaskClient, changed: None, path: str
) -> None:
    answer = client.get(path)
    assert answer.content_type == "image/png"
    assert _size(answer.data) == (WIDTH, HEIGHT)
    assert len(answer.data) < 200_000
    page = client.get(path.removesuffix("/preview.png"))
    assert answer.headers["Cache-Control"] == page.headers["Cache-Control"]
    assert answer.headers["ETag"] == client.get(path).headers["ETag"]


def test_a_story_s_image_follows_its_changes(
    client: FlaskClient, changed: None, editor: Writer
) -> None:
    before = client.get(IMAGES[0]).data
    editor.publish(base=2, overview=[OLD])
    assert client.get(IMAGES[0]).data != before


def test_one_change_has_an_image_of_its_own(client: FlaskClient, changed: None) -> None:
    name = _change(client)
    one = client.get(f"{IMAGES[2]}?change={name}")
    assert _size(one.data) == (WIDTH, HEIGHT)
    assert one.data != client.get(IMAGES[2]).data


def test_a_change_that_is_not_there_leads_to_the_whole(client: FlaskClient, changed: None) -> None:
    answer = client.get(f"{IMAGES[2]}?change=cnothing")
    assert answer.status_code == 404
    assert "Versions 1 and 2 have no such change." in answer.text
    assert '<a href="/stories/library/diff/1..2">' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/stories/nothing/preview.png",
        "/stories/library/versions/9/preview.png",
        "/stories/library/diff/1..9/preview.png",
    ],
)
def test_what_is_not_there_has_no_image(client: FlaskClient, changed: None, path: str) -> None:
    assert client.get(path).status_code == 404


def test_removed_texts_and_withdrawn_stories_have_no_image(
    client: FlaskClient, changed: None, editor: Writer
) -> None:
    for path in IMAGES:
        assert client.get(path).status_code == 200
    answer = editor.act(1, action="remove", note="x", reason="privacy", legal_reference="y")
    assert answer.status_code == 201, answer.text
    assert client.get("/stories/library/versions/1/preview.png").status_code == 410
    assert client.get(IMAGES[2]).status_code == 410
    assert client.get(IMAGES[0]).status_code == 200
    assert editor.act(2, action="withdraw", note="It was untrue.").status_code == 201
    assert client.get(IMAGES[0]).status_code == 410
    assert client.get(IMAGES[1]).status_code == 200


def test_hostile_words_are_words_in_heads_and_images(client: FlaskClient, editor: Writer) -> None:
    title = '"><script>alert(1)</script> & </text><image href="/etc/passwd"/>'
    editor.publish(title=title, overview=[OLD])
    editor.publish(base=1, title=title, overview=[NEW])
    text = client.get("/stories/library").text
    assert "<script>alert" not in text
    assert _properties(text)["og:title"] == title
    for path in IMAGES:
        assert _size(client.get(path).data) == (WIDTH, HEIGHT)


def _said(app: Flask, call: str) -> dict[str, str]:
    """What the macro makes in the head of a page, for versions 1 and 2 of the sample."""
    stories = app.extensions["story_history"].stories
    with app.test_request_context("/stories/library"):
        old, new = (stories.version("library", number) for number in (1, 2))
        values = {
            "old": old,
            "new": new,
            "content": stories.content(new),
            "view": diff_view(stories.diff(old, new)),
        }
        line = f'{{% from "_preview.html" import preview %}}{{{{ preview(*{call}) }}}}'
        text = render_template_string(line, **values)
    said = _properties(text)
    link = re.search(r'oembed" title="[^"]*" href="([^"]+)"', text)
    return {**said, "oembed": unescape(link[1]) if link else ""}


def test_a_difference_says_what_changed_why_and_when(
    app: Flask, client: FlaskClient, changed: None
) -> None:
    said = _said(app, 'diff_preview(old, new, view, "The river")')
    assert said["og:title"] == "What changed in “The river”"
    assert said["og:description"] == (
        "Number 431 → 455 cm · We misread the gauge. · Versions 1 to 2, 1 May 2026"
    )
    assert said["og:image"] == "http://localhost/stories/library/diff/1..2/preview.png"
    assert client.get(said["oembed"].removeprefix("http://localhost")).status_code == 200


def test_one_change_says_what_it_said_and_says(
    app: Flask, client: FlaskClient, changed: None
) -> None:
    name = _change(client)
    said = _said(app, f'diff_preview(old, new, view, "The river", "{name}")')
    assert said["og:title"] == "One change in “The river”"
    assert said["og:description"].startswith(f"Said “{OLD}”, says “{NEW}” · ")
    page = f"http://localhost/stories/library/diff/1..2?change={name}"
    assert said["og:url"] == page
    assert said["og:image"] == page.replace("?", "/preview.png?")
    assert client.get(said["oembed"].removeprefix("http://localhost")).status_code == 200


def test_a_version_says_how_it_stood(app: Flask, changed: None) -> None:
    assert _said(app, "version_preview(new, content)")["og:description"] == (
        "Version 2, as it stood on 1 May 2026 · The river rises."
    )
    assert _said(app, "version_preview(new, content, 5)")["og:description"].startswith(
        "Version 2 of 5, as it stood on 1 May 2026"
    )


def test_the_history_says_what_changed_last(app: Flask, changed: None) -> None:
    said = _said(app, 'history_preview(new, "The river", {})')
    assert said["og:title"] == "History of “The river”"
    assert said["og:description"] == "Corrected 1 May 2026: We misread the gauge."
    assert said["oembed"]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.MINOR])
def test_each_kind_of_change_is_said(client: FlaskClient, editor: Writer, kind: Kind) -> None:
    editor.publish(overview=[OLD])
    editor.post(base_version=1, kind=kind, note="Told.", content=story(overview=[NEW]))
    said = _properties(client.get("/stories/library").text)["og:description"]
    assert re.match(r"\w+ed 1 May 2026: Number", said)


def test_letters_that_no_font_has_are_left_out(
    client: FlaskClient, editor: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fonts this machine has, none has this letter: the image is as one without it."""
    drawn: list[str] = []
    real = previews._drawn

    def noted(svg: str, other_fonts: bool) -> bytes:
        drawn.append(svg)
        return real(svg, other_fonts)

    monkeypatch.setattr(previews, "_drawn", noted)
    editor.publish(title="Level 水 \U000103c8 431 🌊", overview=[OLD])
    monkeypatch.setattr(previews, "_is_drawn", lambda letter: letter == "水")
    client.get("/stories/library/preview.png")
    assert not {"\U000103c8", "🌊"} & set(drawn[-1])
    assert {"水", "4"} <= set(drawn[-1]), (
        "what follows a letter that some font has is looked at, too"
    )


def test_a_letter_is_known_to_be_drawn_or_not() -> None:
    assert previews._is_drawn("A")
    assert previews._is_drawn("ب")
    assert not previews._is_drawn("\U0010fffc")


def test_an_image_costs_little(client: FlaskClient, editor: Writer) -> None:
    import time

    long = "The council of the city met again at nine & said <so>. " * 300
    editor.publish(title="W" * 500, overview=[long + OLD], summary=long)
    editor.publish(base=1, title="M" * 500, overview=[long + NEW], summary=long)
    client.get(IMAGES[1])
    start = time.process_time()
    client.get("/stories/library/versions/1/preview.png")
    assert time.process_time() - start < 0.3  # 0.07 on a quiet machine
