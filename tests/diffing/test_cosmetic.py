"""Cosmetic edits are named as such; a changed word or number never is."""

from itertools import permutations
from typing import get_args
from unicodedata import normalize

import pytest

from service.diffing import Cosmetic, compare, cosmetic_edit, named_characters
from service.diffing.render.labels import label
from tests.diffing.pages import SPECS, page

ROWS = [
    ("a  b c", "a b c", "space"),
    ("Yes, he said so", "Yes he said so", "punctuation"),
    ("They called it sound.", "They called it “sound”.", "punctuation"),
    ("the Minister left", "the minister left", "case"),
    ("José Núñez left", "Jose\u0301 Nu\u0301n\u0303ez left", "form"),
    ("한국은 오늘 떠났다", normalize("NFD", "한국은 오늘 떠났다"), "form"),
    ("José, we left", "Jose\u0301 we left", "punctuation"),
    ("the cat sat", "the dog sat", None),
    ("It fell by 1.5 then", "It fell by 15 then", None),
    ("It was -5 then", "It was 5 then", None),
    ("It was 5% then", "It was 5 then", None),
    ("It cost $5 then", "It cost €5 then", None),
    ("同意吗？", "同意吗。", "punctuation"),
    ("It cost 12 000 then", "It cost 12\u202f000 then", "space"),
    ("On 3 May 2019 she left", "On 3 May 2019, she left", "punctuation"),
    ("He said 'no' in 2019-20", "He said ‘no’ in 2019–20", "punctuation"),
    ("Fahrt in die HAUPTSTRASSE", "Fahrt in die Hauptstraße", "case"),
    ("Man trank in Maßen hier", "Man trank in Massen hier", None),
    ("She will re-sign today", "She will resign today", None),
    ("The end is now here, he said", "The end is nowhere, he said", None),
    ("There were 1 2 of us", "There were 12 of us", None),
    ("See https://v.example/aB now", "See https://v.example/Ab now", None),
    ("See https://v.example/a_(b) now", "See https://v.example/a_(c) now", None),
    ("They told us so", "They told US so", None),
    ("She may go there", "She May go there", None),
    ("a polish table", "a Polish table", None),
    ("Bu kapı ılık", "Bu kapı ilık", None),
    ("no 5-4 vote", "no 5:4 vote", None),
    ("it's there", "its there", None),
    ("mail a@b.example now", "mail a b.example now", None),
]


@pytest.mark.parametrize(("old", "new", "kind"), ROWS)
def test_cosmetic_edits(old: str, new: str, kind: str | None) -> None:
    blocks = compare(page(overview=[old]), page(overview=[new])).sections[2].blocks
    assert [cosmetic_edit(block) for block in blocks] == [kind]


ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
NAMED = [
    ("The harbour closed", "The har\u200bbour closed", "zero-width space added"),
    ("The har\u00adbour closed", "The harbour closed", "soft hyphen removed"),
    ("He left. So", "He left.\u200f So", "right-to-left mark added"),
    ("Then a\u200bb c said", "Then ab\u200b c said", "zero-width space moved"),
    ("The harbour closed", "The hаrbour closed", "Cyrillic small letter a in “hаrbour”"),
    ("A heart ♥ here", "A heart ♥\ufe0f here", "variation selector-16 added"),
    ("Yes ❤\ufe0f now", "Yes ❤ now", "variation selector-16 removed"),
    ("Press 1\u20e3 now", "Press 1\ufe0f\u20e3 now", "variation selector-16 added"),
    ("The harbour closed", "The ha\ufe0frbour closed", "variation selector-16 added"),
    ("It cost 5 crowns", "It cost 5\ufe0f crowns", "variation selector-16 added"),
    ("I said yes", "I said yes\ufe0f ❤\ufe0f", "variation selector-16 added"),
]


@pytest.mark.parametrize(("old", "new", "named"), NAMED)
def test_what_a_reader_would_not_see_is_named(old: str, new: str, named: str) -> None:
    (block,) = compare(page(overview=[old]), page(overview=[new])).sections[2].blocks
    assert label(block, SPECS["overview"], SPECS) == f"Paragraph 1 changed, {named}"
    assert cosmetic_edit(block) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("این می\u200cخواهم است", "این نمی\u200cخواهم است"),
        ("It is 5 cm long", "It is 5 μm long"),
        ("Звук TV тут", "Звук радио тут"),
        ("The hаrbour closed", "The hаrbour, closed"),
    ],
)
def test_what_belongs_to_a_script_is_not_named(old: str, new: str) -> None:
    (block,) = compare(page(overview=[old]), page(overview=[new])).sections[2].blocks
    assert named_characters(block) == ()


@pytest.mark.parametrize(
    "emoji", ["❤\ufe0f", "☎\ufe0e", "1\ufe0f\u20e3", "👩\u200d👧", "🏳\ufe0f\u200d🌈", ENGLAND]
)
def test_what_belongs_to_an_emoji_is_not_named_where_the_emoji_comes_or_goes(emoji: str) -> None:
    for old, new in permutations(("He said yes", f"He said yes {emoji}", "He said yes 🙂"), 2):
        (block,) = compare(page(overview=[old]), page(overview=[new])).sections[2].blocks
        assert label(block, SPECS["overview"], SPECS) == "Paragraph 1 changed", (old, new)


def test_a_label_names_no_more_than_three() -> None:
    old, new = "one two", "o\u200bn\u00ade\u2060 t\ufeffwо"
    (block,) = compare(page(title=old), page(title=new)).sections[0].blocks
    assert len(named_characters(block)) == 5
    assert label(block, SPECS["title"], SPECS).endswith(", and 2 more such")


def test_an_added_or_unchanged_paragraph_has_none() -> None:
    blocks = compare(page(overview=["a b"]), page(overview=["a b", "..."])).sections[2].blocks
    assert [cosmetic_edit(block) for block in blocks] == [None, None]


def test_each_kind_has_a_label() -> None:
    labels = {}
    for old, new, kind in ROWS:
        (block,) = compare(page(overview=[old]), page(overview=[new])).sections[2].blocks
        labels[kind] = label(block, SPECS["overview"], SPECS).removeprefix("Paragraph 1 changed")
    assert set(labels) == {None, *get_args(Cosmetic)}
    assert labels == {
        None: "",
        "space": ", space only",
        "punctuation": ", punctuation only",
        "case": ", capitals only",
        "form": ", Unicode form only",
    }


def test_no_more_of_a_word_is_quoted_than_a_reader_needs() -> None:
    new = f"The {'harbour' * 100}о"
    (block,) = compare(page(title="The harbour"), page(title=new)).sections[0].blocks
    assert [len(each.word or "") for each in named_characters(block)] == [60]
