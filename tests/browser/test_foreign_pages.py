"""Pages of another site that send our forms by themselves: nothing of it is ever done, not even
after signing in.
"""

import threading
from collections.abc import Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.newsroom import Newsroom
from tests.samples import story
from tests.servers import get

REMOVAL = {
    "do": "remove",
    "revision": "1",
    "reason": "other",
    "legal_reference": "none",
    "note": "By no order.",
    "sure": "yes",
}


class Attacker(ThreadingHTTPServer):
    """Another site, by host name and port. It sends its visitors' browsers to `target`."""

    target, fields = "", REMOVAL

    @property
    def url(self) -> str:
        return f"http://evil.test:{self.server_port}/"

    def page(self) -> str:
        fields = "".join(
            f'<input name="{escape(name)}" value="{escape(value)}">'
            for name, value in self.fields.items()
        )
        form = f'<form method="post" action="{escape(self.target)}">{fields}</form>'
        return f"<!doctype html>{form}<script>document.forms[0].submit()</script>"


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Attacker)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.server.page().encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(params=["127.0.0.1", "history.test"])
def attacked(newsroom: Newsroom, request: pytest.FixtureRequest) -> Newsroom:
    """A newsroom with a version, by the name that its people call. For the second, over plain HTTP,
    their browsers send `Origin` alone, no `Sec-Fetch-Site`.
    """
    newsroom.send("editor", story(), state="published", note="")
    newsroom.url = newsroom.url.replace("127.0.0.1", request.param)
    return newsroom


@pytest.fixture
def attacker(attacked: Newsroom) -> Iterator[Attacker]:
    with Attacker(("127.0.0.1", 0), _Page) as server:
        server.target = f"{attacked.url}desk/stories/{attacked.story}/remove"
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


@pytest.fixture
def victim(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def _visit(victim: Page, attacker: Attacker) -> None:
    victim.goto(attacker.url)
    victim.wait_for_url(lambda url: not url.startswith(attacker.url))


def _stands(attacked: Newsroom) -> bool:
    url = attacked.url.replace("history.test", "127.0.0.1")
    return get(f"{url}stories/{attacked.story}/versions/1")[0] == 200


def _is(victim: Page, attacked: Newsroom, name: str) -> None:
    victim.goto(f"{attacked.url}desk")
    expect(victim.locator(".who")).to_contain_text(name)


def test_a_removal_is_not_carried_through_signing_in(
    victim: Page, attacked: Newsroom, attacker: Attacker
) -> None:
    _visit(victim, attacker)
    if not victim.get_by_label("Your token").count():
        expect(victim.locator("main")).to_contain_text("Another site sent this. Nothing was done.")
        victim.goto(f"{attacked.url}desk")
    victim.get_by_label("Your token").fill(attacked.tokens["editor"])
    with victim.expect_navigation():
        victim.keyboard.press("Enter")
    # Whoever is in a hurry presses it until something happens.
    for _ in range(3):
        victim.keyboard.press("Enter")
        victim.wait_for_timeout(200)
        victim.wait_for_load_state()
    expect(victim.locator(".who")).to_contain_text("Dara Voss")
    assert _stands(attacked)


def test_who_is_signed_in_stays_so_and_nothing_is_removed(
    victim: Page, attacked: Newsroom, attacker: Attacker
) -> None:
    attacked.sign_in(victim)
    _visit(victim, attacker)
    assert _stands(attacked)
    _is(victim, attacked, "Dara Voss")


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_nobody_is_signed_in_as_the_attacker(
    victim: Page, attacked: Newsroom, attacker: Attacker, is_signed_in: bool
) -> None:
    if is_signed_in:
        attacked.sign_in(victim)
    attacker.target = f"{attacked.url}desk/sign-in"
    attacker.fields = {"token": attacked.token("editor", "Mallory"), "csrf": "", "next": "/desk"}
    _visit(victim, attacker)
    if is_signed_in:
        _is(victim, attacked, "Dara Voss")
    else:
        victim.goto(f"{attacked.url}desk")
        expect(victim.get_by_label("Your token")).to_be_visible()
