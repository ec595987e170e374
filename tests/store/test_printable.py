"""Foreign text in one safe line."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from repo_store import printable, shortened

TEXT = st.text(st.characters(exclude_categories=[]))


@given(TEXT)
def test_a_printable_text_is_one_line_that_paints_nothing(text: str) -> None:
    line = printable(text)
    line.encode()
    assert len(line.splitlines()) <= 1
    for character in line:
        assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(character) not in (
            *("LRE", "RLE", "LRO", "RLO", "PDF"),
            *("LRI", "RLI", "FSI", "PDI"),
        )


@given(TEXT)
def test_printable_json_is_the_same_json(text: str) -> None:
    assert json.loads(printable(json.dumps(text, ensure_ascii=False))) == text


def test_a_name_is_cut_where_it_is_long() -> None:
    assert shortened("a\x1bb") == "a\\u001bb"
    assert shortened("x" * 80) == "x" * 80
    assert shortened("x" * 81) == f"{'x' * 79}…"
