"""What is copied from a difference says which words are old and which are new."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import ON_ANY_SCREEN
from tests.browser.newsroom import Newsroom
from tests.samples import story
from tests.servers import get

BRIDGE = "stories/harbour-bridge-closure"
COST = (
    "The repairs will take eight weeks and cost {} million crowns,"
    " the roads department said on Tuesday."
)
SIGNED = COST.format("[-4.2-]{+6.8+}")


@pytest.fixture
def page(page: Page) -> Page:
    """A page whose clipboard a test may read."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page


def _copied(page: Page, kind: str = "text/plain") -> str:
    read = "async kind => (await (await navigator.clipboard.read())[0].getType(kind)).text()"
    return str(page.evaluate(read, kind))


def _all_copied(page: Page) -> str:
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.press("ControlOrMeta+C")
    return _copied(page)


def _press(page: Page, change: Locator, name: str) -> str:
    """What a button of a change copies, as someone does it who sees that change."""
    button = change.get_by_role("button", name=name)
    button.scroll_into_view_if_needed()
    change.locator("p").last.hover()
    button.click()
    expect(page.locator("[data-copied]")).to_have_text("Copied")
    return _copied(page)


@pytest.mark.parametrize("path", ["diff/2..3", "play/3"])
def test_all_of_a_page_is_copied_with_signs(page: Page, demo: str, path: str) -> None:
    page.goto(f"{demo}{BRIDGE}/{path}")
    before = page.content()
    text = _all_copied(page)
    assert page.content() == before
    assert SIGNED in text
    assert "removed:" not in text
    pasted = _copied(page, "text/html")
    assert "cost [-<del>4.2</del>-]{+<ins>6.8</ins>+} million" in pasted
    assert f'href="{demo}{BRIDGE}"' in pasted


def test_side_by_side_is_copied_side_after_side(page: Page, demo: str) -> None:
    page.goto(f"{demo}{BRIDGE}/diff/2..3?view=split")
    old, new = COST.format("[-4.2-]"), COST.format("{+6.8+}")
    heads = [rf"Version {number}, [^\n]+:\s+" for number in (2, 3)]
    assert re.search(
        heads[0] + re.escape(old) + r"\s+" + heads[1] + re.escape(new), _all_copied(page)
    )


def test_the_desk_s_differences_are_copied_alike(page: Page, newsroom: Newsroom) -> None:
    newsroom.send("editor", story(), state="published", base_version=None)
    draft = story(summary="A vote of ten to six.")
    sent = newsroom.send("contributor", draft, state="draft", base_version=1)
    newsroom.sign_in(page)
    page.goto(f"{newsroom.url}desk/stories/{newsroom.story}/revisions/{sent['revision']}")
    text = _all_copied(page)
    assert "A vote of [-nine-]{+ten+} to six." in text
    assert "csrf" not in _copied(page, "text/html")
    assert (
        _press(page, page.locator("[data-change]").nth(0), "Copy the new text") == draft["summary"]
    )


RICH = {
    "See [the plan](https://a.b/1)": (
        "See [the plan](https://a.b/2)",
        "See the plan",
        "See the plan",
    ),
    "- A bridge of steel": ("- A bridge of wood", "A bridge of wood", "of [-steel-]{+wood+}"),
    "## Why": ("### Why now", "Why now", "Why{+ now+}"),
    "| Hill | 12 |": ("| Hill | 13 |", "Hill\t13", "Hill\t[-12-]{+13+}"),
    "> Yes, said Berg.": ("> No, said Berg.", "No, said Berg.", "[-Yes-]{+No+}, said Berg."),
    '![Pier](https://a.b/c.jpg "In May")': (
        '![Pier](https://a.b/c.jpg "In June")',
        "In June",
        "In [-May-]{+June+}",
    ),
}


@pytest.mark.parametrize("view", ["inline", "split"])
def test_changed_blocks_of_rich_text_are_copied(page: Page, newsroom: Newsroom, view: str) -> None:
    texts = (list(RICH), [new for new, _, _ in RICH.values()])
    for at, body in enumerate(texts):
        content = {"shape": "article", "title": "Bridge", "body": body}
        told = {"state": "published", "note": "Changed.", "base_version": at or None}
        newsroom.send("editor", content, **told)
    page.route("https://a.b/c.jpg", lambda route: route.fulfill(status=204))
    address = f"{newsroom.url}stories/{newsroom.story}/diff/1..2?view={view}"
    every = [("Copy the new text", ["\n".join(text for _, text, _ in RICH.values())])]
    if view == "inline":
        signed = [text for _, _, text in RICH.values()]
        link = "Link “the plan”: https://a.b/1 → https://a.b/2"
        every.append(("Copy the change", [*signed, link]))
    for name, expected in every:
        page.goto(address)
        page.locator("[data-copies]").get_by_role("button", name=name).click()
        expect(page.locator("[data-copied]")).to_have_text("Copied")
        copied = _copied(page)
        for text in expected:
            assert text in copied


SELECT = """([start, end]) => getSelection().setBaseAndExtent(
    document.querySelectorAll("[data-change]")[1].querySelector(start[0]).firstChild, start[1],
    document.querySelectorAll("[data-change]")[1].querySelector(end[0]).firstChild, end[1])"""


def test_a_selection_may_begin_and_end_within_marks(page: Page, demo: str) -> None:
    page.goto(f"{demo}{BRIDGE}/diff/2..3")
    page.evaluate(SELECT, [["del", 1], ["ins", 2]])
    page.keyboard.press("ControlOrMeta+C")
    assert _copied(page) == "[-.2-]{+6.+}"
    page.evaluate(SELECT, [["del", 0], ["del", 3]])
    page.keyboard.press("ControlOrMeta+C")
    assert _copied(page) == "4.2", "of one side, the words alone"


def test_without_scripts_a_copy_has_the_spoken_words(browser: Browser, demo: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        for path in ("diff/2..3", "play/3"):
            page.goto(f"{demo}{BRIDGE}/{path}")
            expect(page.get_by_role("button", name="Copy")).to_have_count(0)
            text = page.evaluate(
                "getSelection().selectAllChildren(document.body), getSelection().toString()"
            )
            assert "cost removed: 4.2 (end) added: 6.8 (end)  million" in text


def test_what_is_printed_has_signs(page: Page, demo: str) -> None:
    page.goto(f"{demo}{BRIDGE}/diff/2..3")
    page.emulate_media(media="print")
    for mark, signs in (("del", ['"[-"', '"-]"']), ("ins", ['"{+"', '"+}"'])):
        shown = page.locator(mark).first.evaluate(
            "e => ['::before', '::after'].map(at => getComputedStyle(e, at).content)"
        )
        assert shown == signs


def _stored(demo: str, path: str) -> list[str]:
    """The new text of each change, from the API."""
    status, text = get(f"{demo}api/v1/{path}")
    assert status == 200
    diff: dict[str, Any] = json.loads(text)
    blocks = [
        block
        for section in diff["sections"]
        for block in section["blocks"]
        if block["op"] != "same"
    ]
    return ["\n".join(filter(None, _new_texts(block))) for block in blocks]


def _new_texts(block: dict[str, Any]) -> Iterator[str]:
    fields = block["fields"].values() if "fields" in block else [block["spans"]]
    for spans in fields:
        yield "".join(span["text"] for span in spans if span["op"] != "delete")


@ON_ANY_SCREEN
@pytest.mark.parametrize("view", ["", "?view=split"])
@pytest.mark.parametrize(
    "path",
    [
        f"{BRIDGE}/diff/1..4",
        "stories/tram-line-opens/diff/1..2",
        "stories/desert-solar-station/diff/1..3",
    ],
)
def test_the_new_text_is_copied_as_it_is_stored(
    page: Page, demo: str, path: str, view: str
) -> None:
    page.goto(f"{demo}{path}{view}")
    changes = page.locator("[data-change]")
    stored = _stored(demo, path)
    assert changes.count() == len(stored)
    for change, text in zip(changes.all(), stored, strict=True):
        if text:
            assert _press(page, change, "Copy the new text") == text
        else:
            expect(change.get_by_role("button")).to_have_count(1)


def test_all_of_the_new_text_is_copied(page: Page, demo: str) -> None:
    page.goto(f"{demo}{BRIDGE}/diff/2..3")
    page.locator("[data-copies]").get_by_role("button", name="Copy the new text").click()
    expect(page.locator("[data-copied]")).to_have_text("Copied")
    content = json.loads(get(f"{demo}api/v1/{BRIDGE}/versions/3")[1])["content"]
    records = [[*each.values()] for name in ("sources", "faq") for each in content[name]]
    paragraphs = [content["title"], content["summary"], *content["overview"], *content["analysis"]]
    kept = [*paragraphs, *(text for record in records for text in record if text)]
    assert sorted(filter(None, _copied(page).split("\n"))) == sorted(kept)
    assert f"{content['overview'][0]}\n{content['overview'][1]}\n" in _copied(page)


def test_the_change_is_copied_for_a_letter(page: Page, demo: str) -> None:
    page.goto(f"{demo}{BRIDGE}/diff/2..3")
    page.locator("[data-copies]").get_by_role("button", name="Copy the change").click()
    expect(page.locator("[data-copied]")).to_have_text("Copied")
    text = _copied(page)
    title = "What changed from version 2 to version 3"
    assert text.startswith(f"{title}\n{demo}{BRIDGE}/diff/2..3\n\nOverview\n\nMoved: was")
    assert f"\n\nParagraph 3 changed\n{SIGNED}\n\n" in text
    page.goto(f"{demo}{BRIDGE}/diff/2..3?view=split")
    old, new = COST.format("[-4.2-]"), COST.format("{+6.8+}")
    copied = _press(page, page.locator("[data-change]").nth(1), "Copy the change")
    heads = [rf"\nVersion {number}, [^\n]* UTC: " for number in (2, 3)]
    expected = f"Paragraph 3 changed{heads[0]}{re.escape(old)}{heads[1]}{re.escape(new)}"
    assert re.fullmatch(expected, copied)


def test_the_rows_of_a_table_are_copied_without_their_labels(
    page: Page, newsroom: Newsroom
) -> None:
    head, rule = "| Line | Trains |", "| --- | --- |"
    old = [head, rule, "| North | 12 |", "| East | 5 |", "| West | 4 |"]
    new = [head, rule, "| North | 12 |", "| East | 6 |", "| South | 9 |"]
    about = {"shape": "article", "title": "Trains", "url": "https://a.example/t"}
    for at, body in enumerate((old, new)):
        sent = {"state": "published", "kind": "update", "note": "New figures."}
        newsroom.send("editor", {**about, "body": body}, **sent, base_version=at or None)
    page.goto(f"{newsroom.url}stories/{newsroom.story}/diff/1..2")
    east, west, south = page.locator("[data-change]").all()
    assert _press(page, east, "Copy the new text") == "East\t6"
    assert _press(page, east, "Copy the change") == "Row 2 of a table changed\nEast\t[-5-]{+6+}"
    assert _press(page, south, "Copy the new text") == "South\t9"
    expect(west.get_by_role("button")).to_have_count(1)
    page.locator("[data-copies]").get_by_role("button", name="Copy the new text").click()
    expect(page.locator("[data-copied]")).to_have_text("Copied")
    kept = [line for line in _copied(page).split("\n") if "\t" in line]
    assert kept == ["Line\tTrains", "North\t12", "East\t6", "South\t9"]


@ON_ANY_SCREEN
def test_an_earlier_press_takes_back_nothing(page: Page, demo: str) -> None:
    page.goto(f"{demo}{BRIDGE}/diff/2..3")
    copies, status = page.locator("[data-copies]"), page.locator("[data-copied]")
    copies.get_by_role("button", name="Copy the new text").click()
    page.wait_for_timeout(1_500)
    copies.get_by_role("button", name="Copy the change").click()
    page.wait_for_timeout(1_000)
    assert status.text_content() == "Copied"
    expect(status).to_be_empty()


def test_the_buttons_of_a_change_are_reached_by_keys(page: Page, demo: str) -> None:
    page.goto(f"{demo}{BRIDGE}/diff/2..3")
    opacity = "e => getComputedStyle(e.parentElement).opacity"
    button = page.locator("[data-change]").nth(0).get_by_role("button").first
    label = "Moved: was paragraph 5, now 2, with changes"
    expect(button).to_have_accessible_name(f"Copy the new text ({label})")
    assert button.evaluate(opacity) == "0"
    page.keyboard.press("n")
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    assert button.evaluate(opacity) == "1"
    page.keyboard.press("Enter")
    expect(button).to_have_accessible_name(f"Copied ({label})")
    assert _copied(page).startswith("The bridge carries about 13,000 vehicles")
    expect(button).to_have_accessible_name(f"Copy the new text ({label})")
    expect(page.locator("[data-copied]")).to_be_empty()


def test_a_refused_clipboard_is_reported(page: Page, demo: str) -> None:
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error())")
    page.goto(f"{demo}{BRIDGE}/diff/2..3")
    button = page.locator("[data-copies]").get_by_role("button").first
    button.click()
    expect(button).to_have_text("Not copied: the browser refused.")
    expect(page.locator("[data-copied]")).to_have_text("Not copied: the browser refused.")


def test_without_a_clipboard_there_are_no_buttons(page: Page, demo: str) -> None:
    page.add_init_script("delete Navigator.prototype.clipboard")
    page.goto(f"{demo}{BRIDGE}/diff/2..3")
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)


@pytest.mark.parametrize("view", ["", "?view=split"])
def test_buttons_that_show_are_accessible(axe_page: Page, demo: str, view: str) -> None:
    axe_page.goto(f"{demo}{BRIDGE}/diff/2..3{view}")
    axe_page.keyboard.press("n")
    expect(axe_page.locator("[data-change] .copies").nth(0)).to_have_css("opacity", "1")
    assert_accessible(axe_page, view)
    heard = axe_page.locator("[data-change]").nth(0).aria_snapshot()
    assert "removed:" in heard
    assert "[-" not in heard
    assert "{+" not in heard


@ON_ANY_SCREEN
def test_what_is_copied_from_the_history_has_a_lasting_address(page: Page, demo: str) -> None:
    page.goto(f"{demo}{BRIDGE}/history")
    page.locator(".forms-of-it").get_by_role("button", name="Copy the change").click()
    expect(page.locator("[data-copied]")).to_have_text("Copied")
    assert f"\n{demo}{BRIDGE}/diff/3..4\n" in _copied(page)
    _all_copied(page)
    pasted = _copied(page, "text/html")
    assert f'href="{demo}{BRIDGE}/diff/3..4#c' in pasted
    assert "history#" not in pasted
