"""The bars of the History where there is little room: nothing overlaps, and nothing is cut."""

import pytest
from playwright.sync_api import Browser

from service.messages import LANGUAGES

FLOOD = "stories/river-lind-flood"
_SIZES = [(320, 256), (320, 640), (360, 640), (390, 844)]
"""The first two are what windows of 1280 × 1024 and 1280 × 2560 pixels have at 400 %."""
_WRONG = """() => {
    const hidden = (node) => !node.checkVisibility() || getComputedStyle(node).clipPath !== "none";
    // Of all that is seen of a control, also where its words are wider than it is.
    const boxes = (node) => hidden(node) ? [] : [...node.childNodes].flatMap((child) => {
        if (child.nodeType === Node.ELEMENT_NODE) return boxes(child);
        const range = document.createRange();
        range.selectNodeContents(child);
        return [...range.getClientRects()].filter(({ width }) => width > 0);
    }).concat(node.matches("a, button, input") ? [...node.getClientRects()] : []);
    const wrong = [];
    for (const selector of [".steps-bar", ".pager", ".timeline", ".crumb"]) {
        const bar = document.querySelector(selector);
        const all = bar.querySelectorAll("a, button, input, .off, .at, [data-position]");
        const parts = [...all].map((node) => ({
            name: `${selector}: ${node.innerText.trim() || node.tagName}`, boxes: boxes(node),
        })).filter((part) => part.boxes.length);
        const apart = selector === ".crumb" ? -.5 : 3;
        const frame = bar.getBoundingClientRect();
        for (const [at, one] of parts.entries()) {
            const cut = one.boxes.some(({ left, right, top, bottom }) => left < -.5
                || right > innerWidth + .5 || top < frame.top - .5 || bottom > frame.bottom + .5);
            if (cut) wrong.push(`${one.name} is cut`);
            for (const other of parts.slice(at + 1)) {
                const meet = one.boxes.some((a) => other.boxes.some((b) => a.left < b.right + apart
                    && b.left < a.right + apart && a.top < b.bottom - .5 && b.top < a.bottom - .5));
                if (meet) wrong.push(`${one.name} overlaps ${other.name}`);
            }
        }
        if (bar.scrollWidth > bar.clientWidth) wrong.push(`${selector} is cut`);
    }
    return wrong;
}"""


@pytest.mark.parametrize("view", ["", "?view=split"], ids=["inline", "split"])
def test_no_two_controls_of_a_bar_meet(browser: Browser, demo: str, view: str) -> None:
    wrong = {}
    with browser.new_context() as context:
        page = context.new_page()
        for language in LANGUAGES:
            context.set_extra_http_headers({"Accept-Language": language})
            page.goto(f"{demo}{FLOOD}/diff/20..30{view}")
            assert page.locator("html").get_attribute("lang") == language
            for width, height in _SIZES:
                page.set_viewport_size({"width": width, "height": height})
                if found := page.evaluate(_WRONG):
                    wrong[language, width, height] = found
    assert wrong == {}
