"""What a screen reader is told of a difference, whole, as a file that people can read.

`make snapshots` renews it; look at what `git diff` then shows before you commit it.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ON_ANY_SCREEN

GOLDENS = Path(__file__).parent / "goldens"
BRIDGE = "stories/harbour-bridge-closure"


@ON_ANY_SCREEN
@pytest.mark.parametrize("name", ["inline", "split"])
def test_each_change_is_a_group_that_is_told_once(
    page: Page, demo: str, name: str, pytestconfig: pytest.Config
) -> None:
    """With what it changed: marks are said, and where the reader is."""
    page.goto(f"{demo}{BRIDGE}/diff/2..3{'?view=split' if name == 'split' else ''}")
    page.wait_for_load_state()
    page.keyboard.press("n")
    page.evaluate("document.querySelectorAll('.ago').forEach(n => n.remove())")
    told = page.locator("[data-stage]").aria_snapshot()
    told = "\n".join(_lasting(line) for line in told.splitlines()) + "\n"
    path = GOLDENS / f"diff-{name}.aria.yml"
    if pytestconfig.getoption("--renew"):
        path.write_text(told)
    assert told == path.read_text()
    # The file says it all; these are what it must say.
    groups = re.findall(r"""^ *- '?group "(.*)"'?:$""", told, re.M)
    labels = page.locator("[data-change] [id$=-label]").all_inner_texts()
    assert groups == labels
    assert len(labels) > 3
    assert "- status: 1 of " in told
    assert "removed:" in told
    assert "added:" in told
    marks = page.locator("[data-stage] :is(ins, del)")
    seen = marks.evaluate_all("all => all.filter((mark) => mark.checkVisibility()).length")
    assert told.count("(end)") == seen > 10


def _lasting(line: str) -> str:
    """Without when the demo was made, which is each time another."""
    before, mark, _ = line.partition("time: ")
    return f"{before}{mark}…" if mark else line
