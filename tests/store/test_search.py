"""Search: the tokens that an edit adds and removes, without tokenising the whole text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store.index import search
from repo_store.story.story_json import content_fields
from tests.samples import content

_WORDS = ["road", "Road", "roads", "3.5", "3", "5", "1,000"]
_WORDS += ["naïve", "NAIVE", "Straße", "道路は", "道"]
_PARAGRAPHS = st.lists(
    st.lists(st.sampled_from(_WORDS), min_size=1, max_size=6).map(" ".join), max_size=5
)


def _fields(paragraphs: list[str]) -> dict[str, Any]:
    return content_fields(content(overview=paragraphs or ["x"]))


def _all(fields: dict[str, Any]) -> set[str]:
    gone, come = search.changed_tokens(None, fields)
    assert not gone
    return come


@pytest.mark.parametrize("few", [0, 100], ids=["many", "few"])
@given(old=_PARAGRAPHS, new=_PARAGRAPHS)
def test_changed_tokens_are_the_difference_of_all_tokens(
    few: int, old: list[str], new: list[str]
) -> None:
    before, after = _fields(old), _fields(new)
    removed, added = search.changed_tokens(before, after, few)
    assert (removed, added) == (_all(before) - _all(after), _all(after) - _all(before))


def test_a_word_of_a_line_that_went_stays_if_another_line_has_it() -> None:
    before = _fields(["The road is long.", "A road."])
    assert search.changed_tokens(before, _fields(["The road is long."])) == (set(), set())
    assert search.changed_tokens(before, _fields(["A road."]))[0] == {"is", "long"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("har\u00adbour, Zoe\u0308", "harbour zoe"),
        ("Łódź, Ærø, Straße", "lodz aero strasse"),
        ("مُحَمَّد ３５", "محمد 35"),
        ("が", "が"),
    ],
)
def test_a_word_is_found_however_it_is_written(text: str, words: str) -> None:
    assert search.tokens(text) == search.tokens(words) == words.split()
    assert search.query(text) == search.query(words)
