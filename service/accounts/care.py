"""Looking after `accounts.db` as a file: what is wrong with it, a copy of it, a new one."""

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from repo_store import ArchiveError, durable, printable
from service.accounts.database import (
    WAYS_ON,
    AccountsUnavailable,
    Database,
    has_tables,
    unknown_migrations,
)


def faults(archive: Path, expected: bool) -> list[str]:
    """What is wrong with an archive's file, which is left as it is; empty if nothing is.

    `expected`: whether the archive has had one.
    """
    path = archive / "accounts.db"
    if not path.exists():
        return [f"accounts.db is missing; {WAYS_ON}"] if expected else []
    return [f"accounts.db {each}; {WAYS_ON}" for each in _faults(path)]


def _faults(path: Path) -> list[str]:
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=30)) as connection:
            found = [str(row[0]) for row in connection.execute("pragma integrity_check(5)")]
            if found != ["ok"]:
                return [f"is damaged ({printable(found[0])})"]
            if not has_tables(connection):
                return ["has no accounts in it"]
            if lost := connection.execute("pragma foreign_key_check").fetchone():
                return [f"is damaged (rows of {printable(str(lost[0]))} refer to none)"]
            if unknown := unknown_migrations(connection):
                return [f"was made by a newer release ({printable(unknown[-1])})"]
    except sqlite3.Error as error:
        if durable.exhausted(error):
            raise
        return [f"cannot be read ({printable(str(error))})"]
    return []


def copy(archive: Path, target: Path) -> bool:
    """Copy the file as of one moment, also while it is in use; False if the archive has none.

    `target` must not exist. Raises AccountsUnavailable if the file is damaged.
    """
    path = archive / "accounts.db"
    if not path.exists():
        return False
    _copy(path, target)
    return True


def restore(archive: Path, source: Path, now: datetime) -> Path | None:
    """Put a file of accounts in place of a faulty one; returns where that was moved to, if there
    was one. ArchiveError if the one in place has no fault, or the one to restore has.
    """
    if found := _faults(source):
        raise ArchiveError(f"{source} {found[0]}")
    target = archive / "accounts.db"
    temporary = archive / f"accounts.db.new-{os.getpid()}"
    temporary.unlink(missing_ok=True)
    _copy(source, temporary)
    moved = _set_aside(archive, now)
    temporary.replace(target)
    durable.flush([str(archive.absolute())])
    return moved


def begin_anew(archive: Path, now: datetime) -> Path | None:
    """Put a new, empty file in place of a faulty one, likewise."""
    moved = _set_aside(archive, now)
    Database(archive).check()
    return moved


def _set_aside(archive: Path, now: datetime) -> Path | None:
    path = archive / "accounts.db"
    if not os.path.lexists(path):
        return None
    if not _faults(path):
        raise ArchiveError("accounts.db is in order, and is kept: nothing was changed")
    name = f"accounts.db.broken-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    names = (f"{name}{more}" for more in ("", *(f"-{number}" for number in range(2, 1_000))))
    aside = next(each for each in map(path.with_name, names) if not os.path.lexists(each))
    path.rename(aside)
    # Without its journal a new file is not taken for the old one.
    journal = path.with_name("accounts.db-journal")
    if journal.exists():
        journal.rename(f"{aside}-journal")
    return aside


def _copy(source: Path, target: Path) -> None:
    """Through SQLite, so that it is the state of one moment; then checked."""
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        uri = f"{source.absolute().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(uri, uri=True, timeout=30)) as original,
            closing(sqlite3.connect(target)) as new,
        ):
            original.backup(new)
            new.execute("pragma journal_mode = delete")
        if found := _faults(target):
            raise AccountsUnavailable(found[0])
    except sqlite3.DatabaseError as error:
        if durable.exhausted(error) or durable.is_full(error):  # that is where it is copied to
            raise
        raise AccountsUnavailable(f"cannot be copied ({error})") from error
    durable.flush([str(target)])
