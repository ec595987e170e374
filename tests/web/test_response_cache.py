"""The response cache: rendered once, valid at every request, in the encoding that is accepted."""

import gzip
import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from wsgiref.types import StartResponse

import pytest
from flask import Flask
from flask.testing import FlaskClient

from repo_store.archive import Archive
from service.app import create_app
from service.config import Settings
from service.diffing import Diff, Page, compare
from service.web.http.headers import LASTING
from service.web.http.response_cache import VALIDATOR, DependsOn, ResponseCache, Validator
from tests.samples import append, content, entry, ticking
from tests.web.conftest import Writer

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DIFF = "/stories/library/diff/1..2"


@pytest.fixture(autouse=True)
def long_enough_to_compress(editor: Writer) -> None:
    editor.publish()
    editor.publish(base=1, title="Second", overview=["One paragraph.", "Another, of some length."])


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows with each difference that is computed."""
    calls: list[str] = []

    def counting(old: Page, new: Page) -> Diff:
        calls.append("compared")
        return compare(old, new)

    monkeypatch.setattr("service.usecases.reading.compare", counting)
    return calls


def test_a_cached_diff_is_not_computed_again(client: FlaskClient, compared: list[str]) -> None:
    first = client.get(DIFF)
    for encoding in ("", "gzip", "zstd", "br, gzip;q=0.5"):
        again = client.get(DIFF, headers={"Accept-Encoding": encoding})
        assert again.status_code == 200
    assert client.get(DIFF).data == first.data
    assert client.head(DIFF).headers["ETag"] == first.headers["ETag"]
    assert compared == ["compared"]


def test_concurrent_requests_compute_one_diff(
    app: Flask, monkeypatch: pytest.MonkeyPatch, compared: list[str]
) -> None:
    def slow(old: Page, new: Page) -> Diff:
        compared.append("compared")
        time.sleep(0.2)
        return compare(old, new)

    monkeypatch.setattr("service.usecases.reading.compare", slow)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: app.test_client().get(DIFF).data, range(8)))
    assert len(set(answers)) == 1
    assert compared == ["compared"]


def test_a_render_that_fails_does_not_block_the_requests_that_wait_for_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(old: Page, new: Page) -> Diff:
        time.sleep(0.1)
        raise ValueError("no difference today")

    with monkeypatch.context() as patch:
        patch.setattr("service.usecases.reading.compare", failing)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: app.test_client().get(DIFF), range(4)))
        assert {each.status_code for each in answers} == {500}
    assert app.test_client().get(DIFF).status_code == 200


def test_each_encoding_is_the_same_page_with_its_own_etag(client: FlaskClient) -> None:
    plain = client.get(DIFF)
    zipped = client.get(DIFF, headers={"Accept-Encoding": "gzip"})
    best = client.get(DIFF, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert best.headers["Content-Encoding"] == "zstd"
    assert gzip.decompress(zipped.data) == zstd.decompress(best.data) == plain.data
    tags = {each.headers["ETag"] for each in (plain, zipped, best)}
    assert len(tags) == 3
    for answer in (plain, zipped, best):
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert len(best.data) < len(plain.data) / 2


@pytest.mark.parametrize("refused", ["identity", "zstd;q=0", "gzip;q=0, zstd;q=0", "br"])
def test_an_encoding_that_is_not_accepted_is_not_sent(client: FlaskClient, refused: str) -> None:
    answer = client.get(DIFF, headers={"Accept-Encoding": refused})
    assert "Content-Encoding" not in answer.headers


def test_a_known_tag_among_others_is_enough(client: FlaskClient) -> None:
    tag = client.get(DIFF).headers["ETag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = client.get(DIFF, headers={"If-None-Match": known})
        assert (answer.status_code, answer.data) == (304, b""), known
        assert "Content-Type" not in answer.headers
        assert answer.headers["Cache-Control"] == LASTING


@pytest.mark.parametrize(
    "path",
    ["/", "/stories/library", "/stories/library/history", "/api/v1/stories", "/history.atom"],
)
def test_a_new_version_shows_at_once(client: FlaskClient, editor: Writer, path: str) -> None:
    before = client.get(path)
    assert client.get(path).data == before.data
    editor.publish(base=2, title="Third", summary="And now this.")
    after = client.get(path)
    assert after.data != before.data
    assert "Third" in after.text or "ersion 3" in after.text


def test_what_another_process_wrote_shows_at_once(
    client: FlaskClient, archive_path: Path, editor: Writer
) -> None:
    assert "Fourth" not in client.get("/").text
    other = Archive.open(archive_path, ticking(), create=False)
    append(other, entry(content(title="Fourth"), story="elsewhere"))
    other.close()
    assert "Fourth" in client.get("/").text
    assert client.get("/stories/elsewhere").status_code == 200


def test_a_draft_does_not_change_what_the_public_gets(client: FlaskClient, editor: Writer) -> None:
    paths = ("/", "/stories/library", "/stories/library/history", "/api/v1/stories/library")
    tags = [client.get(path).headers["ETag"] for path in paths]
    editor.draft(base=2, title="Not yet")
    assert [client.get(path).headers["ETag"] for path in paths] == tags


def test_a_response_to_a_token_is_not_given_to_the_public(
    client: FlaskClient, editor: Writer
) -> None:
    path = "/api/v1/stories/library"
    mine = editor.get(path)
    assert "revision" in mine.text
    assert '"revision"' not in client.get(path).text
    assert editor.get(path).text == mine.text


def test_an_error_is_not_cached(client: FlaskClient, editor: Writer) -> None:
    assert client.get("/stories/soon").status_code == 404
    editor.publish("soon")
    assert client.get("/stories/soon").status_code == 200


def test_the_least_recently_used_response_is_evicted(app: Flask, archive_path: Path) -> None:
    calls: list[str] = []

    def render(environ: dict[str, object], start: StartResponse) -> list[bytes]:
        path = str(environ["PATH_INFO"])
        calls.append(path)
        environ[VALIDATOR] = Validator(DependsOn.RELEASE, "", True)
        start("200 OK", [("Content-Length", "60000"), ("Content-Type", "text/plain")])
        return [b"x" * 60_000]

    small = ResponseCache(render, lambda depends_on, story: True, 150_000)
    for path in ("/a", "/b", "/a", "/c", "/a", "/b"):
        FlaskLike(small).get(path)
    assert calls == ["/a", "/b", "/c", "/b"]


@pytest.mark.parametrize("size", [20, 2_000], ids=["tiny", "in several encodings"])
def test_what_is_cached_takes_no_more_memory_than_the_setting(size: int) -> None:
    def render(environ: dict[str, object], start: StartResponse) -> list[bytes]:
        path = str(environ["PATH_INFO"])
        environ[VALIDATOR] = Validator(DependsOn.STORY, path[-40:], (path[-60:], len(path)))
        body = (path[-20:] * size).encode()[:size]
        headers = [(f"X-Header-{number}", f"{path[-20:]}{number}") for number in range(15)]
        start("200 OK", [("Content-Length", str(size)), ("Content-Type", "text/plain"), *headers])
        return [body]

    def state_of(depends_on: DependsOn, story: str) -> object:
        return (f"/{'p' * 2_000}{story}"[-60:], 2_001 + len(story))

    setting = 4 * 2**20
    cache = FlaskLike(ResponseCache(render, state_of, setting))
    tracemalloc.start()
    try:
        for number in range(3_000):
            path = f"/{'p' * 2_000}{number:040}"
            for encoding in ("gzip", "zstd", ""):
                cache.get(path, HTTP_ACCEPT_ENCODING=encoding)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.3 * setting < taken < 1.2 * setting


class FlaskLike:
    def __init__(self, app: ResponseCache) -> None:
        self._app = app

    def get(self, path: str, **headers: str) -> bytes:
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "wsgi.url_scheme": "http", **headers}
        return b"".join(self._app(environ, lambda *_: lambda _: None))


def test_it_can_be_turned_off(archive_path: Path, compared: list[str]) -> None:
    client = create_app(Settings(archive_path, cache=0), ticking()).test_client()
    assert client.get(DIFF).data == client.get(DIFF).data
    assert len(compared) == 2


@pytest.mark.parametrize(
    "other", ["https://a.example/", "http://b.example/", "http://a.example/history/"]
)
def test_a_response_is_cached_for_one_address_of_the_service(
    client: FlaskClient, other: str
) -> None:
    for base in ("http://a.example/", other):
        assert f"<loc>{base}sitemap/1.xml</loc>" in client.get("/sitemap.xml", base_url=base).text
