"""`backup` and `restore`, on the command line as people use them."""

import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from repo_store.archive import Archive
from repo_store.errors import ArchiveError
from repo_store.index.read_model import Index
from repo_store.last_runs import Run as LastRun
from repo_store.maintenance import backup
from service.accounts import AccountsUnavailable, care
from service.wiring import now
from tests.cli.conftest import Run, line, ndjson
from tests.redactions import removal, remove
from tests.samples import append, content, entry
from tests.servers import PROGRAM

CANARY = "Unrepeatable canary"


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "disk" / "backup"


def _elsewhere(path: Path) -> dict[str, str]:
    return {"STORY_HISTORY_ARCHIVE": str(path)}


def _holds(folder: Path, words: str) -> bool:
    """Whether any file in it, or any git object in them, has these words."""
    repository = folder / "stories.git"
    objects = subprocess.run(
        ["git", "-C", repository, "cat-file", "--batch", "--batch-all-objects"],
        capture_output=True,
        check=True,
    ).stdout
    files = b"".join(each.read_bytes() for each in folder.rglob("*") if each.is_file())
    return words.encode() in objects + files


def _publish(archive_path: Path, name: str, title: str = "A title") -> None:
    with closing(Archive.open(archive_path, now, create=True)) as archive:
        append(archive, entry(content(title=title), name))


def test_an_archive_is_restored_onto_an_empty_machine(
    run: Run, library: None, archive_path: Path, dest: Path, tmp_path: Path
) -> None:
    token = run("token", "create", "--role", "editor", "--name", "Dara").stdout.strip()
    fingerprint = run("key", "create").stdout.split()[0]
    assert run("log", "checkpoint").returncode == 0
    made = run("backup", dest)
    assert made.returncode == 0, made.stderr
    assert "1 story" in made.stdout
    assert fingerprint in made.stderr
    private = (tmp_path / "archive.key").read_text().splitlines()[2]
    assert not _holds(dest, private), "whoever has both could forge the log"
    with closing(Archive.open(archive_path, now)) as archive:
        assert LastRun.BACKUP in archive.last_runs()

    empty = tmp_path / "machine" / "archive"
    restored = run("restore", dest, environ=_elsewhere(empty))
    assert restored.returncode == 0, restored.stderr
    assert "everything verifies" in restored.stdout
    assert fingerprint in restored.stdout
    there = _elsewhere(empty)
    for command in (("verify",), ("show", "library")):
        assert run(*command, environ=there).returncode == 0
    assert run("log", "library", environ=there).stdout == run("log", "library").stdout
    assert "Dara" in run("token", "list", environ=there).stdout
    assert token
    exporting = ("export", "--all", "-o", tmp_path / "export.zip")
    refused = run(*exporting, environ=there)
    assert (refused.returncode, fingerprint in refused.stderr) == (2, True)
    for suffix in ("", ".pub"):
        shutil.copy(tmp_path / f"archive.key{suffix}", empty.parent)
    refused = run(*exporting, environ=there)
    assert (refused.returncode, "key trust-log" in refused.stderr) == (2, True)
    assert run("key", "trust-log", environ=there).returncode == 0
    assert run(*exporting, environ=there).returncode == 0
    assert run("verify", tmp_path / "export.zip", "--key", fingerprint).returncode == 0
    assert run("backup", dest, environ=there).returncode == 0, "it goes on from there"


@pytest.mark.parametrize("stories", [5, 60])
def test_a_further_backup_copies_only_what_is_new(
    run: Run, archive_path: Path, dest: Path, tmp_path: Path, stories: int
) -> None:
    run("import", ndjson(tmp_path / "all.ndjson", *(line(f"s-{n}") for n in range(stories))))
    first = run("backup", dest, "--json").json
    assert (first["stories"], first["files"] > 0) == (stories, True)
    assert run("backup", dest, "--json").json["files"] == 0
    _publish(archive_path, "s-1", "A second title")
    again = run("backup", dest, "--json").json
    assert again["files"] == 3, "a commit, a tree and a text, however many there are"
    assert again["bytes"] < 3_000
    run("maintain")
    assert run("backup", dest, "--json").json["deleted"] > 0
    assert run("restore", dest, environ=_elsewhere(tmp_path / "restored")).returncode == 0


def test_it_is_whole_while_others_publish_and_repack(
    run: Run, library: None, archive_path: Path, dest: Path, tmp_path: Path
) -> None:
    stopped = threading.Event()

    def write() -> None:
        with closing(Archive.open(archive_path, now)) as archive:
            for number in range(10_000):
                if stopped.is_set():
                    return
                append(archive, entry(content(title=f"{number}"), f"a-{number % 7}"))
                if number % 20 == 19:
                    with suppress(ArchiveError):  # the backup is at work
                        archive.maintain()

    writer = threading.Thread(target=write)
    with closing(Archive.open(archive_path, now)) as archive:
        writer.start()
        for number in range(4):
            archive_before = set(archive.index.tips())
            assert run("backup", dest).returncode == 0
            restored = tmp_path / f"restored-{number}"
            done = run("restore", dest, environ=_elsewhere(restored))
            assert done.returncode == 0, done.stderr
            with closing(Archive.open(restored, now)) as copy:
                assert archive_before <= set(copy.index.tips())
        stopped.set()
        writer.join()


def test_a_removed_text_leaves_the_backup_with_the_next_one(
    run: Run, archive_path: Path, dest: Path
) -> None:
    _publish(archive_path, "library", CANARY)
    _publish(archive_path, "library", "Another")
    run("maintain")
    assert run("backup", dest).returncode == 0
    assert _holds(dest, CANARY)
    with closing(Archive.open(archive_path, now)) as archive:
        remove(archive, removal(1))
    assert run("backup", dest).returncode == 0
    assert not _holds(dest, CANARY)


@pytest.mark.parametrize("times", [1, 9], ids=["once", "again and again"])
@pytest.mark.parametrize("purged", [True, False])
def test_a_backup_that_meets_a_removal_forgets_the_text_or_says_so(
    run: Run,
    archive_path: Path,
    dest: Path,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
    purged: bool,
) -> None:
    for number in range(10):
        _publish(archive_path, "library", f"{CANARY} {number}")
    copy, numbers = backup._bring_up_to_date, iter(range(1, times + 1))

    def copy_while_others_remove(*arguments: Any) -> backup.Copied:
        copied = copy(*arguments)
        if number := next(numbers, 0):
            with closing(Archive.open(archive_path, now)) as archive:
                (remove if purged else Archive.remove)(archive, removal(number))
        return copied

    with monkeypatch.context() as patch:
        patch.setattr(backup, "_bring_up_to_date", copy_while_others_remove)
        done = run("backup", dest)
    whole = times == 1 and purged
    assert done.returncode == (0 if whole else 1)
    assert ("A removal is under way" in done.stderr) is not whole
    assert not (whole and _holds(dest, f"{CANARY} 0"))
    with closing(Archive.open(archive_path, now)) as archive:
        assert (LastRun.BACKUP in archive.last_runs()) is whole
    assert run("backup", dest).returncode == 0
    assert not _holds(dest, f"{CANARY} 0")


def test_a_backup_is_not_opened_as_an_archive(
    run: Run, library: None, dest: Path, tmp_path: Path
) -> None:
    run("backup", dest)
    before = sorted(dest.rglob("*"))
    file = ndjson(tmp_path / "more.ndjson", line("library", title="In the backup"))
    for command in (("log", "library"), ("import", file), ("verify",), ("reindex",)):
        refused = run(*command, environ=_elsewhere(dest))
        assert (refused.returncode, "this is a backup: restore it" in refused.stderr) == (2, True)
    assert sorted(dest.rglob("*")) == before
    assert run("restore", dest, environ=_elsewhere(tmp_path / "restored")).returncode == 0


def test_what_was_added_to_a_backup_leaves_it_with_the_next_one(
    run: Run, archive_path: Path, dest: Path, tmp_path: Path
) -> None:
    """By a release that opened it as an archive, or with plain git."""
    _publish(archive_path, "library", CANARY)
    run("backup", dest)
    manifest = dest / "backup.json"
    manifest.rename(tmp_path / "backup.json")
    _publish(dest, "library", "Only in the backup")
    (tmp_path / "backup.json").rename(manifest)
    (dest / "provenance.db").write_text(CANARY)
    (dest / "imports" / "ab").mkdir(parents=True)
    (dest / "imports" / "ab" / "journal").write_text(CANARY)
    (dest / "thesis.txt").write_text("draft")
    with closing(Archive.open(archive_path, now)) as archive:
        remove(archive, removal(1))
    assert run("backup", dest).returncode == 0
    assert not _holds(dest, CANARY)
    assert (dest / "thesis.txt").exists()
    assert [each for each in dest.glob("stories.git/refs/**/*") if each.is_file()] == []
    done = run("restore", dest, environ=_elsewhere(tmp_path / "restored"))
    assert done.returncode == 0, done.stderr


def test_a_killed_backup_leaves_the_one_before(
    run: Run, library: None, archive_path: Path, dest: Path, tmp_path: Path
) -> None:
    assert run("backup", dest).returncode == 0
    for number in range(3):
        stories = (line(f"new-{number}-{each}") for each in range(40))
        run("import", ndjson(tmp_path / "more.ndjson", *stories))
        command = [str(each) for each in (PROGRAM, "--archive", archive_path, "backup", dest)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            deadline = time.monotonic() + 30
            while not list(dest.glob("stories.git/objects/pack/tmp_*")):
                if process.poll() is not None or time.monotonic() > deadline:
                    break
            process.send_signal(signal.SIGKILL)
        done = run("restore", dest, environ=_elsewhere(tmp_path / f"restored-{number}"))
        assert done.returncode == 0, done.stderr
    assert run("backup", dest).returncode == 0
    assert list(dest.glob("stories.git/objects/pack/tmp_*")) == []


def test_a_backup_is_never_replaced_by_less(
    run: Run, library: None, archive_path: Path, dest: Path, tmp_path: Path
) -> None:
    _publish(archive_path, "other")
    run("backup", dest)
    _publish(tmp_path / "new", "unrelated")
    refused = run("backup", dest, environ=_elsewhere(tmp_path / "new"))
    assert (refused.returncode, "library" in refused.stderr) == (2, True)
    _publish(archive_path, "later", "Later")
    changed = max(
        (archive_path / "stories.git" / "objects").glob("??/*"),
        key=lambda each: each.stat().st_mtime_ns,
    )
    changed.chmod(0o644)
    changed.write_bytes(changed.read_bytes()[:-4] + b"oops")
    refused = run("backup", dest)
    assert (refused.returncode, "is damaged in the archive" in refused.stderr) == (1, True)
    assert run("restore", dest, environ=_elsewhere(tmp_path / "restored")).returncode == 0


@pytest.mark.parametrize("packed", [True, False])
def test_damage_in_a_backup_is_named_and_mended(
    run: Run, library: None, dest: Path, tmp_path: Path, packed: bool
) -> None:
    if packed:
        run("maintain")
    run("backup", dest)
    pattern = "pack/*.pack" if packed else "??/*"
    changed = min(dest.glob(f"stories.git/objects/{pattern}"))
    good = changed.read_bytes()
    changed.chmod(0o600)
    changed.write_bytes(good[:20] + bytes([good[20] ^ 1]) + good[21:])
    failed = run("restore", dest, environ=_elsewhere(tmp_path / "x"))
    assert failed.returncode == 1
    assert f"{changed.relative_to(dest / 'stories.git')} is damaged in this backup" in failed.stderr
    assert str(dest) in failed.stderr
    assert "in the archive" not in failed.stderr
    values = json.loads((dest / "backup.json").read_text())
    assert run("backup", dest, "--json").json["damaged"] == 0, "it was read less than a week ago"
    values["checked"] = "2020-01-01T00:00:00Z"
    (dest / "backup.json").write_text(json.dumps(values))
    mended = run("backup", dest)
    assert (mended.returncode, "copied again: 1 file" in mended.stderr) == (0, True)
    assert changed.read_bytes() == good
    assert json.loads((dest / "backup.json").read_text())["checked"] > values["at"][:10]
    assert run("restore", dest, environ=_elsewhere(tmp_path / "x")).returncode == 0


def test_folders_that_are_something_else_are_left_alone(
    run: Run, library: None, archive_path: Path, dest: Path, tmp_path: Path
) -> None:
    dest.mkdir(parents=True)
    (dest / "thesis.txt").write_text("draft")
    for target, why in (
        (dest, "not a backup"),
        (archive_path / "backup", "a folder of its own"),
        (archive_path, "a folder of its own"),
        (archive_path.parent, "a folder of its own"),
    ):
        refused = run("backup", target)
        assert (refused.returncode, why in refused.stderr) == (2, True), refused.stderr
    assert [each.name for each in dest.iterdir()] == ["thesis.txt"]
    good = tmp_path / "good"
    run("backup", good)
    for source, target, why in (
        (dest, tmp_path / "x", "not a backup"),
        (good, archive_path, "not empty"),
        (good, dest, "not empty"),
    ):
        refused = run("restore", source, environ=_elsewhere(target))
        assert (refused.returncode, why in refused.stderr) == (2, True), refused.stderr
    values = json.loads((good / "backup.json").read_text())
    del values["at"]
    (good / "backup.json").write_text(json.dumps(values))
    refused = run("restore", good, environ=_elsewhere(tmp_path / "x"))
    assert "never finished" in refused.stderr


@pytest.mark.parametrize("name", ["accounts.db", "accounts.db-journal", "backup.json"])
@pytest.mark.parametrize("kind", ["fifo", "link"])
def test_a_backup_with_more_than_plain_files_is_not_restored(
    run: Run, library: None, dest: Path, tmp_path: Path, name: str, kind: str
) -> None:
    run("token", "create", "--role", "editor", "--name", "Dara")
    run("backup", dest)
    if (dest / name).exists():
        (dest / name).rename(tmp_path / "elsewhere")
    if kind == "fifo":
        os.mkfifo(dest / name)
    else:
        (dest / name).symlink_to(tmp_path / "elsewhere")
    refused = run("restore", dest, environ=_elsewhere(tmp_path / "x"))
    assert (refused.returncode, f"{name}: not a plain file" in refused.stderr) == (2, True)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("where", "name", "error"),
    [
        (care, "_copy", AccountsUnavailable("cannot be copied (database or disk is full)")),
        (Index, "create", OSError(errno.ENOSPC, "No space left on device")),
    ],
    ids=["accounts", "index"],
)
def test_a_restore_that_fails_leaves_nothing(
    run: Run,
    library: None,
    dest: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: object,
    name: str,
    error: Exception,
) -> None:
    def fail(*_: object) -> None:
        raise error

    run("token", "create", "--role", "editor", "--name", "Dara")
    run("backup", dest)
    target = tmp_path / "machine"
    with monkeypatch.context() as patch:
        patch.setattr(where, name, fail)
        failed = run("restore", dest, environ=_elsewhere(target))
    assert (failed.returncode, "full" in failed.stderr) == (2, True), failed.stderr
    assert "accounts new" not in failed.stderr, "there is nothing to be given new accounts"
    assert list(target.iterdir()) == []
    assert run("restore", dest, environ=_elsewhere(target)).returncode == 0
    assert "Dara" in run("token", "list", environ=_elsewhere(target)).stdout


def test_accounts_that_find_no_room_are_not_restored_and_the_disk_is_named(
    run: Run, library: None, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("token", "create", "--role", "editor", "--name", "Dara")
    assert run("backup", dest).returncode == 0

    def full(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr("service.accounts.care._copy", full)
    new = tmp_path / "new"
    done = run("restore", dest, environ=_elsewhere(new))
    assert done.returncode == 2
    assert done.stderr.startswith(f"story-history: {new}'s disk is full: ")


def test_damaged_accounts_do_not_replace_those_in_the_backup(
    run: Run, library: None, archive_path: Path, dest: Path, tmp_path: Path
) -> None:
    run("token", "create", "--role", "editor", "--name", "Dara")
    run("backup", dest)
    before = (dest / "accounts.db").read_bytes()
    (archive_path / "accounts.db").write_bytes(b"garbage" * 1_000)
    _publish(archive_path, "later")
    told = run("backup", dest)
    assert (told.returncode, "the stories are backed up" in told.stderr) == (2, True)
    assert (dest / "accounts.db").read_bytes() == before
    assert run("accounts", "restore", dest).returncode == 0
    assert "Dara" in run("token", "list").stdout
    assert run("backup", dest).returncode == 0
