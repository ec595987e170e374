"""A real server process and a real Chromium. Nothing here skips: no browser, no pass."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.newsroom import Newsroom
from tests.chromium import chromium
from tests.servers import serving


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of `story-history demo`, as a user would start it."""
    archive = tmp_path_factory.mktemp("demo") / "archive"
    with serving("demo", "--archive", archive) as server:
        yield server.url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


# For tests of what is the same on any screen.
ON_ANY_SCREEN = pytest.mark.parametrize("page", [(1200, 900)], ids=["wide"], indirect=True)


@pytest.fixture(params=[(1200, 900), (390, 844)], ids=["wide", "phone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page on a wide screen, then on a phone's; an error in its console fails the test."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    opened = context.new_page()
    complaints: list[str] = []
    # A page that refuses a form is an answer, which the tests look at; Chromium logs it. It also
    # logs that someone typed before it had put the cursor into a field.
    harmless = (
        "Failed to load resource: the server responded with a status of 4",
        "Autofocus processing was blocked because a document already has a focused element.",
    )

    def complain(text: str) -> None:
        if not text.startswith(harmless):
            complaints.append(text)

    opened.on("console", lambda message: complain(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


@pytest.fixture(params=["light", "dark"])
def axe_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A light page on a wide screen, then a dark one on a phone's, into which axe may be loaded."""
    dark = request.param == "dark"
    with browser.new_context(
        viewport={"width": 390 if dark else 1200, "height": 844},
        color_scheme="dark" if dark else "light",
        bypass_csp=True,
    ) as context:
        yield context.new_page()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    archive = tmp_path_factory.mktemp("newsroom") / "archive"
    with serving("serve", "--archive", archive) as server:
        yield archive, server.url


_stories = count(1)


@pytest.fixture
def newsroom(shared_server: tuple[Path, str]) -> Newsroom:
    """People and a story that no other test has, on a server that tests share."""
    return Newsroom(*shared_server, f"library-{next(_stories)}")


@pytest.fixture
def fresh_newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    """A server and an archive with nothing in it, for tests that look at all of it."""
    archive = tmp_path / "archive"
    with serving("serve", "--archive", archive) as server:
        yield Newsroom(archive, server.url, "library")
