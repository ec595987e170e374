"""One damaged item never takes down a list, a feed, an export or a probe; its own page says so."""

import json
import logging
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from werkzeug.test import Client

from repo_store import Archive, Revision
from service.accounts import Role
from service.audit.export.exports import ExportRequest
from service.audit.verify.verifier import verify
from service.config import Settings
from service.wiring import Services
from tests.audit.conftest import files_of
from tests.samples import new_token
from tests.web.conftest import Desk, Writer, application, draft, signed_in


def _flip(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def _forge(path: Path) -> None:
    """Other bytes that unpack without complaint."""
    forged = zlib.decompress(path.read_bytes()).replace(b"crowns", b"pounds")
    path.write_bytes(zlib.compress(forged.replace(b"Dara", b"Dora")))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40])


DAMAGE: dict[str, Callable[[Path], None]] = {
    "missing": Path.unlink,
    "cut": _cut,
    "corrupt": _flip,
    "forged": _forge,
}
PLACES = [("live", "blob"), ("draft", "blob"), ("first", "blob"), ("live", "commit")]
LISTS = [
    *("/", "/?q=crowns", "/history.atom", "/stories/sound/history.atom", "/sitemap.xml"),
    *("/sitemap/1.xml", "/readyz", "/healthz", "/stories/hurt/history", "/stories/sound"),
    *("/stories/hurt/history.atom", "/stories/hurt/history/embed", "/timemap/stories/hurt"),
    *("/api/v1/stories", "/api/v1/stories?q=crowns", "/api/v1/stories/hurt/versions"),
]
DESK = [
    *("/desk", "/desk/stories", "/desk/watching", "/desk/export", "/desk/tokens"),
    *("/desk/stories/hurt/timeline", "/desk/stories/hurt/remove"),
    *("/desk/stories/hurt/remove?words=crowns", "/desk/stories/sound/timeline"),
]
API = [
    *("/api/v1/stories/hurt/revisions", "/api/v1/stories/hurt/revisions/1/actions"),
    *("/api/v1/log/checkpoint", "/api/v1/export"),
]


class Newsroom(NamedTuple):
    path: Path
    app: Flask
    desk: Desk
    editor: Writer
    chain: dict[str, Revision]


@pytest.fixture(scope="module")
def archive_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damage") / "archive"


@pytest.fixture(scope="module")
def newsroom(archive_path: Path) -> Iterator[Newsroom]:
    """The story `hurt`, which is going to be, and `sound`; both with two versions and a draft."""
    app = application(Settings(archive_path, cache=0))
    token = new_token(archive_path, Role.ADMIN)
    editor = Writer(app.test_client(), {"Authorization": f"Bearer {token}"})
    for name in ("hurt", "sound"):
        editor.publish(name)
        editor.publish(name, base=1, title="Second")
        draft(editor, 2, name, title="Second, again")
    desk = signed_in(app.test_client(), token)
    desk.post("/desk/stories/hurt/watch", watch="yes")
    archive: Archive = app.extensions["story_history"].archive
    first, live, drafted = archive.index.chain("hurt")
    yield Newsroom(
        archive_path, app, desk, editor, {"first": first, "live": live, "draft": drafted}
    )
    archive.close()


@pytest.fixture(params=PLACES, ids="-".join)
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    found: tuple[str, str] = request.param
    return found


@pytest.fixture(params=list(DAMAGE.values()), ids=list(DAMAGE))
def hurt(
    request: pytest.FixtureRequest, newsroom: Newsroom, place: tuple[str, str]
) -> Iterator[Newsroom]:
    """The newsroom while one object of `hurt` is damaged."""
    oid = getattr(newsroom.chain[place[0]], place[1])
    path = newsroom.path / "stories.git" / "objects" / oid[:2] / oid[2:]
    kept, mode = path.read_bytes(), path.stat().st_mode
    path.chmod(0o600)
    request.param(path)
    services: Services = newsroom.app.extensions["story_history"]
    services.archive._contents.clear()
    services.archive._git.close()  # a new process, which has not read it before
    yield newsroom
    path.write_bytes(kept)
    path.chmod(mode)
    services.archive._contents.clear()


def test_no_list_answers_with_an_error(
    hurt: Newsroom, place: tuple[str, str], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.ERROR)
    token = hurt.editor.headers
    asked: list[tuple[Client, list[str], dict[str, str]]] = [
        (Client(hurt.app), LISTS, {}),
        (hurt.desk.client, DESK, {}),
        (hurt.editor.client, API, token),
    ]
    for client, addresses, headers in asked:
        for address in addresses:
            answer = client.get(address, headers=headers)
            assert answer.status_code == 200, (address, answer.data[:300])
            if address in ("/", "/desk", "/history.atom"):
                assert "sound" in answer.text
            if address == "/history.atom" and place[1] == "blob" and place[0] != "draft":
                assert "this part of the archive is damaged" in answer.text
                assert answer.headers["Cache-Control"] == "no-cache"
            if address == "/desk" and place == ("draft", "blob"):
                assert "this part of the archive is damaged" in answer.text
    assert "hurt" in caplog.text
    _check_export(hurt, answer.data, tmp_path)


def _check_export(hurt: Newsroom, data: bytes, tmp_path: Path) -> None:
    """The export of everything has `sound`, and says of `hurt` why it lacks it."""
    path = tmp_path / "export.zip"
    path.write_bytes(data)
    files = files_of(path)
    [line] = map(json.loads, files["data/damaged.ndjson"].splitlines())
    assert line["story"] == "hurt"
    assert line["problem"]
    assert b"Damaged-Stories: 1\n" in files["bag-info.txt"]
    assert "data/stories/sound/report.html" in files
    assert not [name for name in files if name.startswith("data/stories/hurt/")]
    verdict = verify(path)
    assert verdict.faults == []
    assert any("anything of hurt" in each for each in verdict.unproven)


def test_the_item_itself_says_that_it_is_damaged(hurt: Newsroom, place: tuple[str, str]) -> None:
    damaged, part = place
    pages = {"live": "/stories/hurt", "first": "/stories/hurt/versions/1"}
    if part == "blob":
        client = hurt.desk.client if damaged == "draft" else Client(hurt.app)
        page = client.get(pages.get(damaged, "/desk/stories/hurt/revisions/3"))
        assert page.status_code == 500
        assert "This part of the archive is damaged" in page.text
    answer = hurt.editor.get("/api/v1/stories/hurt/export")
    assert answer.status_code == 500
    assert json.loads(answer.text)["type"].endswith(":damaged")


@pytest.mark.parametrize("part", ["blob", "commit"])
@pytest.mark.parametrize("damage", list(DAMAGE.values()), ids=list(DAMAGE))
def test_damage_does_not_stop_the_correction_of_a_story(
    damage: Callable[[Path], None], part: str, tmp_path: Path
) -> None:
    path = tmp_path / "archive"
    app = application(Settings(path, cache=0))
    editor = Writer(app.test_client(), {"Authorization": f"Bearer {new_token(path, Role.EDITOR)}"})
    editor.publish("hurt")
    editor.publish("hurt", base=1, title="Second")
    archive: Archive = app.extensions["story_history"].archive
    oid = getattr(archive.index.version("hurt", 2), part)
    broken = path / "stories.git" / "objects" / oid[:2] / oid[2:]
    broken.chmod(0o600)
    damage(broken)
    archive._contents.clear()
    archive._git.close()
    third = editor.publish("hurt", base=2, title="Third")
    assert third.status_code == 201, third.text
    waiting = draft(editor, 3, "hurt", title="Fourth")
    assert waiting == 4
    assert "Third" in Client(app).get("/stories/hurt").text
    found = {word: "Third" in Client(app).get(f"/?q={word}").text for word in ("Third", "Second")}
    assert found == {"Third": True, "Second": False}
    archive.close()


def test_without_damage_nothing_says_so(newsroom: Newsroom, tmp_path: Path) -> None:
    assert "damaged" not in newsroom.desk.get("/desk").text
    exports = newsroom.app.extensions["story_history"].exports
    path = tmp_path / "export.zip"
    path.write_bytes(b"".join(exports.prepare(ExportRequest()).parts()))
    assert "data/damaged.ndjson" not in files_of(path)
    assert verify(path).faults == []
