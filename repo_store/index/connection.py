"""Connections to an index file, also on a disk that rejects writes."""

import sqlite3
from pathlib import Path

from repo_store import durable
from repo_store.errors import ArchiveError


def scrub(connection: sqlite3.Connection) -> None:
    """Rewrite the file so that nothing deleted is left in it or in its WAL.

    Raises ArchiveError if readers hold the WAL for longer than the connection waits.
    """
    connection.execute("vacuum")
    busy, _, _ = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    if busy:
        raise ArchiveError(
            "the index is being read all the time, so old pages stay in it; try again"
        )


def connect(path: Path, wal: int) -> tuple[sqlite3.Connection, bool]:
    """A connection, and whether it treats the file as immutable.

    `wal`: the size in bytes at which SQLite checkpoints the WAL into the file.
    """
    uri = f"{path.absolute().as_uri()}?mode=rw"
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=30)
        # The truth is in git, and the index catches up after a crash, so no flush is waited for.
        connection.execute("pragma synchronous = normal")
        connection.execute("pragma cache_size = -16000")  # KiB
        # Less often than by default: a checkpoint flushes, and copies each changed page once.
        connection.execute(f"pragma wal_autocheckpoint = {wal // 4096}")  # pages
        connection.execute("select count(*) from sqlite_master")
    except sqlite3.OperationalError as error:
        if durable.exhausted(error):
            raise
        # A disk that rejects writes allows no WAL; without one the file doesn't change.
        wal_file = Path(f"{path}-wal")
        if wal_file.exists() and wal_file.stat().st_size:
            raise
        return sqlite3.connect(f"{uri}&immutable=1", uri=True), True
    return connection, False
