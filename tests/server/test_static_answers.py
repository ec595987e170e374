"""Public answers that nginx sends as files: with which headers, and until when."""

import gzip
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from hashlib import sha256
from pathlib import Path
from urllib.error import HTTPError

import pytest

from repo_store.archive import Archive
from tests.nginx import UNLIMITED, nginx
from tests.samples import append, content, entry, new_token, ticking
from tests.servers import Server, ask, post, serving

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FILES = {
    "/stories/{}/history": "history.gz",
    "/stories/{}/history.atom": "history.atom.gz",
    "/stories/{}/play/2": "play/2.gz",
    "/stories/{}/diff/1..2": "diff/1..2.gz",
    "/api/v1/stories/{}/diff/1..2": "api/diff/1..2.gz",
}
"""The file of each address of a story."""
NEVER_CACHED = (("proxy_cache story_history;", "proxy_cache off;"),)
"""So that what nginx has for some seconds is not taken for the server's answer."""
_OWN = {
    "Date",
    "Server",
    "Connection",
    "ETag",
    "Content-Length",
    "X-Request-ID",
    "X-Cache",
    "Transfer-Encoding",
}


@dataclass(frozen=True)
class Fronted:
    """`story`: the test's own, and `page` its history; `files`: those of its answers."""

    url: str
    server: Server
    story: str
    files: Path
    token: str

    @property
    def page(self) -> str:
        return f"/stories/{self.story}/history"

    def known(self) -> dict[str, str]:
        """The file of each of the story's addresses."""
        return {address.format(self.story): file for address, file in FILES.items()}

    def get(self, address: str, method: str = "GET", **headers: str) -> tuple[str, Message, bytes]:
        """How nginx came by the answer, its headers and its body as text."""
        request = urllib.request.Request(f"{self.url}{address[1:]}", headers=headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.headers.get("X-Cache", ""), answer.headers, _plain(answer.read())
        except HTTPError as error:
            with error:
                return f"{error.code}", error.headers, _plain(error.read())

    def act(self, **body: object) -> None:
        address = f"{self.server.url}api/v1/stories/{self.story}/revisions/2/actions"
        status, answer = post(address, self.token, body)
        assert status == 201, answer


def _plain(body: bytes) -> bytes:
    if body.startswith(b"\x1f\x8b"):
        return gzip.decompress(body)
    return zstd.decompress(body) if body.startswith(b"\x28\xb5\x2f\xfd") else body


@pytest.fixture(scope="module")
def archive_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("static") / "archive"


@pytest.fixture(scope="module")
def archive(archive_path: Path) -> Iterator[Archive]:
    with closing(Archive.open(archive_path, ticking(), create=True)) as opened:
        yield opened


@pytest.fixture(scope="module")
def served(archive_path: Path, archive: Archive) -> Iterator[tuple[str, Server]]:
    folder, others = archive_path.parent, (*UNLIMITED, *NEVER_CACHED)
    files = folder / "static" / "answers"
    with (
        serving(
            *("serve", "--archive", archive_path),
            STORY_HISTORY_PROXIES="1",
            STORY_HISTORY_LANGUAGE="en",
            STORY_HISTORY_URL="https://history.example.org",
            STORY_HISTORY_STATIC=str(folder / "static"),
        ) as server,
        nginx(folder, server.port, folder / "cache", archive_path, others, "", files) as url,
    ):
        yield url, server


@pytest.fixture
def fronted(
    request: pytest.FixtureRequest, served: tuple[str, Server], archive: Archive, archive_path: Path
) -> Fronted:
    url, server = served
    story = f"s{sha256(request.node.name.encode()).hexdigest()[:16]}"
    append(archive, entry(content(title="First"), story), entry(content(title="Second"), story))
    files = archive_path.parent / "static" / "answers" / story
    return Fronted(url, server, story, files, new_token(archive_path))


def _headers(found: Message) -> dict[str, object]:
    said: dict[str, object] = {name: value for name, value in found.items() if name not in _OWN}
    vary = ",".join(found.get_all("Vary", []))
    return said | {"Vary": {each.strip() for each in vary.split(",")}}


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_file_is_the_server_s_answer_with_its_headers(fronted: Fronted, encoding: str) -> None:
    accept = {"Accept-Encoding": encoding}
    for address, file in fronted.known().items():
        first, said, body = fronted.get(address, **accept)
        assert first == "", address
        assert (fronted.files / file).exists(), address
        again, also, same = fronted.get(address, **accept)
        assert (again, same) == ("FILE", body), address
        assert _headers(also) == _headers(said), address
        how, head, empty = fronted.get(address, "HEAD", **accept)
        assert (how, _headers(head), empty) == ("FILE", _headers(said), b""), address


def test_the_service_is_asked_by_any_other_request(fronted: Fronted) -> None:
    for address in fronted.known():
        fronted.get(address)
        assert fronted.get(address)[0] == "FILE"
        for method in ("POST", "PUT", "DELETE"):
            assert fronted.get(address, method)[0] == "405", (address, method)
        spelt = address.replace(fronted.story, f"%73{fronted.story[1:]}")
        for other in (f"{address}?x=1", f"{address}/", spelt):
            assert ask(fronted.url, other)[:3] == (308, b"", address), other
        assert fronted.get(address)[0] == "FILE"
    assert fronted.get(f"/stories/{fronted.story}/diff/1..2?view=split")[0] == ""
    difference = f"/api/v1/stories/{fronted.story}/diff/1..2"
    assert fronted.get(difference, Authorization="Bearer no")[0] == "401"
    assert fronted.get(difference, Authorization=f"Bearer {fronted.token}")[0] == ""


def test_an_etag_is_of_the_content(fronted: Fronted, archive: Archive) -> None:
    address = fronted.page
    tags = []
    for number in range(3, 6):
        fronted.get(address)
        _, said, _ = fronted.get(address)
        tags.append(said["ETag"])
        known = {"If-None-Match": said["ETag"]}
        how, _, body = fronted.get(address, **known)
        assert (how, body) == ("304", b"")
        append(archive, entry(content(title=f"Title {number}"), fronted.story))
        assert b"Title" in fronted.get(address, **known)[2], "changed"
    assert len(set(tags)) == 3
    [file] = (fronted.files / "history.gz",)
    before = file.stat()
    file.unlink()
    fronted.get(address)
    again = file.stat()
    assert (again.st_mtime, again.st_size) == (before.st_mtime, before.st_size)
    assert again.st_ino != before.st_ino or again.st_ctime > before.st_ctime


def test_the_next_request_after_a_change_gets_the_new_answer(
    fronted: Fronted, archive: Archive
) -> None:
    def warm() -> None:
        for address in fronted.known():
            fronted.get(address)
            assert fronted.get(address)[0] == "FILE", address

    warm()
    append(
        archive, entry(content(title="Third"), fronted.story)
    )  # by another process than the server
    assert not fronted.files.exists()
    how, _, body = fronted.get(fronted.page)
    assert how == ""
    assert b"Third" in body
    warm()
    fronted.act(action="explain", kind="correction", note="It was misspelt.")
    for address in fronted.known():
        how, _, body = fronted.get(address)
        assert how == "", address
    assert b"It was misspelt" in fronted.get(fronted.page)[2]
    warm()
    fronted.act(
        action="remove", reason="court-order", legal_reference="12 O 44/26", note="By order."
    )
    assert not fronted.files.exists()
    for address in fronted.known():
        how, _, body = fronted.get(address)
        assert how in ("", "410"), address
        assert b"Second" not in body, address
    assert fronted.get(f"/stories/{fronted.story}/diff/1..2")[0] == "410"


def test_a_server_of_other_settings_begins_without_files(
    fronted: Fronted, archive_path: Path
) -> None:
    """The last test here: it stops the server."""
    fronted.get(fronted.page)
    assert fronted.files.exists()
    fronted.server.stop()
    assert fronted.get(fronted.page)[0] == "FILE", "readers go on reading"
    with serving("serve", "--archive", archive_path):
        assert fronted.get(fronted.page)[0] == "502"
    assert not (archive_path / "static").exists()
