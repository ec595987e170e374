"""axe (WCAG A, AA and best practices) on an open page, in the one way that all tests use."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

_OPTIONS: dict[str, Any] = {
    # Target size (WCAG 2.2, 2.5.8) is a rule that axe leaves off unless asked.
    "rules": {"target-size": {"enabled": True}},
    # To describe also what is right takes as long again.
    "resultTypes": ["violations"],
}
# To find the contrast of a text takes most of the time, and a page has many that are drawn alike
# on what is drawn alike: two of each stand for all.
_CONTRAST = """() => {
    const TEXT = ["color", "fontSize", "fontWeight", "textShadow"];
    const GROUND = ["backgroundColor", "backgroundImage", "opacity", "filter"];
    const NOTHING = "rgba(0, 0, 0, 0)|none|1|none", grounds = new Map(), counts = new Map();
    const styles = (node, names) => {
        const style = getComputedStyle(node);
        return names.map((each) => style[each]).join("|");
    };
    const above = (node) => node.parentElement ?? node.getRootNode().host;
    const name = (node, levels = 3) => node && levels
        ? `${node.localName} ${node.getAttribute("class")} ${name(above(node), levels - 1)}` : "";
    const ground = (node) => {
        if (!node) return "";
        if (!grounds.has(node)) {
            const own = styles(node, GROUND);
            grounds.set(node, ground(above(node)) + (own === NOTHING ? "" : ` / ${own}`));
        }
        return grounds.get(node);
    };
    // axe judges no single letter.
    const words = ({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim().length > 1;
    const hasText = (node) => node.matches("input, select, textarea")
        || [...node.childNodes].some(words);
    const choose = (root) => root.querySelectorAll("*").forEach((node) => {
        if (node.shadowRoot) choose(node.shadowRoot);
        delete node.dataset.contrast;
        if (!hasText(node) || node.closest("[aria-hidden=true]")) return;
        if (!node.checkVisibility({ visibilityProperty: true })) return;
        const disabled = node.closest(":disabled, [aria-disabled=true]") !== null;
        const kind = [name(node), disabled, styles(node, TEXT), ground(node)];
        const count = counts.get(kind.join()) ?? 0;
        counts.set(kind.join(), count + 1);
        if (count < 2) node.dataset.contrast = "";
    });
    choose(document);
    axe.configure({ rules: [{ id: "color-contrast", selector: "[data-contrast]" }] });
}"""


def assert_accessible(page: Page, name: str, *but: str) -> None:
    """`name`: of the page, for the message; `but`: rules that it may break. Its context needs
    `bypass_csp`: the pages' own policy forbids injected scripts, such as axe.
    """
    rules = _OPTIONS["rules"] | {rule: {"enabled": False} for rule in but}
    page.evaluate(AXE_SCRIPT)
    page.evaluate(_CONTRAST)
    found = AxeResults(page.evaluate("options => axe.run(options)", _OPTIONS | {"rules": rules}))
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
