"""Reading aids in a browser: the last version read, playing versions, the timeline, times."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.newsroom import Newsroom
from tests.samples import story

STORY = "stories/harbour-bridge-closure"


def test_what_was_read_last_is_remembered_here(page: Page, newsroom: Newsroom) -> None:
    newsroom.send("editor", story(), state="published", base_version=None)
    address = f"{newsroom.url}stories/{newsroom.story}"
    page.goto(address)
    offer = page.locator("[data-seen]")
    expect(offer).to_be_hidden()
    newsroom.send("editor", story(title="Second"), state="published", base_version=1, note="Told.")
    page.reload()  # the browser itself would show for five seconds what it has
    expect(offer).to_contain_text("You read version 1; this is version 2.")
    page.reload()
    expect(offer).to_be_visible()
    offer.get_by_role("link", name="See what changed").click()
    page.wait_for_url("**/diff/1..2")
    page.goto(address)
    expect(offer).to_be_hidden()


def test_the_offer_can_be_dismissed(page: Page, newsroom: Newsroom) -> None:
    newsroom.send("editor", story(), state="published", base_version=None)
    page.goto(f"{newsroom.url}stories/{newsroom.story}")
    newsroom.send("editor", story(title="Second"), state="published", base_version=1, note="Told.")
    page.reload()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("[data-seen]")).to_be_hidden()
    page.reload()
    expect(page.locator("[data-seen]")).to_be_hidden()


def test_exact_times_are_followed_by_relative_ones(page: Page, demo: str) -> None:
    page.goto(f"{demo}{STORY}")
    first = page.locator("#history time").first
    expect(first).to_contain_text("UTC")
    expect(page.locator("#history .ago").first).to_contain_text("ago")


@pytest.fixture
def abroad(browser: Browser) -> Iterator[Page]:
    """A German reader in New York, with a finger."""
    with browser.new_context(
        locale="de-DE", timezone_id="America/New_York", has_touch=True
    ) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        assert complaints == []


def test_a_time_can_be_read_in_the_reader_s_own_zone(abroad: Page, demo: str) -> None:
    abroad.goto(f"{demo}{STORY}/history")
    times, first = abroad.locator("main time"), abroad.locator("main time").first
    there = first.inner_text()
    assert there.endswith(" UTC")
    here = first.get_attribute("title") or ""
    assert here.endswith(("GMT-4", "GMT-5"))
    assert re.match(r"\d+\. \w+ 2026 um \d\d:\d\d", here)
    expect(abroad.locator(".ago").first).to_contain_text(re.compile("^ ?[(]vor "))
    first.tap()
    expect(first).to_have_text(here)
    expect(first).to_have_attribute("title", there)
    assert all(each.endswith(("GMT-4", "GMT-5")) for each in times.all_inner_texts())
    # One stop for all of them, by keyboard.
    button = abroad.locator("main button").last
    button.focus()
    abroad.keyboard.press("Enter")
    expect(first).to_have_text(there)
    button.tap()
    expect(first).to_have_text(here)
    assert abroad.locator("main time[tabindex]").count() == 0


def test_times_of_the_reader_s_own_zone_are_left_alone(browser: Browser, demo: str) -> None:
    with browser.new_context(timezone_id="UTC") as context:
        page = context.new_page()
        page.goto(f"{demo}{STORY}")
        expect(page.locator(".ago").first).to_contain_text("ago")
        assert page.locator("main time[title]").count() == 0
        assert page.get_by_text("time zone").count() == 0


def test_a_page_in_arabic_goes_from_right_to_left(browser: Browser, demo: str) -> None:
    for width in (1200, 390):
        with browser.new_context(locale="ar", viewport={"width": width, "height": 844}) as context:
            page = context.new_page()
            for path in LIGHT[:-1]:
                page.goto(demo + path)
                assert page.locator("html").get_attribute("dir") == "rtl", path
                assert page.evaluate(OVERFLOW) <= 0, path


OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


LIGHT = [
    "",
    STORY,
    f"{STORY}?since=1",
    f"{STORY}/history",
    f"{STORY}/versions/3",
    f"{STORY}/diff/1..4",
    f"{STORY}/diff/1..4?view=split",
    f"{STORY}/provenance",
    f"{STORY}/provenance?colours=age&sentence=3&view=text",
    f"{STORY}/play/2",
    f"{STORY}/history/embed?as=page",
    "stories/desert-solar-station",
    "stories/river-lind-flood/history",
    "api",
]


@pytest.mark.parametrize("path", LIGHT)
def test_a_page_is_small_stable_and_loads_from_no_other_host(
    browser: Browser, demo: str, path: str
) -> None:
    """Under 60 KB as sent, all its files but the text face's counted; no layout shift; no other
    host; no error.
    """
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        asked: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(demo + path)
        page.wait_for_load_state("networkidle")
        told: dict[str, Any] = page.evaluate(MEASURE)
        assert complaints == []
        assert all(url.startswith(demo) for url in asked), asked
        assert told["bytes"] < 60_000, told
        assert told["shift"] == 0, told
        assert told["wide"] <= 0, "nothing to scroll sideways for"


MEASURE = """() => new Promise(resolve => {
    let shift = 0;
    new PerformanceObserver(list => {
        for (const each of list.getEntries()) if (!each.hadRecentInput) shift += each.value;
    }).observe({ type: "layout-shift", buffered: true });
    const kinds = ["navigation", "resource"];
    const files = kinds.flatMap(kind => performance.getEntriesByType(kind))
        .filter(file => !file.name.endsWith(".ttf"));
    const bytes = files.reduce((sum, each) => sum + each.transferSize, 0);
    const wide = document.documentElement.scrollWidth - innerWidth;
    setTimeout(() => resolve({ shift, bytes, wide, files: files.length }), 200);
})"""


SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 20_000}
"""400 kbit/s and 400 ms for each way there and back: a phone far from the mast."""
PAINTED = """() => new Promise(resolve => new PerformanceObserver(list => {
    for (const each of list.getEntriesByName("first-contentful-paint")) resolve(each.startTime);
}).observe({ type: "paint", buffered: true }))"""


@pytest.mark.parametrize("path", [STORY, f"{STORY}/diff/1..4"])
def test_on_a_slow_line_it_paints_early_and_does_not_shift(
    browser: Browser, demo: str, path: str
) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
        page.goto(demo + path)
        seen = page.evaluate(PAINTED)
        assert 400 < seen < 3_000, "the page, its style, and it can be read"
        assert page.evaluate(MEASURE)["shift"] == 0


def test_arabic_is_set_from_right_to_left_as_a_whole(page: Page, demo: str) -> None:
    page.goto(f"{demo}stories/desert-solar-station")
    article = page.locator("article")
    expect(article).to_have_attribute("dir", "rtl")
    expect(article).to_have_attribute("lang", "ar")
    right = article.evaluate("e => e.getBoundingClientRect().right")
    for name in ("h1", "h2 bdi", "p.summary"):
        box = article.locator(name).first.evaluate(
            "e => { const r = document.createRange(); r.selectNodeContents(e);"
            " return r.getBoundingClientRect().right; }"
        )
        assert abs(box - right) < 3, name
    expect(article.locator("h2").first).to_have_attribute("lang", "en")


def test_in_print_it_is_the_text_and_its_marks(page: Page, demo: str) -> None:
    page.goto(f"{demo}{STORY}/diff/1..4")
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in (".site", ".tools"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator("ins").first).to_be_visible()
    for mark, line in (("ins", "underline"), ("del", "line-through")):
        drawn = page.locator(mark).first.evaluate("e => getComputedStyle(e).textDecorationLine")
        assert drawn == line
