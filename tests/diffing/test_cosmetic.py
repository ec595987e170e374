"""Cosmetic edits are named as such; a changed word or number never is."""

from typing import get_args

import pytest

from service.diffing import Cosmetic, compare, cosmetic_edit
from service.diffing.render.labels import label
from tests.diffing.pages import page

ROWS = [
    ("a  b c", "a b c", "space"),
    ("Yes, he said so", "Yes he said so", "punctuation"),
    ("They called it sound.", "They called it “sound”.", "punctuation"),
    ("the Minister left", "the minister left", "case"),
    ("José Núñez left", "Jose\u0301 Nu\u0301n\u0303ez left", "form"),
    ("José, we left", "Jose\u0301 we left", "punctuation"),
    ("the cat sat", "the dog sat", None),
    ("It fell by 1.5 then", "It fell by 15 then", None),
    ("It was -5 then", "It was 5 then", None),
    ("It was 5% then", "It was 5 then", None),
    ("It cost $5 then", "It cost €5 then", None),
    ("同意吗？", "同意吗。", "punctuation"),
]


@pytest.mark.parametrize(("old", "new", "kind"), ROWS)
def test_cosmetic_edits(old: str, new: str, kind: str | None) -> None:
    blocks = compare(page(overview=[old]), page(overview=[new])).sections[2].blocks
    assert [cosmetic_edit(block) for block in blocks] == [kind]


def test_an_added_or_unchanged_paragraph_has_none() -> None:
    blocks = compare(page(overview=["a b"]), page(overview=["a b", "..."])).sections[2].blocks
    assert [cosmetic_edit(block) for block in blocks] == [None, None]


def test_each_kind_has_a_label() -> None:
    labels = {}
    for old, new, kind in ROWS:
        (block,) = compare(page(overview=[old]), page(overview=[new])).sections[2].blocks
        labels[kind] = label(block, "overview").removeprefix("Paragraph 1 changed")
    assert set(labels) == {None, *get_args(Cosmetic)}
    assert labels == {
        None: "",
        "space": ", space only",
        "punctuation": ", punctuation only",
        "case": ", capitals only",
        "form": ", Unicode form only",
    }
