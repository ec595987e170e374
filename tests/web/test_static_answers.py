"""Answers kept as files: which, and that none outlives what it was made from."""

import gzip
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from repo_store import StaticFiles
from repo_store.archive import Archive
from repo_store.index import static_files
from service.accounts import Role
from service.config import ConfigError, Settings
from tests.redactions import removal
from tests.samples import append, content, entry, ticking
from tests.web.conftest import Writer, application
from tests.web.test_access import CANARY, WHO, addresses, caller, hide, routes

__all__ = ["caller"]
STORY, API = "/stories/library", "/api/v1/stories/library"
KEPT = {
    f"{STORY}/history": "history.gz",
    f"{STORY}/history.atom": "history.atom.gz",
    f"{STORY}/play/2": "play/2.gz",
    f"{STORY}/diff/1..2": "diff/1..2.gz",
    f"{STORY}/diff/2..1": "diff/2..1.gz",
    f"{API}/diff/1..2": "api/diff/1..2.gz",
}
ORDER = {
    "action": "remove",
    "reason": "court-order",
    "legal_reference": "12 O 44/26",
    "note": "So.",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "static" / "answers"


@pytest.fixture
def app(archive_path: Path, folder: Path) -> Flask:
    settings = Settings(
        archive_path,
        url="https://history.example.org",
        static=folder.parent,
        language="en",  # else pages vary by their reader
        # Nothing but a file spares the work.
        cache=0,
    )
    made = application(settings)
    made.extensions["story_history"].static_answers(empty=True)
    return made


@pytest.fixture
def files(app: Flask) -> StaticFiles:
    found: StaticFiles = app.extensions["story_history"].archive.index.static
    return found


def _names(folder: Path) -> set[str]:
    """Of the files of all stories."""
    found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {str(path) for path in found if path.parts[0] != ".archive"}


@pytest.fixture
def warm(two_versions: None, client: FlaskClient, folder: Path) -> Callable[[], None]:
    def ask() -> None:
        for path in KEPT:
            assert client.get(path).status_code == 200
        assert _names(folder) == {f"library/{name}" for name in KEPT.values()}

    return ask


def test_a_file_is_what_the_public_is_sent(
    warm: Callable[[], None], client: FlaskClient, folder: Path
) -> None:
    warm()
    for path, name in KEPT.items():
        assert gzip.decompress((folder / "library" / name).read_bytes()) == client.get(path).data
        assert client.head(path).status_code == 200


def test_nothing_private_is_ever_written(
    app: Flask, editor: Writer, caller: Any, client: FlaskClient, folder: Path
) -> None:
    hide(app, editor)
    for role in Role:
        call = caller(role)
        for _, method, path in routes(app):
            for each in addresses(path):
                call(method, each)
    assert _names(folder) == set(), "by tokens and sessions, and at pages with a token"
    for endpoint, method, path in routes(app):
        if WHO[endpoint] is None:
            for each in addresses(path):
                client.open(each, method=method)
    written = _names(folder)
    assert {name.partition("/")[0] for name in written} == {"library"}
    for name in written:
        data = gzip.decompress((folder / name).read_bytes())
        assert CANARY.encode() not in data, name
    endings = ("history.gz", "history.atom.gz", "play/1.gz", "diff/1..1.gz", "api/diff/1..1.gz")
    assert written == {f"library/{name}" for name in endings}


@pytest.mark.parametrize(
    "path",
    [
        *(f"{STORY}/diff/1..2?view=split", f"{STORY}/history?corrections=1", "/", STORY),
        *(f"{STORY}/versions/1", f"{API}/versions/1", API, f"{API}/versions", "/history.atom"),
        *(f"{STORY}/diff/01..2", f"{STORY}/diff/1..9", "/stories/none/history", "/log/checkpoint"),
        *(f"{STORY}/history/", f"{STORY}/x/../history", f"{STORY}/%68istory", f"/{STORY}/history"),
        *(f"{STORY}/preview.png", f"{STORY}/history/embed", "/desk", f"{STORY}/provenance"),
    ],
)
def test_what_has_a_query_or_headers_of_its_own_is_not_written(
    two_versions: None, client: FlaskClient, folder: Path, path: str
) -> None:
    client.get(path)
    assert _names(folder) == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("Vary", "Accept-Language"), ("Link", "</x>; rel=next"), ("Set-Cookie", "a=b")),
        *(("Cache-Control", "private"), ("Content-Language", "de"), ("X-New", "1")),
    ],
)
def test_what_nginx_would_not_say_is_not_written(
    app: Flask, two_versions: None, folder: Path, name: str, value: str
) -> None:
    def say(response: Response) -> Response:
        if name == "Vary":
            response.vary.add(value)
        else:
            response.headers.add(name, value)
        return response

    app._got_first_request = False
    app.after_request_funcs.setdefault(None, []).insert(0, say)
    for path in KEPT:
        assert app.test_client().get(path).status_code == 200
    assert _names(folder) == set()


@pytest.mark.parametrize(
    "change",
    [
        {"action": "explain", "kind": "correction", "note": "It was misspelt."},
        {"action": "withdraw", "note": "It is withdrawn."},
        {"action": "alias", "alias": "books", "note": "Also called so."},
        ORDER,
        ORDER | {"scope": "notes", "also_notes": [3]},
    ],
    ids=["explained", "withdrawn", "alias", "removed", "a note removed"],
)
def test_every_change_of_a_story_removes_its_files(
    warm: Callable[[], None], editor: Writer, folder: Path, change: dict[str, Any]
) -> None:
    warm()
    if "also_notes" in change:
        editor.act(1, action="explain", kind="correction", note="It was misspelt.")
        editor.client.get(f"{STORY}/history")
    answer = editor.act(2, **change)
    assert answer.status_code == 201, answer.text
    assert _names(folder) == set()
    assert [path.name for path in folder.iterdir()] == [".archive"]


def test_a_change_of_another_story_removes_none(
    warm: Callable[[], None], editor: Writer, folder: Path
) -> None:
    warm()
    before = _names(folder)
    editor.publish("elsewhere")
    assert _names(folder) == before


def test_another_process_removes_them_whatever_its_settings(
    warm: Callable[[], None], archive_path: Path, folder: Path
) -> None:
    warm()
    other = Archive.open(archive_path, ticking(), create=False)
    append(other, entry(content(title="Third")))
    assert _names(folder) == set()
    warm()
    with other.bulk("ab") as bulk:
        bulk.append(entry(content(title="Fourth")))
    other.catch_up()
    assert _names(folder) == set()
    warm()
    other.reindex()
    assert _names(folder) == set()
    warm()
    other.remove(removal(3))
    assert _names(folder) == set()
    other.close()


def test_an_answer_made_while_the_story_changes_is_not_kept(
    two_versions: None,
    client: FlaskClient,
    archive_path: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write = static_files._write

    def overtaken(path: str, data: bytes) -> None:
        write(path, data)
        monkeypatch.setattr(static_files, "_write", write)
        other = Archive.open(archive_path, ticking(), create=False)
        append(other, entry(content(title="Third")))
        other.close()

    monkeypatch.setattr(static_files, "_write", overtaken)
    assert "Third" not in client.get(f"{STORY}/history").text
    assert _names(folder) == set()
    client.get(f"{STORY}/history")
    assert b"Third" in gzip.decompress((folder / "library" / "history.gz").read_bytes())


def test_nothing_is_kept_between_the_removal_and_the_new_rows(
    files: StaticFiles, two_versions: None, client: FlaskClient, folder: Path
) -> None:
    held, end = threading.Event(), threading.Event()

    def change() -> None:
        with files.changing(["library"]):
            held.set()
            end.wait(20)

    writer = threading.Thread(target=change)
    writer.start()
    assert held.wait(20)
    assert client.get(f"{STORY}/history").status_code == 200
    assert _names(folder) == set()
    end.set()
    writer.join()
    client.get(f"{STORY}/history")
    assert _names(folder) == {"library/history.gz"}


def test_a_file_that_is_gone_is_written_again_from_what_is_cached(
    archive_path: Path, editor: Writer, folder: Path
) -> None:
    editor.publish()
    settings = Settings(
        archive_path, url="https://history.example.org", static=folder.parent, language="en"
    )
    app = application(settings)
    app.extensions["story_history"].static_answers(empty=True)
    client = app.test_client()
    for _ in range(2):
        client.get(f"{STORY}/history", headers={"Accept-Encoding": "zstd"})
        assert _names(folder) == {"library/history.gz"}
        shutil.rmtree(folder / "library")


def test_a_disk_that_takes_no_file_breaks_nothing(
    two_versions: None, client: FlaskClient, files: StaticFiles, folder: Path
) -> None:
    (folder / "library").write_text("no folder can be made here")
    for _ in range(2):
        assert client.get(f"{STORY}/history").status_code == 200
    assert not files.has_room
    (folder / "library").unlink()
    client.get(f"{STORY}/history")
    assert _names(folder) == set(), "it waits"
    files.trim()
    client.get(f"{STORY}/history")
    assert _names(folder) == {"library/history.gz"}


def test_the_folder_may_be_deleted_at_any_time(
    warm: Callable[[], None], client: FlaskClient, editor: Writer, folder: Path
) -> None:
    warm()
    shutil.rmtree(folder)
    assert client.get(f"{STORY}/history").status_code == 200
    editor.publish(base=2, title="Third")
    assert not folder.exists()


def test_the_oldest_go_when_there_are_too_many(archive_path: Path, tmp_path: Path) -> None:
    archive = Archive.open(archive_path, ticking(), create=True)
    files, most = StaticFiles(archive_path), 40 * 8_192
    files.begin(tmp_path, most, empty=True)
    for number in range(60):
        if not files.has_room:
            files.trim()
        files.keep(f"story-{number}", "diff/1..2.gz", os.urandom(4_000), lambda: True)
        time.sleep(0.01)  # as exact as its file system tells a file's time
    files.trim()
    left = sorted(int(name.split("/")[0][6:]) for name in _names(tmp_path / "answers"))
    assert left == list(range(60 - len(left), 60)), "the newest"
    assert 20 <= len(left) <= 40
    assert len([each for each in (tmp_path / "answers").iterdir() if each.is_dir()]) == len(left)
    files.begin(tmp_path, most, empty=False)
    assert len(_names(tmp_path / "answers")) == len(left)
    files.begin(tmp_path, most, empty=True)
    assert _names(tmp_path / "answers") == set()
    archive.close()


def test_between_two_looks_no_more_is_written_than_there_is_room_for(
    archive_path: Path, tmp_path: Path
) -> None:
    archive = Archive.open(archive_path, ticking(), create=True)
    files = StaticFiles(archive_path)
    files.begin(tmp_path, 80 * 4_096, empty=True)
    kept = 0
    while files.has_room:
        files.keep("story", f"play/{kept}.gz", b"x", lambda: True)
        kept += 1
    assert kept == 10
    archive.close()


def test_the_web_server_may_read_them(warm: Callable[[], None], folder: Path) -> None:
    old = os.umask(0o077)
    try:
        warm()
    finally:
        os.umask(old)
    for path in [folder, *folder.rglob("*")]:
        if path.name != ".archive":
            wanted = 0o755 if path.is_dir() else 0o644
            assert path.stat().st_mode & 0o777 == wanted, path


@pytest.mark.parametrize("owner", [None, "/another/archive"])
def test_an_archive_from_elsewhere_cannot_have_a_folder_deleted(
    archive_path: Path, tmp_path: Path, owner: str | None
) -> None:
    precious = tmp_path / "home" / "library" / "thesis"
    precious.parent.mkdir(parents=True)
    precious.write_text("years of work")
    if owner:
        (tmp_path / "home" / ".archive").write_text(owner)
    archive = Archive.open(archive_path, ticking(), create=True)
    (archive_path / "static").write_text(str(tmp_path / "home"))
    append(archive, entry(content(title="First")))
    archive.index.static.forget("library")
    archive.close()
    settings = Settings(archive_path)
    application(settings).extensions["story_history"].static_answers(empty=True)
    assert precious.exists()
    assert not (archive_path / "static").exists()


def test_what_else_is_in_the_folder_stays(archive_path: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    archive = Archive.open(archive_path, ticking(), create=True)
    StaticFiles(archive_path).begin(tmp_path, 10_000, empty=True)
    assert (tmp_path / "notes").read_text() == "mine"
    archive.close()


def test_without_the_setting_nothing_is_written(
    archive_path: Path, editor: Writer, tmp_path: Path
) -> None:
    app = application(Settings(archive_path))
    app.extensions["story_history"].static_answers(empty=True)
    editor.publish()
    assert app.test_client().get(f"{STORY}/history").status_code == 200
    assert not (archive_path / "static").exists()


def test_the_setting_needs_a_public_address() -> None:
    given = {"STORY_HISTORY_STATIC": "/var/cache/story-history"}
    with pytest.raises(ConfigError, match="STORY_HISTORY_STATIC: needs STORY_HISTORY_URL"):
        Settings.read(environ=given)
    url = {"STORY_HISTORY_URL": "https://history.example.org"}
    found = Settings.read(environ=given | url)
    assert (found.static, found.static_mib) == (Path("/var/cache/story-history"), 1_024)
    with pytest.raises(ConfigError, match="STORY_HISTORY_STATIC_MIB: must be a whole number"):
        Settings.read(environ=given | url | {"STORY_HISTORY_STATIC_MIB": "1"})
