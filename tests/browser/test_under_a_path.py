"""The desk and the element where the service is under a path of another site."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.newsroom import Newsroom
from tests.samples import story
from tests.servers import serving

SITE = "http://paper.example/history/"


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """With a story whose id is the path."""
    archive = tmp_path_factory.mktemp("path") / "archive"
    with serving("serve", "--archive", archive, STORY_HISTORY_URL=SITE) as server:
        opened = Newsroom(archive, f"{server.url}history/", "history")
        opened.send("editor", story(), state="published", note="")
        yield opened


@pytest.fixture
def page(browser: Browser, newsroom: Newsroom) -> Iterator[Page]:
    """All that it asks for is under the path, and is there."""
    answers: list[Response] = []
    with browser.new_context() as context:
        opened = context.new_page()
        opened.on("response", lambda answer: answers.append(answer))
        yield opened
    assert answers
    assert [each.url for each in answers if not each.url.startswith(newsroom.url)] == []
    assert [each.url for each in answers if each.status >= 400] == []


def test_an_editor_s_work_stays_under_the_path(page: Page, newsroom: Newsroom) -> None:
    newsroom.sign_in(page)
    page.get_by_role("link", name="Stories", exact=True).click()
    page.get_by_role("link", name="Edit Council keeps the library open").click()
    page.get_by_label("Overview, paragraph 1", exact=True).fill("The council voted ten to five.")
    page.get_by_label("Note", exact=True).fill("We gave the wrong vote.")
    page.get_by_label("Kind").select_option("correction")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Published as version 2.")
    page.get_by_role("link", name="View the public page").click()
    expect(page.locator("article")).to_contain_text("ten to five")
    page.locator(".corrections").get_by_role("link", name="What changed").click()
    expect(page.locator("[data-change] ins").first).to_be_visible()
    page.goto(f"{newsroom.url}desk")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Your token")).to_be_visible()


@pytest.mark.parametrize("slash", ["/", ""])
def test_the_element_finds_the_path(page: Page, newsroom: Newsroom, slash: str) -> None:
    page.goto(f"{newsroom.url}stories/history")
    put = """([script, server]) => {
        const element = document.createElement("story-history");
        element.setAttribute("story", "history");
        element.setAttribute("server", server);
        document.querySelector("main").replaceChildren(element);
        document.body.append(Object.assign(document.createElement("script"), script));
    }"""
    script = {"type": "module", "src": f"{newsroom.url}embed/story-history.js"}
    page.evaluate(put, [script, newsroom.url.rstrip("/") + slash])
    link = page.locator("story-history").get_by_role("link").last
    expect(link).to_have_attribute("href", f"{SITE}stories/history/history")
