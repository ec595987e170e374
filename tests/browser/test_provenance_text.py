"""The text whose sentences tell where they come from: by mouse, by keys, on a phone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import ON_ANY_SCREEN
from tests.browser.newsroom import Newsroom
from tests.browser.test_rich_text import ARABIC, NEW, OLD, publish
from tests.samples import story

GAUGE = ("The gauge reads 431 cm.", "The gauge reads 455 cm.")
REST = "The bridge is shut. Buses run instead. Schools stay open."


@pytest.fixture
def address(newsroom: Newsroom) -> str:
    """Of a text with a sentence that was corrected."""
    for base, gauge in enumerate(GAUGE):
        told = {"note": f"Read at {gauge[16:19]}.", "kind": "correction" if base else "update"}
        content = story(overview=[f"{gauge} {REST}"])
        newsroom.send("editor", content, state="published", base_version=base or None, **told)
    return f"{newsroom.url}stories/{newsroom.story}/provenance?view=text"


def test_a_sentence_tells_of_itself_beside_the_text(page: Page, address: str) -> None:
    page.goto(address)
    sentence = page.get_by_role("link", name=GAUGE[1])
    panel = page.get_by_role("complementary")
    expect(panel).to_be_hidden()
    sentence.click()
    title = panel.get_by_role("heading", name="In these words since version 2")
    expect(title).to_be_focused()
    expect(panel).to_have_accessible_name("In these words since version 2")
    expect(panel.locator("del").first).to_have_text("431")
    expect(panel.locator("ins").first).to_have_text("455")
    expect(panel).to_contain_text("Read at 455.")
    expect(sentence).to_have_attribute("aria-current", "true")
    expect(sentence).to_be_in_viewport(ratio=1)
    expect(title).to_be_in_viewport(ratio=1)
    page.wait_for_function(APART)
    assert re.search(r"\?sentence=3&view=text#s-3$", page.url)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(sentence).to_be_focused()
    assert page.url == address
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


APART = """() => {
    const [text, panel] = ["[aria-current=true].sentence", "aside"].map(
        each => document.querySelector(each).getBoundingClientRect());
    return text.bottom <= panel.top || text.right <= panel.left;
}"""
"""Whether what is told covers nothing of its sentence."""


def test_back_closes_and_forward_opens_what_the_address_says(page: Page, address: str) -> None:
    page.goto(address)
    panel = page.get_by_role("complementary")
    page.get_by_role("link", name=GAUGE[1]).click()
    expect(panel.locator("ins").first).to_have_text("455")
    panel.get_by_role("link", name="Next sentence").click()
    expect(panel.get_by_role("heading")).to_have_text("Unchanged since version 1")
    opened = page.url
    page.go_back()
    expect(panel).to_be_hidden()
    assert page.url == address
    page.go_forward()
    expect(panel.get_by_role("heading")).to_have_text("Unchanged since version 1")
    assert page.url == opened
    panel.get_by_role("link", name="Close").click()
    expect(panel).to_be_hidden()
    page.goto(opened)
    expect(panel.get_by_role("heading")).to_have_text("Unchanged since version 1")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert page.url == address


@ON_ANY_SCREEN
def test_the_sentences_are_one_stop_of_the_keyboard(page: Page, address: str) -> None:
    page.goto(address)
    sentences = page.locator("article a.sentence")
    expect(page.locator("article a[tabindex='0']")).to_have_count(1)
    colours = page.get_by_label("Colour by age")
    colours.focus()
    page.keyboard.press("Tab")
    expect(sentences.nth(0)).to_be_focused()
    status = page.get_by_role("status")
    expect(status).to_contain_text(f"Sentence 1 of {sentences.count()}.")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("n")
    gauge = page.get_by_role("link", name=GAUGE[1])
    expect(gauge).to_be_focused()
    expect(gauge).to_have_accessible_name(GAUGE[1])
    expect(status).to_contain_text("Sentence 1 of")
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary")
    expect(panel.get_by_role("heading")).to_be_focused()
    page.keyboard.press("Escape")
    expect(gauge).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("article a:focus")).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    expect(gauge).to_be_focused()
    page.keyboard.press("End")
    expect(sentences.last).to_be_focused()
    page.keyboard.press("Home")
    expect(sentences.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(sentences.first).to_be_focused()


@ON_ANY_SCREEN
def test_what_is_told_follows_the_keys(page: Page, address: str) -> None:
    page.goto(address)
    gauge = page.get_by_role("link", name=GAUGE[1])
    gauge.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary")
    expect(panel.get_by_role("heading")).to_be_focused()
    page.keyboard.press("n")
    expect(panel.get_by_role("heading")).to_have_text("Unchanged since version 1")
    expect(page.locator("[aria-current=true].sentence")).to_have_text("The bridge is shut.")
    expect(panel.get_by_role("heading")).to_be_focused()
    page.keyboard.press("p")
    expect(panel.locator("ins").first).to_have_text("455")
    gauge.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("link", name="The bridge is shut.")).to_be_focused()
    expect(panel.get_by_role("heading")).to_have_text("Unchanged since version 1")
    expect(page.get_by_role("status")).to_have_text("Unchanged since version 1")


@ON_ANY_SCREEN
def test_letters_are_no_keys_elsewhere(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("body").press("n")
    expect(page.locator("article a:focus")).to_have_count(0)


def test_on_a_phone_it_is_a_sheet_that_a_tap_opens(browser: Browser, address: str) -> None:
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as context:
        page = context.new_page()
        page.goto(address)
        last = page.locator("article a.sentence").last
        last.scroll_into_view_if_needed()
        last.tap()
        panel = page.get_by_role("complementary")
        expect(panel.get_by_role("heading")).to_be_focused()
        expect(last).to_be_in_viewport(ratio=1)
        page.wait_for_function(APART)
        at_the_bottom = "each => each.getBoundingClientRect().bottom == innerHeight"
        page.wait_for_function(f"() => ({at_the_bottom})(document.querySelector('aside'))")
        panel.get_by_role("link", name="Close").tap()
        expect(panel).to_be_hidden()


@ON_ANY_SCREEN
def test_colours_by_age_come_and_go_without_loading(page: Page, address: str) -> None:
    page.goto(address)
    legend = page.get_by_role("region", name="Colours by age")
    expect(legend).to_be_hidden()
    expect(page.get_by_role("button", name="Show")).to_have_count(0)
    page.get_by_label("Colour by age").check()
    expect(legend).to_be_visible()
    assert "?colours=age&view=text" in page.url
    gauge, old = (page.get_by_role("link", name=each) for each in (GAUGE[1], "Buses run instead."))
    line = "each => getComputedStyle(each).textDecorationStyle"
    drawn = "each => getComputedStyle(each).textDecorationLine"
    assert gauge.evaluate(drawn) == "underline"
    assert old.evaluate(drawn) == "none"
    assert gauge.evaluate(line) == "double"
    gauge.click()
    expect(page.locator("aside ins").first).to_have_text("455")
    assert "?colours=age&sentence=3&view=text" in page.url
    page.reload()
    expect(legend).to_be_visible()
    page.get_by_label("Colour by age").uncheck()
    expect(legend).to_be_hidden()
    assert "colours" not in page.url


@ON_ANY_SCREEN
def test_each_age_has_a_line_of_its_own_also_in_forced_colours(page: Page, demo: str) -> None:
    address = f"{demo}stories/river-lind-flood/provenance?colours=age&view=text"
    while (answer := page.goto(address)) and answer.status == 202:
        page.wait_for_timeout(500)
    for forced in ("none", "active"):
        page.emulate_media(forced_colors=forced)
        lines = page.locator(".ages .sentence").evaluate_all(
            "all => all.map(each => getComputedStyle(each)).map("
            "style => style.textDecorationLine + style.textDecorationStyle)"
        )
        assert len(set(lines)) == len(lines) == 5


def test_it_works_without_scripts(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        page.get_by_role("link", name=GAUGE[1]).click()
        panel = page.get_by_role("complementary")
        expect(panel.locator("ins").first).to_have_text("455")
        expect(page.get_by_role("link", name=GAUGE[1])).to_be_in_viewport()
        panel.get_by_role("link", name="Next sentence").click()
        expect(panel.get_by_role("heading")).to_have_text("Unchanged since version 1")
        page.get_by_label("Colour by age").check()
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("region", name="Colours by age")).to_be_visible()
        expect(panel.get_by_role("heading")).to_have_text("Unchanged since version 1")
        panel.get_by_role("link", name="Close").press("Enter")
        expect(panel).to_be_hidden()
        expect(page.get_by_role("region", name="Colours by age")).to_be_visible()


@ON_ANY_SCREEN
def test_without_a_connection_it_loads_the_page(page: Page, address: str) -> None:
    page.goto(address)
    page.route("**/*view=sentence", lambda route: route.fulfill(status=410))
    page.get_by_role("link", name=GAUGE[1]).click()
    page.wait_for_url("**/provenance?sentence=3&view=text#s-3")
    expect(page.locator("aside ins").first).to_have_text("455")


@ON_ANY_SCREEN
def test_in_arabic_the_left_arrow_leads_on(page: Page, demo: str) -> None:
    page.goto(f"{demo}stories/desert-solar-station/provenance?view=text")
    sentences = page.locator("article a.sentence")
    sentences.first.focus()
    page.keyboard.press("ArrowLeft")
    expect(sentences.nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(sentences.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary").get_by_role("heading")).to_be_focused()


def test_an_article_in_markdown_keeps_its_look(page: Page, newsroom: Newsroom) -> None:
    publish(newsroom, OLD, NEW)
    page.goto(f"{newsroom.url}stories/{newsroom.story}/provenance?view=text")
    levels = "all => all.map(each => each.tagName)"
    found = page.locator("article :is(h1, h2, h3, h4)").evaluate_all(levels)
    assert found == ["H1", "H2", "H3", "H4"]
    page.get_by_role("link", name="1,014").click()
    expect(page.locator("[aria-current=true].sentence")).to_have_count(6)  # the row's cells
    expect(page.locator("aside del").last).to_have_text("980")
    expect(page.locator("aside ins").last).to_have_text("1,014")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


STATES = ("", "sentence=3&", "colours=age&", "colours=age&sentence=3&")


@pytest.mark.parametrize("of", ["a report", "an article", "Arabic"])
def test_axe_finds_nothing(axe_page: Page, newsroom: Newsroom, of: str) -> None:
    if of == "a report":
        for base, gauge in enumerate(GAUGE):
            content = story(overview=[f"{gauge} {REST}"])
            told = {"state": "published", "note": "Read again.", "base_version": base or None}
            newsroom.send("editor", content, **told)
    else:
        publish(newsroom, *((OLD, NEW) if of == "an article" else ARABIC))
    for state in STATES:
        axe_page.goto(f"{newsroom.url}stories/{newsroom.story}/provenance?{state}view=text")
        assert_accessible(axe_page, f"{of}, {state}")


@ON_ANY_SCREEN
def test_print_has_the_text_and_what_is_told(page: Page, address: str) -> None:
    page.goto(f"{address.replace('?', '?sentence=3&')}")
    page.emulate_media(media="print")
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.locator("aside ins").first).to_be_visible()
