"""The differ compared with its peers, on the samples and on a file of real pairs."""

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path

import regex
from rapidfuzz.distance import Indel
from rich.table import Table

from service.demo import STORIES
from service.demo.history import contents
from service.diffing import Page, compare, difference, rebuild
from service.diffing.tokenizer import is_word, tokenize
from tests.bench import corpus, peers
from tests.bench.timing import milliseconds, once
from tests.diffing.pages import page

Pair = tuple[Page, Page]
_LONGEST_FOR_PEERS = 10_000
_PEERS: dict[str, Callable[[Page, Page], peers.Marks]] = {
    "difflib, words": peers.difflib_words,
    "diff-match-patch, semantic": peers.semantic,
    "git diff --word-diff": peers.git_words,
}


def samples() -> list[Pair]:
    """Each step of the sample stories' overviews."""
    return [
        (page(overview=old["overview"]), page(overview=new["overview"]))
        for history in STORIES
        for (_, old), (_, new) in pairwise(contents(history))
    ]


def from_file(path: Path) -> Iterator[Pair]:
    for pair in corpus.records(path):
        yield page(overview=pair["before"]), page(overview=pair["after"])


def _exact(old: Page, new: Page) -> bool:
    diff = compare(old, new)
    return rebuild.old_page(diff) == old and rebuild.new_page(diff) == new


_PRINT = """
import sys
from pathlib import Path
from tests.bench.diffs import from_file, samples
from service.diffing import compare
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


def _least(old: Page, new: Page) -> int:
    """Word-level Indel distance of the whole texts: no diff without moves marks fewer words."""
    codes: dict[str, int] = {}
    coded = [
        [
            codes.setdefault(token, len(codes))
            for token in tokenize(peers.text(each))
            if is_word(token)
        ]
        for each in (old, new)
    ]
    return Indel.distance(*coded)


def _bad_cuts(old: Page, new: Page) -> int:
    """Marks that begin or end inside a word or a grapheme."""
    bad = 0
    for block in difference(old, new).sections[2].blocks:
        for drop in ("insert", "delete"):
            parts = [span.text for span in block.spans if span.op != drop]
            whole = "".join(parts)
            graphemes = set(accumulate(map(len, regex.findall(r"\X", whole))))
            words = set(accumulate(map(len, tokenize(whole))))
            bad += sum(cut not in graphemes & words for cut in accumulate(map(len, parts)) if cut)
    return bad


def _best(call: Callable[[], object]) -> float:
    return min(once(call) for _ in range(3))


def quality(name: str, pairs: list[Pair], path: Path | None) -> Table:
    table = Table(title=f"What is marked: {len(pairs)} pairs ({name})", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    count = len(pairs)
    table.add_row(
        "both texts rebuilt exactly", f"{sum(_exact(*pair) for pair in pairs) / count:.1%}"
    )
    table.add_row("the same under another hash seed", f"{1 - _unstable(path) / count:.1%}")
    marks = [peers.ours(*pair) for pair in pairs]
    least = [_least(*pair) for pair in pairs]
    shares = [peers.words(one) / few for one, few in zip(marks, least, strict=True) if few]
    table.add_row(
        "words marked, compared with the least possible, median",
        f"{statistics.median(shares):.3f} ×",
    )
    table.add_row("  90% below", f"{sorted(shares)[len(shares) * 9 // 10]:.2f} ×")
    above = sum(share > 2 for share in shares)
    table.add_row("  pairs above 2 ×", f"{above} (highest {max(shares):.2f} ×)")
    small = [at for at, pair in enumerate(pairs) if _length(pair) <= _LONGEST_FOR_PEERS]
    runs = {peer: [peers.runs(call(*pairs[at])) for at in small] for peer, call in _PEERS.items()}
    mine = [peers.runs(marks[at]) for at in small]
    for peer, other in runs.items():
        differ = [(one, two) for one, two in zip(mine, other, strict=True) if one != two]
        fewer = sum(one < two for one, two in differ)
        table.add_row(
            f"fewer marks than {peer}, where they differ",
            f"{fewer / max(len(differ), 1):.0%} of {len(differ)}; {sum(mine)} to {sum(other)}",
        )
    table.add_row("cuts inside a word or a grapheme", str(sum(_bad_cuts(*pair) for pair in pairs)))
    return table


def _length(pair: Pair) -> int:
    return max(len(peers.text(each)) for each in pair)


def speed(name: str, pairs: list[Pair]) -> Table:
    small = [pair for pair in pairs if _length(pair) <= _LONGEST_FOR_PEERS]
    title = f"Time: {len(small)} pairs of up to {_LONGEST_FOR_PEERS:,} characters ({name})"
    table = Table(title=title, title_justify="left")
    for column in ("", "median", "p99", "its time to ours, median of the pairs"):
        table.add_column(column, justify="left" if not column else "right")
    mine = [_best(partial(difference, *pair)) for pair in small]
    table.add_row("story-history", *_median_and_p99(mine), "1 ×")
    facts = [_best(partial(compare, *pair)) for pair in small]
    table.add_row("story-history with facts", *_median_and_p99(facts), _to(facts, mine))
    others = {
        peer: [_best(partial(call, *pair)) for pair in small] for peer, call in _PEERS.items()
    }
    compiled = peers.wikidiff2(small)
    if compiled is not None:
        others["wikidiff2 (C++)"] = [seconds for seconds, _ in compiled]
    for peer, seconds in others.items():
        table.add_row(peer, *_median_and_p99(seconds), _to(seconds, mine))
    slowest = max(_best(partial(difference, *pair)) for pair in pairs)
    table.add_row("story-history, slowest of all pairs", milliseconds(slowest), "", "")
    return table


def _median_and_p99(seconds: list[float]) -> tuple[str, str]:
    tail = sorted(seconds)[len(seconds) * 99 // 100]
    return milliseconds(statistics.median(seconds)), milliseconds(tail)


def _to(seconds: list[float], mine: list[float]) -> str:
    return f"{statistics.median(a / b for a, b in zip(seconds, mine, strict=True)):.2f} ×"
