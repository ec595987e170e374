"""The difference between two versions, as a reader sees it."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.samples import story
from tests.web.conftest import Writer, words

LONG = [f"Paragraph number {number} says what it always said." for number in range(12)]


def _two(editor: Writer, old: dict[str, Any], new: dict[str, Any]) -> None:
    editor.publish(**old)
    editor.publish(base=1, **new)


def _marked(page: str, tag: str) -> list[str]:
    """Below the facts, whose sentences have the same marks."""
    page = page[page.index('class="steps-bar"') :]
    return re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", page, re.DOTALL)


@pytest.fixture
def changed(editor: Writer) -> None:
    overview = story()["overview"]
    _two(
        editor,
        {},
        {
            "overview": [overview[0], "It will cost 1.4 million crowns a year."],
            "faq": [
                {"question": "When does it open?", "answer": "At ten."},
                {"question": "", "answer": "The cafe stays closed until 4 May."},
            ],
        },
    )


@pytest.mark.usefixtures("changed")
def test_only_the_words_that_changed_are_marked(client: FlaskClient) -> None:
    page = client.get("/stories/library/diff/1..2").text
    assert _marked(page, "del") == ["1.2", "nine"]
    assert _marked(page, "ins") == ["1.4", "ten"]


@pytest.mark.usefixtures("changed")
def test_screen_readers_hear_the_marks(client: FlaskClient) -> None:
    page = client.get("/stories/library/diff/1..2").text
    assert re.search(r">removed: </span><del>1.2</del><span[^>]*> \(end\)", page)
    assert re.search(r">added: </span><ins>1.4</ins><span[^>]*> \(end\)", page)


@pytest.mark.usefixtures("changed")
def test_side_by_side_keeps_each_text_on_its_side(client: FlaskClient) -> None:
    page = client.get("/stories/library/diff/1..2?view=split").text
    for side in re.findall(r'<div class="side old">.*?</div>', page, re.DOTALL):
        assert "<ins" not in side
    for side in re.findall(r'<div class="side new">.*?</div>', page, re.DOTALL):
        assert "<del" not in side
    assert _marked(page, "del") == ["1.2", "nine"]


@pytest.mark.usefixtures("changed")
def test_the_versions_may_be_compared_in_either_order(client: FlaskClient) -> None:
    page = client.get("/stories/library/diff/2..1").text
    assert _marked(page, "del") == ["1.4", "ten"]
    assert _marked(page, "ins") == ["1.2", "nine"]


@pytest.mark.usefixtures("changed")
def test_a_version_against_itself_has_no_change(client: FlaskClient) -> None:
    page = client.get("/stories/library/diff/2..2").text
    assert "There are no differences between the two versions." in page
    assert "<ins" not in page


def _ids(page: str) -> list[str]:
    return re.findall(r'id="(c[a-z2-7]{8}(?:-\d+)?)"', page)


@pytest.mark.usefixtures("changed")
def test_the_changes_are_counted_and_can_be_reached(client: FlaskClient) -> None:
    page = client.get("/stories/library/diff/1..2").text
    first, second = _ids(page)
    assert first != second
    assert "2 changes" in page
    assert f'href="#{first}"' in page
    assert "2 words added" in page
    assert "2 words removed" in page


def test_what_shows_nothing_is_named_and_shown_where_it_changes(
    client: FlaskClient, editor: Writer
) -> None:
    _two(editor, {"overview": ["The harbour closed."]}, {"overview": ["The har\u200bbour closed."]})
    page = client.get("/stories/library/diff/1..2").text
    assert "Paragraph 1 changed, zero-width space added" in page
    badge = 'har<span class="unseen" role="img" aria-label="zero-width space" data-tag="ZWSP">'
    assert _marked(page, "ins") == [f"{badge}\u200b</span>bour"]
    diff = client.get("/api/v1/stories/library/diff/1..2").get_json()
    (block,) = diff["sections"][2]["blocks"]
    assert block["characters"] == [
        {"character": "\u200b", "name": "zero-width space", "change": "added"}
    ]
    assert "only" not in block


def test_an_emoji_has_no_badge_and_no_name(client: FlaskClient, editor: Writer) -> None:
    _two(editor, {"overview": ["He said yes."]}, {"overview": ["He said yes ❤\ufe0f."]})
    page = client.get("/stories/library/diff/1..2").text
    assert _marked(page, "ins") == [" ❤\ufe0f"]
    assert "variation selector" not in page


def test_so_many_badges_are_shown_as_a_page_has_room_for(
    client: FlaskClient, editor: Writer
) -> None:
    many = [f"Line {number} " + 500 * "a\u200b" for number in range(100)]
    _two(editor, {"overview": ["One."]}, {"overview": many})
    page = client.get("/stories/library/diff/1..2").text
    assert 2_000 < page.count('data-tag="ZWSP"') < 3_000
    assert "Part 1 of" in page
    assert page.count("\u200b") > 10_000, "what has no badge is there all the same"


def test_a_moved_paragraph_is_marked_with_where_from(client: FlaskClient, editor: Writer) -> None:
    _two(editor, {"overview": LONG}, {"overview": [LONG[4], *LONG[:4], *LONG[5:]]})
    page = client.get("/stories/library/diff/1..2").text
    assert "Moved: was paragraph 5, now 1<" in page
    assert "1 block moved" in page
    assert "<ins" not in page


def test_long_unchanged_stretches_are_folded(client: FlaskClient, editor: Writer) -> None:
    _two(editor, {"overview": LONG}, {"overview": [*LONG[:-1], "Something else entirely new."]})
    page = client.get("/stories/library/diff/1..2").text
    assert re.search(r"<details[^>]*><summary>10 unchanged blocks</summary>", page)
    assert LONG[3] in page


def test_a_section_without_change_is_folded_as_a_whole(client: FlaskClient, editor: Writer) -> None:
    _two(editor, {}, {"title": "Another title"})
    page = client.get("/stories/library/diff/1..2").text
    assert "Summary Overview Analysis Sources FAQ unchanged" in words(
        client.get("/stories/library/diff/1..2")
    )
    assert page.count('<details class="part fold"') == 1


def test_a_fact_is_separate_from_its_kind(client: FlaskClient, editor: Writer) -> None:
    _two(editor, {}, {"title": "Another title", "summary": "It costs 70 crowns."})
    text = re.sub(r"<[^>]+>", "", client.get("/stories/library/diff/1..2").text)
    assert re.search(r"Headline\s+removed: Council keeps", text)
    assert re.search(r"Number nine → 70 crowns in Summary", text)


def test_a_changed_number_of_sources_is_shown(client: FlaskClient, editor: Writer) -> None:
    _two(editor, {"source_count": 2}, {"source_count": 5})
    page = client.get("/stories/library/diff/1..2").text
    assert (_marked(page, "del"), _marked(page, "ins")) == (["2"], ["5"])
    assert "say the same" not in page


def test_a_swapped_source_shows_both(client: FlaskClient, editor: Writer) -> None:
    herald = {"name": "Herald", "url": "https://herald.example/"}
    _two(editor, {}, {"sources": [herald]})
    page = client.get("/stories/library/diff/1..2").text
    assert "Source 1 removed" in page
    assert "Source 1 added" in page


def test_right_to_left_text_keeps_its_direction(client: FlaskClient, editor: Writer) -> None:
    _two(editor, {"overview": ["كلفة المشروع 140 مليون"]}, {"overview": ["كلفة المشروع 164 مليون"]})
    page = client.get("/stories/library/diff/1..2").text
    assert re.search(r'<p [^>]*dir="auto">كلفة', page)
    assert _marked(page, "ins") == ["164"]


def test_a_moved_paragraph_leaves_a_link_at_its_old_place(
    client: FlaskClient, editor: Writer
) -> None:
    moved = [*LONG[:2], LONG[10].replace("always", "never"), *LONG[2:10], LONG[11]]
    _two(editor, {"overview": LONG}, {"overview": moved})
    page = client.get("/stories/library/diff/1..2").text
    label = "Paragraph 11 moved from here: now paragraph 3"
    assert page.index(f'<a href="#{_ids(page)[0]}">{label}</a>') < page.index(LONG[11])
    assert page.index(LONG[9]) < page.index(label)


def test_a_paragraph_moved_to_another_section_is_labelled_in_both(
    client: FlaskClient, editor: Writer
) -> None:
    _two(
        editor,
        {"overview": LONG[:3], "analysis": LONG[3:5]},
        {"overview": LONG[:2], "analysis": LONG[2:5]},
    )
    page = client.get("/stories/library/diff/1..2").text
    label = "Paragraph 3 moved from here: now paragraph 1 in Analysis"
    overview, analysis = page.index('id="part-overview"'), page.index('id="part-analysis"')
    assert overview < page.index(f'<a href="#{_ids(page)[0]}">{label}</a>') < analysis
    assert page.index("Moved from Overview: was paragraph 3, now 1") > analysis
    redline = client.get("/api/v1/stories/library/diff/1..2/text?format=markdown").text
    assert f"*{label}*".replace("*", "") in redline
    listed = client.get("/api/v1/stories/library/versions/2").json
    assert listed
    assert listed["changes"]["sections"] == ["overview", "analysis"]
