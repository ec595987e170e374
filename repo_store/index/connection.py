"""A connection to an index file, also where the disk takes no writes."""

import sqlite3
from pathlib import Path

from repo_store.errors import ArchiveError


def scrub(connection: sqlite3.Connection) -> None:
    """Rewrite a file so that nothing is left in it of what was deleted, nor in its WAL.

    ArchiveError if readers did not let go of the WAL within the time that the connection waits.
    """
    connection.execute("vacuum")
    busy, _, _ = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    if busy:
        raise ArchiveError("the index is being read all the time: its old pages stay; try again")


def connect(path: Path, wal: int) -> tuple[sqlite3.Connection, bool]:
    """A connection, and whether it takes the file for one that no one changes.

    `wal`: bytes that the WAL may have before it is folded into the file.
    """
    uri = f"{path.absolute().as_uri()}?mode=rw"
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=30)
        # The truth is in git and the index catches up after a crash, so no flush is waited for.
        connection.execute("pragma synchronous = normal")
        connection.execute("pragma cache_size = -16000")  # KiB
        # Rarer than by default: each flushes, and a page often written is copied once.
        connection.execute(f"pragma wal_autocheckpoint = {wal // 4096}")  # pages
        connection.execute("select count(*) from sqlite_master")
    except sqlite3.OperationalError:
        # On a disk that takes no writes there is no WAL to be had; without one nothing changes.
        written = Path(f"{path}-wal")
        if written.exists() and written.stat().st_size:
            raise
        return sqlite3.connect(f"{uri}&immutable=1", uri=True), True
    return connection, False
