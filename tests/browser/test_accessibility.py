"""axe (WCAG A, AA and best practices) on each kind of page, light and dark, wide and phone."""

import pytest
from playwright.sync_api import Page

from tests.browser.axe import assert_accessible

PAGES = {
    "front": "",
    "search": "?q=bridge",
    "story": "stories/harbour-bridge-closure",
    "story without history": "stories/library-night-hours",
    "Arabic story": "stories/desert-solar-station",
    "history": "stories/river-lind-flood/history",
    "version": "stories/harbour-bridge-closure/versions/3",
    "diff": "stories/harbour-bridge-closure/diff/2..3",
    "diff side by side": "stories/harbour-bridge-closure/diff/1..4?view=split",
    "diff with split, moves and stale repeats": "stories/tram-line-opens/diff/1..2",
    "the same side by side": "stories/tram-line-opens/diff/1..2?view=split",
    "Arabic diff": "stories/desert-solar-station/diff/1..3",
    "since": "stories/harbour-bridge-closure?since=2",
    "long timeline": "stories/river-lind-flood/history",
    "provenance": "stories/harbour-bridge-closure/provenance?phrase=cables",
    "provenance on the text": "stories/tram-line-opens/provenance?colours=age&sentence=3&view=text",
    "Arabic provenance": "stories/desert-solar-station/provenance",
    "play": "stories/harbour-bridge-closure/play/3",
    "play at its end": "stories/harbour-bridge-closure/play/4",
    "Arabic play": "stories/desert-solar-station/play/2",
    "embedded, in a frame": "stories/harbour-bridge-closure/history/embed?as=page",
    "the API": "api",
    "not found": "stories/nothing-here",
}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(axe_page: Page, demo: str, name: str) -> None:
    axe_page.goto(demo + PAGES[name])
    assert_accessible(axe_page, name)
