"""The store and the pages at two sizes, beside a floor: what must not grow does not."""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from flask import Flask
from rich.table import Table

from repo_store.models import Content
from repo_store.store import Store
from service.app import create_app
from service.config import Settings
from service.diffing.differ import compare
from service.stories import Stories
from tests.bench.timing import Times, milliseconds, ratio, times
from tests.diffing.pages import page
from tests.samples import append, content, entry, ticking

CALLS = 60
FEW, MANY = 100, 2_000
SHORT, LONG = 25, 1_000


def _four_kilobytes(number: int) -> Content:
    """A story of some 4 KB that differs from its neighbours in a few words."""
    paragraph = "The council voted nine to six to keep the library open for another year. " * 7
    edits = [f"Edit {number}, rare{number}."]
    return content(overview=[f"{paragraph}{index}" for index in range(6)] + edits)


@contextmanager
def _archive(stories: int, versions: int = 1) -> Iterator[tuple[Path, Store]]:
    with tempfile.TemporaryDirectory(prefix="story-history-bench-") as folder:
        path = Path(folder) / "archive"
        with closing(Store.open(path, ticking(), create=True)) as store:
            append(
                store,
                *(
                    entry(_four_kilobytes(number + version), f"story-{number}")
                    for number in range(stories)
                    for version in range(versions)
                ),
            )
            yield path, store


def _floor(folder: Path) -> Times:
    """Four fsynced 4 KB files and one commit of a WAL database that is flushed."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("create table t (x)")

    def write() -> None:
        for number in range(4):
            with (folder / f"floor-{number}").open("wb") as file:
                file.write(b"x" * 4096)
                file.flush()
                os.fsync(file.fileno())
        connection.execute("insert into t values (1)")

    with closing(connection):
        return times(write, CALLS)


Measures = dict[str, Times]


def _store_measures(stories: int) -> Measures:
    with _archive(stories) as (path, store):
        numbers = iter(range(1, 10_000))

        def write() -> None:
            append(store, entry(_four_kilobytes(next(numbers) + 10), "story-7"))

        def read() -> None:
            found = store.index.version(f"story-{next(numbers) % stories}", 1)
            assert found
            store.content(found)

        def open_anew() -> None:
            Store.open(path, ticking()).close()

        return {
            "write a revision, durable": times(write, CALLS),
            "read a version": times(read, CALLS),
            "list the stories, first page": times(lambda: store.index.stories("", None, 20), CALLS),
            "search a word of one story": times(
                lambda: store.index.stories("rare7", None, 20), CALLS
            ),
            "search a word of all": times(lambda: store.index.stories("council", None, 20), CALLS),
            "open the archive": times(open_anew, 10),
            "floor: 4 fsynced files, 1 commit": _floor(path),
        }


def _history_measures(versions: int) -> Measures:
    with _archive(1, versions) as (_, store):
        stories = Stories(store, ticking())

        def newest_diff() -> None:
            new, old = stories.versions("story-0", limit=2).items
            stories.diff(old, new)

        numbers = iter(range(1, 10_000))

        def write() -> None:
            append(store, entry(_four_kilobytes(next(numbers) + 5_000), "story-0"))

        return {
            "write the next revision, durable": times(write, CALLS),
            "list a history, first page": times(lambda: stories.versions("story-0"), CALLS),
            "the newest difference": times(newest_diff, CALLS),
        }


def _growth(title: str, sizes: tuple[int, int], measure: Callable[[int], Measures]) -> Table:
    few, many = map(measure, sizes)
    table = Table(title=title, title_justify="left")
    for column in ("median of a call", *(f"{size:,}" for size in sizes), "growth"):
        table.add_column(column, justify="left" if column.startswith("median") else "right")
    for name in few:
        one, other = few[name].median, many[name].median
        table.add_row(name, milliseconds(one), milliseconds(other), ratio(other, one))
    return table


def stores() -> Table:
    return _growth("Store: number of stories (4 KB each)", (FEW, MANY), _store_measures)


def histories() -> Table:
    return _growth("History: number of versions of one story", (SHORT, LONG), _history_measures)


def pages() -> Table:
    """Pages of a 4 KB story by Flask's test client, beside a view that returns a constant."""
    table = Table(title="Pages (in process, nothing cached)", title_justify="left")
    for column in ("page", "median", "p99", "to a constant of its size"):
        table.add_column(column, justify="left" if column == "page" else "right")
    with _archive(1, 3) as (path, store):
        store.close()
        client = create_app(Settings(path), ticking()).test_client()
        for name in ("", "/history", "/versions/2", "/diff/1..2"):
            url = f"/stories/story-0{name}"
            data = client.get(url).data
            bare = Flask("bare")
            bare.add_url_rule("/", view_func=lambda data=data: data)
            own = times(lambda: client.get(url), CALLS)  # noqa: B023 called at once
            constant = times(lambda: bare.test_client().get("/"), CALLS)  # noqa: B023 called at once
            table.add_row(
                url,
                milliseconds(own.median),
                milliseconds(own.p99),
                ratio(own.median, constant.median),
            )
    old, new = (page(overview=list(_four_kilobytes(number).overview)) for number in (1, 2))
    alone = times(lambda: compare(old, new), CALLS)
    table.add_row("the differ alone, 4 KB", milliseconds(alone.median), milliseconds(alone.p99), "")
    return table
