"""Public answers that nginx sends as files: with which headers, and until when."""

import gzip
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError

import pytest

from repo_store.archive import Archive
from tests.nginx import UNLIMITED, nginx
from tests.samples import append, content, entry, new_token
from tests.servers import Server, ask, post, serving

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STORY, API = "/stories/library", "/api/v1/stories/library"
FILES = {
    f"{STORY}/history": "history.gz",
    f"{STORY}/history.atom": "history.atom.gz",
    f"{STORY}/play/2": "play/2.gz",
    f"{STORY}/diff/1..2": "diff/1..2.gz",
    f"{API}/diff/1..2": "api/diff/1..2.gz",
}
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
    url: str
    server: Server
    files: Path
    token: str

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
        address = f"{self.server.url}api/v1/stories/library/revisions/2/actions"
        status, answer = post(address, self.token, body)
        assert status == 201, answer


def _plain(body: bytes) -> bytes:
    if body.startswith(b"\x1f\x8b"):
        return gzip.decompress(body)
    return zstd.decompress(body) if body.startswith(b"\x28\xb5\x2f\xfd") else body


@pytest.fixture
def fronted(archive_path: Path, archive: Archive, tmp_path: Path) -> Iterator[Fronted]:
    append(archive, entry(content(title="First")), entry(content(title="Second")))
    files, others = tmp_path / "static" / "answers", (*UNLIMITED, *NEVER_CACHED)
    with (
        serving(
            *("serve", "--archive", archive_path),
            STORY_HISTORY_PROXIES="1",
            STORY_HISTORY_LANGUAGE="en",
            STORY_HISTORY_URL="https://history.example.org",
            STORY_HISTORY_STATIC=str(tmp_path / "static"),
        ) as server,
        nginx(tmp_path, server.port, tmp_path / "cache", archive_path, others, "", files) as url,
    ):
        yield Fronted(url, server, files / "library", new_token(archive_path))


def _headers(found: Message) -> dict[str, object]:
    said: dict[str, object] = {name: value for name, value in found.items() if name not in _OWN}
    vary = ",".join(found.get_all("Vary", []))
    return said | {"Vary": {each.strip() for each in vary.split(",")}}


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_file_is_the_server_s_answer_with_its_headers(fronted: Fronted, encoding: str) -> None:
    accept = {"Accept-Encoding": encoding}
    for address, file in FILES.items():
        first, said, body = fronted.get(address, **accept)
        assert first == "", address
        assert (fronted.files / file).exists(), address
        again, also, same = fronted.get(address, **accept)
        assert (again, same) == ("FILE", body), address
        assert _headers(also) == _headers(said), address
        how, head, empty = fronted.get(address, "HEAD", **accept)
        assert (how, _headers(head), empty) == ("FILE", _headers(said), b""), address


def test_the_service_is_asked_by_any_other_request(fronted: Fronted) -> None:
    for address in FILES:
        fronted.get(address)
        assert fronted.get(address)[0] == "FILE"
        for method in ("POST", "PUT", "DELETE"):
            assert fronted.get(address, method)[0] == "405", (address, method)
        for other in (f"{address}?x=1", f"{address}/", address.replace("library", "%6cibrary")):
            assert ask(fronted.url, other)[:3] == (308, b"", address), other
        assert fronted.get(address)[0] == "FILE"
    assert fronted.get(f"{STORY}/diff/1..2?view=split")[0] == ""
    assert fronted.get(f"{API}/diff/1..2", Authorization="Bearer no")[0] == "401"
    assert fronted.get(f"{API}/diff/1..2", Authorization=f"Bearer {fronted.token}")[0] == ""


def test_an_etag_is_of_the_content(fronted: Fronted, archive: Archive) -> None:
    address = f"{STORY}/history"
    tags = []
    for number in range(3, 6):
        fronted.get(address)
        _, said, _ = fronted.get(address)
        tags.append(said["ETag"])
        known = {"If-None-Match": said["ETag"]}
        how, _, body = fronted.get(address, **known)
        assert (how, body) == ("304", b"")
        append(archive, entry(content(title=f"Title {number}")))
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
        for address in FILES:
            fronted.get(address)
            assert fronted.get(address)[0] == "FILE", address

    warm()
    append(archive, entry(content(title="Third")))  # by another process than the server
    assert not fronted.files.exists()
    how, _, body = fronted.get(f"{STORY}/history")
    assert how == ""
    assert b"Third" in body
    warm()
    fronted.act(action="explain", kind="correction", note="It was misspelt.")
    for address in FILES:
        how, _, body = fronted.get(address)
        assert how == "", address
    assert b"It was misspelt" in fronted.get(f"{STORY}/history")[2]
    warm()
    fronted.act(
        action="remove", reason="court-order", legal_reference="12 O 44/26", note="By order."
    )
    assert not fronted.files.exists()
    for address in FILES:
        how, _, body = fronted.get(address)
        assert how in ("", "410"), address
        assert b"Second" not in body, address
    assert fronted.get(f"{STORY}/diff/1..2")[0] == "410"


def test_a_server_of_other_settings_begins_without_files(
    fronted: Fronted, archive_path: Path
) -> None:
    fronted.get(f"{STORY}/history")
    assert fronted.files.exists()
    fronted.server.stop()
    assert fronted.get(f"{STORY}/history")[0] == "FILE", "readers go on reading"
    with serving("serve", "--archive", archive_path):
        assert fronted.get(f"{STORY}/history")[0] == "502"
    assert not (archive_path / "static").exists()
