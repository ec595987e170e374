"""Removing and exporting at the desk, and the report, in a real browser; by keyboard, by axe."""

import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from service.audit.verify.verifier import verify
from tests.browser.axe import assert_accessible
from tests.browser.conftest import ON_ANY_SCREEN
from tests.browser.newsroom import Newsroom, run
from tests.samples import story


@pytest.fixture
def published(newsroom: Newsroom) -> Newsroom:
    told = {"state": "published", "note": "Told."}
    newsroom.send("editor", story(), **told)
    newsroom.send("editor", story(title="A slip of the tongue"), base_version=1, **told)
    newsroom.send("editor", story(title="As it should be"), base_version=2, **told)
    return newsroom


def _remove(page: Page, newsroom: Newsroom) -> None:
    newsroom.sign_in(page)
    page.goto(f"{newsroom.url}desk/stories/{newsroom.story}/timeline")
    page.get_by_role("link", name="Remove texts for legal reasons").click()
    page.get_by_label("Find what says").fill("slip of the TONGUE")
    page.keyboard.press("Enter")
    expect(page.get_by_text("All 3 entries of this story searched")).to_be_visible()
    expect(page.get_by_label("Remove the text of revision 2")).to_be_checked()
    page.get_by_label("Ground").select_option("A court order")
    page.get_by_label("Law, court order or case number").fill("12 O 44/26")
    page.get_by_label("Explanation").fill("By order.")
    page.get_by_label("I understand that this cannot be undone").press("Space")
    page.get_by_role("button", name="Remove permanently").press("Enter")


def test_a_text_is_removed_at_the_desk(published: Newsroom, page: Page) -> None:
    _remove(page, published)
    expect(page.get_by_text("Removed from the archive and from the disk.")).to_be_visible()
    expect(page.get_by_text("Nothing says")).to_be_visible()
    page.goto(f"{published.url}stories/{published.story}")
    expect(page.locator("#history")).to_contain_text("because of a court order")
    page.get_by_role("link", name="Version 2").click()
    expect(page.get_by_role("heading")).to_have_text("The text of version 2 was removed.")
    assert "revisions: every chain is unbroken" in run(published.archive, "verify")


def test_a_note_is_selected_and_the_count_follows(published: Newsroom, page: Page) -> None:
    told = {"state": "published", "note": "No slip of the tongue, Mr. O\u2019Hara\u00a0said."}
    published.send("editor", story(title="Four"), base_version=3, **told)
    published.sign_in(page)
    page.goto(f"{published.url}desk/stories/{published.story}/remove?words=o'hara+said")
    expect(page.locator("[data-selected]")).to_contain_text("1 of 1 on this page selected")
    expect(page.locator("mark")).to_have_text("O\u2019Hara\u00a0said")
    page.get_by_label("Remove the note of entry 4").press("Space")
    expect(page.locator("[data-selected]")).to_contain_text("0 of 1 on this page selected")


@ON_ANY_SCREEN
def test_without_confirmation_nothing_is_removed(published: Newsroom, page: Page) -> None:
    published.sign_in(page)
    page.goto(f"{published.url}desk/stories/{published.story}/remove?words=slip")
    page.get_by_role("button", name="Remove permanently").click()
    expect(page).to_have_url(f"{published.url}desk/stories/{published.story}/remove?words=slip")
    page.goto(f"{published.url}stories/{published.story}/versions/2")
    expect(page.get_by_role("heading", level=1)).to_have_text("A slip of the tongue")


@ON_ANY_SCREEN
def test_an_export_is_downloaded_and_verified(
    published: Newsroom, page: Page, tmp_path: Path
) -> None:
    published.sign_in(page)
    page.goto(f"{published.url}desk/export")
    fingerprint = page.locator("code.secret").last.inner_text()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export").press("Enter")
    path = tmp_path / "all.zip"
    waiting.value.save_as(path)
    assert waiting.value.suggested_filename == "story-history.zip"
    assert verify(path, fingerprint).faults == []


def test_axe_finds_nothing(axe_page: Page, published: Newsroom, tmp_path: Path) -> None:
    _remove(axe_page, published)
    run(published.archive, "export", published.story, "-o", str(tmp_path / "one.zip"))
    with zipfile.ZipFile(tmp_path / "one.zip") as packed:
        packed.extractall(tmp_path)
    files = tmp_path / published.story / "data/stories" / published.story
    addresses = [
        f"{published.url}desk/stories/{published.story}/remove?words=as+it",
        f"{published.url}desk/stories/{published.story}/timeline",
        f"{published.url}desk/mentions?words=slip",
        f"{published.url}desk/export",
        f"{published.url}stories/{published.story}/versions/2",
        f"{published.url}stories/{published.story}/history",
        (files / "report.html").as_uri(),
    ]
    for address in addresses:
        axe_page.goto(address)
        # A search that goes on by itself would leave the page meanwhile.
        expect(axe_page.locator("[data-goes-on] [name=goes_on]:checked")).to_have_count(0)
        assert_accessible(axe_page, address)


def test_the_report_prints_on_pages_of_its_own(published: Newsroom, tmp_path: Path) -> None:
    run(published.archive, "export", published.story, "--pdf", "-o", str(tmp_path / "one.zip"))
    with zipfile.ZipFile(tmp_path / "one.zip") as packed:
        data = packed.read(f"{published.story}/data/stories/{published.story}/report.pdf")
    assert data.startswith(b"%PDF-")
    assert data.count(b"/Type /Page\n") >= 3, "a cover, and what follows"
    assert verify(tmp_path / "one.zip").faults == []


@ON_ANY_SCREEN
def test_a_search_of_all_stories_goes_on_by_itself(
    published: Newsroom, page: Page, tmp_path: Path
) -> None:
    """Over more texts than one page reads; last, since exports of all hold these texts, too."""
    lines = [
        {"story": f"{published.story}-long", "content": story(title=str(number))}
        for number in range(1_050)
    ]
    path = tmp_path / "long.ndjson"
    path.write_text("\n".join(map(json.dumps, lines)))
    run(published.archive, "import", str(path))
    published.send("editor", story(title="A slip of the pen"), base_version=3, state="draft")
    published.sign_in(page)
    page.goto(f"{published.url}desk/mentions?words=slip+of+the")
    expect(page.get_by_role("status")).to_contain_text("All", timeout=30_000)
    expect(page).to_have_url(f"{published.url}desk/mentions")
    found = page.get_by_role("listitem").filter(has_text=published.story).first
    expect(found).to_contain_text("2 texts")
