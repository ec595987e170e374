"""An editor's day in WordPress's block editor, up to the History that readers see."""

import os
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.connectors.archive import ArchiveReader, new_token
from tests.connectors.processes import ArchiveServer, wait_until
from tests.connectors.wordpress import WordPress, wordpress


@pytest.fixture(scope="module")
def site(server: ArchiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    token = new_token(server.path, "integration", "The site")
    folder = tmp_path_factory.mktemp("wordpress")
    cms = Path(os.environ["CMS"])
    with wordpress(cms, folder, server.url, token, system_cron=False) as found:
        yield found


@pytest.fixture
def page(site: WordPress, browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 1000}) as context:
        found = context.new_page()
        errors: list[str] = []
        found.on("pageerror", lambda error: errors.append(str(error)))
        site.sign_in(found)
        yield found
        assert errors == []


def _png(path: Path) -> Path:
    """A picture of one colour."""
    size = 640, 360
    rows = b"".join(b"\0" + b"\x33\x77\xaa" * size[0] for _ in range(size[1]))

    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + checksum

    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    return path


def _look(page: Page, name: str) -> None:
    """Keep a picture of the page, if someone wants to look."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def _block(page: Page, name: str) -> None:
    """Begin a block of this kind in the empty paragraph that has the cursor."""
    expect(page.locator("[data-type='core/paragraph']").last).to_be_focused()
    page.keyboard.type(f"/{name}")
    page.get_by_role("option", name=re.compile(rf"(^|\s){name}$")).first.click()


def _new_post(page: Page, site: WordPress) -> None:
    page.goto(f"{site.url}/wp-admin/post-new.php")
    page.get_by_role("textbox", name="Add title").fill("Ferry stops for the winter")
    page.keyboard.press("Enter")


def test_an_editor_s_day(
    site: WordPress, page: Page, reader: ArchiveReader, tmp_path: Path
) -> None:
    _new_post(page, site)
    page.keyboard.type("The ferry costs 4.2 million crowns, says ")
    page.keyboard.type("the council")
    for _ in range(len("the council")):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="URL").fill("https://council.example/ferry")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_role("document", name="Paragraph block").click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    _block(page, "List")
    page.keyboard.type("No boats in winter")
    page.keyboard.press("Enter")
    page.keyboard.type("Post by helicopter")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    _block(page, "Image")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload").click()
    chooser.value.set_files(_png(tmp_path / "pier.png"))
    expect(page.locator("figure.wp-block-image img[src*='/uploads/']")).to_be_visible()
    page.get_by_label("Alt text (alternative text)").fill("The old pier")
    _look(page, "editor-image")

    page.get_by_role("button", name="Publish", exact=True).click()
    before = page.get_by_label("Editor publish")
    before.get_by_label("Note to readers").fill("First report.")
    _look(page, "before-publishing")
    before.get_by_role("button", name="Publish", exact=True).click()
    expect(before.get_by_text("is now live.")).to_be_visible()
    address = before.get_by_label("Post address").input_value()
    number = int(page.evaluate("wp.data.select('core/editor').getCurrentPostId()"))
    story = site.story(number)
    before.get_by_role("button", name="Close panel").click()

    _sidebar(page)
    expect(page.get_by_label("Note to readers")).to_have_value("")
    page.get_by_role("document", name="Paragraph block").first.click()
    page.keyboard.press("Home")
    page.keyboard.type("Corrected: ")
    _sidebar(page)
    page.get_by_label("Note to readers").fill("An earlier version did not say so.")
    page.get_by_label("Kind of change").select_option("correction")
    _look(page, "editor-panel")
    _update(page)
    expect(page.get_by_label("Note to readers")).to_have_value("")
    wait_until(lambda: not site.pending(), "the queue")
    first, second = reader.versions(story)
    assert first["note"] == "First report."
    assert (second["note"], second["kind"]) == ("An earlier version did not say so.", "correction")
    body = second["content"]["body"]
    assert body[0] == (
        "Corrected: The ferry costs 4.2 million crowns, says "
        "[the council](https://council.example/ferry)"
    )
    assert body[1:3] == ["- No boats in winter", "- Post by helicopter"]
    assert body[3].startswith(f"![The old pier]({site.url}/wp-content/uploads/")

    _as_reader(page, address, versions=2)
    page.goto(f"{site.url}/wp-admin/post.php?post={number}&action=edit")
    expect(page.get_by_label("Note to readers")).to_have_value("")
    _sidebar(page)
    page.get_by_label("Note to readers").fill("It was about another ferry.")
    page.get_by_role("button", name="Move to trash").click()
    page.wait_for_url("**/edit.php**")
    wait_until(lambda: not site.pending(), "the queue")
    assert reader.status(story) == 410
    assert "It was about another ferry." in reader.page(story)
    page.get_by_role("link", name="Undo").click()
    expect(page.get_by_text("1 post restored from the Trash.")).to_be_visible()
    wait_until(lambda: not site.pending(), "the queue")
    assert reader.status(story) == 200
    notes = [each["note"] for each in reader.versions(story)]
    assert notes == ["First report.", "An earlier version did not say so.", ""]
    _as_reader(page, address, versions=3)


def _sidebar(page: Page) -> None:
    page.get_by_label("Editor settings").get_by_role("button", name="Post").click()


def _update(page: Page) -> None:
    page.get_by_role("button", name="Update", exact=True).click()
    expect(page.get_by_text("Post updated.").first).to_be_visible()


def _as_reader(page: Page, address: str, versions: int) -> None:
    """The article has its History under it, and that leads to what changed."""
    browser = page.context.browser
    assert browser is not None
    with browser.new_context(viewport={"width": 1000, "height": 1400}) as context:
        reading = context.new_page()
        reading.goto(address)
        history = reading.locator("story-history")
        expect(history.get_by_role("heading", name="History")).to_be_visible()
        expect(history.get_by_role("listitem")).to_have_count(versions)
        expect(history).to_contain_text("An earlier version did not say so.")
        _look(reading, f"article-{versions}")
        history.get_by_role("link", name="what changed in version 2").click()
        expect(reading.locator("ins").first).to_contain_text("Corrected")
        _look(reading, "what-changed")


def test_the_history_stands_where_the_author_puts_it(
    site: WordPress, page: Page, reader: ArchiveReader
) -> None:
    _new_post(page, site)
    _block(page, "History")
    expect(page.get_by_text("Readers see the History of this article here.")).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).click()
    panel = page.get_by_label("Editor publish")
    panel.get_by_role("button", name="Publish", exact=True).click()
    expect(panel.get_by_text("is now live.")).to_be_visible()
    number = int(page.evaluate("wp.data.select('core/editor').getCurrentPostId()"))
    wait_until(lambda: not site.pending(), "the queue")
    page.goto(f"{site.url}/?p={number}")
    expect(page.locator("story-history")).to_have_count(1)
    expect(page.locator("story-history")).to_contain_text("does not have any previous versions")
    assert not reader.versions(site.story(number))[0]["content"].get("body")
