"""`make bench`; with PAIRS=file.jsonl also real revision pairs, SIZES="1000 100000" other archives.

A line of the file is an object with `before` and `after`, lists of paragraphs, and perhaps
`md_before` and `md_after`, documents in Markdown; it may be compressed (.gz). LABELS=file.jsonl is
a file of labelled changes (see `labels`), HISTORIES=file.jsonl one of whole histories of articles
(see `histories`). KEEP=folder keeps the large archives and takes those that are there; ONLY=store,
search, diff, web, audit or inconsistencies measures that part alone.
"""

import argparse
import gc
from pathlib import Path

from rich.console import Console

from tests.bench import (
    audit,
    bulks,
    diffs,
    growth,
    histories,
    inconsistencies,
    labels,
    moves,
    origins,
    pages,
    public,
    public_log,
    publishing,
    rich,
    rich_histories,
    search,
    views,
    web,
    worst,
    writers,
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--histories", type=Path)
    parser.add_argument("--sizes", type=int, nargs="*", default=[])
    parser.add_argument("--keep", type=Path)
    parts = ["store", "search", "diff", "web", "audit", "inconsistencies"]
    parser.add_argument("--only", choices=parts)
    asked = parser.parse_args()
    console = Console()
    if asked.only in (None, "diff"):
        _diff(console, asked.pairs, asked.labels)
    if asked.only in (None, "web"):
        console.print(publishing.table())
        console.print(pages.table())
        console.print(origins.table())
        console.print(public.table())
        console.print(views.cold())
        console.print(views.static())
        for shown in web.tables(asked.sizes or [1_000], asked.keep):
            console.print(shown)
    if asked.only in (None, "store") and asked.histories:
        console.print(histories.table(asked.histories))
        console.print(rich_histories.table(asked.histories))
    if asked.only in (None, "store"):
        console.print(writers.table())
        console.print(growth.stories(asked.sizes or [1_000, 10_000], asked.keep))
        console.print(growth.histories())
        console.print(bulks.table())
        console.print(bulks.upkeep())
    if asked.only in (None, "search"):
        console.print(search.table(asked.sizes or [1_000, 10_000], asked.keep))
    if asked.only in (None, "inconsistencies"):
        console.print(inconsistencies.stories(asked.sizes or [1_000, 10_000], asked.keep))
        console.print(inconsistencies.histories())
    if asked.only in (None, "inconsistencies") and (asked.pairs or asked.histories):
        console.print(inconsistencies.found(asked.pairs, asked.histories))

    if asked.only in (None, "audit"):
        console.print(audit.log())
        console.print(public_log.table())
        console.print(audit.one_story(asked.sizes or [1_000, 10_000], asked.keep))
        console.print(audit.everything())
        console.print(audit.long_story())


def _diff(console: Console, path: Path | None, labelled: Path | None) -> None:
    name, pairs = "the samples", diffs.samples()
    if path:
        name, pairs = path.name, list(diffs.from_file(path))
    # What the benchmark itself holds would be looked through again at each collection.
    gc.freeze()
    console.print(diffs.quality(name, pairs, path))
    console.print(diffs.against_peers(name, pairs))
    console.print(diffs.speed(name, pairs))
    if path:
        for shown in rich.tables(path):
            console.print(shown)
    console.print(
        moves.table([[unit[0] for unit in old.sections["overview"].units] for old, _ in pairs])
    )
    console.print(worst.table())
    for shown in labels.tables(path, labelled):
        console.print(shown)


main()
