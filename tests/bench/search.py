"""Search: the newest matches cost the same however many stories have the words."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from rich.table import Table

from repo_store.archive import Archive
from repo_store.index.search.documents import PLACES
from service.usecases.reading import Stories
from service.wiring import now
from tests.bench.growth import filled_archive
from tests.bench.news import News
from tests.bench.timing import Times, milliseconds, ratio, times
from tests.samples import append, entry

CALLS = 200
PAUSE = 0.05
"""Seconds between two writes."""
QUERIES = {
    "a word of all stories": "council",
    "the beginning of one": "counc*",
    "a letter": "c*",
    "a phrase of all": '"vote of nine"',
    "twelve words of all": "the of to and a in that is was for on with",
    "a word of one story": "{rare}",
    "that and a letter": "{rare} c*",
    "a phrase of none": '"six nine vote"',
    "a phrase of twelve words": '"vote of nine vote of nine vote of nine vote of nine"',
    "a word of none": "zzzz",
}


@contextmanager
def _writing(path: Path, stories: int) -> Iterator[None]:
    """Another thread edits stories meanwhile."""
    done = threading.Event()

    def write() -> None:
        news = News(int(time.time()))
        with closing(Archive.open(path, now)) as archive:
            number = 0
            while not done.wait(PAUSE):
                number = (number + 7919) % stories
                text = News.content(number, news.story())
                append(archive, entry(text, f"story-{number}", created_at=now()))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _measured(path: Path, stories: int) -> dict[str, Times]:
    found: dict[str, Times] = {}
    with closing(Archive.open(path, now)) as archive, _writing(path, stories):
        listing = Stories(archive)

        def note(name: str, call: Callable[[], object]) -> None:
            found[name] = times(call, CALLS)

        for name, query in QUERIES.items():
            note(name, partial(listing.recent, query.format(rare=stories // 2)))
        note("the first, with excerpts", lambda: listing.search("council", PLACES[:1]))
        note("the first, everywhere", lambda: listing.search("council", PLACES))
    return found


def table(sizes: list[int], kept: Path | None = None) -> Table:
    shown = Table(title="Search, a page of 20, while stories are written", title_justify="left")
    for column in ("median of a call", *(f"{size:,} stories" for size in sizes), "growth"):
        shown.add_column(column, justify="left" if column.startswith("median") else "right")
    measures = []
    for size in sizes:
        with filled_archive(size, kept) as path:
            measures.append(_measured(path, size))
    for name in measures[0]:
        medians = [each[name].median for each in measures]
        shown.add_row(name, *map(milliseconds, medians), ratio(medians[-1], medians[0]))
    return shown
