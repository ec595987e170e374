"""The top of an article, and the look of the public pages, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import ON_ANY_SCREEN
from tests.browser.newsroom import Newsroom
from tests.browser.test_reading_aids import MEASURE
from tests.samples import story

CORRECTIONS = 20
PATHS = [
    "",
    "stories/harbour-bridge-closure",
    "stories/night-train-returns",
    "stories/desert-solar-station",
    "stories/metro-line-four",
    "stories/nothing-here",
]


@pytest.fixture
def corrected(newsroom: Newsroom) -> Newsroom:
    """A story with twenty corrections, each with a note of two lines on a phone."""
    note = "An earlier version gave another figure for what the library costs in a year."
    for number in range(CORRECTIONS + 1):
        content = story(overview=[f"The library costs 1.{number} million crowns a year."])
        about = {"note": note, "kind": "correction"} if number else {"note": ""}
        sent = {"state": "published", "base_version": number or None, **about}
        newsroom.send("editor", content, **sent)
    return newsroom


def test_twenty_corrections_leave_the_story_on_the_first_screen(
    page: Page, corrected: Newsroom
) -> None:
    page.goto(f"{corrected.url}stories/{corrected.story}")
    first = page.get_by_text("The library costs 1.20 million crowns a year.")
    box = first.bounding_box()
    size = page.viewport_size
    assert box
    assert size
    assert box["y"] + box["height"] <= size["height"]
    more = page.get_by_text(f"and {CORRECTIONS - 1} more", exact=True)
    assert more.evaluate("e => e.getBoundingClientRect().height") < 32, "one line"
    expect(page.locator(".correction:visible")).to_have_count(1)
    more.click()
    expect(page.locator(".correction:visible")).to_have_count(CORRECTIONS)
    page.get_by_role("link", name="See what changed").click()
    page.wait_for_url("**/diff/20..21")


@pytest.fixture
def small(browser: Browser) -> Iterator[Page]:
    """What 400 % makes of a screen 1,280 pixels wide."""
    with browser.new_context(viewport={"width": 320, "height": 640}, bypass_csp=True) as context:
        yield context.new_page()


def test_at_400_percent_nothing_is_scrolled_sideways(small: Page, demo: str) -> None:
    for path in PATHS:
        small.goto(demo + path)
        wide = small.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide == 0, path
        assert_accessible(small, path)


def test_no_page_shifts_with_the_face_in_the_cache_or_without(browser: Browser, demo: str) -> None:
    for path in PATHS:
        with browser.new_context(viewport={"width": 390, "height": 844}) as context:
            page = context.new_page()
            for visit in ("cold", "warm"):
                page.goto(demo + path)
                page.wait_for_load_state("networkidle")
                assert page.evaluate(MEASURE)["shift"] == 0, (path, visit)
            assert "Source Serif Pro" in page.evaluate(LOADED), path


LOADED = "[...document.fonts].flatMap(face => face.status === 'loaded' ? face.family : [])"


@ON_ANY_SCREEN
def test_forced_colours_keep_icons_lines_and_focus(page: Page, demo: str) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"{demo}stories/harbour-bridge-closure")
    drawn = page.locator(".corrections .icon path").first
    colours = drawn.evaluate("e => [getComputedStyle(e).stroke, getComputedStyle(e).fill]")
    canvas = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert colours[1] != canvas
    border = page.locator(".corrections").evaluate("e => getComputedStyle(e).borderInlineStart")
    assert border.startswith("4px solid")
    link = page.get_by_role("link", name="See what changed")
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert link.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"


@ON_ANY_SCREEN
def test_without_motion_nothing_scrolls_by_itself(page: Page, demo: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(demo)
    smooth = page.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
    assert smooth == "auto"


def test_a_long_note_is_folded(page: Page, newsroom: Newsroom) -> None:
    note = "An earlier version gave another figure for what the library costs. " * 54
    newsroom.send("editor", story(), state="published", base_version=None)
    about = {"state": "published", "base_version": 1, "note": note, "kind": "correction"}
    newsroom.send("editor", story(summary="It costs less."), **about)
    page.goto(f"{newsroom.url}stories/{newsroom.story}")
    expect(page.get_by_text("It costs less.")).to_be_in_viewport()
    expect(page.locator(".correction").get_by_text("What changed")).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Overview")).to_be_in_viewport()
    page.locator(".correction summary").click()
    expect(page.locator(".correction details > p")).to_have_text(note.strip())
    expect(page.locator(".correction details > p")).to_be_visible()
