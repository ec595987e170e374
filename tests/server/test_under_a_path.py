"""The service at http://paper.example/history/, behind a real nginx that passes the prefix on, and
behind one that strips it: whatever address an answer holds is under the prefix, and is there.
"""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from service.accounts import Role
from tests.crawling import Crawl, Request
from tests.nginx import CONF, PATH_CONF, UNLIMITED, nginx, passing_on, stripping
from tests.samples import new_token, story
from tests.servers import Server, ask, post, send_form, serving

SITE = "http://paper.example"
HOME = f"{SITE}/history/"
HOST = {"Host": "paper.example"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path, str]]:
    """With the demo's stories, and others whose ids are parts of addresses; an editor's token."""
    archive = tmp_path_factory.mktemp("under") / "archive"
    settings = {"STORY_HISTORY_URL": HOME, "STORY_HISTORY_PROXIES": "1"}
    settings |= {"STORY_HISTORY_READS": "0", "STORY_HISTORY_ACCESS_LOG": "0"}
    with serving("demo", "--archive", archive, cwd=None, logs=None, **settings) as running:
        token = new_token(archive, Role.ADMIN)
        api = f"{running.url}history/api/v1/stories"
        for name in ("history", "stories", "desk"):
            for base in (None, 1):
                sent: dict[str, Any] = {
                    "content": story(title=f"{name} {base}"),
                    "base_version": base,
                }
                why = {"state": "published", "note": "Why", "kind": "correction"}
                status, _ = post(f"{api}/{name}/revisions", token, sent | why)
                assert status == 201
        withdrawal = {"action": "withdraw", "note": "Wrong."}
        assert post(f"{api}/desk/revisions/2/actions", token, withdrawal)[0] == 201
        alias = {"action": "alias", "alias": "once"}
        assert post(f"{api}/history/revisions/2/actions", token, alias)[0] == 201
        while ask(running.url, "/history/api/v1/stories/desk/versions/2/proof").status == 404:
            time.sleep(0.2)  # until what was published last is in the public log
        yield running, archive, token


@pytest.fixture(scope="module", params=[passing_on, stripping])
def fronted(
    request: pytest.FixtureRequest,
    server: tuple[Server, Path, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """nginx's URL, its path included."""
    running, archive, _ = server
    site: Callable[[], str] = request.param
    folder = tmp_path_factory.mktemp("nginx")
    with nginx(folder, running.port, folder / "cache", archive, UNLIMITED, site()) as url:
        yield url


def _port(url: str) -> int:
    return urlsplit(url).port or 0


def _check(crawl: Crawl) -> None:
    """Nothing is missing, and what is on the paper's host is ours."""
    found = crawl.statuses
    assert [each for each in crawl.outside if each.startswith(SITE)] == []
    assert [each for each in found if "/history/history/" in each.address] == []
    bad = {
        each: status for each, status in found.items() if status not in (200, 202, 302, 303, 308)
    }
    gone = [Request("GET", f"{HOME}{each}stories/desk") for each in ("", "api/v1/")]
    assert {each: bad.pop(each, 410) for each in gone} == dict.fromkeys(gone, 410)
    assert bad == {}


def test_all_that_readers_are_led_to_is_under_the_path(fronted: str) -> None:
    crawl = Crawl(_port(fronted), HOME, {})
    more = ["stories/once", "stories/desk", "api", "api/v1/openapi.json", "robots.txt", "healthz"]
    more += ["api/v1/stories?limit=2"]
    crawl.run(HOME, *(HOME + each for each in more))
    _check(crawl)
    paths = {kind.path for kind in crawl.kinds}
    story = ("", "/history", "/versions/N", "/diff/N..N", "/diff", "/play/N", "/provenance")
    for path in (
        *(f"stories/ID{part}" for part in (*story, "/history.atom")),
        *("timegate/stories/ID", "timemap/stories/ID", "history.atom", "sitemap/N.xml"),
        *("api/vN/stories", "api/vN/stories/ID", "api/vN/stories/ID/diff/N..N/text"),
        *("static/style.css", "static/icon.svg", "desk/sign-in"),
    ):
        assert f"/history/{path}" in paths, path


def test_all_that_editors_are_led_to_is_under_the_path(
    fronted: str, server: tuple[Server, Path, str]
) -> None:
    where = f"{fronted}desk/sign-in"
    page, cookie = send_form(where, {}, HOST)
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page.body)[0]
    form = {"csrf": csrf, "token": server[2], "next": "/history/desk/stories"}
    signed_in, cookie = send_form(where, form, {**HOST, "Cookie": cookie})
    assert (signed_in.status, signed_in.location) == (303, "/history/desk/stories")
    crawl = Crawl(_port(fronted), HOME, {"Cookie": cookie})
    crawl.run(f"{HOME}desk")
    _check(crawl)
    posted = [each for each in crawl.statuses if each.method == "OPTIONS"]
    assert len(posted) > 10


def test_each_address_has_one_spelling(fronted: str) -> None:
    for other, one in (
        ("/history/stories/stor%69es?x=1", "/history/stories/stories"),
        ("//history//stories/history", "/history/stories/history"),
        ("/history/stories/history/", "/history/stories/history"),
        ("/%68istory/stories/history?x", "/history/stories/history"),
    ):
        status, _, location, _ = ask(fronted, other, **HOST)
        stripped_already = status == 200
        assert stripped_already or (status, location) == (308, one), other


def test_the_prefix_is_there_once(fronted: str) -> None:
    for path in ("history", "history/", "history/stories/history", "history/history.atom"):
        answer = ask(fronted, f"/history/{path}", **HOST)
        assert answer.status in (404, 308), path
    assert ask(fronted, "/history/stories/history", **HOST).status == 200


def test_the_prefix_alone_leads_to_the_first_page(fronted: str) -> None:
    answer = ask(fronted, "/history", **HOST)
    assert answer.status in (301, 308)
    assert urlsplit(answer.location).path == "/history/"


def test_a_client_cannot_name_a_prefix(fronted: str) -> None:
    for prefix in ("/evil", "//evil.example", "/history"):
        ask(fronted, "/history/stories/stories", **HOST, **{"X-Forwarded-Prefix": prefix})
        page = ask(fronted, "/history/stories/stories", **HOST)
        assert page.status == 200
        assert b"evil" not in page.body


def test_what_is_cached_is_told_apart_by_its_path(fronted: str) -> None:
    pages = [ask(fronted, f"/history/stories/{name}", **HOST) for name in ("history", "stories")]
    assert [b"history 1" in page.body for page in pages] == [True, False]


def test_both_files_for_nginx_say_the_same() -> None:
    def said(text: str) -> set[str]:
        lines = re.sub(r"\s+#.*|^#.*", "", text, flags=re.M).splitlines()
        return {line.strip() for line in lines if re.match(r"\s+(?!location)[a-z]", line)}

    # But for answers as files, which need a name of their own.
    block = re.compile(
        r'    location ~ "\^\(\?:/api/v1\)\?/stories/.*?\n    location @\S+ {.*?\n    }\n', re.S
    )
    text, count = block.subn("", CONF.read_text().partition("\nserver {")[2])
    assert count == 1
    own = said(text)
    under = said(PATH_CONF.read_text())
    assert under < own
    assert own - under == {
        *("listen 80;", "server_name history.example.org;", "client_header_timeout 10s;")
    }
