"""Where each sentence comes from, of a short and of a long history: a page costs what it shows."""

import time
from contextlib import closing
from functools import partial

from rich.table import Table

from repo_store.archive import Archive
from service.provenance.ledger import Ledger
from service.provenance.origins import Origins
from service.usecases.reading import Stories
from service.wiring import now
from tests.bench.news import News
from tests.bench.timing import milliseconds, ratio, times
from tests.bench.writers import scratch
from tests.samples import append

SHORT, LONG = 40, 2_000
CALLS = 30


def table() -> Table:
    table = Table(title="Provenance of a 4 KB story", title_justify="left")
    columns = (
        "versions",
        "first account",
        "a version",
        "a page",
        "after a new version",
        "a phrase",
    )
    for column in columns:
        table.add_column(column, justify="right")
    pages = []
    for versions in (SHORT, LONG):
        with scratch() as folder, closing(Archive.open(folder / "a", now, create=True)) as archive:
            entries = list(News(3).entries(1, versions + CALLS + 1))
            with archive.bulk("ab") as bulk:
                for each in entries[:versions]:
                    bulk.append(each)
            archive.catch_up()
            origins = Origins(Stories(archive), Ledger(folder / "a" / "provenance.db"))
            start = time.perf_counter()
            origins.catch_up("story-0")
            first = time.perf_counter() - start
            page = times(partial(origins.of, "story-0"), CALLS)
            phrase = times(partial(origins.of, "story-0", "council"), CALLS)
            new = []
            for each in entries[versions:]:
                append(archive, each)
                start = time.perf_counter()
                origins.of("story-0")
                new.append(time.perf_counter() - start)
            added = sorted(new)[len(new) // 2]
            pages.append((page.median, added))
            table.add_row(
                f"{versions:,}",
                milliseconds(first),
                milliseconds(first / versions),
                milliseconds(page.median),
                milliseconds(added),
                milliseconds(phrase.median),
            )
    grown = [ratio(pages[1][at], pages[0][at]) for at in (0, 1)]
    table.add_row("growth", "", "", *grown, "")
    return table
