"""Bulk import beside bare `git fast-import`, the index made anew, and what is on the disk."""

import json
import sqlite3
import subprocess
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import IO

import pytest
from rich.table import Table

from repo_store.archive import Archive
from repo_store.history.records import RevisionInput
from repo_store.maintenance.repack import RepositorySize
from repo_store.write.bulk_import import Bulk
from service.usecases.importing import import_file
from service.usecases.publishing import Publishing
from service.wiring import now
from tests.bench.news import News
from tests.bench.timing import ratio
from tests.bench.writers import scratch

SHAPES = ((4_000, 1), (400, 10))


def _timed(start: float) -> float:
    return time.perf_counter() - start


def _bulk(folder: Path, entries: Iterable[RevisionInput]) -> tuple[float, float]:
    """Seconds of the stream, and of the index after it. The stream is kept in `stream`."""
    with (folder / "stream").open("wb") as copy, pytest.MonkeyPatch.context() as patch:
        write = Bulk._write

        def kept(bulk: Bulk, data: bytes) -> None:
            if not data.startswith(b"checkpoint"):
                copy.write(data)
            write(bulk, data)

        patch.setattr(Bulk, "_write", kept)
        with closing(Archive.open(folder / "archive", now, create=True)) as archive:
            start = time.perf_counter()
            with archive.bulk("ab") as bulk:
                for each in entries:
                    bulk.append(each)
            stream = _timed(start)
            start = time.perf_counter()
            archive.catch_up()
            return stream, _timed(start)


def _bare(folder: Path) -> float:
    """The same stream into a bare repository by git alone."""
    _git("init", "-q", "--bare", folder / "bare")
    stream: IO[bytes]
    with (folder / "stream").open("rb") as stream:
        start = time.perf_counter()
        command = ["git", "-C", f"{folder}/bare", "-c", "core.fsync=all", "fast-import", "--quiet"]
        subprocess.run([*command, "--force"], stdin=stream, check=True)
        return _timed(start)


def _git(*arguments: str | Path) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def table() -> Table:
    shown = Table(title="Bulk import, revisions a second", title_justify="left")
    for column in ("stories × versions", "bare fast-import", "ours, to it", "import FILE, to it"):
        shown.add_column(column, justify="left" if column.startswith("stories") else "right")
    for stories, versions in SHAPES:
        count = stories * versions
        entries = list(News().entries(stories, versions))
        with scratch() as folder:
            own = sum(_bulk(folder, entries))
            bare = _bare(folder)
            file = folder / "all.ndjson"
            with file.open("w") as lines:
                for each in entries:
                    fields = each.content.fields
                    lines.write(json.dumps({"story": each.story, "content": fields}) + "\n")
            with closing(Archive.open(folder / "imported", now, create=True)) as archive:
                start = time.perf_counter()
                import_file(archive, Publishing(archive, now), file, now)
                whole = _timed(start)
        shown.add_row(
            f"{stories:,} × {versions}",
            f"{count / bare:,.0f}",
            f"{count / own:,.0f} ({ratio(bare, own)})",
            f"{count / whole:,.0f} ({ratio(bare, whole)})",
        )
    return shown


def upkeep() -> Table:
    """The index made anew, the check of everything, and the bytes on the disk."""
    shown = Table(title="Upkeep: 4,000 stories × 10 versions", title_justify="left")
    shown.add_column("what")
    shown.add_column("", justify="right")
    shown.add_column("beside", justify="right")
    with scratch() as folder:
        entries = list(News().entries(4_000, 10))
        archive_path = folder / "archive"
        with closing(Archive.open(archive_path, now, create=True)) as archive:
            # As news comes: all stories once, then all again, in groups.
            ordered = sorted(range(len(entries)), key=lambda place: place % 10)
            for at in range(0, len(ordered), 50):
                with archive.batch() as batch:
                    for place in ordered[at : at + 50]:
                        batch.append(entries[place])
            archive.maintain()
            start = time.perf_counter()
            count = archive.reindex()
            reindex = _timed(start)
            start = time.perf_counter()
            assert not archive.verify().findings
            verify = _timed(start)
            bound = _cat_file(archive, archive_path)
            start = time.perf_counter()
            _git("-C", archive_path / "stories.git", "fsck", "--full", "--strict", "--no-dangling")
            fsck = _timed(start)
        shown.add_row(
            "reindex, versions a second",
            f"{count / reindex:,.0f}",
            f"git cat-file --batch alone: {count / bound:,.0f} ({ratio(bound, reindex)})",
        )
        shown.add_row(
            "verify, versions a second",
            f"{count / verify:,.0f}",
            f"git fsck alone: {count / fsck:,.0f} ({ratio(fsck, verify)})",
        )
        ours = RepositorySize.of(archive_path / "stories.git").bytes
        subprocess.run(["cp", "-r", archive_path / "stories.git", folder / "copy"], check=True)
        _git("-C", folder / "copy", "repack", "-adfq")
        best = RepositorySize.of(folder / "copy").bytes
        rows = _rows(folder, entries)
        shown.add_row(
            "bytes a revision after maintain",
            f"{ours / count:,.0f}",
            f"repack -adf: {best / count:,.0f} ({ratio(ours, best)});"
            f" whole texts in SQLite: {rows / count:,.0f} ({ratio(ours, rows)})",
        )
    return shown


def _cat_file(archive: Archive, archive_path: Path) -> float:
    """Reading the same objects with git alone."""
    chains = [archive.index.chain(story) for story in archive.index.tips()]
    commits = [each.commit for chain in chains for each in chain]
    objects = [f"{oid}^{{tree}}" for oid in commits] + [chain[-1].blob for chain in chains]
    wanted = "".join(f"{each}\n" for each in [*commits, *objects]).encode()
    start = time.perf_counter()
    command = ["git", "-C", f"{archive_path}/stories.git", "cat-file", "--batch"]
    subprocess.run(command, input=wanted, check=True, stdout=subprocess.DEVNULL)
    return _timed(start)


def _rows(folder: Path, entries: Iterable[RevisionInput]) -> int:
    path = folder / "rows.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table revision (story text, content text)")
        connection.executemany(
            "insert into revision values (?, ?)",
            ((each.story, json.dumps(each.content.fields)) for each in entries),
        )
        connection.commit()
    return path.stat().st_size
