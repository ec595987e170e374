"""`make bench`, or `make bench PAIRS=file.jsonl` with real revision pairs.

A line of the file is an object with `before` and `after`, lists of paragraphs.
"""

import gc
import sys
from pathlib import Path

from rich.console import Console

from tests.bench import archives, diffs, labels, moves, worst


def main() -> None:
    console = Console()
    path = Path(sys.argv[1]) if sys.argv[1:] else None
    name, pairs = "the samples", diffs.samples()
    if path:
        name, pairs = path.name, list(diffs.from_file(path))
    # What the benchmark itself holds would be looked through again at each collection.
    gc.freeze()
    console.print(diffs.quality(name, pairs, path))
    console.print(diffs.speed(name, pairs))
    console.print(moves.table([old["overview"] for old, _ in pairs]))
    console.print(worst.table())
    if path:
        for shown in labels.tables(path):
            console.print(shown)
    for table in (archives.stores, archives.histories, archives.pages):
        console.print(table())


main()
