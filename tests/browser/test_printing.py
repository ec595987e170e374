"""What is printed: as PDF, from Chromium, read as text and by its styles."""

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page

STORY = "stories/harbour-bridge-closure"


def _printed(page: Page, address: str, folder: Path) -> list[str]:
    """The text of each page."""
    page.goto(address)
    page.pdf(path=folder / "page.pdf", format="A4", prefer_css_page_size=True)
    command = ["pdftotext", "-layout", str(folder / "page.pdf"), "-"]
    text = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return [" ".join(each.split()) for each in text.split("\f")[:-1]]


@pytest.mark.parametrize(
    ("path", "said", "address"),
    [
        ("", "Version 4, 11 February 2026, 17:30 UTC", "/versions/4"),
        ("/versions/3", "Version 3, 5 February 2026, 08:05 UTC", "/versions/3"),
        ("/diff/2..3", "version 3, 5 February 2026, 08:05 UTC", "/diff/2..3"),
        ("/history", "up to version 4, 11 February 2026, 17:30 UTC", "/history"),
    ],
)
def test_each_page_says_where_and_from_when_it_is(
    page: Page, demo: str, tmp_path: Path, path: str, said: str, address: str
) -> None:
    first, *_ = pages = _printed(page, f"{demo}{STORY}{path}", tmp_path)
    assert said in first[:400]
    assert f"{demo}{STORY}{address}".replace(" ", "") in first[:400].replace(" ", "")
    assert first.endswith((f"1 / {len(pages)}", f"1/{len(pages)}"))
    assert page.locator(".printed").is_hidden(), "on a screen it is elsewhere"


def test_a_difference_has_its_marks_and_names_what_it_leaves_out(
    page: Page, demo: str, tmp_path: Path
) -> None:
    text = " ".join(_printed(page, f"{demo}{STORY}/diff/2..3", tmp_path))
    assert "cost [-4.2-] {+6.8+} million crowns" in text
    assert re.search(r"Sources unchanged \(left out here\)", text)
    for tool in ("Previous", "Next", "Side by side", "Copy"):
        assert tool not in text


def test_sources_alone_have_their_addresses(page: Page, demo: str, tmp_path: Path) -> None:
    text = " ".join(_printed(page, f"{demo}{STORY}", tmp_path))
    assert re.search(r"Notice 114 <https://roads\.example/notices/114>", text)
    assert text.count(" <http") == 2


def test_marks_are_lines_not_shades(page: Page, demo: str) -> None:
    page.goto(f"{demo}{STORY}/diff/2..3")
    page.emulate_media(media="print", color_scheme="dark")
    for mark, line in (("ins", "underline"), ("del", "line-through")):
        style = page.locator(mark).first.evaluate(
            "e => [getComputedStyle(e).textDecorationLine, getComputedStyle(e).backgroundColor]"
        )
        assert style == [line, "rgba(0, 0, 0, 0)"]
    bar, at = page.locator(".change").first.evaluate(
        "e => [parseFloat(getComputedStyle(e).borderInlineStartWidth), e.getBoundingClientRect().x]"
    )
    assert bar >= 2
    assert at >= 0, "what reaches into the margin of the paper is cut off"
    ink = "e => getComputedStyle(e).borderInlineStartColor"
    assert page.locator(".change").first.evaluate(ink) == "rgb(0, 0, 0)"


def test_folded_facts_are_opened(page: Page, demo: str) -> None:
    page.goto(f"{demo}{STORY}/diff/1..4")
    page.emulate_media(media="print")
    rest = page.locator(".facts details").first
    assert rest.evaluate("e => !e.open && e.querySelector('li').checkVisibility()")
