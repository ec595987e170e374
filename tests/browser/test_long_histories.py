"""A reader's five questions, in histories of 4 to 3,000 versions, on a phone."""

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from repo_store import Archive
from service.wiring import now
from tests.long_story import GAUGE_455, LONG, fill_long
from tests.servers import serving

SIZES = (4, 60, 600, 3_000)


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that has one of each size."""
    path = tmp_path_factory.mktemp("long") / "archive"
    with closing(Archive.open(path, now, create=True)) as archive:
        for size in SIZES:
            fill_long(archive, size, f"{LONG}-{size}")
    with serving("serve", "--archive", path) as server:
        yield f"{server.url}stories"


@pytest.fixture(params=[SIZES[0], SIZES[-1]])
def history(request: pytest.FixtureRequest, stories: str) -> tuple[str, int]:
    """The address of the story, and how many versions it has."""
    return f"{stories}/{LONG}-{request.param}", request.param


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    with browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True) as page:
        yield page


def _title(page: Page, old: int, new: int) -> None:
    expect(page.locator(".what-changed")).to_have_text(
        f"What changed from version {old} to version {new}"
    )


@pytest.mark.parametrize("history", SIZES, indirect=True)
def test_what_changed_last_and_why(phone: Page, history: tuple[str, int]) -> None:
    address, versions = history
    phone.goto(address)
    phone.get_by_role("link", name="See what changed").first.tap()
    _title(phone, versions - 1, versions)
    expect(phone.locator("[data-change]").first).to_be_in_viewport()


def test_when_a_figure_became_what_it_is(phone: Page, history: tuple[str, int]) -> None:
    address, _ = history
    phone.goto(f"{address}/history?facts=1")
    phone.get_by_role("link", name="First").tap()
    phone.get_by_role("link", name="Newer").tap()
    phone.wait_for_url("**/diff/*")
    while f"..{GAUGE_455}" not in phone.url:
        before = phone.url
        phone.get_by_role("link", name="Newer").tap()
        phone.wait_for_url(lambda url: url != before)  # noqa: B023 waited for at once
    expect(phone.locator(".facts")).to_contain_text("431 → 455 cm")


def test_which_changes_were_corrections(phone: Page, history: tuple[str, int]) -> None:
    address, _ = history
    phone.goto(f"{address}/history")
    phone.get_by_role("button", name="Versions").tap()
    phone.get_by_text("Filter", exact=True).tap()
    phone.get_by_label("corrections").check()
    phone.wait_for_url("**/history?corrections=1")
    expect(phone.locator("[data-version]").first).to_be_visible()
    assert phone.locator("[data-version]").count() <= 30


def test_what_it_said_on_a_day(phone: Page, history: tuple[str, int]) -> None:
    address, versions = history
    phone.goto(f"{address}/history")
    phone.get_by_role("button", name="Versions").tap()
    phone.get_by_text("Filter", exact=True).tap()
    phone.get_by_label("Day").fill("2026-03-02")
    phone.locator("[data-filter]").get_by_role("button", name="Show").tap()
    phone.wait_for_url("**/history?day=2026-03-02")
    day = phone.locator("[data-day]")
    expect(day).to_have_count(1)
    expect(day.get_by_role("heading")).to_have_text("2 March 2026")
    day.get_by_role("link", name=re.compile("^Text of version")).first.tap()
    phone.wait_for_url("**/versions/*")
    expect(phone.locator("article h1")).to_be_visible()
    assert versions >= 4


def test_just_that_change_can_be_sent(phone: Page, history: tuple[str, int]) -> None:
    address, _ = history
    phone.goto(f"{address}/diff/{GAUGE_455 - 1}..{GAUGE_455}")
    change = phone.locator("[data-change]").first
    link = change.get_by_role("link", name="Share").get_attribute("href") or ""
    name = change.get_attribute("id")
    assert link.endswith(f"?change={name}")
    phone.goto(address.partition("/stories")[0] + link)
    expect(phone.locator(f"[id='{name}']")).to_be_in_viewport()
    shown = phone.locator("meta[property='og:description']").get_attribute("content") or ""
    assert "431" in shown
    assert "455" in shown


def test_the_ends_of_the_slider_are_the_first_and_the_newest_version(
    phone: Page, history: tuple[str, int]
) -> None:
    address, versions = history
    phone.goto(f"{address}/diff/1..2")
    slider = phone.get_by_role("slider")
    slider.press("End")
    _title(phone, versions - 1, versions)
    slider.press("Home")
    phone.wait_for_url("**/versions/1")
    assert phone.locator("[data-version]").count() <= 30, "nothing is loaded that is not seen"
