"""A reader's path from the front page to the words that changed."""

from playwright.sync_api import Browser, Page, expect

FLOOD = "stories/river-lind-flood"
BRIDGE = "Harbour bridge to close for repairs in March"


def _changed(page: Page) -> tuple[list[str], list[str]]:
    """The words that a reader sees struck and underlined."""
    old, new = (page.locator(f"[data-change] {mark}") for mark in ("del", "ins"))
    return old.all_text_contents(), new.all_text_contents()


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_reader_compares_two_versions_and_sees_the_words_that_changed(
    page: Page, demo: str
) -> None:
    page.goto(demo)
    page.get_by_role("link", name=BRIDGE, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(BRIDGE)
    headings = page.get_by_role("heading", level=2).all_inner_texts()
    assert headings == ["Overview", "Analysis", "Sources (2)", "FAQ", "History"]
    page.get_by_label("Compare version").fill("2")
    page.get_by_label("with").fill("3")
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(f"{demo}stories/harbour-bridge-closure/diff/2..3")
    old, new = _changed(page)
    assert old == ["31,000", "4.2", "two years ago", "4.2"]
    assert new == ["13,000", "6.8", "“", "”", "as late as 2024", "6.8"]
    assert _fits(page)


def test_inserted_and_deleted_text_differ_without_colour(page: Page, demo: str) -> None:
    page.goto(f"{demo}stories/harbour-bridge-closure/diff/2..3")
    for element, line in (("ins", "underline"), ("del", "line-through")):
        style = "n => getComputedStyle(n).textDecorationLine"
        assert page.locator(element).first.evaluate(style) == line
    heard = "removed: 31,000 (end) added: 13,000 (end)"
    expect(page.locator("[data-change]").nth(0)).to_contain_text(heard)


def test_a_moved_paragraph_says_where_it_was(page: Page, demo: str) -> None:
    page.goto(f"{demo}stories/harbour-bridge-closure/diff/2..3")
    label = page.locator(".label", has_text="Moved: was paragraph 5, now 2, with changes")
    expect(label).to_be_visible()


def test_each_version_links_to_its_page_and_to_its_difference(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/diff/6..7")
    if page.locator(".pager .open").is_visible():  # a phone shows them in a sheet
        page.get_by_role("button", name="Versions").click()
    page.locator("[data-version='8']").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "What changed from version 7 to version 8"
    )
    page.get_by_role("link", name="The text without marks").click()
    expect(page).to_have_url(f"{demo}{FLOOD}/versions/8")


def test_side_by_side_shows_the_old_text_and_the_new_one(page: Page, demo: str) -> None:
    page.goto(f"{demo}stories/harbour-bridge-closure/diff/2..3")
    page.get_by_role("link", name="Side by side").click()
    assert page.locator(".side.old ins").count() == 0
    assert page.locator(".side.new del").count() == 0
    expect(page.locator(".side.old del").first).to_contain_text("31,000")
    assert _fits(page)


def test_the_keys_n_and_p_step_through_the_changes(page: Page, demo: str) -> None:
    page.goto(f"{demo}stories/harbour-bridge-closure/diff/2..3")
    status = page.get_by_role("status")
    for key, position in (("n", "1 of 4"), ("n", "2 of 4"), ("p", "1 of 4"), ("p", "4 of 4")):
        page.keyboard.press(key)
        expect(status).to_have_text(position)
    expect(page.locator("[data-change]").nth(3)).to_be_focused()
    page.get_by_role("link", name="Next").press("Enter")
    expect(status).to_have_text("1 of 4")


def test_a_folded_stretch_unfolds(page: Page, demo: str) -> None:
    page.goto(f"{demo}stories/harbour-bridge-closure/diff/2..3")
    folded = page.get_by_text("buses will be diverted for eight weeks")
    expect(folded).to_be_hidden()
    page.locator("summary", has_text="Summary").press("Enter")
    expect(folded).to_be_visible()


def test_a_story_without_history_says_so(page: Page, demo: str) -> None:
    page.goto(f"{demo}stories/library-night-hours")
    sentence = "This story does not have any previous versions."
    expect(page.locator("#history p")).to_have_text(sentence)


def test_arabic_reads_from_right_to_left(page: Page, demo: str) -> None:
    page.goto(f"{demo}stories/desert-solar-station/diff/1..3")
    direction = "n => getComputedStyle(n).direction"
    assert page.locator(".change p[dir]").first.evaluate(direction) == "rtl"


def test_the_pages_work_without_javascript(browser: Browser, demo: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{demo}stories/harbour-bridge-closure")
        page.get_by_label("Compare version").fill("1")
        page.get_by_label("with").fill("4")
        page.get_by_role("button", name="Compare").click()
        expect(page.locator("ins").first).to_be_visible()
        page.get_by_role("link", name="Next").click()
        first = page.locator("[data-change]").first.get_attribute("id")
        expect(page).to_have_url(f"{demo}stories/harbour-bridge-closure/diff/1..4#{first}")
