"""The History by keys alone: what has the focus is always there, seen, and not under anything."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.conftest import ON_ANY_SCREEN

FLOOD = "stories/river-lind-flood"
BRIDGE = "stories/harbour-bridge-closure"
_FOCUS = """() => {
    const found = document.activeElement;
    if (!found || found === document.body) return { lost: true };
    // What is only drawn around its text, such as the link of a row, counts with all of it.
    const rects = [...found.getClientRects()].filter((each) => each.width && each.height);
    const points = rects.flatMap(({ left, top, right, bottom }) => [
        [left + 2, top + 2], [right - 2, top + 2], [left + 2, bottom - 2],
        [(left + right) / 2, (top + bottom) / 2],
    ]);
    const hit = points.filter(([x, y]) => {
        const at = document.elementFromPoint(x, y);
        return at && (found.contains(at) || at.contains(found) && !at.matches("body, html, main"));
    });
    return {
        name: (found.getAttribute("aria-label") ?? found.innerText ?? "").trim() || found.tagName,
        what: `${found.tagName} ${found.className} ${found.id}`,
        seen: points.length > 0 && hit.length >= Math.min(points.length, 2),
        text: Boolean(found.closest("[data-change]") === found),
    };
}"""


def _focus(page: Page) -> dict[str, object]:
    found: dict[str, object] = page.evaluate(_FOCUS)
    for _ in range(10):  # a page that scrolls to it takes a moment
        if found.get("seen"):
            break
        page.wait_for_timeout(100)
        found = page.evaluate(_FOCUS)
    assert not found.get("lost"), "nothing has the focus"
    assert found["seen"], f"{found['what']} “{found['name']}” is hidden"
    return found


def _tab_to(page: Page, there: Callable[[], bool], most: int, key: str = "Tab") -> None:
    """Press a key until it is so, at most so often."""
    for _ in range(most):
        page.keyboard.press(key)
        _focus(page)
        if there():
            return
    raise AssertionError(f"not reached with {most} keys; now at {page.evaluate(_FOCUS)}")


def _has_focus(part: Locator) -> Callable[[], bool]:
    return lambda: bool(part.evaluate("n => n === document.activeElement"))


def _title(page: Page, old: int, new: int) -> None:
    expect(page.locator(".what-changed")).to_have_text(
        f"What changed from version {old} to version {new}"
    )


def _open(page: Page, address: str) -> None:
    page.emulate_media(reduced_motion="reduce")  # what is scrolled to is there at once
    page.goto(address)
    page.wait_for_load_state()  # from when keys are heard


def _is_phone(page: Page) -> bool:
    return bool(page.locator(".pager .open").is_visible())


def _open_list(page: Page) -> None:
    if _is_phone(page):
        page.get_by_role("button", name="Versions").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".rail :focus")).to_have_count(1)


def test_from_the_top_of_the_article_to_the_newest_change(page: Page, demo: str) -> None:
    _open(page, f"{demo}{FLOOD}")
    _tab_to(page, _has_focus(page.get_by_role("link", name="See what changed").first), 4)
    page.keyboard.press("Enter")
    _title(page, 39, 40)
    page.wait_for_load_state()
    page.keyboard.press("n")
    expect(page.get_by_role("status")).to_have_text(re.compile("^1 of "))
    assert _focus(page)["text"]


@pytest.mark.parametrize("view", ["", "?view=split"])
def test_through_the_changes_by_keys(page: Page, demo: str, view: str) -> None:
    _open(page, f"{demo}{BRIDGE}/diff/1..4{view}")
    for number in [*range(1, 11), 1]:
        page.keyboard.press("n")
        expect(page.get_by_role("status")).to_have_text(f"{number} of 10")
        assert _focus(page)["text"]
    page.keyboard.press("p")
    expect(page.get_by_role("status")).to_have_text("10 of 10")
    assert _focus(page)["text"]


@pytest.mark.parametrize("path", ["diff/1..4", "diff/1..4?view=split", "versions/2", "history"])
def test_tab_goes_through_a_page_and_nothing_hides_it(page: Page, demo: str, path: str) -> None:
    _open(page, f"{demo}{BRIDGE}/{path}")
    seen = []
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        seen.append(_focus(page)["what"])
    assert len(seen) > 20, seen
    back = []
    for _ in seen:
        page.keyboard.press("Shift+Tab")
        back.append(_focus(page)["what"])
    assert back == seen[::-1]


@pytest.mark.parametrize("width", [640, 320])
def test_so_it_does_at_200_and_at_400_per_cent(browser: Browser, demo: str, width: int) -> None:
    """Which is what a window of 1280 × 1024 pixels then has."""
    size: ViewportSize = {"width": width, "height": 1024 * width // 1280}
    with browser.new_page(viewport=size) as page:
        _open(page, f"{demo}{BRIDGE}/diff/1..4")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        for _ in range(60):
            page.keyboard.press("Tab")
            _focus(page)
        page.keyboard.press("n")
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_version_from_the_list(page: Page, demo: str) -> None:
    _open(page, f"{demo}{FLOOD}/diff/19..20")
    _open_list(page)
    row = page.locator("[data-version='18'] .number")
    _tab_to(page, _has_focus(row), 140)
    page.keyboard.press("Enter")
    _title(page, 17, 18)
    _focus(page)


def test_two_versions_compared(page: Page, demo: str) -> None:
    _open(page, f"{demo}{FLOOD}/diff/19..20")
    _open_list(page)
    first, second = (page.get_by_role("button", name=f"Compare version {n}") for n in (19, 16))
    _tab_to(page, _has_focus(first), 140)
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("aria-pressed", "true")
    _tab_to(page, _has_focus(second), 20)
    page.keyboard.press("Space")
    _title(page, 16, 19)
    _focus(page)


@ON_ANY_SCREEN
def test_what_has_the_focus_stays_in_view_while_the_list_grows(page: Page, demo: str) -> None:
    for before, after in ((".filter summary",) * 2, (".further a", "[data-version='31'] .number")):
        _open(page, f"{demo}{FLOOD}/diff/19..20")
        page.locator(before).focus()
        expect(page.locator("[data-version='40']")).to_be_attached()
        expect(page.locator(after)).to_be_focused()
        _focus(page)


def test_the_slider_is_one_stop(page: Page, demo: str) -> None:
    _open(page, f"{demo}{FLOOD}/diff/19..20")
    slider = page.get_by_role("slider")
    _tab_to(page, _has_focus(slider), 30)
    page.keyboard.press("Tab")
    assert not page.locator("[data-timeline] input").evaluate("n => n === document.activeElement")
    expect(page.get_by_role("button", name="Play")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    _title(page, 20, 21)
    expect(slider).to_be_focused()
    page.keyboard.press("Home")
    expect(page.locator(".what-changed")).to_have_text("Version 1 of 40")
    expect(slider).to_be_focused()
    _focus(page)


def test_the_filter(page: Page, demo: str) -> None:
    _open(page, f"{demo}{FLOOD}/history")
    _open_list(page)
    # The sheet's focus is on the row of what is shown, below it.
    key = "Shift+Tab" if _is_phone(page) else "Tab"
    _tab_to(page, _has_focus(page.locator(".filter summary")), 60, key)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    box = page.get_by_label("corrections")
    expect(box).to_be_focused()
    page.keyboard.press("Space")
    page.wait_for_url("**/history?corrections=1")
    expect(box).to_be_checked()
    expect(box).to_be_focused()
    _focus(page)
    page.keyboard.press("Space")
    page.wait_for_url("**/history")
    expect(box).to_be_focused()


def test_older_and_newer(page: Page, demo: str) -> None:
    _open(page, f"{demo}{FLOOD}/diff/38..39")
    page.keyboard.press("n")
    page.keyboard.press("ArrowRight")
    _title(page, 39, 40)
    _focus(page)
    page.get_by_role("link", name="Older").focus()
    page.keyboard.press("Enter")
    _title(page, 38, 39)
    expect(page.get_by_role("link", name="Older")).to_be_focused()
    page.get_by_role("link", name="Newer").focus()
    page.keyboard.press("Enter")
    _title(page, 39, 40)
    _focus(page)


def test_back_leaves_the_focus_somewhere(page: Page, demo: str) -> None:
    _open(page, f"{demo}{FLOOD}/diff/38..39")
    page.keyboard.press("ArrowRight")
    _title(page, 39, 40)
    page.keyboard.press("n")
    page.go_back()
    _title(page, 38, 39)
    _focus(page)


def test_the_sheet_takes_the_focus_and_gives_it_back(browser: Browser, demo: str) -> None:
    with browser.new_page(viewport={"width": 390, "height": 844}) as page:
        _open(page, f"{demo}{FLOOD}/diff/19..20")
        opener = page.get_by_role("button", name="Versions")
        _tab_to(page, _has_focus(opener), 30)
        page.keyboard.press("Enter")
        inside = "document.activeElement.closest('.rail') !== null"
        expect(page.locator(".rail :focus")).to_have_count(1)
        _focus(page)
        for _ in range(4):
            page.keyboard.press("Tab")
            assert page.evaluate(inside)
            _focus(page)
        page.keyboard.press("Escape")
        expect(page.locator(".rail")).to_be_hidden()
        expect(opener).to_be_focused()


@ON_ANY_SCREEN
def test_the_dialog_of_keys_takes_the_focus_and_gives_it_back(page: Page, demo: str) -> None:
    _open(page, f"{demo}{BRIDGE}/diff/1..4")
    page.keyboard.press("n")
    before = _focus(page)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        at = page.evaluate(
            "document.activeElement.closest('dialog')?.id ?? document.activeElement.tagName"
        )
        assert at in ("keys", "BODY"), "the browser's own, or the dialog"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert _focus(page) == before


_SMALL = """() => [...document.querySelectorAll("a[href], button, summary, select, input")]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.closest(".heard"))
    .filter((node) => {
        // A link in a sentence is as high as its line.
        const around = node.parentElement.textContent.replace(node.textContent, "").trim();
        const inline = getComputedStyle(node).display === "inline";
        return !(inline && around && node.closest("p, li, td, dd, q"));
    })
    .map((node) => {
        // A row is its link's, and so is a box its label's.
        const whole = node.matches(".rows .number, label input") ? node.closest("li, label") : node;
        const { width, height } = whole.getBoundingClientRect();
        return [Math.min(width, height), node];
    })
    .filter(([size]) => size < 23.9)
    .map(([size, node]) => `${node.tagName} ${node.className} ${node.textContent}: ${size}`)"""


@pytest.mark.parametrize(
    "path", ["", "/diff/1..4", "/diff/1..4?view=split", "/history", "/versions/2", "/provenance"]
)
def test_what_is_tapped_is_large_enough(page: Page, demo: str, path: str) -> None:
    """24 pixels a side (WCAG 2.2, 2.5.8), but for links in running text."""
    _open(page, f"{demo}{BRIDGE}{path}")
    if "diff" in path or path == "/history":
        _open_list(page)
        page.locator(".filter summary").click()
    assert page.evaluate(_SMALL) == []
