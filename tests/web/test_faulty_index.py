"""An index that breaks under the running server heals by itself, and its log says so."""

import gc
import logging
import os
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from repo_store.archive import Archive
from service.web.http.error_handlers import load_error_page
from tests.samples import story, ticking
from tests.store.dump import dump
from tests.web.conftest import Writer

PAGE = 4096


def _garbage_header(index: Path) -> None:
    with index.open("r+b") as file:
        file.write(b"no database at all" * 20)


def _garbage_inside(index: Path) -> None:
    with index.open("r+b") as file:
        file.seek(PAGE)
        file.write(os.urandom(index.stat().st_size - PAGE))


def _cut_off(index: Path) -> None:
    os.truncate(index, index.stat().st_size // 2)


def _empty(index: Path) -> None:
    os.truncate(index, 0)


def _another_file(index: Path) -> None:
    index.with_name("other").write_bytes(b"garbage" * 5_000)
    index.with_name("other").replace(index)


def _folder(index: Path) -> None:
    index.unlink()
    (index / "inside").mkdir(parents=True)


DAMAGES = (_garbage_header, _garbage_inside, _cut_off, _empty, _another_file, _folder)


def _settle(index: Path) -> None:
    """Move what is in the WAL into the file, so that a damage to the file is one to its rows."""
    with closing(sqlite3.connect(index)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_rebuilt_under_the_running_server(
    client: FlaskClient,
    editor: Writer,
    two_versions: None,
    archive_path: Path,
    caplog: pytest.LogCaptureFixture,
    damage: object,
) -> None:
    assert callable(damage)
    index = archive_path / "index.db"
    before = dump(index)
    _settle(index)
    damage(index)
    answers = [client.get("/stories/library/history") for _ in range(3)]
    for each in answers:
        assert each.status_code in (200, 503), each.text
        assert each.status_code == 200 or int(each.headers["Retry-After"])
    assert answers[-1].status_code == 200
    assert editor.publish(base=2, title="Third").status_code == 201
    assert client.get("/readyz").status_code == 200
    with closing(Archive.open(archive_path, ticking())) as archive:
        assert archive.verify().findings == ()
    assert len(dump(index)) > len(before)
    said = [each.message for each in caplog.records if each.levelno >= logging.WARNING]
    assert any("rebuilt" in each for each in said), said


def test_a_wal_deleted_under_the_running_server_is_noticed(
    app: Flask, editor: Writer, two_versions: None, archive_path: Path
) -> None:
    (archive_path / "index.db-wal").unlink()

    def read_anew() -> list[int]:
        return [app.test_client().get("/stories/library/history").status_code for _ in range(2)]

    with ThreadPoolExecutor(1) as fresh:  # a thread that has no connection yet
        assert fresh.submit(read_anew).result() == [503, 200]
    assert editor.publish(base=2, title="Third").status_code == 201
    with closing(Archive.open(archive_path, ticking())) as archive:
        assert archive.verify().findings == ()


@pytest.mark.parametrize("damage", [*DAMAGES, None])
def test_a_damaged_index_is_rebuilt_on_opening(
    editor: Writer,
    two_versions: None,
    archive_path: Path,
    caplog: pytest.LogCaptureFixture,
    damage: object,
) -> None:
    """None: the WAL was deleted with all that was in it."""
    index = archive_path / "index.db"
    before, copied = dump(index), index.with_name("copied")
    shutil.copy(index, copied)
    if callable(damage):
        _settle(index)
        damage(index)
    else:
        for suffix in ("-wal", "-shm"):
            index.with_name(f"index.db{suffix}").unlink()
        copied.replace(index)
    with closing(Archive.open(archive_path, ticking())) as archive:
        assert archive.verify().findings == ()
    assert dump(index) == before
    assert "rebuilt" in caplog.text or damage is None


def test_a_command_rebuilds_a_damaged_index_and_says_what_to_do(
    editor: Writer, two_versions: None, archive_path: Path
) -> None:
    _settle(archive_path / "index.db")
    with closing(Archive.open(archive_path, ticking())) as archive:
        _garbage_inside(archive_path / "index.db")
        with pytest.raises(sqlite3.DatabaseError) as caught:
            archive.index.chain("library")
        assert "try again" in str(archive.explained(caught.value, patience=None))
        assert len(archive.index.chain("library")) == 2


@pytest.mark.parametrize("spare", [0, 1, 2, 4])
def test_want_of_open_files_is_told_as_that_and_never_as_damage(
    app: Flask,
    editor: Writer,
    two_versions: None,
    archive_path: Path,
    caplog: pytest.LogCaptureFixture,
    spare: int,
) -> None:
    before = (archive_path / "index.db").stat().st_ino
    addresses = ("/stories/library/history", "/stories/library/versions/1", "/readyz")

    def get(address: str) -> TestResponse:
        return app.test_client().get(address)

    def write() -> TestResponse:
        return Writer(app.test_client(), editor.headers).post(content=story(title="Third"))

    load_error_page(app)
    with ThreadPoolExecutor(1) as fresh:
        fresh.submit(str).result()
        with _few_files(spare):
            # In a thread without connections; git is started anew, too.
            app.extensions["story_history"].archive._git.release_files()
            answers = [fresh.submit(get, address).result() for address in addresses]
            written = fresh.submit(write).result()
    assert {each.status_code for each in (*answers, written)} <= {200, 409, 503}
    assert 503 in [each.status_code for each in answers]
    assert "LimitNOFILE" in caplog.text
    assert "damage" not in caplog.text
    assert "rebuilt" not in caplog.text
    assert (archive_path / "index.db").stat().st_ino == before
    assert [get(each).status_code for each in addresses] == [200] * 3


@contextmanager
def _few_files(spare: int) -> Iterator[None]:
    """Only so many more files may be opened."""
    gc.collect()  # else what earlier tests left open might be closed meanwhile
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(map(int, os.listdir("/proc/self/fd"))) + 20
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest, limits[1]))
    held = []
    with suppress(OSError):
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    for each in held[:spare]:
        os.close(each)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        for each in held[spare:]:
            os.close(each)
