"""docs/nginx.conf, unchanged, in a real nginx in front of the real server."""

import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pytest

from repo_store.archive import Archive
from tests.nginx import nginx
from tests.samples import append, content, entry, new_token, ticking
from tests.servers import Server, ask, serving


@dataclass(frozen=True)
class Fronted:
    url: str
    server: Server

    def get(self, path: str, **headers: str) -> tuple[str, bytes, dict[str, str]]:
        """What the cache did, the body, and the headers."""
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request) as answer:
            found = dict(answer.headers)
            return found.get("X-Cache", ""), answer.read(), found


@pytest.fixture(scope="module")
def archive_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nginx") / "archive"


@pytest.fixture(scope="module")
def archive(archive_path: Path) -> Iterator[Archive]:
    with closing(Archive.open(archive_path, ticking(), create=True)) as opened:
        yield opened


@pytest.fixture(scope="module")
def fronted(archive_path: Path, archive: Archive) -> Iterator[Fronted]:
    folder = archive_path.parent
    with (
        serving("serve", "--archive", archive_path, STORY_HISTORY_PROXIES="1") as server,
        nginx(folder, server.port, folder / "cache", archive_path) as url,
    ):
        yield Fronted(url, server)


@pytest.fixture
def story(archive: Archive, request: pytest.FixtureRequest) -> str:
    """The id of a story of the test's own, of which nothing is cached; it has two versions."""
    story = f"s{sha256(request.node.name.encode()).hexdigest()[:16]}"
    append(archive, entry(content(title="First"), story), entry(content(title="Second"), story))
    return story


def test_a_version_is_cached(fronted: Fronted, story: str) -> None:
    paths = (f"stories/{story}/versions/1", f"stories/{story}/diff/1..2", f"api/v1/stories/{story}")
    for path in paths:
        first, *_ = fronted.get(path)
        again, *_ = fronted.get(path)
        assert (first, again) == ("MISS", "HIT"), path


def test_responses_to_a_token_are_not_cached(
    fronted: Fronted, archive_path: Path, story: str
) -> None:
    token = new_token(archive_path)
    path = f"api/v1/stories/{story}"
    for _ in range(2):
        how, body, headers = fronted.get(path, Authorization=f"Bearer {token}")
        assert how == "BYPASS"
        assert b'"revision"' in body
        assert headers["Cache-Control"] == "private, no-store"
    _, body, _ = fronted.get(path)
    assert b'"revision"' not in body
    assert "X-Cache" not in fronted.get("desk/sign-in")[2]


def test_each_encoding_is_cached_once(fronted: Fronted, story: str) -> None:
    path = f"stories/{story}/diff/1..2"
    browsers = ("gzip, deflate, br, zstd", "zstd", "gzip, deflate", "gzip", "identity")
    found = [fronted.get(path, **{"Accept-Encoding": accepted}) for accepted in browsers]
    encodings = [headers.get("Content-Encoding") for _, _, headers in found]
    assert encodings == ["zstd", "zstd", "gzip", "gzip", None]
    assert [how for how, _, _ in found] == ["MISS", "HIT", "MISS", "HIT", "MISS"]


@pytest.mark.parametrize(
    ("accepted", "language", "how"),
    [
        ("de", "de", "HIT"),
        ("de-AT, de;q=0.9, en;q=0.8", "de", "HIT"),
        ("nl, pt-BR;q=0.9, de-DE;q=0.5", "de", "HIT"),
        ("den, fr-CH", "fr", "MISS"),
        ("de;q=0, fr", "fr", "MISS"),
        ("de-AT ; q=0.00 , ar;q=0.1", "ar", "MISS"),
        ("", "en", "MISS"),
        ("nl", "en", "MISS"),
        ("*", "en", "MISS"),
    ],
)
def test_each_language_is_cached_once(
    fronted: Fronted, story: str, accepted: str, language: str, how: str
) -> None:
    path = f"stories/{story}/history"
    fronted.get(path, **{"Accept-Language": "de-CH"})
    found, page, headers = fronted.get(path, **{"Accept-Language": accepted})
    assert (found, f'<html lang="{language}"'.encode() in page) == (how, True)
    assert "Accept-Language" in headers["Vary"]


def test_an_answer_is_cached_under_one_spelling_alone(fronted: Fronted, story: str) -> None:
    path = f"stories/{story}"
    fronted.get(path)
    assert fronted.get(path)[0] == "HIT"
    others = (
        *(f"/stories/%73{story[1:]}", f"/stories//{story}", f"/stories/x/../{story}", f"/{path}/"),
        *(f"/{path}?utm_source=x", f"/{path}?", f"/stories%2F{story}"),
    )
    for other in others:
        for _ in range(2):
            assert ask(fronted.url, other)[:3] == (308, b"", f"/{path}"), other
    assert fronted.get(path)[0] == "HIT"


def test_an_encoded_question_mark_finds_no_other_address(fronted: Fronted, story: str) -> None:
    assert fronted.get(f"stories/{story}?since=1")[0] == "MISS"
    assert ask(fronted.url, f"/stories/{story}%3Fsince=1")[0] == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("stories/{story}/provenance?phrase=", 200),
        ("?q=", 200),
        ("api/v1/stories?q=", 200),
        ("desk/stories/{story}/remove?words=", 303),
    ],
)
def test_the_longest_addresses_pass(fronted: Fronted, story: str, path: str, status: int) -> None:
    """Headers, which may repeat the address, and the cache's key have room in nginx."""
    for letter in ("a", "п", "桥", "😀"):
        assert ask(fronted.url, f"/{path.format(story=story)}{quote(letter * 500)}")[0] == status, (
            letter
        )


def test_the_longest_path_passes(fronted: Fronted) -> None:
    assert ask(fronted.url, f"/stories/{'a' * 8_000}")[0] == 404


def test_authorization_matters_in_the_api_alone(fronted: Fronted, story: str) -> None:
    for path in (f"stories/{story}", "", "history.atom"):
        fronted.get(path)
        assert fronted.get(path, Authorization="Bearer nonsense")[0] == "HIT", path
    fronted.get("api/v1/stories")
    assert ask(fronted.url, "/api/v1/stories", Authorization="Bearer nonsense")[0] == 401


def test_links_use_the_public_address(fronted: Fronted, story: str) -> None:
    _, _, headers = fronted.get(f"stories/{story}", Host="history.example.org")
    assert f"<http://history.example.org/timegate/stories/{story}>" in headers["Link"]


def test_a_story_s_page_is_cached_for_a_few_seconds(
    fronted: Fronted, archive: Archive, story: str
) -> None:
    """The last test here: it stops the server."""
    path = f"stories/{story}"
    assert [fronted.get(path)[0] for _ in range(20)] == ["MISS"] + ["HIT"] * 19
    append(archive, entry(content(title="Third"), story))
    deadline = time.monotonic() + 20
    while b"Third" not in fronted.get(path)[1]:
        assert time.monotonic() < deadline, "the new version shows after some seconds"
        time.sleep(0.5)
    fronted.server.stop()
    while (found := fronted.get(path))[0] == "HIT":
        assert b"Third" in found[1]
        assert time.monotonic() < deadline, "what is cached is fresh for some seconds"
        time.sleep(0.5)
    how, body, _ = found
    assert b"Third" in body
    assert how in ("STALE", "UPDATING"), "reading goes on while the server is away"
