"""An article in Markdown as it is laid out, whole and in a difference."""

from typing import Any

from playwright.sync_api import Page, expect

from repo_store import parse_content
from service.audit.export import report
from service.comparison import page_of
from service.diffing import compare
from service.present.diff_view import diff_view
from tests.browser.axe import assert_accessible
from tests.browser.newsroom import Newsroom


def article(*body: str, title: str = "The council") -> dict[str, Any]:
    return {"shape": "article", "title": title, "body": list(body)}


def publish(newsroom: Newsroom, *versions: dict[str, Any]) -> None:
    for at, content in enumerate(versions):
        told = {"state": "published", "note": "Counted again.", "base_version": at or None}
        newsroom.send("editor", content, **told)


OLD = article(
    "The council met.",
    "## What it decided",
    "A bridge is built.",
    "### Where",
    *(f"At place {number}." for number in range(9)),
    "#### How",
    "Of steel.",
    "| Ward | Bergström | Lindqvist | Sundström | Åkerlund | Undecided |",
    "| --- | --- | --- | --- | --- | --- |",
    "| Harbour | 1,204 | 980 | 312 | 45 | 16 |",
    "| Hill | 1,111 | 812 | 290 | 41 | 10 |",
)
CHANGES = {"Where": "Where to", "steel": "wood", "| Harbour": "| Old harbour", "980": "1,014"}
NEW = article(*OLD["body"])
for before, after in CHANGES.items():
    NEW["body"] = [each.replace(before, after) for each in NEW["body"]]
PAGES = ("", "/versions/1", "/diff/1..2", "/diff/1..2?view=split", "/play/1", "/play/2", "/history")


def test_axe_finds_nothing(axe_page: Page, newsroom: Newsroom) -> None:
    publish(newsroom, OLD, NEW)
    for path in PAGES:
        axe_page.goto(f"{newsroom.url}stories/{newsroom.story}{path}")
        assert_accessible(axe_page, path)


def test_a_wide_table_scrolls_by_itself_and_by_keys(page: Page, newsroom: Newsroom) -> None:
    publish(newsroom, OLD, NEW)
    newsroom.sign_in(page)
    public = [f"stories/{newsroom.story}{path}" for path in PAGES]
    desk = [f"desk/stories/{newsroom.story}/revisions/2{view}" for view in ("", "?view=split")]
    for path in (*public, *desk):
        page.goto(f"{newsroom.url}{path}")
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, path
        for table in page.locator(".rich .scroll:visible").all():
            if table.evaluate("each => each.scrollWidth > each.clientWidth"):
                expect(table).to_have_attribute("tabindex", "0")
                expect(table).to_have_accessible_name("Table")


def test_an_article_s_headings_follow_its_title(axe_page: Page, newsroom: Newsroom) -> None:
    publish(newsroom, OLD | {"body": [*OLD["body"], "## Who", "#### When"]})
    axe_page.goto(f"{newsroom.url}stories/{newsroom.story}/versions/1")
    levels = "all => all.map(each => each.tagName)"
    found = axe_page.locator("article :is(h1, h2, h3, h4, h5, h6)").evaluate_all(levels)
    assert found == ["H1", "H2", "H3", "H4", "H2", "H3"]


def test_what_is_the_same_is_whole_side_by_side(page: Page, newsroom: Newsroom) -> None:
    publish(newsroom, OLD, OLD | {"body": [*OLD["body"], "The end."]})
    page.goto(f"{newsroom.url}stories/{newsroom.story}/diff/1..2?view=split")
    rows = page.locator(".side.new table tr").all_inner_texts()
    assert page.locator(".side.new table").count() == 2, rows
    assert page.locator(".side.new th").count() == 6


PROSE = "تقول البلدية إن الانتخابات أُجريت أمس في المدينة كلها."
ELECTION = [PROSE, "| حزب | مقاعد |", "| --- | --- |", "| أحمر | 12 |", "| 7 | 8 |", "| A | B |"]
RECOUNTED = [*ELECTION[:3], "| أحمر | 13 |", "| 7 | 9 |", "| A | C |"]
ARABIC = [article(*body, title="الانتخابات في المدينة") for body in (ELECTION, RECOUNTED)]
SHAPES = """tables => tables.map(table => {
  const cells = [...table.querySelectorAll("th, td")].map(cell => cell.getBoundingClientRect());
  return cells[0].left > cells[1].left && getComputedStyle(table).direction == "rtl";
})"""


def test_a_table_in_arabic_runs_from_right_to_left_everywhere(
    page: Page, newsroom: Newsroom
) -> None:
    publish(newsroom, *ARABIC)
    newsroom.sign_in(page)
    public, desk = (f"{newsroom.url}{each}stories/{newsroom.story}/" for each in ("", "desk/"))
    for address in (
        f"{public}versions/1",
        f"{public}diff/1..2",
        f"{public}diff/1..2?view=split",
        f"{public}play/2",
        f"{desk}revisions/2",
        f"{desk}revisions/2?view=split",
    ):
        page.goto(address)
        assert set(page.locator(".rich table:visible").evaluate_all(SHAPES)) == {True}, address


def test_a_table_in_arabic_runs_from_right_to_left_in_an_export(page: Page) -> None:
    old, new = (parse_content(each) for each in ARABIC)
    parts: Any = report.environment().get_template("parts.html").module
    view = diff_view(compare(page_of(old), page_of(new)))
    style = report.environment().globals["css"]
    page.set_content(f"<style>{style}</style>{parts.whole(old)}{parts.changes(view, 2)}")
    assert page.locator("table").evaluate_all(SHAPES) == [True] * 5
