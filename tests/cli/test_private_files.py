"""Whatever the umask, an archive and what is made beside it is for its owner alone."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import ArchiveError
from service.config import Settings
from service.wiring import Services, now
from tests.cli.conftest import Run, line, ndjson
from tests.redactions import removal, remove
from tests.samples import append, content, entry


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def _modes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in (folder, *folder.rglob("*"))
    }


@pytest.mark.usefixtures("open_umask")
def test_every_file_and_folder_is_for_its_owner_alone(
    run: Run, archive_path: Path, tmp_path: Path
) -> None:
    """After all that an archive is used for: a plain write, a group, an import, and upkeep."""
    many = [line(f"story-{number}", title=f"No {number}") for number in range(20)]
    for arguments in (
        ("import", ndjson(tmp_path / "many.ndjson", *many, line("story-1", title="Again"))),
        ("token", "create", "--role", "editor", "--name", "Dara Voss"),
        ("webhook", "add", "https://a.example/hook"),
        ("log", "checkpoint"),
        ("maintain",),
    ):
        assert run(*arguments).returncode == 0, arguments
    with closing(Archive.open(archive_path, now)) as archive:
        services = Services(Settings(archive_path), archive)
        append(archive, entry(content()))
        append(archive, *(entry(content(title=f"{n}"), f"story-{n}") for n in range(9)))
        with archive.bulk("ab") as bulk:
            bulk.append(entry(content(title="By bulk"), "story-3"))
            bulk.checkpoint()
            part = _modes(archive_path)
            bulk.position = datetime.now(UTC).isoformat()
        archive.catch_up()
        services.origins.catch_up("story-1")
        remove(archive, removal(1, story="story-2"))
        archive.reindex()
        part |= _modes(archive_path)  # with the index's WAL and the locks
    for arguments in (
        ("maintain", "--full"),
        ("verify",),
        ("reindex",),
        ("backup", tmp_path / "b"),
    ):
        assert run(*arguments).returncode == 0, arguments
    made = part | _modes(archive_path) | {f"b/{k}": v for k, v in _modes(tmp_path / "b").items()}
    assert {"index.db-wal", "accounts.db", "provenance.db", "locks/index", ".git"} <= made.keys()
    assert {name: oct(mode) for name, mode in made.items() if mode & 0o077} == {}
    assert stat.S_IMODE(archive_path.with_name("archive.key").stat().st_mode) == 0o600


def _as_root(others: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        os.chown(others, 65534, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 0)


def test_root_leaves_no_file_in_the_archive_of_another(
    run: Run, archive_path: Path, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("token", "create", "--role", "editor", "--name", "Dara Voss").returncode == 0
    before = _modes(archive_path)
    _as_root(archive_path, monkeypatch)
    for arguments in (
        ("maintain",),
        ("verify",),
        ("reindex",),
        ("key", "show"),
        ("import", page),
    ):
        done = run(*arguments)
        assert done.returncode == 2, arguments
        assert re.search("belongs to the user .* run this as that user", done.stderr), arguments
    assert _modes(archive_path) == before


def test_root_makes_no_archive_in_the_directory_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    _as_root(folder, monkeypatch)
    with pytest.raises(ArchiveError, match="belongs to the user"):
        Archive.open(folder, now, create=True)
    assert list(folder.iterdir()) == []
