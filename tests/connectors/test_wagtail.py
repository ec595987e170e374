"""The app in the real Wagtail: its own tests, and an article in Wagtail's editor, in a browser."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.connectors.archive import ArchiveReader, new_token
from tests.connectors.processes import ArchiveServer, wait_until
from tests.connectors.wagtail import CONNECTOR, Wagtail, python_of, wagtail
from tests.servers import PROGRAM

_TITLE = "Ferry to Holm Island stops for the winter"
_ARTICLE = "/ferry-to-holm-island-stops-for-the-winter/"


def test_the_app(tmp_path: Path) -> None:
    """Its tests run in Wagtail's Python, which knows nothing of ours."""
    environ = {
        **os.environ,
        "PYTHONPATH": str(CONNECTOR),
        "STORY_HISTORY_PROGRAM": str(PROGRAM),
        "STORY_HISTORY_URL": "http://127.0.0.1:1",
        "STORY_HISTORY_TOKEN": "each test has its own",
        "WAGTAIL_FOLDER": str(tmp_path),
        "WAGTAIL_URL": "http://127.0.0.1:1",
    }
    python = python_of(Path(os.environ["CMS"]))
    for command in (("makemigrations", "--check"), ("test", "-t", str(CONNECTOR), "tests")):
        run = subprocess.run(
            [python, "manage.py", *command],
            cwd=CONNECTOR / "tests/site",
            env=environ,
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, server: ArchiveServer) -> Iterator[Wagtail]:
    token = new_token(server.path, "integration", "The site")
    folder = tmp_path_factory.mktemp("wagtail")
    with wagtail(Path(os.environ["CMS"]), folder, server.url, token) as found:
        yield found


@pytest.fixture
def page(browser: Browser, site: Wagtail) -> Iterator[Page]:
    """Of an editor who has signed in."""
    with browser.new_context(viewport={"width": 1300, "height": 1000}) as context:
        found = context.new_page()
        found.goto(f"{site.url}/admin/login/")
        found.get_by_label("Username").fill("meera")
        found.locator("[name=password]").fill("a long password")
        found.get_by_role("button", name="Sign in").click()
        yield found


def test_an_article_in_the_editor_has_its_true_history(
    site: Wagtail, reader: ArchiveReader, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{site.url}/admin/pages/add/newsroom/article/2/")
    expect(_body(page)).to_be_visible()  # Until its scripts run, no slug is made of the title.
    page.locator("#id_title").fill(_TITLE)
    page.locator("#id_title").blur()
    expect(page.locator("#id_slug")).not_to_have_value("")
    page.locator("#id_byline").fill("Jon Reed")
    _write(page)
    _choose(page, "Publish")
    number = site.newest()
    _sent(site)

    page.goto(f"{site.url}/admin/pages/{number}/edit/")
    body = _body(page)
    _replace(page, body, "4.2", "6.8")
    page.get_by_label("What changed, and why").fill("An earlier version understated the costs.")
    page.get_by_label("Kind of change").select_option("correction")
    page.screenshot(path=tmp_path / "editor.png", full_page=True)
    _choose(page, "Publish")
    _sent(site)

    page.goto(f"{site.url}/admin/pages/{number}/unpublish/")
    page.screenshot(path=tmp_path / "unpublish.png")
    page.get_by_label("Note to readers").fill("The council has asked us to check it.")
    page.get_by_role("button", name="Yes, unpublish it").click()
    _sent(site)
    assert reader.status(site.story(number)) == 410

    page.goto(f"{site.url}/admin/pages/{number}/edit/")
    expect(page.get_by_label("What changed, and why")).to_have_value("")
    _choose(page, "Publish")
    _sent(site)

    first, second, third = reader.versions(site.story(number))
    *texts, image = first["content"]["body"]
    assert texts == [
        "The ferry will not run until March. The pier costs 4.2 million crowns.",
        "## What goes instead",
        "- A helicopter on Tuesdays",
        "- The post by boat",
        "See the [council](https://council.example/ferry)",
    ]
    assert image.startswith(f"![The old pier at low tide]({site.url}/media/images/pier.")
    assert first["content"]["authors"] == ["Jon Reed"]
    assert first["content"]["url"] == site.url + _ARTICLE
    assert [each["author"]["name"] for each in (first, second, third)] == ["Meera Pillai"] * 3
    assert (second["note"], second["kind"]) == (
        "An earlier version understated the costs.",
        "correction",
    )
    assert [first["note"], third["note"]] == ["", ""]
    assert [event for event in reader.events(site.story(number)) if event != "alias"] == [
        *("published", "published", "withdrawn", "published")
    ]

    page.goto(site.url + _ARTICLE)
    history = page.locator("story-history")
    expect(history.get_by_text("An earlier version understated the costs.")).to_be_visible()
    expect(history.get_by_text("Correction", exact=True)).to_be_visible()
    page.screenshot(path=tmp_path / "article.png", full_page=True)
    history.get_by_role("link", name="what changed in version 2").click()
    expect(page.locator(".facts").get_by_text("4.2 → 6.8")).to_be_visible()


def _body(page: Page) -> Locator:
    return page.get_by_role("textbox").and_(page.locator("[contenteditable]"))


def _write(page: Page) -> None:
    """A paragraph, a heading, a list, a link and an image, as an editor does it."""
    body = _body(page)
    body.click()
    keyboard = page.keyboard
    keyboard.type("The ferry will not run until March. The pier costs 4.2 million crowns.")
    keyboard.press("Enter")
    keyboard.type("## What goes instead")
    keyboard.press("Enter")
    keyboard.type("* A helicopter on Tuesdays")
    keyboard.press("Enter")
    keyboard.type("The post by boat")
    keyboard.press("Enter")
    keyboard.press("Enter")
    keyboard.type("See the council")
    for _ in "council":
        keyboard.press("Shift+ArrowLeft")
    keyboard.press("Control+k")
    modal = page.locator(".modal")
    modal.get_by_role("link", name="External link").click()
    modal.get_by_label("URL").fill("https://council.example/ferry")
    modal.get_by_role("button", name="Insert link").click()
    expect(modal).to_have_count(0)
    body.click()
    keyboard.press("Control+End")
    keyboard.press("Enter")
    keyboard.type("/image")
    page.get_by_role("option", name="Image").click()
    modal.get_by_role("link", name="The pier").click()
    modal.get_by_text("Full width").click()
    modal.get_by_label("Alt text").fill("The old pier at low tide")
    modal.get_by_role("button", name="Insert image").click()
    expect(modal).to_have_count(0)
    _in_form(page, "The old pier at low tide")


def _replace(page: Page, body: Locator, old: str, new: str) -> None:
    """Select words of the first paragraph by keys, and type others."""
    body.click()
    page.keyboard.press("Control+Home")
    for _ in range((body.text_content() or "").index(old)):
        page.keyboard.press("ArrowRight")
    for _ in old:
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.type(new)
    _in_form(page, new)


def _in_form(page: Page, text: str) -> None:
    """Wait for what was typed: the editor puts it into the form a moment after the last key."""
    page.wait_for_function(
        "text => document.querySelector('[name=body]').value.includes(text)", arg=text
    )


def _choose(page: Page, action: str) -> None:
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name=action, exact=True).click()
    expect(
        page.get_by_text("has been published").or_(page.get_by_text("created and published"))
    ).to_be_visible()


def _sent(site: Wagtail) -> None:
    wait_until(lambda: not site.pending(), "the connector's queue")
    assert site.refused() == []
