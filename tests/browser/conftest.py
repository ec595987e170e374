"""A real server process and a real Chromium. Nothing here skips: no browser, no pass."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.newsroom import PROGRAM, Newsroom

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of `story-history demo`, as a user would start it."""
    archive = tmp_path_factory.mktemp("browser") / "archive"
    program = Path(sys.executable).with_name("story-history")
    command: list[str | Path] = [program, "demo", "--port", "0", "--archive", archive]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        line = server.stdout.readline()
        assert line.startswith("Serving on "), line
        yield line.removeprefix("Serving on ").strip()
        server.terminate()
        server.wait(20)
        server.stdout.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    assert path, "Chromium is missing: `make test` installs it"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(params=[(1200, 900), (390, 844)], ids=["wide", "phone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page on a wide screen, then on a phone's; an error in its console fails the test."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    opened = context.new_page()
    complaints: list[str] = []
    # A page that refuses a form is an answer, which the tests look at; Chromium logs it.
    refused = "Failed to load resource: the server responded with a status of 4"

    def complain(text: str) -> None:
        if not text.startswith(refused):
            complaints.append(text)

    opened.on("console", lambda message: complain(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    archive = tmp_path / "archive"
    command: list[str | Path] = [PROGRAM, "serve", "--port", "0", "--archive", archive]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        url = server.stdout.readline().removeprefix("Serving on ").strip()
        yield Newsroom(archive, url)
        server.terminate()
        server.wait(20)
        server.stdout.close()
