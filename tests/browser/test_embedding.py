"""The History on a page of another site: another origin, with a strict policy of its own."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import assert_accessible

EXAMPLE = Path(__file__).parents[2] / "docs" / "embed-example.html"
STORY = "stories/harbour-bridge-closure"


@pytest.fixture
def elsewhere(demo: str) -> Iterator[str]:
    """The example page on a server of its own, which lets nothing but the element in."""
    text = EXAMPLE.read_text().replace("https://history.example.org/", demo)
    with urlopen(f"{demo}{STORY}/diff/2..3") as answer:
        [name, *_] = re.findall('id="(c[a-z2-7]{8})"', answer.read().decode())
    change = f'versions="2..3" change="{name}"'
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src {demo}; connect-src {demo}"

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = text
            if self.path == "/gone":
                body = text.replace('story="harbour-bridge-closure"', 'story="nothing"')
            elif self.path == "/change":
                body = text.replace("<story-history ", f"<story-history {change} ", 1)
                body = body.replace('/history"', '/diff/2..3"')
            elif self.path == "/no-change":
                body = text.replace(
                    "<story-history ", '<story-history versions="2..3" change="cx" '
                )
            elif self.path == "/frame":
                source = f"{demo}{STORY}/history/embed?as=page"
                body = f'<!doctype html><iframe title="H" src="{source}"></iframe>'
            self.send_response(204 if "favicon" in self.path else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if self.path != "/frame":
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_element_shows_the_history(page: Page, elsewhere: str, demo: str) -> None:
    page.goto(elsewhere)
    history = page.locator("story-history")
    expect(history.get_by_role("heading", name="History")).to_be_visible()
    expect(history.get_by_role("listitem")).to_have_count(4)
    links = history.get_by_role("link").all()
    assert len(links) == 8
    expect(history.get_by_role("listitem").first).to_contain_text("Date 2 → 9 March")
    for link in links:
        assert (link.get_attribute("href") or "").startswith(f"{demo}{STORY}/")
    expect(history).not_to_have_attribute("aria-busy", "true")
    # The page's own words for it, and the look that the page gave.
    heading = history.get_by_role("heading")
    assert heading.evaluate("e => getComputedStyle(e).textTransform") == "uppercase"
    assert links[0].evaluate("e => getComputedStyle(e).color") == "rgb(122, 31, 61)"
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0


def test_the_element_shows_one_change(page: Page, elsewhere: str, demo: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{elsewhere}/change")
    change = page.locator("story-history")
    expect(change.get_by_role("heading", name="This sentence changed")).to_be_visible()
    old, new = change.locator("del"), change.locator("ins")
    expect(old).to_have_text("31,000")
    expect(new).to_have_text("13,000")
    assert "line-through" in old.evaluate("e => getComputedStyle(e).textDecoration")
    assert "underline" in new.evaluate("e => getComputedStyle(e).textDecoration")
    expect(change).to_contain_text("We gave the cost of the cables alone")
    expect(change.get_by_text("removed:")).to_have_css("position", "absolute")
    whole = change.get_by_role("link", name="All that changed from version 2 to version 3")
    whole.click()
    page.wait_for_url(re.compile(rf"{demo}{STORY}/diff/2\.\.3(\?change=c\w+)?#c\w+$"))
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0


def test_a_change_that_is_not_there_leads_to_the_source(
    page: Page, elsewhere: str, demo: str
) -> None:
    page.goto(f"{elsewhere}/no-change")
    change = page.locator("story-history")
    expect(change).to_contain_text("This change could not be loaded")
    expect(change.get_by_role("link")).to_have_attribute("href", f"{demo}{STORY}/diff/2..3")


@pytest.mark.parametrize("path", ["", "/change"])
def test_it_is_accessible_on_another_site(browser: Browser, elsewhere: str, path: str) -> None:
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        page.goto(elsewhere + path)
        expect(page.locator("story-history").get_by_role("heading")).to_be_visible()
        assert_accessible(page, elsewhere)


def test_it_works_by_keyboard(page: Page, elsewhere: str, demo: str) -> None:
    page.goto(elsewhere)
    expect(page.locator("story-history").get_by_role("heading")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{demo}{STORY}/versions/4")


def test_another_story_is_loaded_when_the_attribute_changes(page: Page, elsewhere: str) -> None:
    page.goto(elsewhere)
    history = page.locator("story-history")
    expect(history.get_by_role("listitem")).to_have_count(4)
    history.evaluate("e => e.setAttribute('story', 'library-night-hours')")
    expect(history).to_contain_text("This story does not have any previous versions.")


def test_a_failed_load_says_so_and_links_to_the_source(
    browser: Browser, elsewhere: str, demo: str
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{elsewhere}/gone")
        history = page.locator("story-history")
        expect(history).to_contain_text("could not be loaded")
        expect(history.get_by_role("link")).to_have_attribute(
            "href", f"{demo}stories/nothing/history"
        )
        page.evaluate("document.documentElement.lang = 'de-AT'")
        history.evaluate("e => e.setAttribute('story', 'nothing-either')")
        expect(history).to_contain_text("Der Verlauf dieses Artikels konnte nicht geladen werden.")


def test_a_page_that_names_no_language_is_told_in_the_reader_s(
    browser: Browser, elsewhere: str
) -> None:
    with browser.new_context(locale="de-AT") as context:
        page = context.new_page()
        page.goto(f"{elsewhere}/gone")
        page.evaluate("document.documentElement.removeAttribute('lang')")
        history = page.locator("story-history")
        history.evaluate("e => e.setAttribute('story', 'nothing-either')")
        expect(history).to_contain_text("Der Verlauf dieses Artikels konnte nicht geladen werden.")


def test_without_scripts_the_page_s_own_link_is_there(browser: Browser, elsewhere: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(elsewhere)
        expect(page.get_by_role("link", name="The history of this story")).to_be_visible()


def test_it_can_be_framed_as_a_page(page: Page, elsewhere: str) -> None:
    page.goto(f"{elsewhere}/frame")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="History")).to_be_visible()
    expect(frame.get_by_role("listitem")).to_have_count(4)


def test_another_site_can_neither_write_nor_use_a_token(
    browser: Browser, elsewhere: str, demo: str
) -> None:
    script = """async ([url, options]) => {
        try { return (await fetch(url, options)).status; } catch (error) { return error.name; }
    }"""
    api = f"{demo}api/v1/{STORY}"
    with_token = {"headers": {"Authorization": "Bearer x"}}
    post = {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": "{}"}
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(elsewhere)
        assert page.evaluate(script, [api, {}]) == 200
        assert page.evaluate(script, [api, with_token]) == "TypeError"
        assert page.evaluate(script, [f"{api}/revisions", post]) == "TypeError"
