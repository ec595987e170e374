"""What must not grow does not: the same calls on archives of very different sizes."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import cycle
from pathlib import Path

from rich.table import Table

from repo_store.archive import Archive
from repo_store.history.records import State
from service.usecases.reading import Stories
from service.wiring import now
from tests.bench.news import News
from tests.bench.timing import Times, milliseconds, ratio, times
from tests.bench.writers import scratch
from tests.samples import append, entry

CALLS = 200
SHORT, LONG = 10, 10_000

Measures = dict[str, Times]


@contextmanager
def filled_archive(stories: int, kept: Path | None) -> Iterator[Path]:
    """An archive of so many stories, made by bulk import; one that is there already is taken."""
    with scratch() as folder:
        path = (kept or folder) / f"stories-{stories}"
        with closing(Archive.open(path, now, create=True)) as archive:
            if len(archive.index.tips()) < stories:
                with archive.bulk("ab") as bulk:
                    for each in News().entries(stories):
                        bulk.append(each)
                        if bulk.due:
                            bulk.checkpoint()
                archive.catch_up()
                archive.maintain()
        time.sleep(1.1)  # a folder changed within the last second is looked at again
        Archive.open(path, now).close()
        yield path


def _stories(path: Path, stories: int) -> Measures:
    with closing(Archive.open(path, now)) as archive:
        news = News(int(time.time()))
        texts = {number: news.story() for number in range(0, stories, max(1, stories // 40))}
        turns = iter(range(10**9))

        def write() -> None:
            number = list(texts)[next(turns) % len(texts)]
            texts[number] = news.edited(texts[number])
            append(archive, entry(News.content(number, texts[number]), f"story-{number}"))

        # More than the store keeps at hand; read once before, so that the disk is not measured.
        read_in_turn = cycle([f"story-{n * 7919 % stories}" for n in range(2 * CALLS)])

        def read() -> None:
            found = archive.index.newest(next(read_in_turn), State.PUBLISHED)
            assert found
            archive.content(found)

        times(read, 2 * CALLS)

        listing = Stories(archive)
        middle, end = str(stories // 2), str(stories + 10_000)
        return {
            "write a revision, durable": times(write, CALLS),
            "read a version": times(read, CALLS),
            "list the stories, first page": times(listing.recent, CALLS),
            "list changes, the first": times(listing.changes, CALLS),
            "list changes, from the middle": times(lambda: listing.changes(middle), CALLS),
            "ask for changes at the end": times(lambda: listing.changes(end), CALLS),
        }


_SERVE = """
import sys
from pathlib import Path
from service.app import create_app
from service.config import Settings
client = create_app(Settings(Path(sys.argv[1]))).test_client()
for number in range(300):
    story = f"/stories/story-{number * 7919 % int(sys.argv[2])}"
    for path in ("/", story, f"{story}/history"):
        assert client.get(path).status_code == 200
print(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""
_OPEN = """
import sys, time
from pathlib import Path
from repo_store.archive import Archive
from service.wiring import now
start = time.perf_counter()
Archive.open(Path(sys.argv[1]), now).close()
print(time.perf_counter() - start)
"""


def _told(program: str, *arguments: object) -> float:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def stories(sizes: list[int], kept: Path | None = None) -> Table:
    measures: list[Measures] = []
    for size in sizes:
        with filled_archive(size, kept) as path:
            measures.append(_stories(path, size))
            opened = Times(tuple(_told(_OPEN, path) for _ in range(3)))
            measures[-1]["open after writes in 40 shards"] = opened
            time.sleep(1.1)
            _told(_OPEN, path)
            measures[-1]["open"] = Times(tuple(_told(_OPEN, path) for _ in range(5)))
            memory = _told(_SERVE, path, size) / 1024 / 1000  # MiB, told as milliseconds are
            measures[-1]["memory of a serving process (MiB)"] = Times((memory,))
    return growth("Number of stories (4 KB each)", sizes, measures)


def _history(versions: int) -> Measures:
    with (
        scratch() as folder,
        closing(Archive.open(folder / "archive", now, create=True)) as archive,
    ):
        entries = list(News().entries(1, versions))
        with archive.bulk("ab") as bulk:
            for each in entries:
                bulk.append(each)
        archive.catch_up()
        stories = Stories(archive)
        edits = News(2).entries(1, CALLS + 10)

        def difference() -> None:
            new, old = stories.versions("story-0", limit=2).items
            stories.diff(old, new)

        return {
            "list a history, first page": times(
                lambda: stories.versions("story-0", limit=10), CALLS
            ),
            "the newest difference": times(difference, CALLS),
            "write the next revision, durable": times(lambda: append(archive, next(edits)), CALLS),
        }


def histories() -> Table:
    sizes = [SHORT, LONG]
    return growth("Number of versions of one story", sizes, [_history(each) for each in sizes])


def growth(title: str, sizes: list[int], measures: list[Measures]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in ("median of a call", *(f"{size:,}" for size in sizes), "growth"):
        table.add_column(column, justify="left" if column.startswith("median") else "right")
    for name in measures[0]:
        medians = [each[name].median for each in measures]
        shown: Callable[[float], str] = milliseconds
        if "MiB" in name:
            shown = _mebibytes
        table.add_row(name, *map(shown, medians), ratio(medians[-1], medians[0]))
    return table


def _mebibytes(value: float) -> str:
    return f"{value * 1000:.1f}"
