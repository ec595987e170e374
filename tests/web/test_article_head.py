"""The top of an article, which says that it changed; and the front page, which says what did."""

import re

import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from service.usecases import article_head, list_diffs
from tests.samples import story
from tests.web.conftest import Writer, words

PAGE = "/stories/library"
DAY = r"1 May 2026, 1\d:\d\d UTC"


def head(answer: TestResponse) -> str:
    """What stands between the byline and the text, as a reader sees it."""
    page: html.HtmlElement = html.document_fromstring(answer.text)
    [found] = page.find_class("article-head")
    return " ".join(str(found.text_content()).split())


def remove(editor: Writer, revision: int) -> None:
    """Its text."""
    why = {"note": "By order.", "reason": "court-order", "legal_reference": "12 O 44/26"}
    answer = editor.act(revision, action="remove", **why)
    assert answer.status_code == 201, answer.text


def correct(editor: Writer, base: int, kind: str = "correction") -> None:
    """Publish another cost, with a note that counts corrections."""
    text = story(overview=[f"It will cost {base} million crowns a year."])
    answer = editor.post(content=text, base_version=base, kind=kind, note=f"Note {base}.")
    assert answer.status_code == 201, answer.text


def restore(editor: Writer, version: int, base: int) -> None:
    answer = editor.client.post(
        f"/api/v1/stories/library/restore/{version}",
        json={"base_version": base, "note": "Back."},
        headers=editor.headers,
    )
    assert answer.status_code == 201, answer.text


@pytest.mark.usefixtures("published")
def test_a_story_that_never_changed_says_only_when_it_was_published(client: FlaskClient) -> None:
    assert re.fullmatch(f"Published {DAY}", head(client.get(PAGE)))


def test_a_changed_story_says_so_and_leads_to_the_change(
    client: FlaskClient, editor: Writer
) -> None:
    editor.publish()
    editor.publish(base=1, title="Second")
    editor.publish(base=2, title="Third")
    answer = client.get(PAGE)
    line = f"Published {DAY} · Updated {DAY} · Version 3 · See what changed · History"
    assert re.fullmatch(line, head(answer))
    assert f'<a href="{PAGE}/diff/2..3">See what changed</a>' in answer.text
    remove(editor, 2)
    answer = client.get(PAGE)
    assert head(answer).endswith(
        "See what changed · History The text of an earlier version was removed"
    )
    assert f'<a href="{PAGE}/history">See what changed</a>' in answer.text
    remove(editor, 1)
    assert "The texts of 2 earlier versions were removed" in head(client.get(PAGE))


def test_drafts_that_were_removed_are_not_told_of(client: FlaskClient, editor: Writer) -> None:
    editor.publish()
    editor.draft(base=1, title="Draft")
    remove(editor, 2)
    assert re.fullmatch(f"Published {DAY}", head(client.get(PAGE)))


def test_the_newest_correction_comes_first_and_the_rest_is_folded(
    client: FlaskClient, editor: Writer
) -> None:
    editor.publish()
    for base in range(1, 5):
        correct(editor, base, "clarification" if base == 4 else "correction")
    editor.act(1, action="explain", note="Not ours.", kind="retraction")
    answer = client.get(PAGE)
    corrections = answer.text[answer.text.index('class="corrections"') :]
    shown, _, folded = corrections.partition("<details>")
    assert "kind-retraction" in shown
    assert "Not ours." in shown
    assert "about version 1" in shown
    assert "What changed" not in shown, "the first version changed nothing"
    assert "<summary>and 4 more</summary>" in folded
    told = re.findall(r"Note (\d)\.</span>\s*<a href=\"([^\"]+)\" aria-label=\"([^\"]+)\"", folded)
    assert told == [
        (str(base), f"{PAGE}/diff/{base}..{base + 1}", f"What changed in version {base + 1}")
        for base in (4, 3, 2, 1)
    ]


def test_a_correction_that_cannot_be_shown_has_no_link(client: FlaskClient, editor: Writer) -> None:
    editor.publish()
    correct(editor, 1)
    remove(editor, 1)
    answer = client.get(PAGE)
    assert "Note 1." in head(answer)
    assert "What changed" not in head(answer)


def test_of_very_many_corrections_it_says_that_there_are_more(
    client: FlaskClient, editor: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(article_head, "CORRECTIONS", 2)
    editor.publish()
    for base in range(1, 5):
        correct(editor, base)
    assert "and more than 1 more" in head(client.get(PAGE))
    assert "Note 2." not in head(client.get(PAGE))


@pytest.mark.parametrize(("read", "line"), [(250_000, "version 1"), (0, "an earlier version")])
def test_a_restored_version_says_what_it_restored(
    client: FlaskClient,
    editor: Writer,
    monkeypatch: pytest.MonkeyPatch,
    read: int,
    line: str,
) -> None:
    monkeypatch.setattr(article_head, "_READ", read)
    editor.publish()
    editor.publish(base=1, title="Second")
    restore(editor, 1, 2)
    assert f"Restored to what {line} said" in head(client.get(PAGE))
    editor.publish(base=3, title="Third")
    assert "Restored" not in head(client.get(PAGE))


def test_a_withdrawn_story_says_it_all_too(client: FlaskClient, editor: Writer) -> None:
    editor.publish()
    correct(editor, 1)
    editor.act(2, action="withdraw", note="It was not so.")
    answer = client.get(PAGE)
    assert answer.status_code == 410
    assert "Withdrawn 1 May 2026" in words(answer)
    assert "Version 2 · See what changed · History Correction" in head(answer)
    remove(editor, 2)
    assert f'<a href="{PAGE}/history">See what changed</a>' in client.get(PAGE).text


# The front page


def test_the_front_page_says_what_changed_last(client: FlaskClient, editor: Writer) -> None:
    editor.publish("one")
    editor.publish("two")
    editor.publish("two", base=1, overview=["The council voted eleven to six to keep it open."])
    again = story(analysis=["Reports agree on it all."])
    editor.post("two", content=again, base_version=2, note="Put better.")
    editor.post("one", content=story(overview=["It will cost 1.4 million crowns."]), base_version=1)
    shown = words(client.get("/"))
    assert "Update Number 1.2 → 1.4 million crowns" in shown
    assert re.search(f"Changed {DAY} · 2 versions", shown)
    assert re.search(r"Update (Put better\.|Number)", shown)
    assert 'aria-label="3 versions of Council keeps' in client.get("/").text
    editor.publish("new")
    assert re.search(f"Published {DAY}", words(client.get("/")))


def test_the_front_page_compares_only_what_it_has_room_for(
    client: FlaskClient, editor: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two", "three"):
        editor.publish(name)
        editor.publish(name, base=1, overview=["It will cost 1.4 million crowns a year."])
    assert words(client.get("/")).count("1.2 → 1.4") == 3
    monkeypatch.setattr(list_diffs, "_READ", 3_000)
    editor.publish("four")
    assert words(client.get("/")).count("1.2 → 1.4") == 1


def test_of_a_removed_text_the_front_page_keeps_no_word(
    client: FlaskClient, editor: Writer
) -> None:
    editor.publish(overview=["It will cost 55.5 million crowns."])
    editor.publish(base=1, overview=["It will cost 1.4 million crowns."])
    assert "55.5 → 1.4" in words(client.get("/"))
    remove(editor, 1)
    assert "55.5" not in client.get("/").text


def test_the_language_of_a_listed_story_is_declared(client: FlaskClient, editor: Writer) -> None:
    editor.publish(title="市长表示大桥关闭", summary="至星期五。")
    page = client.get("/").text
    assert re.search(r'<h2 lang="zh" dir="auto">.*\n<p class="summary" lang="zh"', page)
