"""Moves planted in real texts: which differ finds them, and only them."""

import random
from dataclasses import dataclass

from rich.table import Table

from service.diffing import Page, difference
from tests.bench.peers import wikidiff2
from tests.chance import seeded
from tests.diffing.pages import page

_SHORTEST = 40
"""Shorter lines often occur several times, so that which of them moved is undefined."""


@dataclass(frozen=True)
class Planted:
    old: Page
    new: Page
    moved: frozenset[int]
    """Indexes in the new text."""


def plant(text: list[str], seed: int) -> Planted | None:
    """One to five adjacent paragraphs moved past more than twice as many, half of them with a word
    or two replaced. None if the text is too short for that.
    """
    chance = seeded(seed)
    distinct = [len(each) >= _SHORTEST and text.count(each) == 1 for each in text]
    count = chance.randint(1, 5)
    starts = [at for at in range(len(text) - count) if all(distinct[at : at + count])]
    if not starts:
        return None
    start = chance.choice(starts)
    group = [
        _edited(each, chance) if chance.random() < 0.5 else each for each in text[start:][:count]
    ]
    rest = text[:start] + text[start + count :]
    places = [at for at in range(len(rest) + 1) if abs(at - start) > 2 * count]
    if not places:
        return None
    at = chance.choice(places)
    new = rest[:at] + group + rest[at:]
    return Planted(page(overview=text), page(overview=new), frozenset(range(at, at + count)))


def _edited(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    if len(words) < 6:
        at = chance.randrange(len(text))
        return f"{text[:at]}7{text[at:]}"
    for _ in range(chance.randint(1, 2)):
        words[chance.randrange(len(words))] = "otherwise"
    return " ".join(words)


def table(texts: list[list[str]]) -> Table:
    planted = [each for seed, text in enumerate(texts) if (each := plant(text, seed))]
    results = Table(title=f"Moves planted in {len(planted)} texts", title_justify="left")
    for column in ("", "recall", "precision"):
        results.add_column(column)
    results.add_row("story-history", *_figures([(each.moved, _ours(each)) for each in planted]))
    peer = wikidiff2([(each.old, each.new) for each in planted])
    if peer is None:
        results.add_row("wikidiff2", "not installed", "")
    else:
        found = [
            frozenset(int(str(line["lineNumber"])) - 1 for line in lines if line["type"] == 5)
            for _, lines in peer
        ]
        pairs = zip(planted, found, strict=True)
        results.add_row("wikidiff2", *_figures([(each.moved, other) for each, other in pairs]))
    return results


def _ours(planted: Planted) -> frozenset[int]:
    blocks = difference(planted.old, planted.new).sections[2].blocks
    return frozenset(index for block in blocks if block.op == "moved" for index in block.new)


def _figures(pairs: list[tuple[frozenset[int], frozenset[int]]]) -> tuple[str, str]:
    right = sum(len(truth & found) for truth, found in pairs)
    all_true = sum(len(truth) for truth, _ in pairs)
    all_found = sum(len(found) for _, found in pairs)
    return f"{right / all_true:.3f}", f"{right / max(all_found, 1):.3f}"
