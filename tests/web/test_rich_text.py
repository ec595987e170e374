"""An article in Markdown and its differences, on every page and in the API: never its mark-up."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml.html import HtmlElement, document_fromstring

from service.accounts import Role
from tests.web.conftest import Writer, read, settled

OLD = [
    "The council voted **nine to six** on [the plan](https://city.example/plan-1).",
    "## What it costs",
    "- Some *1.2 million* crowns",
    "- A bridge of `steel`",
    "> We hope so, said Berg.",
    "| Year | Crowns |",
    "| --- | --- |",
    "| 2026 | 400 |",
    '![The old bridge](https://city.example/1.jpg "The bridge in 2019")',
    "See [all of it](/all).",
]
NEW = [
    "The council voted **ten to six** on [the plan](https://city.example/plan-2).",
    "### What it costs",
    "- Some *1.4 million* crowns",
    "- A bridge of steel",
    "> We hope so, said Berg.",
    "| Year | Crowns |",
    "| --- | --- |",
    "| 2026 | 500 |",
    '![The new bridge](https://city.example/2.jpg "The bridge in 2020")',
    "https://video.example/watch?v=1",
]
MARKUP = re.compile(r"\*|`|\]\(|!\[|^\s*(?:#|&gt;|>|\|)|\| ?-", re.MULTILINE)
PAGES = ["/stories/bridge", "/stories/bridge/versions/1", "/stories/bridge/versions/2"]
DIFF = "/stories/bridge/diff/1..2"


def article(body: list[str]) -> dict[str, Any]:
    url = "https://paper.example/bridge"
    return {"shape": "article", "title": "The bridge", "url": url, "body": body}


@pytest.fixture
def rich(writer: Callable[[Role], Writer]) -> Writer:
    editor = writer(Role.EDITOR)
    for at, body in enumerate((OLD, NEW)):
        answer = editor.post("bridge", content=article(body), base_version=at or None)
        assert answer.status_code == 201, answer.text
    return editor


def main_of(page: str) -> str:
    found = re.search(r"<main.*</main>", page, re.DOTALL)
    assert found
    return found[0]


def words(page: str) -> str:
    return re.sub(r"<[^>]*>", "", main_of(page))


@pytest.mark.usefixtures("rich")
@pytest.mark.parametrize("path", [*PAGES, DIFF, f"{DIFF}?view=split", "/stories/bridge/history"])
def test_no_page_shows_mark_up(client: FlaskClient, path: str) -> None:
    assert not MARKUP.search(words(client.get(path).text))


def test_an_article_is_shown_as_it_is_set(client: FlaskClient, rich: Writer) -> None:
    page = client.get("/stories/bridge/versions/1").text
    for expected in (
        "<strong>nine to six</strong>",
        '<h2 class="heading heading-2" dir="auto">What it costs</h2>',
        '<li dir="auto">A bridge of <code>steel</code></li>',
        '<blockquote><p dir="auto">We hope so, said Berg.</p></blockquote>',
        '<th dir="auto">Crowns</th>',
        '<img src="https://city.example/1.jpg" alt="The old bridge"',
        '<a href="https://paper.example/all"',
    ):
        assert expected in page


@pytest.mark.parametrize("view", ["inline", "split"])
def test_a_difference_shows_words_in_their_formatting(
    client: FlaskClient, rich: Writer, view: str
) -> None:
    page = main_of(client.get(f"{DIFF}?view={view}").text)
    for expected in (
        "<del><strong>nine</strong></del>",
        "<ins><strong>ten</strong></ins>",
        ">the plan</a>",
        '<span class="what" dir="ltr" lang="en">Link</span> <q><bdi>the plan</bdi></q>: '
        '<bdi class="was">https://city.example/plan-1</bdi> → '
        '<bdi class="now">https://city.example/plan-2</bdi>',
        "heading 2",
        '<img src="https://city.example/1.jpg"',
        '<img src="https://city.example/2.jpg"',
        '<span class="what" dir="ltr" lang="en">Code</span> <q><bdi>steel</bdi></q> removed',
    ):
        assert expected in page


def test_the_api_tells_what_changed_under_the_words(client: FlaskClient, rich: Writer) -> None:
    diff = read(client.get(f"/api/v1{DIFF}"))
    body = next(each for each in diff["sections"] if each["section"] == "body")["blocks"]
    for side, drop in ((OLD, "insert"), (NEW, "delete")):
        name = "old" if side is OLD else "new"
        joined = {
            block[name][0]: "".join(span["text"] for span in block["spans"] if span["op"] != drop)
            for block in body
            if block[name]
        }
        assert [joined[at] for at in sorted(joined)] == side
    assert body[0]["formatting"] == [
        {
            "what": "link",
            "text": "the plan",
            "old": "https://city.example/plan-1",
            "new": "https://city.example/plan-2",
        }
    ]
    assert "formatting" not in next(block for block in body if block["op"] == "added")
    facts = {(fact["kind"], fact["old"], fact["new"]) for fact in diff["facts"]}
    assert {
        ("source", "https://city.example/plan-1", "https://city.example/plan-2"),
        ("source", "https://city.example/1.jpg", "https://city.example/2.jpg"),
        ("number", "1.2 million crowns", "1.4 million crowns"),
    } <= facts


def test_a_silent_change_of_a_link_is_held_back(client: FlaskClient, rich: Writer) -> None:
    changed = [NEW[0].replace("plan-2", "plan-3"), *NEW[1:]]
    answer = rich.post("bridge", content=article(changed), base_version=2, note="")
    assert answer.status_code == 409
    assert [fact["new"] for fact in read(answer)["facts"]] == ["https://city.example/plan-3"]


def test_a_feed_shows_it_without_mark_up(client: FlaskClient, rich: Writer) -> None:
    feed = client.get("/stories/bridge/history.atom").text
    assert "**" not in feed
    assert "https://city.example/plan-2" in feed


def test_search_finds_what_is_seen(client: FlaskClient, rich: Writer) -> None:
    found = read(settled(client.get, '/api/v1/search?q="voted ten to six on the plan"'))
    assert [each["story"] for each in found["items"]] == ["bridge"]
    assert "*" not in found["items"][0]["excerpt"]
    assert not read(settled(client.get, "/api/v1/search?q=plan-2"))["items"]


def test_hostile_text_stays_text(client: FlaskClient, writer: Callable[[Role], Writer]) -> None:
    body = [
        '[a](javascript:alert(1)) <script>alert(1)</script> ![x](data:text/html,a "b")',
        '![" onerror="alert(1)](https://a.b/c.png)',
    ]
    writer(Role.EDITOR).post("bridge", content=article(body))
    page = main_of(client.get("/stories/bridge").text)
    assert "<script" not in page
    assert 'href="javascript' not in page
    assert 'alt="&#34; onerror=&#34;alert(1)"' in page


TABLE = [
    "Trains a day:",
    "| Line | Trains |",
    "| --- | --- |",
    "| North | 12 |",
    "| South | 9 |",
    "| East | 5 |",
    "| West | 4 |",
    "That is all.",
]
WIDER = [
    "Trains a day:",
    "| Line | Trains | Seats |",
    "| --- | --- | --- |",
    "| North | 12 | 400 |",
    "| Harbour | 30 | 800 |",
    "| East | 5 | 100 |",
    "| West | 4 | 90 |",
    "That is all.",
]


def _compared(
    editor: Writer, client: FlaskClient, *bodies: list[str], query: str = ""
) -> HtmlElement:
    for at, body in enumerate(bodies):
        assert (
            editor.post("rail", content=article(body), base_version=at or None).status_code == 201
        )
    return document_fromstring(client.get(f"/stories/rail/diff/1..2{query}").text)


def _rows(table: HtmlElement) -> list[list[str]]:
    """What each row of a table has: its cells without what is only spoken, or its label."""
    for heard in table.xpath(".//*[contains(@class, 'heard')]"):
        heard.drop_tree()
    found = []
    for row in table.xpath(".//tr"):
        label = row.xpath(".//*[contains(@id, '-label')]")
        cells = [f"{cell.tag} {cell.text_content()}" for cell in row.xpath("./*")]
        found.append([label[0].text_content()] if label else cells)
    return found


def test_the_rows_of_a_table_are_shown_as_one_table(client: FlaskClient, writer: Any) -> None:
    page = _compared(writer(Role.EDITOR), client, TABLE, WIDER)
    (table,) = page.xpath("//table[.//*[@data-change]]")
    assert _rows(table) == [
        ["Header of a table changed"],
        ["th Line", "th Trains", "th Seats"],
        ["Row 1 of a table changed"],
        ["td North", "td 12", "td 400"],
        ["Row 2 of a table removed"],
        ["td South", "td 9"],
        ["Row 2 of a table added"],
        ["td Harbour", "td 30", "td 800"],
        ["Row 3 of a table changed"],
        ["td East", "td 5", "td 100"],
        ["Row 4 of a table changed"],
        ["td West", "td 4", "td 90"],
    ]
    assert [each.text for each in table.xpath(".//ins")[:2]] == ["Seats", "400"]


@pytest.mark.parametrize("query", ["", "?view=split"])
@pytest.mark.parametrize("pages", [(TABLE, WIDER), (TABLE, TABLE[:1]), (TABLE[:1], TABLE)])
def test_each_change_of_a_table_shows_what_changed(
    client: FlaskClient, writer: Any, pages: tuple[list[str], list[str]], query: str
) -> None:
    page = _compared(writer(Role.EDITOR), client, *pages, query=query)
    changes = page.xpath("//*[@data-change]")
    assert len(changes) >= 5
    for change in changes:
        assert change.xpath(".//ins | .//del"), change.text_content()


def test_unchanged_rows_stand_in_the_table_below_its_header(
    client: FlaskClient, writer: Any
) -> None:
    changed = [each.replace("| 5 |", "| 6 |") for each in TABLE]
    editor = writer(Role.EDITOR)
    page = _compared(editor, client, TABLE, changed)
    (table,) = page.xpath("//table[.//*[@data-change]]")
    assert _rows(table) == [
        ["th Line", "th Trains"],
        ["td South", "td 9"],
        ["Row 3 of a table changed"],
        ["td East", "td 56"],
        ["td West", "td 4"],
    ]
    # By itself it has the header as well.
    name = table.xpath(".//*[@data-change]/@id")[0]
    alone = document_fromstring(client.get(f"/stories/rail/diff/1..2?change={name}").text)
    assert _rows(alone.find(".//table")) == [
        ["th Line", "th Trains"],
        ["Row 3 of a table changed"],
        ["td East", "td 56"],
    ]


@pytest.mark.parametrize("op", ["added", "removed"])
def test_a_row_that_becomes_a_header_is_shown_once(
    client: FlaskClient, writer: Any, op: str
) -> None:
    without = [TABLE[1], *TABLE[3:]]
    pages = (without, TABLE[1:]) if op == "added" else (TABLE[1:], without)
    page = _compared(writer(Role.EDITOR), client, *pages)
    (table,) = page.xpath("//table[.//*[@data-change]]")
    cell = "th" if op == "added" else "td"
    assert _rows(table)[:3] == [
        [f"Header of a table {op}"],
        [f"{cell} Line", f"{cell} Trains"],
        ["td North", "td 12"],
    ]


def test_a_stray_line_of_dashes_is_shown_as_it_is_written(client: FlaskClient, writer: Any) -> None:
    page = _compared(writer(Role.EDITOR), client, ["Before."], ["Before.", "| --- |"])
    assert page.xpath("//*[@data-change]//ins/text()") == ["| --- |"]
