"""Inputs made to be slow: each must be exact, and done soon, in little memory."""

import tracemalloc
from functools import partial

from rich.table import Table

from service.diffing import Page, compare, rebuild
from tests.bench.timing import milliseconds, once
from tests.diffing.pages import page

_MIB = 1 << 20


def _numbered(letter: str, count: int) -> str:
    return " ".join(f"{letter}{number}" for number in range(count))


def _cases() -> dict[str, tuple[list[str], list[str]]]:
    distinct = _numbered("v", 180_000)[:_MIB]
    sentence = "The council voted nine to six to keep library number {} open for another year. "
    long = "".join(sentence.format(number) for number in range(13_000))[:_MIB]
    facts = [
        [
            f"Mirela Dusk {k} paid {k * more},000 crowns on {1 + k % 28} {month}, she said."
            for k in range(350)
        ]
        for more, month in ((7, "May"), (9, "June"))
    ]
    lines = [f"Paragraph number {number} of this story." for number in range(1_000)]
    return {
        "2,000 periodic words": (["a b " * 1_000], ["b a " * 1_000 + "c"]),
        "100 KB of short tokens": (["a b c " * 17_000], ["a c b " * 17_000]),
        "100 KB of one token, every second gone": (["a " * 50_000], ["a b " * 25_000]),
        "20,000 words, every one changed": ([_numbered("v", 20_000)], [_numbered("w", 20_000)]),
        "1,000 paragraphs reversed": (lines, lines[::-1]),
        "1,000 paragraphs, one word of each changed": (
            lines,
            [line.replace("this", "that") for line in lines],
        ),
        "one paragraph of 1 MiB, 130 edits": ([long], [long.replace("7 open", "8 open", 130)]),
        "one paragraph of 1 MiB, every sentence edited": ([long], [long.replace("nine", "ten")]),
        "1 MiB of distinct tokens, all changed": ([distinct], [distinct.replace("v", "w")]),
        "1 MiB of distinct tokens, sorted otherwise": (
            [distinct],
            [" ".join(sorted(distinct.split()))],
        ),
        "five paragraphs of 20 KB, each number and date changed": (
            [" ".join(facts[0])] * 5,
            [" ".join(facts[1])] * 5,
        ),
        "a paragraph of 20 KB that is one long name": (
            ["a " + "Of " * 6_600],
            ["b " + "Of " * 6_600 + "/"],
        ),
        "a paragraph of 20 KB that is one capital": (["A" * 19_000], ["A" * 19_000 + "/"]),
        "1 MiB of Chinese without a full stop": (["水火木" * 116_000], ["火水木" * 116_000]),
    }


def _memory(old: Page, new: Page) -> float:
    tracemalloc.start()
    compare(old, new)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / _MIB


def table() -> Table:
    results = Table(title="Worst cases", title_justify="left")
    for column in ("", "time", "memory", "exact", "marked roughly"):
        results.add_column(column, justify="left" if not column else "right")
    for name, (before, after) in _cases().items():
        old, new = page(overview=before), page(overview=after)
        diff = compare(old, new)
        exact = (rebuild.old_page(diff), rebuild.new_page(diff)) == (old, new)
        seconds = min(once(partial(compare, old, new)) for _ in range(3))
        coarse = any(block.coarse for block in diff.sections[2].blocks)
        memory = f"{_memory(old, new):.0f} MB"
        results.add_row(name, milliseconds(seconds), memory, str(exact), "yes" if coarse else "")
    return results
