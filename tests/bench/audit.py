"""What the log and exports cost: at a million leaves, and in archives of very different sizes."""

import os
import shutil
import subprocess
import sys
import zipfile
from contextlib import closing
from functools import partial
from hashlib import sha256
from pathlib import Path

from rich.table import Table

from repo_store.archive import Archive
from repo_store.index.read_model import Index
from repo_store.log import leaves
from repo_store.log.leaves import LeafFields
from service.audit.export.exports import ExportRequest
from service.config import Settings
from service.wiring import Services, now
from tests.bench.growth import filled_archive
from tests.bench.news import News
from tests.bench.timing import Times, milliseconds, once, ratio, times
from tests.bench.writers import scratch
from tests.chance import seeded
from tests.samples import append, entry

LEAVES = 1_000_000
_AT_ONCE = 50_000
_PROBE = "probe"
_VERSIONS = 10
_ALL = (200, 2_000)
_LONG = 3_000


def log() -> Table:
    """At a million leaves: what one more costs within a write, and what a proof does."""
    table = Table(title=f"The log at {LEAVES:,} leaves", title_justify="left")
    for name in ("", "median", "99 of 100 within", "beside", "goal"):
        table.add_column(name)
    chance = seeded(1)
    with scratch() as folder:
        index = Index.create(folder / "index.db")
        connection = index.connection()
        for start in range(0, LEAVES, _AT_ONCE):
            with connection:
                leaves.load(connection, start, (_body(n) for n in range(start, start + _AT_ONCE)))
        index.checkpoint()
        numbers = iter(range(LEAVES, 2 * LEAVES))
        connection.execute("begin")
        one = times(lambda: leaves.append(connection, [_fields(next(numbers))]), 500)
        connection.execute("commit")
        _row(table, "one more leaf, in a write's transaction", one, "", "1 ms")
        log = index.log
        size = log.size()
        proof = times(lambda: log.inclusion(chance.randrange(size), size), 500)
        length = len(log.inclusion(LEAVES // 3, size)) * 32
        _row(table, "inclusion proof", proof, f"{length} bytes", "5 ms")
        old = times(lambda: log.consistency(chance.randrange(1, size), size), 500)
        _row(table, "consistency proof", old, "", "")
        _row(table, "root", times(lambda: log.root(size), 500), "", "")
        taken = (folder / "index.db").stat().st_size / LEAVES
        table.add_row("on the disk", f"{taken:.0f} bytes a leaf", "", "", "")
        index.close()
    return table


def _row(table: Table, name: str, took: Times, beside: str, goal: str) -> None:
    table.add_row(name, milliseconds(took.median), milliseconds(took.p99), beside, goal)


def _fields(number: int) -> LeafFields:
    digest = sha256(str(number).encode()).hexdigest()
    return {
        "story": f"story-{number % 100_000}",
        "entry": number // 100_000 + 1,
        "revision": number // 100_000 + 1,
        "version": number // 100_000 + 1,
        "commit": digest[:40],
        "sha256": digest,
        "record": digest,
        "words": digest,
        "time": "2026-11-26T10:00:00Z",
    }


def _body(number: int) -> str:
    fields = _fields(number)
    return leaves.leaf_body(fields, fields["sha256"], None)


def one_story(sizes: list[int], kept: Path | None) -> Table:
    """The export of one story of ten versions, in archives of these sizes."""
    table = Table(title="Export of one story of ten versions", title_justify="left")
    table.add_column("stories")
    table.add_column("median")
    table.add_column("bytes")
    table.add_column("growth")
    table.add_column("goal")
    first = None
    for size in sizes:
        with filled_archive(size, kept) as path, closing(Archive.open(path, now)) as archive:
            exports = Services(Settings(path), archive).exports
            if not archive.index.tip(_PROBE).head:
                paragraphs = News(7).story()
                for number in range(_VERSIONS):
                    append(archive, entry(News.content(number, paragraphs), _PROBE))
                    paragraphs = News(number).edited(paragraphs)
            wanted = ExportRequest((_PROBE,))
            length = sum(map(len, exports.prepare(wanted).parts()))
            took = times(lambda: sum(map(len, exports.prepare(wanted).parts())), 15)  # noqa: B023 at once
            first = first or took.median
            grown = ratio(took.median, first)
            table.add_row(f"{size:,}", milliseconds(took.median), f"{length:,}", grown, "1.2")
    return table


_EXPORT = """
import re, resource, sys, time
from contextlib import closing
from pathlib import Path
from repo_store.archive import Archive
from service.audit.export import making
from service.audit.export.exports import ExportRequest
from service.config import Settings
from service.wiring import Services, now
path, target, several, stories = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:]
making._WORTH = 0 if several == "several" else 2**62
with closing(Archive.open(path, now)) as store, target.open("wb") as file:
    begun = time.perf_counter()
    exports = Services(Settings(path), store).exports
    for part in exports.prepare(ExportRequest(tuple(stories))).parts():
        file.write(part)
    took = time.perf_counter() - begun
own, others = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
# Not ru_maxrss, which begins with that of the process that started this one.
most = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(took, sum(own[:2]) + sum(others[:2]), most, others.ru_maxrss)
"""


def everything() -> Table:
    """The export of all in one process and in several, beside a zip of the same files."""
    table = Table(title="Export of all, five versions a story", title_justify="left")
    for name in ("stories", "", "versions a second", "CPU a version", "bytes a version", "memory"):
        table.add_column(name)
    for count in _ALL:
        with scratch() as folder:
            _fill(folder / "archive", count, 5)
            _rows_of(table, folder, f"{count:,}", count * 5, ["one", "several"])
    return table


def long_story() -> Table:
    """The export of one story of very many versions."""
    title = f"Export of one story of {_LONG:,} versions"
    table = Table(title=title, title_justify="left")
    for name in ("", "", "versions a second", "CPU a version", "bytes a version", "memory"):
        table.add_column(name)
    with scratch() as folder:
        _fill(folder / "archive", 1, _LONG)
        _rows_of(table, folder, "", _LONG, ["one", "several"], "story-0")
    return table


def _fill(path: Path, stories: int, versions: int) -> None:
    with closing(Archive.open(path, now, create=True)) as archive:
        with archive.bulk("ab") as bulk:
            for each in News().entries(stories, versions):
                bulk.append(each)
        archive.catch_up()
        Services(Settings(path), archive).audit.checkpoint()


def _rows_of(
    table: Table, folder: Path, name: str, versions: int, ways: list[str], *stories: str
) -> None:
    """`memory`: the most of the process that makes the zip, and of the largest beside it."""
    target = folder / "export.zip"
    for way in ways:
        command = [sys.executable, "-c", _EXPORT, str(folder / "archive"), str(target), way]
        done = subprocess.run([*command, *stories], capture_output=True, text=True, check=True)
        took, spent, own, other = map(float, done.stdout.split())
        memory = f"{own / 1024:.0f} MiB"
        table.add_row(
            name,
            "one process" if way == "one" else "several processes",
            f"{versions / took:,.0f} ({took:.1f} s)",
            milliseconds(spent / versions),
            f"{target.stat().st_size / versions:,.0f}",
            memory if way == "one" else f"{memory}, others {other / 1024:.0f} MiB",
        )
    with zipfile.ZipFile(target) as packed:
        packed.extractall(folder / "files")
    with zipfile.ZipFile(folder / "again.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as again:
        zipped = once(partial(_zip, again, folder / "files"))
    size = (folder / "again.zip").stat().st_size
    rate = f"{versions / zipped:,.0f} ({zipped:.1f} s)"
    table.add_row(name, "zip of the same files", rate, "", f"{size / versions:,.0f}", "")
    copied = once(partial(_copy, target, folder / "copy"))
    table.add_row(name, "copy of it", f"{versions / copied:,.0f} ({copied:.1f} s)", "", "", "")


def _zip(packed: zipfile.ZipFile, folder: Path) -> None:
    for path in folder.rglob("*"):
        packed.write(path, path.relative_to(folder))


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())
