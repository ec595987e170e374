"""Pages of a 4 KB story by Flask's test client, beside a view that returns a constant."""

from contextlib import closing
from functools import partial

from flask import Flask
from rich.table import Table

from repo_store.archive import Archive
from repo_store.story.content import Content
from service.app import create_app
from service.config import Settings
from service.diffing import compare
from tests.bench.timing import milliseconds, ratio, times
from tests.bench.writers import scratch
from tests.diffing.pages import page
from tests.samples import append, content, entry, ticking

CALLS = 60


def _four_kilobytes(number: int) -> Content:
    """A story of some 4 KB that differs from its neighbours in a few words."""
    paragraph = "The council voted nine to six to keep the library open for another year. " * 7
    edits = [f"Edit {number}, rare{number}."]
    return content(overview=[f"{paragraph}{index}" for index in range(6)] + edits)


def table() -> Table:
    table = Table(title="Pages (in process, nothing cached)", title_justify="left")
    for column in ("page", "median", "p99", "to a constant of its size"):
        table.add_column(column, justify="left" if column == "page" else "right")
    with scratch() as folder:
        path = folder / "archive"
        with closing(Archive.open(path, ticking(), create=True)) as archive:
            append(archive, *(entry(_four_kilobytes(number), "story-0") for number in range(3)))
        client = create_app(Settings(path, cache=0), ticking()).test_client()
        for name in ("", "/history", "/versions/2", "/diff/1..2"):
            url = f"/stories/story-0{name}"
            data = client.get(url).data
            bare = Flask("bare")
            bare.add_url_rule("/", view_func=lambda data=data: data)
            own = times(partial(client.get, url), CALLS)
            constant = times(partial(bare.test_client().get, "/"), CALLS)
            table.add_row(
                url,
                milliseconds(own.median),
                milliseconds(own.p99),
                ratio(own.median, constant.median),
            )
    old, new = (page(overview=_four_kilobytes(number)["overview"]) for number in (1, 2))
    alone = times(lambda: compare(old, new), CALLS)
    table.add_row("the differ alone, 4 KB", milliseconds(alone.median), milliseconds(alone.p99), "")
    return table
