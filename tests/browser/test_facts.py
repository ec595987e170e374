"""The facts above a difference, by keyboard and by copying."""

from playwright.sync_api import Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.newsroom import Newsroom
from tests.samples import story
from tests.web.test_facts_on_pages import NEW, OLD


def _open(page: Page, newsroom: Newsroom) -> None:
    newsroom.send("editor", story(**OLD), state="published", note="")
    newsroom.send("editor", story(**NEW), state="published", note="Corrected.", base_version=1)
    page.goto(f"{newsroom.url}stories/{newsroom.story}/diff/1..2")


def test_the_rest_opens_by_keyboard_and_leads_to_its_place(page: Page, newsroom: Newsroom) -> None:
    _open(page, newsroom)
    facts = page.get_by_role("region", name="Facts changed")
    exchange = facts.get_by_text("changed places")
    expect(exchange).to_be_hidden()
    facts.locator(".rest > summary").focus()
    page.keyboard.press("Enter")
    expect(exchange).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    change = page.locator("[data-change]").nth(4).get_attribute("id")
    expect(page).to_have_url(f"{newsroom.url}stories/{newsroom.story}/diff/1..2#{change}")
    expect(page.locator("[data-change]").nth(4)).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_copied_fact_has_signs(page: Page, newsroom: Newsroom) -> None:
    _open(page, newsroom)
    copied = page.evaluate(
        """() => {
        let text;
        getSelection().selectAllChildren(document.querySelectorAll(".facts .sentence")[1]);
        addEventListener("copy", (event) => text = event.clipboardData.getData("text/plain"));
        document.execCommand("copy");
        return text;
        }"""
    )
    assert copied == "The harbour bridge closes for [-12-]{+14+} weeks."


def test_axe_finds_nothing_in_open_facts(axe_page: Page, newsroom: Newsroom) -> None:
    _open(axe_page, newsroom)
    for each in axe_page.locator(".facts details").all():
        each.evaluate("details => details.open = true")
    assert_accessible(axe_page, "facts")
