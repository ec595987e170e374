"""The public pages: the stories, a story with its six parts, its history, its versions."""

import html
import re

import pytest
from flask.testing import FlaskClient

from tests.samples import story
from tests.web.conftest import Writer

NONE = "This story does not have any previous versions."


def text_of(page: str) -> list[str]:
    """The lines that a reader sees, in order."""
    main = re.sub(r"<[^>]+>", "\n", page[page.index("<main") :])
    return [line.strip() for line in html.unescape(main).split("\n") if line.strip()]


def _stand_in_order(lines: list[str], page: str) -> None:
    shown = iter(text_of(page))
    for line in lines:
        assert line in shown, f"missing or out of order: {line}"


def test_a_story_s_page_shows_all_six_parts_in_order(client: FlaskClient, editor: Writer) -> None:
    editor.publish()
    content = story()
    _stand_in_order(
        [
            content["title"],
            content["summary"],
            "Overview",
            *content["overview"],
            "Analysis",
            *content["analysis"],
            "Sources (2)",
            "Gazette",
            "FAQ",
            "When does it open?",
            "At nine.",
            "The cafe stays closed until 4 May.",
            "History",
            NONE,
        ],
        client.get("/stories/library").text,
    )


def test_sources_that_are_not_listed_still_count(client: FlaskClient, editor: Writer) -> None:
    editor.publish(sources=[], source_count=3)
    assert "Sources (3)" in text_of(client.get("/stories/library").text)


def test_an_answer_without_a_question_has_no_empty_heading(
    client: FlaskClient, editor: Writer
) -> None:
    editor.publish(faq=[{"question": "", "answer": "Just so."}])
    page = client.get("/stories/library").text
    assert "Just so." in text_of(page)
    assert "<h3" not in page


def test_a_story_with_drafts_beside_its_one_version_has_no_history(
    client: FlaskClient, editor: Writer
) -> None:
    editor.publish()
    editor.draft(base=1, title="Not yet")
    for path in ("/stories/library", "/stories/library/history"):
        assert NONE in text_of(client.get(path).text)


def test_the_history_shows_number_time_kind_note_sections_and_words(
    client: FlaskClient, editor: Writer
) -> None:
    editor.publish()
    changed = story(overview=["The council voted ten to six to keep it."], summary="Ten to six.")
    editor.post(content=changed, kind="correction", note="One vote was missed.", base_version=1)
    for path in ("/stories/library", "/stories/library/history"):
        page = client.get(path).text
        assert NONE not in page
        lines = text_of(page)
        _stand_in_order(["Version 2", "Correction", "One vote was missed."], page)
        _stand_in_order(["Summary, Overview", "Version 1"], page)
        assert any(re.fullmatch(r"\+\d+", line) for line in lines)
        assert any(re.fullmatch(r"1 May 2026, 10:\d\d UTC", line) for line in lines)
        assert '<time datetime="2026-05-01T10:' in page
        assert 'href="/stories/library/versions/2"' in page
        assert 'href="/stories/library/versions/1"' in page
        assert 'href="/stories/library/diff/1..2"' in page
        assert "diff/0..1" not in page


def test_the_story_s_page_leads_to_all_of_a_long_history(
    client: FlaskClient, editor: Writer
) -> None:
    for number in range(12):
        editor.publish(base=number or None, title=f"Title {number}")
    assert text_of(client.get("/stories/library").text).count("All 12 versions") == 1


def test_any_two_versions_can_be_chosen(client: FlaskClient, editor: Writer) -> None:
    for number in range(3):
        editor.publish(base=number or None, title=f"Title {number}")
    for old, new in ((1, 3), (3, 1), (2, 2)):
        answer = client.get(f"/stories/library/diff?from={old}&to={new}")
        assert (answer.status_code, answer.location) == (302, f"/stories/library/diff/{old}..{new}")
        assert client.get(answer.location).status_code == 200


def test_a_version_s_page_shows_that_version(client: FlaskClient, editor: Writer) -> None:
    editor.publish(title="The first title")
    editor.publish(base=1, title="The second title")
    page = client.get("/stories/library/versions/1").text
    assert "The first title" in text_of(page)
    assert "The second title" not in page[page.index("data-stage") : page.index('id="versions"')]
    assert "Version 1 of 2" in text_of(page)


def test_the_front_page_lists_stories_last_changed_first(
    client: FlaskClient, editor: Writer
) -> None:
    editor.publish("one", title="Story one")
    editor.publish("two", title="Story two")
    editor.publish("one", base=1, title="Story one again")
    found = re.findall(r'<h2[^>]*><a href="[^"]*">([^<]*)<', client.get("/").text)
    assert found == ["Story one again", "Story two"]


def test_the_front_page_is_paged(client: FlaskClient, editor: Writer) -> None:
    for number in range(25):
        editor.publish(f"story-{number}", title=f"Title {number}")
    first = client.get("/").text
    more = re.search(r'rel="next" href="([^"]+)"', first)
    assert more
    second = client.get(html.unescape(more[1])).text
    titles = re.findall(r">(Title \d+)<", first + second)
    assert len(titles) == len(set(titles)) == 25


def test_a_search_finds_stories_by_their_live_words(client: FlaskClient, editor: Writer) -> None:
    editor.publish("one", overview=["The zeppelin landed."])
    editor.publish("two", overview=["The balloon landed."])
    page = client.get("/?q=zeppelin").text
    assert "/stories/one" in page
    assert "/stories/two" not in page
    assert "No stories match these words." in client.get("/?q=submarine").text


def test_an_empty_archive_says_so(client: FlaskClient) -> None:
    assert "There are no stories yet." in client.get("/").text


@pytest.mark.parametrize("missing", range(5))
def test_a_search_needs_every_one_of_its_words(
    client: FlaskClient, editor: Writer, missing: int
) -> None:
    title = "Zeppelin lands near the harbour"
    editor.publish("airship", title=title)
    search = title.split()
    assert "/stories/airship" in client.get("/", query_string={"q": title}).text
    search[missing] = "submarine"
    page = client.get("/", query_string={"q": " ".join(search)})
    assert "No stories match" in page.text
    assert "/stories/airship" not in page.text


@pytest.mark.parametrize("path", ["versions/9", "diff/1..9", "history?day=today"])
def test_an_error_leads_back_to_the_story(client: FlaskClient, editor: Writer, path: str) -> None:
    editor.publish(title="A <b>bridge</b>")
    page = client.get(f"/stories/library/{path}")
    assert page.status_code in (400, 404)
    main = page.text[page.text.index("<main") :]
    assert '<a href="/stories/library" dir="auto">A &lt;b&gt;bridge&lt;/b&gt;</a>' in main
    assert '<a href="/stories/library/history" dir="auto">History</a>' in main
    assert "History</a>" not in client.get("/stories/nothing/history").text
    assert '<a href="/corrections"' in client.get("/corrections?since=soon").text
