"""axe (WCAG A, AA and best practices) on an open page, in the one way that all tests use."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_OPTIONS: dict[str, Any] = {
    # Target size (WCAG 2.2, 2.5.8) is a rule that axe leaves off unless asked.
    "rules": {"target-size": {"enabled": True}},
    # To describe also what is right takes as long again.
    "resultTypes": ["violations"],
}


def assert_accessible(page: Page, name: str, *but: str) -> None:
    """`name`: of the page, for the message; `but`: rules that it may break. Its context needs
    `bypass_csp`: the pages' own policy forbids injected scripts, such as axe.
    """
    rules = _OPTIONS["rules"] | {rule: {"enabled": False} for rule in but}
    found = Axe().run(page, options=_OPTIONS | {"rules": rules})
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
