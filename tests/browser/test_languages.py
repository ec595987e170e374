"""A difference in each of 19 languages: its marks, its direction, and room for its letters."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from service.web.public.pattern_texts import LANGUAGES, Language
from tests.servers import serving

_RIGHT_TO_LEFT = {"ar", "fa", "he"}


@pytest.fixture(scope="module")
def phone(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    archive = tmp_path_factory.mktemp("languages") / "archive"
    with (
        serving("serve", "--archive", archive, STORY_HISTORY_PATTERNS="1") as server,
        browser.new_context(viewport={"width": 390, "height": 844}) as context,
    ):
        page = context.new_page()
        page.goto(f"{server.url}patterns")
        yield page


def test_they_are_nineteen() -> None:
    assert len({each.tag for each in LANGUAGES}) == 19


@pytest.mark.parametrize("language", LANGUAGES, ids=[each.tag for each in LANGUAGES])
def test_a_difference_is_marked_and_fits(phone: Page, language: Language) -> None:
    pattern = phone.locator(f"#in-{language.tag}")
    text = pattern.locator("[data-change] .rich > *")
    marks = [pattern.locator(tag).inner_text() for tag in ("del", "ins")]
    removed, added = (text.count(number) for number, text in zip(marks, language[2:], strict=True))
    assert removed == added == 1, marks
    assert all(any(each.isdigit() for each in mark) for mark in marks)
    assert len(marks[0]) <= 8, "a number, and not the words around it"
    shown = text.evaluate(
        """n => {
            const style = getComputedStyle(n), size = parseFloat(style.fontSize);
            const { left, right } = n.getBoundingClientRect();
            const all = [...n.querySelectorAll("ins, del")];
            const marks = all.flatMap((mark) => [...mark.getClientRects()]);
            return {
                direction: style.direction,
                line: parseFloat(style.lineHeight) / size,
                wide: n.scrollWidth > n.clientWidth || left < 0 || right > innerWidth,
                seen: marks.every((m) => m.width > 4 && m.left >= left - 1 && m.right <= right + 1),
                high: Math.max(...marks.map((m) => m.height)) <= parseFloat(style.lineHeight) + 2,
            };
        }"""
    )
    assert shown["direction"] == ("rtl" if language.tag in _RIGHT_TO_LEFT else "ltr")
    assert shown["line"] >= 1.5
    assert (shown["wide"], shown["seen"], shown["high"]) == (False, True, True)
