"""What still stands, as an editor sees it: found, read, waived."""

from playwright.sync_api import Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.newsroom import Newsroom
from tests.samples import story
from tests.web.test_inconsistencies import FAQ, REST, texts


def test_an_editor_waives_what_may_stand(axe_page: Page, newsroom: Newsroom) -> None:
    newsroom.send("editor", story(**texts("4.2", REST, FAQ)), state="published", note="")
    fixed = story(**texts("4.8", REST, FAQ))
    newsroom.send("editor", fixed, state="published", note="Corrected.", base_version=1)
    newsroom.sign_in(axe_page)
    axe_page.goto(f"{newsroom.url}desk/stories/{newsroom.story}/timeline")
    stands = axe_page.get_by_role("region", name="Old values that still stand")
    expect(stands).to_contain_text("still stands in FAQ, answer 2")
    stands.locator("summary").click()
    assert_accessible(axe_page, "what still stands")
    assert axe_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    stands.get_by_role("button", name="Waive").click()
    expect(stands.get_by_label("Why it may stay")).to_be_focused()
    stands.get_by_label("Why it may stay").fill("As it was in 1962.")
    stands.get_by_role("button", name="Waive").click()
    expect(stands.get_by_text("As it was in 1962.")).to_be_hidden()
    stands.get_by_text("1 waived").click()
    expect(stands.get_by_text("As it was in 1962.")).to_be_visible()
    assert_accessible(axe_page, "what may stand")
    stands.get_by_role("link", name="FAQ, answer 2").click()
    expect(axe_page.locator("#faq-1")).to_be_in_viewport()
