"""Recall and precision of the changed facts that are found.

A labelled file has a line for each changed paragraph: `facts`, a list of objects with the `kind`
and the offsets in the `old` and the `new` paragraph (null where the fact was added or removed), and
the paragraph itself: either its texts, `before` and `after`, or the `id` of its record in a file of
real edits and its index in either text, `old` and `new`; in a file of whole histories also the
`version` before the edit. The sets here are of the second form: they hold no text. Each was
labelled by hand before the rules were adjusted to it; `docs/diff.md` has the figures of then, which
are those of text that the rules don't know.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rich.table import Table

from service.diffing import Fact, compare
from tests.bench import corpus
from tests.diffing.pages import page

_SETS = Path(__file__).with_name("facts")
Records = Mapping[str, Mapping[str, Any]]


class Score(NamedTuple):
    """Facts by kind; `clean`: paragraphs without a changed fact, `noisy`: those of them for which
    one was found, other than a respelled name.
    """

    paragraphs: int
    right: Counter[str]
    labelled: Counter[str]
    found: Counter[str]
    clean: int
    noisy: int


def tables(pairs: Path | None, labels: Path | None) -> Iterator[Table]:
    """Of a labelled file, and of each set here whose records are in the file of pairs."""
    known = _by_id(pairs) if pairs else {}
    files = [labels] if labels else []
    for path in [*files, *sorted(_SETS.glob("*.jsonl"))]:
        score = measure(path, known)
        if score.paragraphs:
            yield _table(path.stem, score)


def _by_id(path: Path) -> Records:
    return {each.get("id") or each["story"]: each for each in corpus.records(path)}


def measure(path: Path, records: Records) -> Score:
    right: Counter[str] = Counter()
    labelled: Counter[str] = Counter()
    found: Counter[str] = Counter()
    paragraphs = clean = noisy = 0
    for label in corpus.records(path):
        texts = _texts(label, records)
        if texts is None:
            continue
        paragraphs += 1
        before, after = texts
        facts = list(compare(page(overview=[before]), page(overview=[after])).facts)
        labelled.update(fact["kind"] for fact in label["facts"])
        found.update(str(fact.kind) for fact in facts)
        clean += not label["facts"]
        noisy += not label["facts"] and any(fact.kind.gated for fact in facts)
        for fact in label["facts"]:
            match = next((each for each in facts if _same(each, fact)), None)
            if match:
                facts.remove(match)
                right[fact["kind"]] += 1
    return Score(paragraphs, right, labelled, found, clean, noisy)


def _texts(label: Mapping[str, Any], records: Records) -> tuple[str, str] | None:
    if "before" in label:
        return label["before"], label["after"]
    record = records.get(label["id"])
    if record is None or ("versions" in record) != ("version" in label):
        return None
    if "versions" in record:
        before, after = record["versions"][label["version"] :][:2]
        return before["paragraphs"][label["old"]], after["paragraphs"][label["new"]]
    return record["before"][label["old"]], record["after"][label["new"]]


def _table(name: str, score: Score) -> Table:
    title = f"Facts in {score.paragraphs} labelled changes ({name})"
    shown = Table(title=title, title_justify="left")
    for column in ("kind", "labelled", "found", "recall", "precision"):
        shown.add_column(column, justify="left" if column == "kind" else "right")
    _, right, labelled, found, clean, noisy = score
    for kind in sorted({*labelled, *found}):
        shown.add_row(kind, *_figures(right[kind], labelled[kind], found[kind]))
    shown.add_row("all", *_figures(right.total(), labelled.total(), found.total()))
    shown.add_row(f"changes without a fact: {noisy} of {clean} have a line", "", "", "", "")
    return shown


def _figures(right: int, labelled: int, found: int) -> tuple[str, ...]:
    recall = f"{right / labelled:.2f}" if labelled else "–"
    precision = f"{right / found:.2f}" if found else "–"
    return str(labelled), str(found), recall, precision


def _same(fact: Fact, label: Mapping[str, Any]) -> bool:
    """The same kind, and places that overlap."""
    if fact.kind != label["kind"]:
        return False
    for place, span in ((fact.old_at, label["old"]), (fact.new_at, label["new"])):
        if bool(place) != bool(span):
            return False
        if place and (place.end <= span[0] or span[1] <= place.start):
            return False
    return True
