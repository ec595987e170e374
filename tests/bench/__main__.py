"""`make bench`, or `make bench PAIRS=file.jsonl` with real revision pairs.

A line of the file is an object with `before` and `after`, lists of paragraphs.
"""

import sys
from pathlib import Path

from rich.console import Console

from tests.bench import archives, diffs


def main() -> None:
    console = Console()
    path = Path(sys.argv[1]) if sys.argv[1:] else None
    console.print(diffs.table("the samples", diffs.samples(), None))
    if path:
        console.print(diffs.table(path.name, list(diffs.from_file(path)), path))
    for table in (archives.stores, archives.histories, archives.pages):
        console.print(table())


main()
