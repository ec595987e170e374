"""The corrections of the paper, as readers use them: by keyboard, on a phone, without scripts."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from service.messages import LANGUAGES
from tests.browser.axe import assert_accessible

PAGES = {
    "corrections": "corrections",
    "corrections, narrowed to none": "corrections?kind=retraction&q=nothing",
    "figures": "corrections/figures?since=2025-06-01&until=2026-09-01",
    "figures by year": "corrections/figures?since=2010-01-01&until=2027-01-01",
}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(axe_page: Page, demo: str, name: str) -> None:
    axe_page.goto(demo + PAGES[name])
    assert_accessible(axe_page, name)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways(page: Page, demo: str, name: str) -> None:
    page.goto(demo + PAGES[name])
    for font in ("100%", "200%"):
        page.evaluate("size => document.documentElement.style.fontSize = size", font)
        widths = "[document.documentElement.scrollWidth, innerWidth]"
        wide, window = page.evaluate(widths)
        assert wide <= window, (name, font)


def test_a_reader_narrows_the_list_by_keyboard_and_sees_what_changed(page: Page, demo: str) -> None:
    page.goto(f"{demo}corrections")
    page.get_by_label("Words in the note or the title").focus()
    page.keyboard.type("BRIDGE")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Kind")).to_be_focused()
    page.keyboard.type("Corr")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Show").press("Enter")
    expect(page).to_have_url(re.compile(r"/corrections\?kind=correction&q=BRIDGE$"))
    expect(page.get_by_label("Kind")).to_have_value("correction")
    listed = page.locator(".corrected > li")
    expect(listed.first).to_contain_text("bridge")
    expect(listed.first.locator(".lead")).to_contain_text("→")
    listed.first.get_by_role("link", name=re.compile("What changed in version")).press("Enter")
    expect(page).to_have_url(re.compile(r"/stories/[^/]*bridge[^/]*/diff/"))


def test_a_period_is_chosen_without_scripts(browser: Browser, demo: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{demo}corrections")
    page.get_by_role("link", name="Corrections in figures").click()
    page.get_by_role("link", name="2026", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?since=2026-01-01&until=2027-01-01$"))
    expect(page.get_by_label("From")).to_have_value("2026-01-01")
    expect(page.get_by_role("link", name="2026", exact=True)).to_have_attribute(
        "aria-current", "page"
    )
    for name in ("Corrections, clarifications", "Time until a text", "Silent edits"):
        expect(page.get_by_role("img", name=re.compile(name))).to_be_visible()
        expect(page.get_by_role("table", name=re.compile(name))).to_have_count(1)
    context.close()


def test_on_a_phone_no_table_of_figures_is_cut(browser: Browser, demo: str) -> None:
    cut = "all => all.filter(n => n.scrollWidth > n.clientWidth).length"
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        for language in LANGUAGES:
            context.set_extra_http_headers({"Accept-Language": language})
            page.goto(f"{demo}corrections/figures")
            assert page.locator(".scroll").evaluate_all(cut) == 0, language
