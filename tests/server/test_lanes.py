"""The real server under a flood of costly requests: what is ready, and what others need, passes."""

import itertools
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.error import HTTPError

import pytest

from repo_store.archive import Archive
from service.web.wire.lanes import Lane, lane_of
from tests.bench.news import News
from tests.samples import append, entry, new_token, ticking
from tests.servers import Server, get, post, serving

VERSIONS = 12
CLIENTS = 100
"""Each has one request under way: more than run and wait for one lane in both processes."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("flooded") / "archive"
    news = News(5)
    with closing(Archive.open(path, ticking(), create=True)) as archive:
        texts = [News.content(number, news.story()) for number in range(VERSIONS)]
        append(archive, *(entry(text, "flooded") for text in texts))
    return path


@pytest.fixture(scope="module")
def server(filled: Path) -> Iterator[Server]:
    # Nothing is kept, so every difference is made anew.
    with serving("serve", "--archive", filled, STORY_HISTORY_CACHE="0") as server:
        yield server


class Flood:
    """Requests without end, each client's one after another. What they were answered is counted."""

    def __init__(self, server: Server) -> None:
        self.statuses: Counter[int] = Counter()
        self.problem = self.retry_after = ""
        self._stop = threading.Event()
        pairs = itertools.cycle(itertools.permutations(range(1, VERSIONS + 1), 2))
        urls = (f"{server.url}api/v1/stories/flooded/diff/{a}..{b}" for a, b in pairs)
        lock = threading.Lock()

        def run() -> None:
            while not self._stop.is_set():
                with lock:
                    url = next(urls)
                with suppress(OSError):
                    self._ask(url)

        self._threads = [threading.Thread(target=run) for _ in range(CLIENTS)]

    def _ask(self, url: str) -> None:
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                self.statuses[answer.status] += 1
        except HTTPError as error:
            with error:
                self.statuses[error.code] += 1
                self.retry_after = error.headers.get("Retry-After", "")
                self.problem = error.read().decode()

    def __enter__(self) -> "Flood":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)


def test_a_flood_of_one_kind_leaves_the_others_their_room(server: Server, filled: Path) -> None:
    token = new_token(filled)
    with Flood(server) as flood:
        while not flood.statuses[503]:
            time.sleep(0.05)
        for path in ("healthz", "readyz", "stories/flooded", "api/v1/stories/flooded/versions/2"):
            assert get(f"{server.url}{path}")[0] == 200, path
        mine = f"{server.url}api/v1/stories/flooded/revisions"
        assert get(mine, Authorization=f"Bearer {token}")[0] == 200
        body = {"content": {"title": "Published meanwhile"}, "state": "draft", "base_version": None}
        assert post(f"{server.url}api/v1/stories/meanwhile/revisions", token, body)[0] in (201, 422)
    assert set(flood.statuses) == {200, 503}
    assert int(flood.retry_after) > 0
    assert json.loads(flood.problem)["title"] == "Too busy"


_PROBE = """
import sys, time, urllib.request
seconds = []
for _ in range(21):
    begun = time.perf_counter()
    urllib.request.urlopen(sys.argv[1]).read()
    seconds.append(time.perf_counter() - begun)
print(sorted(seconds)[10])
"""


def test_health_answers_at_once_meanwhile(server: Server) -> None:
    """Within 100 ms; the bound is looser as the flood's clients share the processors."""
    probe = [sys.executable, "-c", _PROBE, f"{server.url}healthz"]
    with Flood(server) as flood:
        while sum(flood.statuses.values()) < 20:
            time.sleep(0.05)
        median = float(subprocess.run(probe, capture_output=True, check=True, text=True).stdout)
    print(f"a probe takes {median * 1000:.0f} ms")
    assert median < 0.5


@pytest.mark.parametrize(
    ("method", "path", "query", "token", "lane"),
    [
        ("GET", "/healthz", "", False, Lane.READY),
        ("GET", "/static/page.css", "v=1", False, Lane.READY),
        ("GET", "/", "", False, Lane.READING),
        ("GET", "/", "q=tram", False, Lane.COMPARING),
        ("GET", "/api/v1/stories", "limit=3&q=tram", False, Lane.COMPARING),
        ("HEAD", "/stories/a/diff/1..2", "", False, Lane.COMPARING),
        ("GET", "/stories/a/provenance", "", False, Lane.COMPARING),
        ("GET", "/stories/a/play/3", "", False, Lane.COMPARING),
        ("GET", "/stories/a/diff/1..2/preview.png", "", False, Lane.COMPARING),
        ("GET", "/stories/a/preview.png", "", False, Lane.COMPARING),
        ("GET", "/stories/a/history/embed", "", False, Lane.READING),
        ("GET", "/stories/a/history/embed", "change=c&versions=1..2", False, Lane.COMPARING),
        ("GET", "/oembed", "url=https://a.example/", False, Lane.COMPARING),
        ("GET", "/stories/diff", "", False, Lane.READING),
        ("GET", "/api/v1/stories/a/diff/1..2", "", True, Lane.SIGNED_IN),
        ("GET", "/desk", "", False, Lane.SIGNED_IN),
        ("GET", "/desk/export", "what=all", False, Lane.EXPORTING),
        ("GET", "/api/v1/stories/a/export", "", True, Lane.EXPORTING),
        ("POST", "/desk/sign-in", "", False, Lane.WRITING),
    ],
)
def test_each_request_has_its_lane(
    method: str, path: str, query: str, token: bool, lane: Lane
) -> None:
    assert lane_of(method, path, query, token) is lane


def test_a_limit_holds_for_all_processes(filled: Path) -> None:
    with serving(
        "serve", "--archive", filled, STORY_HISTORY_READS="9", STORY_HISTORY_WORKERS="3"
    ) as server:
        statuses = Counter(get(f"{server.url}stories/none-{n}")[0] for n in range(40))
    assert statuses == {404: 9, 429: 31}
