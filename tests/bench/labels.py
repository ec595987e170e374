"""Recall and precision of the changed facts that are found.

Labels are written by hand, a line for each changed paragraph of the file of real pairs: its
record's id and its index in either text, and of each fact the kind and the offsets in the old and
the new paragraph. No text of the pairs is kept here. Each of the three sets was labelled before the
rules were adjusted to it and shares no paragraph with the others; `docs/diff.md` keeps the figures
from before, since they are for text that the rules were not written for.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.table import Table

from service.diffing import Fact, compare
from tests.diffing.pages import page

_SETS = Path(__file__).with_name("facts")


def tables(path: Path) -> Iterator[Table]:
    return (_table(path, _SETS / f"{name}.jsonl") for name in ("first", "second", "third"))


def _table(path: Path, labels: Path) -> Table:
    records = {each["id"]: each for each in map(json.loads, path.read_text().splitlines())}
    right: Counter[str] = Counter()
    labelled: Counter[str] = Counter()
    found: Counter[str] = Counter()
    count = 0
    for label in map(json.loads, labels.read_text().splitlines()):
        if label["id"] not in records:
            continue
        count += 1
        before = records[label["id"]]["before"][label["old"]]
        after = records[label["id"]]["after"][label["new"]]
        facts = list(compare(page(overview=[before]), page(overview=[after])).facts)
        labelled.update(fact["kind"] for fact in label["facts"])
        found.update(fact.kind for fact in facts)
        for fact in label["facts"]:
            match = next((each for each in facts if _same(each, fact)), None)
            if match:
                facts.remove(match)
                right[fact["kind"]] += 1
    title = f"Facts in {count} labelled changes of {path.name} ({labels.stem} set)"
    shown = Table(title=title, title_justify="left")
    for column in ("kind", "labelled", "found", "recall", "precision"):
        shown.add_column(column, justify="left" if column == "kind" else "right")
    for kind in sorted({*labelled, *found}):
        shown.add_row(kind, *_figures(right[kind], labelled[kind], found[kind]))
    shown.add_row("all", *_figures(right.total(), labelled.total(), found.total()))
    return shown


def _figures(right: int, labelled: int, found: int) -> tuple[str, ...]:
    recall = f"{right / labelled:.2f}" if labelled else "–"
    precision = f"{right / found:.2f}" if found else "–"
    return str(labelled), str(found), recall, precision


def _same(fact: Fact, label: dict[str, Any]) -> bool:
    """The same kind, and places that overlap."""
    if fact.kind != label["kind"]:
        return False
    for place, span in ((fact.old_at, label["old"]), (fact.new_at, label["new"])):
        if bool(place) != bool(span):
            return False
        if place and (place.end <= span[0] or span[1] <= place.start):
            return False
    return True
