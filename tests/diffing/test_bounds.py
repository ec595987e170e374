"""Bounded by steps and the same everywhere: no clock, no chance."""

import os
import subprocess
import sys

import pytest

from service.diffing import rebuild
from service.diffing.differ import compare
from service.diffing.matching import STEPS, Budget, match
from service.diffing.types import Diff, Page
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
    runs = match(_numbered("v", 3_000).split(), _numbered("w", 3_000).split(), budget)
    assert runs == []
    # The round in which it runs out is the last one.
    assert -1_000 < budget.left < 0


def test_a_text_beyond_the_budget_says_that_it_is_marked_roughly() -> None:
    old, new = CASES["every word another"]
    assert _coarse(compare(page(overview=[*old, "x"]), page(overview=[*new, "x"]))) is False
    shared = " ".join(f"s{number}" for number in range(3_000))
    mixed = " ".join(f"{a} {b}" for a, b in zip(shared.split(), new[0].split(), strict=True))
    other = " ".join(f"{a} {b}" for a, b in zip(old[0].split(), shared.split(), strict=True))
    old_page, new_page = page(overview=[mixed]), page(overview=[other])
    diff = compare(old_page, new_page)
    assert _coarse(diff)
    assert rebuild.old_page(diff) == old_page


def test_an_ordinary_edit_takes_a_small_part_of_the_budget() -> None:
    budget = Budget()
    words = _numbered("w", 1_000).split()
    edited = [*words[:100], "x", *words[101:500], *words[520:]]
    match(words, edited, budget)
    assert STEPS - budget.left < STEPS / 100


_PRINT = """
import sys
from service.diffing.differ import compare
from tests.diffing.pages import page
from tests.diffing.test_bounds import CASES
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
