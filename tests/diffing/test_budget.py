"""Bounded by steps and the same everywhere: no clock, no randomness."""

import os
import subprocess
import sys

import pytest

from service.diffing import Diff, Page, Span, compare, rebuild
from service.diffing.matching import Budget, match
from service.diffing.thresholds import BUDGET
from tests.diffing.pages import page


def _numbered(letter: str, count: int) -> str:
    return " ".join(f"{letter}{number}" for number in range(count))


CASES: dict[str, tuple[list[str], list[str]]] = {
    "periodic words": (["a b " * 1_000], ["b a " * 1_000 + "c"]),
    "every word another": ([_numbered("v", 3_000)], [_numbered("w", 3_000)]),
    "paragraphs reversed": (
        [f"Paragraph {number}" for number in range(1_000)],
        [f"Paragraph {number}" for number in reversed(range(1_000))],
    ),
    "one long paragraph without spaces": (["水火" * 10_000], ["火水" * 9_999]),
    "all paragraphs alike": (
        [f"a b c d e f {number}" for number in range(400)],
        [f"g b c d e f {number}" for number in range(400)],
    ),
    "marks between spaces, without a word": (
        ["x" + "- " * 20_000 + "a"],
        ["y" + "- " * 20_000 + "b"],
    ),
    "one paragraph many times": (["same"] * 1_000, ["same"] * 999),
}


def _coarse(diff: Diff) -> bool:
    return any(block.coarse for section in diff.sections for block in section.blocks)


@pytest.fixture(params=CASES)
def pair(request: pytest.FixtureRequest) -> tuple[Page, Page]:
    old, new = CASES[request.param]
    return page(overview=old), page(overview=new)


def test_the_worst_cases_stay_exact(pair: tuple[Page, Page]) -> None:
    old, new = pair
    diff = compare(old, new)
    assert rebuild.old_page(diff) == old
    assert rebuild.new_page(diff) == new


def test_a_budget_ends_the_work_whatever_the_input() -> None:
    budget = Budget(10_000)
    words = _numbered("v", 3_000).split()
    assert match(words, words[::-1], budget) is None
    # No block may take more than half of what is left.
    assert budget.left >= 5_000


def test_a_text_beyond_the_budget_says_that_it_is_marked_roughly() -> None:
    # The same words in another order: none can be left out of the search.
    words = _numbered("w", 30_000).split()
    old, new = page(overview=[" ".join(words)]), page(overview=[" ".join(words[::-1])])
    diff = compare(old, new)
    assert _coarse(diff)
    assert rebuild.old_page(diff) == old
    assert rebuild.new_page(diff) == new


def test_one_rough_passage_leaves_the_others_fine() -> None:
    words = _numbered("w", 30_000).split()
    old = page(overview=[" ".join(words), "It cost 57.6 billion."])
    new = page(overview=[" ".join(words[::-1]), "It cost 58 billion."])
    rough, fine = compare(old, new).sections[2].blocks
    assert (rough.coarse, fine.coarse) == (True, False)
    assert Span("delete", "57.6") in fine.spans


def test_beyond_the_budget_equal_sentences_are_still_found() -> None:
    words = _numbered("w", 30_000).split()
    sentence = "This one stands in both. "
    old = page(overview=[" ".join(words) + ". " + sentence + "The end of it was old."])
    new = page(overview=[" ".join(words[::-1]) + ". " + sentence + "The end of it was new."])
    (block,) = compare(old, new).sections[2].blocks
    assert block.coarse
    assert any(span.op == "equal" and sentence in span.text for span in block.spans)


def test_an_ordinary_edit_takes_a_small_part_of_the_budget() -> None:
    budget = Budget()
    words = _numbered("w", 1_000).split()
    edited = [*words[:100], "x", *words[101:500], *words[520:]]
    match(words, edited, budget)
    assert BUDGET - budget.left < BUDGET / 100


_PRINT = """
import sys
from service.diffing import compare
from tests.diffing.pages import page
from tests.diffing.test_budget import CASES
for old, new in CASES.values():
    print(repr(compare(page(overview=old), page(overview=new))))
"""


def test_the_same_pages_give_the_same_diff_in_any_process() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", _PRINT],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "424242")
    }
    assert len(printed) == 1
