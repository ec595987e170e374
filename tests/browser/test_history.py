"""The History as a reader uses it: by taps, by keys, and with the address that can be sent on."""

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import ON_ANY_SCREEN
from tests.browser.newsroom import Newsroom
from tests.samples import story

FLOOD = "stories/river-lind-flood"
BRIDGE = "stories/harbour-bridge-closure"


def _title(page: Page, old: int, new: int) -> None:
    expect(page.locator(".what-changed")).to_have_text(
        f"What changed from version {old} to version {new}"
    )


def _open_list(page: Page) -> None:
    """A phone shows the versions in a sheet."""
    if page.locator(".pager .open").is_visible():
        page.get_by_role("button", name="Versions").click()


def test_what_changed_last_is_one_tap_from_the_article(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}")
    page.get_by_role("link", name="See what changed").first.click()
    _title(page, 39, 40)


def test_the_next_change_in_time_is_one_tap(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/diff/11..12")
    page.get_by_role("link", name="Newer").click()
    _title(page, 12, 13)
    expect(page).to_have_url(f"{demo}{FLOOD}/diff/12..13")
    expect(page.get_by_role("link", name="Newer")).to_be_focused()
    expect(page.get_by_role("slider")).to_have_value("13")
    for number in (11, 10):
        page.get_by_role("link", name="Older").click()
        _title(page, number, number + 1)
    page.get_by_role("link", name="First").click()
    expect(page).to_have_url(f"{demo}{FLOOD}/versions/1")
    page.get_by_role("link", name="Latest").click()
    _title(page, 39, 40)


def test_back_shows_what_was_there_before(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/diff/11..12")
    for number in (12, 13):
        page.get_by_role("link", name="Newer").click()
        _title(page, number, number + 1)
    page.go_back()
    _title(page, 12, 13)
    page.go_back()
    _title(page, 11, 12)
    page.go_forward()
    _title(page, 12, 13)


def test_a_tap_on_a_row_shows_its_change(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/diff/11..12")
    _open_list(page)
    page.locator("[data-version='15']").click()
    _title(page, 14, 15)
    expect(page).to_have_url(f"{demo}{FLOOD}/diff/14..15")
    expect(page.locator("[aria-current=true]")).to_have_attribute("data-version", "15")


def test_two_taps_compare_any_two(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/diff/19..20")
    _open_list(page)
    page.get_by_role("button", name="Compare version 30").click()
    expect(page.get_by_role("button", name="Compare version 30")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert "compare=30" in page.url
    page.get_by_role("button", name="Compare version 12").click()
    _title(page, 12, 30)
    expect(page).to_have_url(f"{demo}{FLOOD}/diff/12..30")
    expect(page.locator(".brought").first).to_be_visible()


def test_further_versions_come_as_the_list_is_scrolled(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/history")
    _open_list(page)
    assert page.locator("[data-version]").count() == 30
    page.locator(".further a[rel=next]").scroll_into_view_if_needed()
    expect(page.locator("[data-version='1']")).to_be_attached()
    listed = page.locator("[data-version]").evaluate_all("all => all.map(n => +n.dataset.version)")
    assert listed == list(range(40, 0, -1))
    days = page.locator("[data-day]").evaluate_all("all => all.map(n => n.dataset.day)")
    assert len(set(days)) == len(days)


def test_only_corrections_are_listed_and_stepped_through(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/history")
    _open_list(page)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("corrections").check()
    page.wait_for_url("**/history?corrections=1")
    kinds = page.locator("[data-version] .kind").all_inner_texts()
    assert kinds
    assert not set(kinds) & {"Update", "Small fix", "First version"}
    if page.locator(".rail").evaluate("n => n.matches(':popover-open')"):
        page.keyboard.press("Escape")
    page.get_by_role("link", name="Older").click()
    expect(page).to_have_url(re.compile(r"/diff/\d+\.\.\d+\?corrections=1$"))


def test_the_slider_leads_to_a_version(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/diff/19..20")
    slider = page.get_by_role("slider")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    _title(page, 16, 17)
    expect(slider).to_have_attribute("aria-valuetext", "Version 17 of 40")
    expect(slider).to_be_focused()
    expect(page).to_have_url(f"{demo}{FLOOD}/diff/16..17")


@ON_ANY_SCREEN
def test_playing_goes_through_the_changes_and_stops_at_the_newest(page: Page, demo: str) -> None:
    page.clock.install()
    page.goto(f"{demo}{BRIDGE}/diff/2..3")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("status")).to_have_text("1 of 4")
    page.clock.run_for(2_600)
    expect(page.get_by_role("status")).to_have_text("2 of 4")
    for _ in range(20):
        page.clock.run_for(2_600)
        page.wait_for_timeout(50)
    _title(page, 3, 4)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_a_step_hides_nothing_and_can_be_sent_on(page: Page, demo: str) -> None:
    page.goto(f"{demo}{BRIDGE}/diff/1..4")
    bar = page.locator(".steps-bar")
    height = bar.evaluate("n => n.offsetHeight")
    for number in range(1, 5):
        page.get_by_role("link", name="Next").click()
        change = page.locator("[data-change]").nth(number - 1)
        expect(page.get_by_role("status")).to_have_text(f"{number} of 10")
        name = change.get_attribute("id")
        assert page.url.endswith(f"#{name}")
        top = change.evaluate("n => n.getBoundingClientRect().top")
        edge = bar.evaluate("n => n.getBoundingClientRect().bottom")
        assert edge <= top < edge + 40, "below the bar, and near it"
    assert bar.evaluate("n => n.offsetHeight") == height < 60, "one row"
    page.get_by_role("link", name="Side by side").click()
    expect(page).to_have_url(f"{demo}{BRIDGE}/diff/1..4?view=split#{name}")
    expect(page.locator(f"#{name}")).to_be_in_viewport()
    expect(page.get_by_role("status")).to_have_text("4 of 10")


def test_a_step_starts_from_where_the_reader_is(page: Page, demo: str) -> None:
    page.goto(f"{demo}{BRIDGE}/diff/1..4")
    fifth = page.locator("[data-change]").nth(4)
    fifth.evaluate("n => scrollTo(0, n.getBoundingClientRect().top + scrollY - innerHeight / 3)")
    page.keyboard.press("n")
    position = page.get_by_role("status").inner_text()
    assert position in ("5 of 10", "4 of 10")
    assert fifth.evaluate("n => n.getBoundingClientRect().top") >= 0


def test_in_a_paragraph_higher_than_the_window_each_mark_is_a_step(
    page: Page, newsroom: Newsroom
) -> None:
    filler = "The council went on to speak about other matters at length. " * 40
    for at, (first, last) in enumerate((("one", "nine"), ("two", "ten"))):
        text = f"It began with {first} boat. {filler}{filler}It ended with {last} boats."
        newsroom.send(
            "editor", story(overview=[text]), state="published", note="x", base_version=at or None
        )
    page.goto(f"{newsroom.url}stories/{newsroom.story}/diff/1..2")
    page.get_by_role("link", name="Next").click()
    expect(page.locator("[data-change] ins").first).to_be_in_viewport()
    page.get_by_role("link", name="Next").click()
    expect(page.locator("[data-change] ins").last).to_be_in_viewport()
    expect(page.get_by_role("status")).to_have_text("1 of 1")


@ON_ANY_SCREEN
def test_single_keys_are_listed_changed_and_switched_off(page: Page, demo: str) -> None:
    page.goto(f"{demo}{BRIDGE}/diff/1..4")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Next change").fill("d")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("d")
    expect(page.get_by_role("status")).to_have_text("1 of 10")
    page.reload()
    page.keyboard.press("n")
    page.keyboard.press("d")
    expect(page.get_by_role("status")).to_have_text(re.compile("^[12] of 10$"))
    page.get_by_role("button", name="Keyboard shortcuts").click()
    dialog.get_by_label("Next change").fill("p")
    expect(dialog.get_by_role("alert")).to_have_text("Another shortcut has this key.")
    dialog.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    before = page.get_by_role("status").inner_text()
    for key in ("d", "p", "?"):
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_have_text(before)
    expect(dialog).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(f"{demo}{BRIDGE}/versions/1")


def test_it_all_works_without_scripts(browser: Browser, demo: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{demo}{FLOOD}/history")
        page.get_by_role("link", name="Older").click()
        _title(page, 38, 39)
        page.get_by_role("button", name="Compare version 38").click()
        page.get_by_role("button", name="Compare version 30").click()
        _title(page, 30, 38)
        page.get_by_role("link", name="Side by side").click()
        expect(page.locator(".side.old").first).to_be_visible()
        page.locator("[data-version='35']").click()
        _title(page, 34, 35)
        page.get_by_text("Filter", exact=True).click()
        page.get_by_label("corrections").check()
        page.locator("[data-filter]").get_by_role("button", name="Show").click()
        expect(page).to_have_url(f"{demo}{FLOOD}/history?corrections=1")


@ON_ANY_SCREEN
def test_an_arrow_key_in_a_right_to_left_interface_goes_where_it_points(
    page: Page, demo: str
) -> None:
    page.goto(f"{demo}{FLOOD}/diff/19..20")
    page.evaluate("document.documentElement.dir = 'rtl'")
    page.keyboard.press("ArrowLeft")
    _title(page, 20, 21)


@ON_ANY_SCREEN
def test_back_shows_the_list_of_the_filter_that_was_on(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/history?corrections=1")
    filtered = page.locator("[data-version]").count()
    page.get_by_role("link", name="Show all versions").first.click()
    expect(page.locator("[data-version]")).to_have_count(30)
    page.go_back()
    expect(page.locator("[data-version]")).to_have_count(filtered)
    expect(page.get_by_label("Only corrections")).to_be_checked()


@ON_ANY_SCREEN
def test_back_returns_to_the_place_in_the_text(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/diff/1..40")
    page.evaluate("scrollTo({top: 1500, behavior: 'instant'})")
    page.get_by_role("link", name="Older").evaluate("link => link.click()")
    expect(page).not_to_have_url(f"{demo}{FLOOD}/diff/1..40")
    page.go_back()
    _title(page, 1, 40)
    page.wait_for_timeout(100)  # the text is put in its place first
    assert abs(page.evaluate("scrollY") - 1500) < 150, "but for what times add above"


@ON_ANY_SCREEN
def test_the_last_place_of_the_slider_counts_while_a_page_loads(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/diff/29..30")

    def slowly(route: Route) -> None:
        page.wait_for_timeout(500)
        route.continue_()

    page.route("**/history?version=*", slowly)
    slide = """(slider, value) => {
        slider.value = value;
        slider.dispatchEvent(new Event("input", {bubbles: true}));
    }"""
    page.get_by_role("slider").evaluate(slide, "20")
    page.wait_for_timeout(400)
    page.get_by_role("slider").evaluate(slide, "10")
    _title(page, 9, 10)
    expect(page.get_by_role("slider")).to_have_value("10")


@ON_ANY_SCREEN
def test_what_is_on_show_is_said_and_the_focus_stays(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/diff/29..30")
    page.get_by_role("link", name="Older").press("Enter")
    expect(page.locator("[data-announce]")).to_contain_text(
        "What changed from version 28 to version 29"
    )
    page.get_by_text("Filter", exact=True).press("Enter")
    page.get_by_label("Only corrections").press("Space")
    page.wait_for_url("**/history?corrections=1")
    expect(page.get_by_label("Only corrections")).to_be_focused()


def test_the_list_keeps_its_place_while_it_grows(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/history")
    _open_list(page)
    page.locator(".further a[rel=next]").scroll_into_view_if_needed()
    expect(page.locator("[data-version='1']")).to_be_attached()
    expect(page.locator("[data-version='11']")).to_be_in_viewport()
    page.get_by_role("button", name="Compare version 11").click()
    expect(page.locator("[data-version='11']")).to_be_in_viewport()


@ON_ANY_SCREEN
def test_where_the_system_chooses_the_colours_one_row_is_told_from_the_others(
    page: Page, demo: str
) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"{demo}{FLOOD}/diff/29..30")
    edges = page.locator("[data-version]").evaluate_all(
        "rows => rows.map(row => getComputedStyle(row).borderInlineStartColor)"
    )
    assert sorted(edges.count(each) for each in set(edges)) == [1, len(edges) - 1]
    assert edges[0] == "rgb(255, 255, 255)", "a row that is not shown has none"


@ON_ANY_SCREEN
def test_of_two_answers_the_one_that_was_asked_for_last_is_shown(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/diff/11..12")
    held: list[Route] = []
    page.route("**/diff/12..13", lambda route: held.append(route))
    page.get_by_role("link", name="Newer").click()
    expect(page.locator("[data-view]")).to_have_attribute("aria-busy", "true")
    page.get_by_role("link", name="Older").click()
    _title(page, 10, 11)
    with page.expect_response("**/diff/12..13"):
        held[0].continue_()
    page.get_by_role("link", name="Older").click()
    _title(page, 9, 10)
    page.go_back()
    _title(page, 10, 11)
    page.go_back()
    _title(page, 11, 12)


@pytest.mark.parametrize("page", [(390, 844)], ids=["phone"], indirect=True)
def test_the_sheet_of_versions_closes_over_what_was_chosen(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/diff/11..12")
    page.get_by_role("button", name="Versions").click()
    page.get_by_role("link", name="Version 15", exact=True).click()
    _title(page, 14, 15)
    expect(page.get_by_role("button", name="Compare version 15")).to_be_hidden()
    expect(page.locator(".what-changed")).to_be_in_viewport()


@ON_ANY_SCREEN
def test_a_key_stops_the_playing(page: Page, demo: str) -> None:
    page.clock.install()
    page.goto(f"{demo}{BRIDGE}/diff/2..3")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("status")).to_have_text("1 of 4")
    page.locator(".what-changed").click()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.clock.run_for(6_000)
    expect(page.get_by_role("status")).to_have_text("1 of 4")


@ON_ANY_SCREEN
def test_a_change_that_is_stepped_to_on_the_history_has_a_lasting_address(
    page: Page, demo: str
) -> None:
    lasting = re.escape(f"{demo}{FLOOD}/diff/39..40") + r"#c\w+$"
    page.goto(f"{demo}{FLOOD}/history")
    page.wait_for_load_state()
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile(lasting))
    page.goto(f"{demo}{BRIDGE}/history?facts=1")
    page.locator(".facts a").first.click()
    expect(page).to_have_url(re.compile(r"/diff/\d+\.\.\d+\?facts=1#c\w+$"))
    page.go_back()
    expect(page).to_have_url(f"{demo}{BRIDGE}/history?facts=1")
    expect(page.locator("[data-announce]")).to_be_empty()  # nothing was loaded


@ON_ANY_SCREEN
def test_a_change_in_the_address_that_is_not_there_is_said(page: Page, demo: str) -> None:
    missing = page.get_by_text("The change that this link names is not among these differences.")
    for path in ("history", "diff/11..12"):
        page.goto(f"{demo}{FLOOD}/{path}")
        expect(missing).to_be_hidden()
        page.goto(f"{demo}{FLOOD}/{path}#c2a3b4c5d")
        expect(missing).to_be_visible()
        page.get_by_role("link", name="Next").click()
        expect(missing).to_be_hidden()
        page.goto(f"{demo}{FLOOD}/{path}#versions")
        expect(missing).to_be_hidden()


def test_pause_is_seen_and_keeps_the_focus_while_it_plays(page: Page, demo: str) -> None:
    page.clock.install()
    page.goto(f"{demo}{BRIDGE}/diff/2..3")
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    pause = page.get_by_role("button", name="Pause")
    for number in range(1, 5):
        expect(page.get_by_role("status")).to_have_text(f"{number} of 4")
        expect(pause).to_be_in_viewport(ratio=1)
        expect(pause).to_be_focused()
        page.clock.run_for(2_500)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Play")).to_be_focused()


@ON_ANY_SCREEN
def test_the_row_of_what_is_shown_is_in_the_window(page: Page, demo: str) -> None:
    for path in ("versions/1", "diff/1..2", "diff/39..40"):
        page.goto(f"{demo}{FLOOD}/{path}")
        expect(page.locator("[aria-current=true]")).to_be_in_viewport(ratio=1)
        assert page.evaluate("scrollY") == 0
    page.get_by_role("slider").press("Home")
    expect(page.locator(".what-changed")).to_have_text("Version 1 of 40")
    expect(page.locator("[aria-current=true]")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "none"])
def test_on_a_phone_the_sheet_opens_and_closes(browser: Browser, demo: str, scripts: bool) -> None:
    with browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=scripts
    ) as context:
        page = context.new_page()
        page.goto(f"{demo}{FLOOD}/diff/19..20")
        opener = page.get_by_role("button", name="Versions")
        expect(opener).to_contain_text("20 of 40")
        opener.click()
        sheet = page.locator(".rail:popover-open")
        expect(sheet).to_be_visible()
        close = sheet.get_by_role("button", name="Close")
        page.locator("[data-version='12']").scroll_into_view_if_needed()
        expect(close).to_be_in_viewport(ratio=1)
        close.click()
        expect(sheet).to_have_count(0)
        expect(page.get_by_role("button", name="Close")).to_be_hidden()
        page.get_by_role("button", name="Versions").click()
        page.locator("[data-version='18']").click()
        _title(page, 17, 18)


@ON_ANY_SCREEN
def test_a_filter_keeps_a_comparison_of_two_that_are_not_neighbours(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/diff/20..30")
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Only corrections").check()
    expect(page).to_have_url(f"{demo}{FLOOD}/diff/20..30?corrections=1")
    _title(page, 20, 30)
    expect(page.get_by_label("Only corrections")).to_be_focused()
    page.get_by_role("link", name="Side by side").click()
    expect(page.locator(".change .side.old").first).to_be_visible()
    page.get_by_label("Only changed facts").check()
    expect(page).to_have_url(f"{demo}{FLOOD}/diff/20..30?corrections=1&facts=1&view=split")
    page.get_by_role("link", name="Show all versions").click()
    expect(page).to_have_url(f"{demo}{FLOOD}/diff/20..30?view=split")
    expect(page.get_by_label("Only corrections")).not_to_be_checked()
    page.get_by_role("link", name="Older").click()
    _title(page, 19, 20)
    if not page.get_by_label("Only corrections").is_visible():
        page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Only corrections").check()
    expect(page).to_have_url(f"{demo}{FLOOD}/history?corrections=1")


def test_so_it_does_without_scripts(browser: Browser, demo: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{demo}{FLOOD}/diff/20..30?view=split")
        page.get_by_text("Filter", exact=True).click()
        page.get_by_label("corrections").check()
        page.locator("[data-filter]").get_by_role("button", name="Show").click()
        shown = re.escape(f"{demo}{FLOOD}/diff/20..30?") + ".*corrections=1"
        expect(page).to_have_url(re.compile(shown))
        _title(page, 20, 30)
        expect(page.locator(".change .side.old").first).to_be_visible()
        page.get_by_role("link", name="Show all versions").click()
        expect(page).to_have_url(f"{demo}{FLOOD}/diff/20..30?view=split")


@pytest.mark.parametrize("page", [(1280, 900)], ids=["wide"], indirect=True)
def test_the_slider_s_caption_is_never_cut(page: Page, demo: str) -> None:
    captions = {
        "diff/39..40": "Version 40 of 40: Number 437 → 421 cm, and 3 more",
        "diff/30..31": "Version 31 of 40",  # its headlines would take three lines
    }
    for path, words in captions.items():
        page.goto(f"{demo}{FLOOD}/{path}")
        caption = page.locator("[data-slid]")
        expect(caption).to_have_text(words)
        sizes = "n => [n.scrollWidth - n.clientWidth, n.scrollHeight - n.clientHeight]"
        assert caption.evaluate(sizes) == [0, 0]


@ON_ANY_SCREEN
def test_where_a_filter_fits_nothing_there_is_nothing_to_play(page: Page, demo: str) -> None:
    page.goto(f"{demo}{FLOOD}/history?day=2020-01-01")
    expect(page.get_by_text("No version is like that.")).to_be_visible()
    expect(page.get_by_text("Only some versions")).to_have_count(0)
    expect(page.get_by_role("button", name="Play")).to_be_hidden()
    page.get_by_role("link", name="Show all versions").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
