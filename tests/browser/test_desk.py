"""The desk in a browser: no typed text is lost, shortcuts work, every page is accessible."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import ON_ANY_SCREEN
from tests.browser.newsroom import Newsroom
from tests.samples import story

OPEN, COSTS = story()["overview"]


@pytest.fixture
def busy(newsroom: Newsroom) -> Newsroom:
    """Two versions; drafts: one changes a number, one has an outdated base, one is cosmetic."""
    newsroom.send("editor", story(), state="published", note="")
    stale = story(overview=[OPEN, COSTS.replace("1.2", "1.3")], analysis=["Not so."])
    newsroom.send("contributor", stale, base_version=1, note="Another figure.")
    second = story(overview=[OPEN, COSTS.replace("1.2", "1.4")])
    explained = {"note": "A new figure.", "kind": "correction"}
    newsroom.send("editor", second, state="published", base_version=1, **explained)
    newsroom.send("contributor", {**second, "title": "Library stays open 2 years"}, base_version=2)
    slight = {**second, "analysis": ["Reports agree on the sums ."]}
    newsroom.send("contributor", slight, base_version=2)
    return newsroom


def _edit(page: Page, newsroom: Newsroom) -> None:
    newsroom.sign_in(page)
    page.goto(f"{newsroom.url}desk/stories/{newsroom.story}/edit")


def _paragraph(page: Page, number: int) -> Any:
    return page.get_by_label(f"Overview, paragraph {number}", exact=True)


def test_typed_text_survives_a_reload(page: Page, busy: Newsroom) -> None:
    _edit(page, busy)
    page.get_by_role("button", name="Add a paragraph to Overview").click()
    expect(_paragraph(page, 3)).to_be_focused()
    page.keyboard.type("Typed with care.")
    page.get_by_label("Note", exact=True).fill("Why")
    page.goto(f"{busy.url}desk/stories/{busy.story}/edit")
    expect(_paragraph(page, 3)).to_have_count(0)
    page.get_by_role("button", name="Restore it").click()
    expect(_paragraph(page, 3)).to_have_value("Typed with care.")
    expect(page.get_by_label("Note", exact=True)).to_have_value("Why")
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved as a draft.")
    page.goto(f"{busy.url}desk/stories/{busy.story}/edit")
    expect(page.get_by_role("button", name="Restore it")).to_have_count(0)


@ON_ANY_SCREEN
def test_a_comment_survives_a_reload(page: Page, busy: Newsroom) -> None:
    busy.sign_in(page)
    page.goto(f"{busy.url}desk/stories/{busy.story}/revisions/4")
    page.get_by_label("Note", exact=True).fill("Half a thought")
    page.reload()
    expect(page.get_by_label("Note", exact=True)).to_have_value("Half a thought")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".elsewhere")).to_contain_text("Half a thought")
    expect(page.get_by_label("Note", exact=True)).to_have_value("")


@ON_ANY_SCREEN
def test_typed_text_survives_the_session(page: Page, busy: Newsroom) -> None:
    _edit(page, busy)
    _paragraph(page, 1).fill("Rewritten while the session ended.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_role("alert")).to_contain_text("your text is not lost")
    page.get_by_label("Your token").fill(busy.tokens["editor"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Send it now?")).to_be_visible()
    expect(page.locator(".sent")).to_contain_text("Rewritten while the session ended.")
    _check(page, "resume")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Send it now?")).to_be_visible()
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved as a draft.")
    expect(page.locator("ins").first).to_contain_text("Rewritten while the session ended.")


@ON_ANY_SCREEN
def test_typed_text_is_offered_to_nobody_else(page: Page, busy: Newsroom) -> None:
    """Neither through the sign-in form nor from what the browser keeps."""
    _edit(page, busy)
    _paragraph(page, 1).fill("For Dara's eyes only.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save as draft").click()
    page.get_by_label("Your token").fill(busy.token("editor", "Someone Else"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("It was not sent.")
    expect(page.get_by_role("heading", name="Edit")).to_be_visible()
    expect(page.get_by_role("button", name="Restore it")).to_have_count(0)
    assert "eyes only" not in page.content()
    page.get_by_role("button", name="Sign out").click()
    _edit(page, busy)
    page.get_by_role("button", name="Restore it").click()
    expect(_paragraph(page, 1)).to_have_value("For Dara's eyes only.")


def test_typed_text_survives_a_conflict(page: Page, busy: Newsroom) -> None:
    _edit(page, busy)
    _paragraph(page, 1).fill("My own first paragraph about the library.")
    page.get_by_label("Note", exact=True).fill("Mine")
    third = story(overview=[OPEN, COSTS.replace("1.2", "1.4")], title="Meanwhile")
    busy.send("editor", third, state="published", base_version=2, note="x")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_role("button", name="Compare all three").click()
    page.get_by_role("button", name="Merge and preview").click()
    expect(_paragraph(page, 1)).to_have_value("My own first paragraph about the library.")
    expect(page.get_by_label("Title").first).to_have_value("Meanwhile")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Published as version 4.")


@ON_ANY_SCREEN
def test_signing_out_leaves_no_text_behind(page: Page, busy: Newsroom) -> None:
    _edit(page, busy)
    _paragraph(page, 1).fill("Not for the next one at this machine.")
    assert page.evaluate("Object.keys(localStorage).length") == 1
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Your token")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).length") == 0


@ON_ANY_SCREEN
def test_the_queue_works_by_keyboard_alone(page: Page, busy: Newsroom) -> None:
    busy.sign_in(page)
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.href")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.href") == first
    page.keyboard.press("Enter")
    page.wait_for_url("**/revisions/*")
    here = page.url
    page.keyboard.press("]")
    page.wait_for_url(re.compile(rf"^(?!{re.escape(here)}$).*/revisions/\d+$"))
    page.keyboard.press("a")
    expect(page.get_by_role("status").first).to_contain_text("Approved.")
    page.wait_for_load_state()  # from when keys are heard
    page.keyboard.press("c")
    page.keyboard.type("u a x e")
    expect(page.get_by_label("Note", exact=True)).to_have_value("u a x e")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.wait_for_url("**/edit?from=*")


BACK = "An earlier version of this story said 1.4 million crowns; it is 1.2 million."


def _held_back(page: Page, newsroom: Newsroom) -> None:
    """Restoring version 1, which changes a figure and says nothing of it."""
    newsroom.sign_in(page)
    page.goto(f"{newsroom.url}desk/stories/{newsroom.story}/restore/1")
    page.get_by_role("button", name="Restore version 1").click()
    expect(page.get_by_role("alert")).to_contain_text("one is suggested below its field")


def _use(page: Page) -> Any:
    return page.get_by_role("button", name="Use this note")


def _publish_edited(page: Page, newsroom: Newsroom) -> None:
    note = page.get_by_label("Note", exact=True)
    note.press("Control+End")
    page.keyboard.type(" We are sorry.")
    page.get_by_role("button", name="Restore version 1").click()
    expect(page.get_by_role("status").first).to_contain_text("Version 1 is live again")
    page.goto(f"{newsroom.url}stories/{newsroom.story}")
    expect(page.locator("main")).to_contain_text(f"{BACK} We are sorry.")


def test_the_suggested_note_is_taken_by_a_button(page: Page, busy: Newsroom) -> None:
    _held_back(page, busy)
    note, here = page.get_by_label("Note", exact=True), page.url
    expect(note).to_have_accessible_description(re.compile(re.escape(BACK)))
    expect(_use(page)).to_have_accessible_description(BACK)
    expect(note).to_be_focused()
    page.evaluate("document.body.dataset.same = 'yes'")
    page.keyboard.press("Tab")
    expect(_use(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(note).to_have_value(BACK)
    expect(note).to_be_focused()
    _use(page).click()
    expect(note).to_have_value(BACK)
    assert page.url == here
    assert page.evaluate("document.body.dataset.same") == "yes", "the page was not sent"
    _publish_edited(page, busy)


@ON_ANY_SCREEN
def test_the_suggested_note_goes_after_what_was_typed_and_is_kept(
    page: Page, busy: Newsroom
) -> None:
    _held_back(page, busy)
    note = page.get_by_label("Note", exact=True)
    note.fill("Sorry.")
    _use(page).click()
    expect(note).to_have_value(f"Sorry.\n{BACK}")
    page.goto(f"{busy.url}desk/stories/{busy.story}/restore/1")
    expect(note).to_have_value(f"Sorry.\n{BACK}")


def test_the_suggested_note_is_taken_without_scripts(browser: Browser, busy: Newsroom) -> None:
    with browser.new_page(java_script_enabled=False) as page:
        _held_back(page, busy)
        page.get_by_label("Note", exact=True).press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Nothing is published yet.")
        expect(page.get_by_label("Note", exact=True)).to_have_value(BACK)
        _publish_edited(page, busy)


@ON_ANY_SCREEN
def test_enter_in_another_field_takes_no_note(page: Page, busy: Newsroom) -> None:
    _held_back(page, busy)
    page.get_by_label("Reason to publish without a note").fill("By law.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Version 1 is live again")


def test_it_works_without_scripts(browser: Browser, busy: Newsroom) -> None:
    with browser.new_page(java_script_enabled=False) as page:
        _edit(page, busy)
        page.get_by_role("button", name="Move paragraph 2 up").first.click()
        expect(_paragraph(page, 1)).to_have_value(COSTS.replace("1.2", "1.4"))
        page.get_by_role("button", name="Preview changes").last.click()
        expect(page.get_by_role("heading", name="Changes to the live version")).to_be_visible()
        page.get_by_role("button", name="Save as draft").click()
        expect(page.get_by_role("status").first).to_contain_text("Saved as a draft.")


PAGES = {
    "queue": "",
    "stories": "/stories",
    "new story": "/new",
    "watching": "/watching",
    "review": "/stories/STORY/revisions/4",
    "review side by side": "/stories/STORY/revisions/4?view=split",
    "review of a stale draft": "/stories/STORY/revisions/2",
    "merge": "/stories/STORY/revisions/2/merge",
    "edit": "/stories/STORY/edit",
    "timeline": "/stories/STORY/timeline?at=2026-05-01T10:00",
    "restore": "/stories/STORY/restore/1",
    "tokens": "/tokens",
}


def test_every_page_is_accessible(axe_page: Page, busy: Newsroom) -> None:
    page = axe_page
    page.goto(f"{busy.url}desk/sign-in")
    _check(page, "sign in")
    busy.sign_in(page, busy.token("admin", "Ana Root"))
    page.goto(f"{busy.url}desk/stories/{busy.story}/revisions/4")
    page.get_by_label("Note", exact=True).fill("Seen.")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Comment added.")
    for name, path in PAGES.items():
        page.goto(f"{busy.url}desk{path.replace('STORY', busy.story)}")
        _check(page, name)
    page.goto(f"{busy.url}desk/stories/{busy.story}/revisions/4")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Held back")
    _check(page, "held back")
    page.goto(f"{busy.url}desk/stories/{busy.story}/edit")
    page.get_by_label("Title").first.fill("Another title")
    page.get_by_role("button", name="Preview changes").last.click()
    expect(page.get_by_role("heading", name="Changes to the live version")).to_be_visible()
    _check(page, "preview")
    page.get_by_label("Title").first.fill("")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved yet")
    _check(page, "faults")
    page.goto(f"{busy.url}stories/{busy.story}")
    _check(page, "public page with a correction")


def _check(page: Page, name: str) -> None:
    assert_accessible(page, name)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{name}: {wide} pixels too wide"
