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

from repo_store.sameness import UNSPACED
from service.demo import STORIES
from service.demo.history import contents
from service.diffing import Page, compare, difference, rebuild
from service.diffing.tokenizer import tokenize
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


Ruler = Callable[[str], list[str]]


def _least(old: Page, new: Page, ruler: Ruler) -> int:
    """Word-level Indel distance of the whole texts: no diff without moves marks fewer words."""
    codes: dict[str, int] = {}
    coded = [
        [codes.setdefault(word, len(codes)) for word in ruler(peers.text(each))]
        for each in (old, new)
    ]
    return Indel.distance(*coded)


def _words(marks: peers.Marks, ruler: Ruler) -> int:
    return sum(len(ruler(part)) for _, part in marks)


def _shares(pairs: list[Pair], marks: list[peers.Marks], ruler: Ruler) -> list[float]:
    """Words marked in each pair, divided by the least possible, where that isn't none; sorted."""
    least = [_least(*pair, ruler) for pair in pairs]
    return sorted(_words(one, ruler) / few for one, few in zip(marks, least, strict=True) if few)


_IN_WORD = regex.compile(rf"(?<=[^\W{UNSPACED}])(?=[^\W{UNSPACED}])")


def _bad_cuts(old: Page, new: Page) -> int:
    """Marks that begin or end inside a grapheme, a token or a word: between letters, digits or
    underscores, except in scripts without spaces.
    """
    bad = 0
    for block in difference(old, new).sections[2].blocks:
        for drop in ("insert", "delete"):
            parts = [span.text for span in block.spans if span.op != drop]
            whole = "".join(parts)
            allowed = set(accumulate(map(len, regex.findall(r"\X", whole))))
            allowed &= set(accumulate(map(len, tokenize(whole))))
            allowed -= {place.start() for place in _IN_WORD.finditer(whole)}
            bad += sum(cut not in allowed for cut in accumulate(map(len, parts)) if cut)
    return bad


def _best(call: Callable[[], object]) -> float:
    return min(once(call) for _ in range(3))


def _in_turns(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    times = [(once(one), once(other)) for _ in range(7)]
    return min(time for time, _ in times), min(time for _, time in times)


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
    for words, ruler in (("words", peers.plain_words), ("tokens with a letter", peers.our_words)):
        shares = _shares(pairs, marks, ruler)
        table.add_row(
            f"{words} marked, compared with the least possible, median",
            f"{statistics.median(shares):.3f} ×",
        )
        table.add_row("  90% below", f"{_p90(shares):.2f} ×")
        above = sum(share > 2 for share in shares)
        table.add_row("  pairs above 2 ×", f"{above} (highest {shares[-1]:.2f} ×)")
    table.add_row("cuts inside a word or a grapheme", str(sum(_bad_cuts(*pair) for pair in pairs)))
    return table


def against_peers(name: str, pairs: list[Pair]) -> Table:
    """Words by a ruler that isn't ours; marks for each word of the least possible."""
    small = [pair for pair in pairs if _length(pair) <= _LONGEST_FOR_PEERS]
    title = f"What others mark: {len(small)} pairs of up to {_LONGEST_FOR_PEERS:,} characters"
    table = Table(title=f"{title} ({name})", title_justify="left")
    table.add_column("")
    for column in (
        "words marked to the least possible: median",
        "90% below",
        "marks",
        "to a word",
        "those with a word in them",
        "to a word",
        "pairs where ours has fewer marks, of those that differ",
    ):
        table.add_column(column, justify="right")
    marks = {
        peer: [call(*pair) for pair in small]
        for peer, call in {"story-history": peers.ours, **_PEERS}.items()
    }
    compiled = peers.wikidiff2(small)
    if compiled is not None:
        marks["wikidiff2 (C++)"] = [peers.wikidiff2_marks(lines) for _, lines in compiled]
    least = sum(_least(*pair, peers.plain_words) for pair in small)
    mine = [peers.runs(one) for one in marks["story-history"]]
    for peer, theirs in marks.items():
        shares = _shares(small, theirs, peers.plain_words)
        counts = [peers.runs(one) for one in theirs]
        wordy = sum(map(peers.runs_of_words, theirs))
        differ = [(one, two) for one, two in zip(mine, counts, strict=True) if one != two]
        table.add_row(
            peer,
            f"{statistics.median(shares):.3f} ×",
            f"{_p90(shares):.2f} ×",
            f"{sum(counts):,}",
            f"{sum(counts) / max(least, 1):.3f}",
            f"{wordy:,}",
            f"{wordy / max(least, 1):.3f}",
            f"{sum(one < two for one, two in differ) / len(differ):.0%} of {len(differ)}"
            if differ
            else "",
        )
    return table


def _p90(ordered: list[float]) -> float:
    return ordered[len(ordered) * 9 // 10]


def _length(pair: Pair) -> int:
    return max(len(peers.text(each)) for each in pair)


def speed(name: str, pairs: list[Pair]) -> Table:
    small = [pair for pair in pairs if _length(pair) <= _LONGEST_FOR_PEERS]
    title = f"Time: {len(small)} pairs of up to {_LONGEST_FOR_PEERS:,} characters ({name})"
    table = Table(title=title, title_justify="left")
    for column in ("", "median", "p99", "its time to ours, median of the pairs"):
        table.add_column(column, justify="left" if not column else "right")
    # In turns, so that both meet the same machine
    both = [(partial(difference, *pair), partial(compare, *pair)) for pair in small]
    mine, facts = map(list, zip(*(_in_turns(*calls) for calls in both), strict=True))
    table.add_row("story-history", *_median_and_p99(mine), "1 ×")
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
