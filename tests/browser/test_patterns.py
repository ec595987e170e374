"""The look of every part of the public pages: pictures, accessibility, narrow screens, paper, and
colours that the system chooses.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from service.web.public.pattern_texts import KINDS
from tests.browser.axe import assert_accessible
from tests.browser.snapshots import FOLDER, STYLE, Compared, compared, picture
from tests.servers import serving

_BLOCKS = [kind.name.replace(" ", "-") for kind in KINDS]
# Languages are in faces of the system; tests/browser/test_languages.py looks at them.
SECTIONS = (
    "marks",
    *(f"{layout}-{name}" for name in _BLOCKS for layout in ("inline", "split")),
    *("kinds", "facts", "rows", "steps", "forms", "heads", "states", "history", "sentences"),
    *("figures", "lists"),
)
_MOST_BYTES = 1_000_000
"""Of all pictures together: each clone of the repository has every version of them."""
_IMAGE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="80">'
    '<path fill="#678" d="M0 0h120v80H0z"/></svg>'
)


@pytest.fixture(scope="module")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    archive = tmp_path_factory.mktemp("patterns") / "archive"
    with serving("serve", "--archive", archive, STORY_HISTORY_PATTERNS="1") as server:
        yield f"{server.url}patterns"


def _opened(context: BrowserContext, address: str) -> Page:
    def image(route: Route) -> None:
        route.fulfill(content_type="image/svg+xml", body=_IMAGE)

    context.route("https://images.example/**", image)
    page = context.new_page()
    page.goto(address)
    return page


@pytest.fixture(scope="module")
def wide(browser: Browser, patterns: str) -> Iterator[Page]:
    """One page for the tests that leave it as it was."""
    with browser.new_context(viewport={"width": 1200, "height": 900}, bypass_csp=True) as context:
        yield _opened(context, patterns)


@pytest.fixture(scope="module")
def phone(browser: Browser, patterns: str) -> Iterator[Page]:
    with browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme="dark", bypass_csp=True
    ) as context:
        yield _opened(context, patterns)


@pytest.fixture(scope="module")
def styled(browser: Browser, patterns: str) -> Iterator[Page]:
    """The page as pictures of it are made."""
    with browser.new_context(
        viewport={"width": 1200, "height": 900},
        bypass_csp=True,
        locale="en-US",
        reduced_motion="reduce",
    ) as context:
        page = _opened(context, patterns)
        page.add_style_tag(content=STYLE)
        page.evaluate("document.fonts.ready")
        assert page.evaluate(
            "[...document.fonts].some(f => f.family === 'Snapshot' && f.status === 'loaded')"
        )
        yield page


@pytest.fixture(scope="module")
def tool(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


def _picture(page: Page, tool: Page, section: str) -> bytes:
    # Laid out anew with all the others, each would take ten times as long.
    page.evaluate(
        "id => document.querySelectorAll('.set').forEach(n => n.hidden = n.id !== id)", section
    )
    return picture(page.locator(f"#{section}"), tool)


def _kept(section: str) -> bytes:
    return (FOLDER / f"{section}.webp").read_bytes()


@pytest.mark.parametrize("section", SECTIONS)
def test_it_looks_as_it_did(
    styled: Page, tool: Page, section: str, pytestconfig: pytest.Config
) -> None:
    now = _picture(styled, tool, section)
    if pytestconfig.getoption("--renew"):
        (FOLDER / f"{section}.webp").write_bytes(now)
    found = compared(_kept(section), now, tool)
    assert found.same, f"{found}: see snapshots/__init__.py"


def test_there_is_a_picture_of_each_section_and_they_are_small(wide: Page) -> None:
    sections = wide.locator(".set").evaluate_all("all => all.map(n => n.id)")
    assert set(sections) == {*SECTIONS, "languages"}
    kept = {path.stem: path.stat().st_size for path in FOLDER.glob("*.webp")}
    assert set(kept) == set(SECTIONS)
    assert sum(kept.values()) < _MOST_BYTES


BROKEN = {
    "added words without a line": ("inline-paragraph", "ins { text-decoration: none }"),
    "removed words without a line": ("inline-quote", "del { text-decoration: none }"),
    "one mark of many without its line": (
        "inline-paragraph",
        "#inline-paragraph-changed ins { text-decoration: none }",
    ),
    "marks without a background": ("marks", "ins, del { background: none }"),
    "changes without a bar": ("inline-source", ".change { border-color: transparent }"),
    "moves like other changes": ("inline-item", ".change-moved { border-style: solid }"),
    "spaces without a frame": ("inline-paragraph", ".space { outline: none }"),
    "a break without its sign": ("split-paragraph", ".break::before { content: '' }"),
    "kinds without icons": ("kinds", ".icon { visibility: hidden }"),
    "quiet words like all others": ("heads", ".dates { color: var(--text) }"),
    "larger text": ("split-table-row", ".rich table { font-size: 1.05rem }"),
    "a chosen row like the others": ("rows", ".rows li.compared { border-color: transparent }"),
    "no colour of age": ("sentences", ".by-age .age-2 { background: none }"),
}
DRAWN_DIFFERENTLY = {
    "a third of a pixel further": ".set { transform: translateX(.34px) }",
    "letters a little heavier": ".set { -webkit-text-stroke: .15px }",
    "a little paler": ".set { opacity: .97 }",
}


def _changed(styled: Page, tool: Page, section: str, rules: str) -> Compared:
    styled.evaluate(
        "rules => { const s = document.createElement('style'); s.id = 'changed';"
        " s.textContent = rules; document.head.append(s); }",
        rules,
    )
    try:
        return compared(_kept(section), _picture(styled, tool, section), tool)
    finally:
        styled.evaluate("document.getElementById('changed').remove()")


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_style_is_seen(styled: Page, tool: Page, fault: str) -> None:
    found = _changed(styled, tool, *BROKEN[fault])
    assert not found.same, found


@pytest.mark.parametrize("how", DRAWN_DIFFERENTLY)
@pytest.mark.parametrize("section", ["inline-paragraph", "kinds", "rows", "sentences"])
def test_what_another_browser_draws_differently_is_the_same(
    styled: Page, tool: Page, section: str, how: str
) -> None:
    found = _changed(styled, tool, section, DRAWN_DIFFERENTLY[how])
    assert found.same, found


@pytest.mark.parametrize("screen", ["wide", "phone"])
def test_axe_finds_nothing(request: pytest.FixtureRequest, screen: str) -> None:
    """In light on a wide screen, in dark on a phone's."""
    page: Page = request.getfixturevalue(screen)
    # The same part is there more than once, and some with a heading for a page of their own.
    assert_accessible(page, "patterns", "landmark-unique", "heading-order")


@pytest.mark.parametrize("width", [1200, 640, 390, 320])
def test_nothing_is_wider_than_the_screen(wide: Page, width: int) -> None:
    """640 and 320 pixels are what a window of 1280 has at 200 % and at 400 %."""
    wide.set_viewport_size({"width": width, "height": 900})
    try:
        assert wide.evaluate("document.documentElement.scrollWidth") <= width
        # What scrolls by itself may be wider.
        cut = wide.evaluate(_CUT)
        assert cut == []
    finally:
        wide.set_viewport_size({"width": 1200, "height": 900})


_CUT = """() => [...document.querySelectorAll(".specimen *")].filter((node) => {
    const { right, width } = node.getBoundingClientRect();
    return right > innerWidth + 1 && width > 1 && node.checkVisibility({ visibilityProperty: true })
        && !node.closest(".scroll, .steps-bar, .heard, svg");
}).map((node) => `${node.closest(".pattern").id}: ${node.tagName} ${node.className}`)"""

FOCUSABLE = (
    *("#kinds-legend summary", "#filter select", "#filter input[type=checkbox]", "#filter button"),
    *("#rail .number", "#rail .compare-with", "#rail .touched a", "#timeline-14 input[type=range]"),
    *("#head-1-correction a", "#inline-paragraph-moved .departure a", "#history-diff [data-step]"),
    *("#history-diff .layout", "#history-diff .share", "#inline-paragraph-changed .change"),
    *("#ages a.sentence", "#corrections input[type=search]", "#folded .unfold"),
)


def test_focus_is_seen_where_the_system_chooses_the_colours(wide: Page) -> None:
    wide.emulate_media(forced_colors="active")
    try:
        wide.keyboard.press("Tab")  # from now on focus is shown
        for selector in FOCUSABLE:
            part = wide.locator(selector).first
            part.scroll_into_view_if_needed()
            # The link of a row is all of it.
            box = part.evaluate(
                "n => (n.closest('[data-version]') ?? n).getBoundingClientRect().toJSON()"
            )
            around = {
                "x": max(0.0, box["x"] - 8),
                "y": max(0.0, box["y"] - 8),
                "width": box["width"] + 16,
                "height": box["height"] + 16,
            }
            wide.evaluate("document.activeElement.blur()")
            before = wide.screenshot(clip=around)  # type: ignore[arg-type]  # as its type says
            part.evaluate("n => n.focus({ preventScroll: true })")
            assert wide.screenshot(clip=around) != before, selector  # type: ignore[arg-type]  # as above
    finally:
        wide.emulate_media(forced_colors="none")


def _lines(page: Page) -> dict[str, str]:
    """What tells of a mark besides its colour."""
    found: dict[str, str] = page.evaluate(
        """() => {
            const style = (selector, name, pseudo) =>
                getComputedStyle(document.querySelector(selector), pseudo)[name];
            return {
                added: style("#mark-added ins", "textDecorationLine"),
                removed: style("#mark-removed del", "textDecorationLine"),
                space: style("#inline-paragraph-space-alone .space", "outlineStyle"),
                break: style("#inline-paragraph-line-break .break", "content", "::before"),
                change: style("#inline-paragraph-changed .change", "borderInlineStartStyle"),
                moved: style("#inline-paragraph-moved .change", "borderInlineStartStyle"),
                before: style("#mark-removed del", "content", "::before"),
            };
        }"""
    )
    return found


def test_marks_are_lines_where_the_system_chooses_the_colours(wide: Page) -> None:
    wide.emulate_media(forced_colors="active")
    try:
        assert _lines(wide) == {
            "added": "underline",
            "removed": "line-through",
            "space": "dotted",
            "break": '"¶"',
            "change": "solid",
            "moved": "double",
            "before": "none",
        }
        for name in ("changed", "moved"):
            change = wide.locator(f"#inline-paragraph-{name} .change")
            bar, page = change.evaluate(
                "n => [getComputedStyle(n).borderInlineStartColor,"
                " getComputedStyle(document.documentElement).backgroundColor]"
            )
            assert bar != page
    finally:
        wide.emulate_media(forced_colors="none")


def test_on_paper_marks_are_lines_and_signs_and_no_tools_are_there(wide: Page) -> None:
    wide.emulate_media(media="print")
    wide.set_viewport_size({"width": 680, "height": 900})  # A4 without its margins
    try:
        lines = _lines(wide)
        assert (lines["added"], lines["removed"]) == ("underline", "line-through")
        assert (lines["before"], lines["break"]) == ('"[-"', '"[-¶"')
        assert (lines["change"], lines["moved"]) == ("solid", "double")
        tools = wide.locator(".specimen :is(button, input, select, .share, .pager, .timeline)")
        seen = "all => all.filter((node) => node.checkVisibility()).map((node) => node.outerHTML)"
        assert tools.evaluate_all(seen) == []
        assert wide.evaluate("document.documentElement.scrollWidth") <= 680
    finally:
        wide.emulate_media(media="screen")
        wide.set_viewport_size({"width": 1200, "height": 900})
