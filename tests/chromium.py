"""A real Chromium. Nothing that uses it skips: no browser, no pass."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from service.audit.export import pdf

_FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    # For sites that differ by more than their port.
    "--host-resolver-rules=MAP *.test 127.0.0.1",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    path = pdf.browser()
    assert path, "Chromium is missing: `make test` installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()
