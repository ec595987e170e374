"""accounts.db lost or damaged: readers are served, the rest says what to do, none is replaced."""

import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from repo_store.archive import Archive
from service.config import Settings
from service.wiring import now
from tests.cli.conftest import Run
from tests.cli.conftest import run as run
from tests.plain_git import mirror
from tests.samples import story
from tests.web.conftest import Desk, Writer, application, read


def _missing(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    os.truncate(path, 0)


def _garbage(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1_000)


def _garbage_inside(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))


def _another(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table something (else_)")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = (_missing, _empty, _garbage, _garbage_inside, _another, _folder)
Damage = Callable[[Path], None]


def _state(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("when", ["while it runs", "before it starts"])
def test_lost_accounts_are_told_and_not_replaced(
    app: Flask,
    editor: Writer,
    published: None,
    someone: Desk,
    archive_path: Path,
    caplog: pytest.LogCaptureFixture,
    damage: Damage,
    when: str,
) -> None:
    path = archive_path / "accounts.db"
    damage(path)
    left = _state(path)
    if when == "before it starts":
        app = application(Settings(archive_path))
        someone = Desk(app.test_client(), someone.csrf)
    client = app.test_client()
    assert client.get("/stories/library").status_code == 200
    assert client.get("/api/v1/stories/library").status_code == 200
    # Until then SQLite may have in memory what is damaged in the file.
    if (damage, when) != (_garbage_inside, "while it runs"):
        written = Writer(client, editor.headers).post(content=story(title="No"))
        told = (written.status_code, read(written)["type"])
        assert told == (503, "urn:story-history:problem:accounts")
        for page in ("/desk", "/desk/sign-in") if when == "before it starts" else ("/desk",):
            assert someone.get(page).status_code == 503
    ready = client.get("/readyz")
    assert (ready.status_code, "accounts: no, accounts.db" in ready.text) == (503, True)
    said = [each.message for each in caplog.records if each.levelno >= logging.ERROR]
    assert any("story-history accounts new" in each for each in said)
    assert "Traceback" not in caplog.text
    assert _state(path) == left, "not touched"


@pytest.mark.parametrize("damage", [_missing, _garbage_inside, _folder])
def test_a_person_begins_anew_or_restores_and_the_broken_file_is_kept(
    run: Run,
    app: Flask,
    editor: Writer,
    published: None,
    archive_path: Path,
    tmp_path: Path,
    damage: Damage,
) -> None:
    path, kept = archive_path / "accounts.db", tmp_path / "kept.db"
    kept.write_bytes(path.read_bytes())
    damage(path)
    refused = run("token", "create", "--role", "editor", "--name", "Dara")
    assert refused.returncode == 2
    assert "accounts restore" in refused.stderr
    assert "accounts new" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    checked = run("verify")
    assert (checked.returncode, "accounts.db" in checked.stderr) == (1, True)
    assert run("accounts", "restore", kept).returncode == 0
    assert run("verify").returncode == 0
    answer = editor.post(content=story(title="Second"), base_version=1)
    assert answer.status_code == 201, "the running server takes the restored file"
    damage(path)
    assert run("accounts", "new").returncode == 0
    assert run("token", "list").stdout == ""
    assert run("verify").returncode == 0
    assert editor.post(content=story(title="Third")).status_code == 401
    broken = list(archive_path.glob("accounts.db.broken-*"))
    assert len(broken) == (0 if damage is _missing else 2)


def test_accounts_in_order_are_never_replaced(
    run: Run, editor: Writer, archive_path: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.db"
    other.write_bytes((archive_path / "accounts.db").read_bytes())
    for command in (("accounts", "new"), ("accounts", "restore", other)):
        refused = run(*command)
        assert (refused.returncode, "is in order" in refused.stderr) == (2, True)
    assert len(run("token", "list").stdout.splitlines()) == 1


def test_a_copy_made_with_plain_git_knows_that_its_accounts_are_lost(
    editor: Writer, published: None, archive_path: Path, tmp_path: Path
) -> None:
    mirror(archive_path / "stories.git", tmp_path / "copy" / "stories.git")
    with closing(Archive.open(tmp_path / "copy", now)) as archive:
        assert archive.expects_accounts()


def test_a_disturbed_disk_is_not_taken_for_lost_accounts(
    editor: Writer, client: FlaskClient, archive_path: Path
) -> None:
    """Another process that holds the file's lock is no damage."""
    with closing(sqlite3.connect(archive_path / "accounts.db")) as other:
        other.execute("begin immediate")
        assert client.get("/readyz").status_code == 200
