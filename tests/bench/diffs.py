"""The differ beside difflib and diff-match-patch, on the samples and on a file of real pairs."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

from diff_match_patch import diff_match_patch
from rich.table import Table

from service.demo import STORIES
from service.demo.history import contents
from service.diffing import rebuild
from service.diffing.differ import compare
from service.diffing.types import Page
from tests.bench.timing import milliseconds, once
from tests.diffing.pages import page

Pair = tuple[Page, Page]
_LONGEST_FOR_PEERS = 10_000


def samples() -> list[Pair]:
    """Each step of the sample stories' overviews."""
    return [
        (page(overview=old["overview"]), page(overview=new["overview"]))
        for history in STORIES
        for (_, old), (_, new) in pairwise(contents(history))
    ]


def from_file(path: Path) -> Iterator[Pair]:
    for line in path.read_text().splitlines():
        pair = json.loads(line)
        yield page(overview=pair["before"]), page(overview=pair["after"])


def _text(whole: Page) -> str:
    return "\n".join(whole["overview"])


def _difflib(old: Page, new: Page) -> object:
    words = SequenceMatcher(None, _text(old).split(), _text(new).split(), autojunk=False)
    return words.get_opcodes()


def _diff_match_patch(old: Page, new: Page) -> object:
    engine = diff_match_patch()
    engine.Diff_Timeout = 0
    diffs = engine.diff_main(_text(old), _text(new))
    engine.diff_cleanupSemantic(diffs)
    return diffs


def _exact(old: Page, new: Page) -> bool:
    diff = compare(old, new)
    return rebuild.old_page(diff) == old and rebuild.new_page(diff) == new


_PRINT = """
import sys
from pathlib import Path
from tests.bench.diffs import from_file, samples
from service.diffing.differ import compare
for old, new in (from_file(Path(sys.argv[1])) if sys.argv[1:] else samples()):
    print(compare(old, new))
"""


def _unstable(path: Path | None) -> int:
    """How many results differ between two hash seeds."""
    printed = [
        subprocess.run(
            [sys.executable, "-c", _PRINT, *([path] if path else [])],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]
    return sum(one != other for one, other in zip(*printed, strict=True))


def table(name: str, pairs: list[Pair], path: Path | None) -> Table:
    told = Table(title=f"Diff: {len(pairs)} pairs ({name})", title_justify="left")
    for column in ("measure", "story-history", "difflib, words", "diff-match-patch"):
        told.add_column(column, justify="left" if column == "measure" else "right")
    small = [pair for pair in pairs if max(len(_text(each)) for each in pair) <= _LONGEST_FOR_PEERS]
    ours, lib, dmp = (
        [once(lambda: call(*pair)) for pair in small]  # noqa: B023 called at once
        for call in (compare, _difflib, _diff_match_patch)
    )
    told.add_row(
        f"median of the {len(small)} up to {_LONGEST_FOR_PEERS:,} characters",
        *(milliseconds(statistics.median(each)) for each in (ours, lib, dmp)),
    )
    told.add_row(
        "p99", *(milliseconds(sorted(each)[len(each) * 99 // 100]) for each in (ours, lib, dmp))
    )
    for peer, measured in (("difflib", lib), ("diff-match-patch", dmp)):
        shares = [one / other for one, other in zip(ours, measured, strict=True)]
        told.add_row(
            f"our time to that of {peer}, median of the pairs",
            f"{statistics.median(shares):.2f} ×",
        )
    everything = [once(lambda: compare(*pair)) for pair in pairs]  # noqa: B023 called at once
    told.add_row("slowest of all pairs", milliseconds(max(everything)))
    exact = sum(_exact(*pair) for pair in pairs)
    told.add_row("both texts rebuilt exactly", f"{exact / len(pairs):.0%}")
    told.add_row("other result under another hash seed", str(_unstable(path)))
    return told
