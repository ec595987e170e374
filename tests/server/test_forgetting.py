"""What nginx has cached of a removed text, after the step that the manual names, and without it."""

import gzip
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from repo_store.archive import Archive
from tests.nginx import UNLIMITED, nginx, reload
from tests.samples import append, content, entry, new_token
from tests.servers import Server, ask, post, serving

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SECRET, WORD = b"xylocarp", "quagga"
"""Both are in the text that is removed, and in none of the addresses; the other is searched for."""
_STORY, _API = "/stories/library", "/api/v1/stories"
ADDRESSES = (
    *("/", "/api", "/history.atom", f"/?q={WORD}", "/sitemap.xml", "/sitemap/1.xml"),
    *(_STORY, f"{_STORY}/history", f"{_STORY}/history.atom", f"{_STORY}/provenance"),
    *(f"{_STORY}/provenance?phrase={WORD}", f"{_STORY}?since=1", f"{_STORY}?since=2"),
    *(f"{_STORY}/versions/{version}" for version in (1, 2, 3)),
    *(f"{_STORY}/diff/{pair}" for pair in ("1..2", "2..3", "1..3", "3..2")),
    *(f"{_STORY}/diff/1..2?view=split", f"{_STORY}/play/2", f"{_STORY}/play/3"),
    *(f"{_STORY}/history/embed", f"{_STORY}/history/embed?as=page"),
    *(f"/timemap{_STORY}", f"/timegate{_STORY}", "/stories/gone", "/stories/gone/history"),
    *(_API, f"{_API}?q={WORD}", f"{_API}/library", f"{_API}/library/versions", f"{_API}/gone"),
    *(f"{_API}/library/versions/{version}" for version in (1, 2, 3)),
    *(f"{_API}/library/diff/{pair}" for pair in ("1..2", "2..3", "3..2")),
    *(f"{_API}/library/diff/1..2/text?format={form}" for form in ("unified", "markdown")),
    *(f"{_API}/library/provenance", f"{_API}/library/provenance?phrase={WORD}"),
    "/api/v1/openapi.json",
)
_ORDER = {
    **{"action": "remove", "note": "By order.", "reason": "court-order"},
    "legal_reference": "District Court, 12 O 44/26",
}


@dataclass(frozen=True)
class Fronted:
    """A server with nginx in front, and the folder of nginx."""

    url: str
    server: Server
    folder: Path
    token: str

    def remove(self, story: str, revision: int) -> None:
        """Remove a text; ask the server itself, as the desk of a newsroom may."""
        address = f"{self.server.url}api/v1/stories/{story}/revisions/{revision}/actions"
        status, answer = post(address, self.token, _ORDER)
        assert status == 201, answer

    def showing(self) -> dict[str, str]:
        """The addresses under which a removed text is read, in three spellings and each encoding,
        with the ETags of the answers.
        """
        found = {}
        for address in ADDRESSES:
            for spelling in _spellings(address):
                for encoding in ("zstd", "gzip", "identity"):
                    answer = ask(self.url, spelling, **{"Accept-Encoding": encoding})
                    if answer.status == 308:
                        answer = ask(self.url, answer.location, **{"Accept-Encoding": encoding})
                    assert answer.status in (200, 202, 302, 404, 410), (spelling, answer.status)
                    if SECRET in _plain(answer.body):
                        found[f"{encoding} {spelling}"] = answer.etag
        return found


@pytest.fixture(params=["", "static"])
def fronted(
    archive_path: Path, archive: Archive, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Fronted]:
    """With files that nginx sends by itself, and without."""
    told = f"The {SECRET.decode()} is no {WORD}: it grows by the harbour, and was seen there often."
    secret = content(title=f"A {SECRET.decode()}", overview=[told])
    append(archive, entry(content()), entry(secret), entry(content(title="Third")))
    append(archive, entry(secret, "gone"))
    folder = tmp_path / request.param if request.param else None
    with (
        serving(
            *("serve", "--archive", archive_path),
            STORY_HISTORY_PROXIES="1",
            STORY_HISTORY_URL="http://history.example.org",
            STORY_HISTORY_STATIC=str(folder or ""),
        ) as server,
        nginx(
            *(tmp_path, server.port, tmp_path / "cache", archive_path, UNLIMITED),
            static=folder and folder / "answers",
        ) as url,
    ):
        yield Fronted(url, server, tmp_path, new_token(archive_path))


def _spellings(address: str) -> tuple[str, ...]:
    more = "&" if "?" in address else "?"
    return address, address.replace("s", "%73", 1), f"{address}{more}utm_source=x"


def _plain(body: bytes) -> bytes:
    if body.startswith(b"\x1f\x8b"):
        return gzip.decompress(body)
    return zstd.decompress(body) if body.startswith(b"\x28\xb5\x2f\xfd") else body


def test_one_documented_step_after_a_removal_leaves_nothing_of_the_text(fronted: Fronted) -> None:
    before = fronted.showing()
    assert len(before) > 150
    fronted.remove("library", 2)
    fronted.remove("gone", 1)
    manual = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()
    assert "    systemctl reload nginx\n" in manual
    reload(fronted.folder)
    assert fronted.showing() == {}
    for reading, tag in before.items():
        encoding, address = reading.split()
        known = {"Accept-Encoding": encoding, "If-None-Match": tag}
        assert ask(fronted.url, address, **known).status != 304, reading
