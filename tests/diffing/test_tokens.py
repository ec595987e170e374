"""Tokens: what a highlight may not cut."""

import re
import sys
import unicodedata
from itertools import pairwise

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from repo_store.sameness import UNSPACED
from service.diffing.tokenizer import count_words, is_simple, tokenize

# Characters that like to be cut wrongly: marks, joiners, flags, jamo, modifiers, digits.
_PIECES = (
    "a ab é e\u0301 \u0301 1 , . ' ’ - _ / \u200d \u200c \ufe0f 👩 🏽 🇫 🇷"
    " ᄀ ᅡ ᆨ क ् ष ि ก ำ ่ ا ّ \u0600 中 文 ー"
)
SIMPLE = st.lists(st.sampled_from([*"aBé17,.'’-_/:@?·\u00a0 \n中한", "ab", "2026"])).map("".join)
WORD = re.compile(rf"[^\W{UNSPACED}]")
TRICKY = st.lists(st.sampled_from([*_PIECES.split(" "), " ", "\n", "\u3000"])).map("".join)


def cuts(parts: list[str]) -> set[int]:
    ends, at = set(), 0
    for part in parts:
        at += len(part)
        ends.add(at)
    return ends


@given(st.text() | TRICKY)
def test_the_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokenize(text)) == text


# Without a consonant before it, a virama joins nothing to what follows (UAX #29, GB9c), though `\X`
# of this library does.
_JOINED = regex.compile(r"(?<=^(?!\p{GCB=Prepend})\P{L}[\p{M}\p{Cf}]*)(?=\p{L})", regex.VERSION1)


@given(st.text() | TRICKY)
@example(" \u0300\u094d\u0915")
def test_no_cut_falls_inside_a_grapheme(text: str) -> None:
    graphemes = [part for each in regex.findall(r"\X", text) for part in _JOINED.split(each)]
    assert cuts(tokenize(text)) <= cuts(graphemes)


@pytest.mark.parametrize(
    "token",
    [
        "word",
        "don't",
        "isn’t",
        "57.6",
        "9,400,000",
        "12:30",
        "2026-11-24",
        "1/2",
        "9/5/2026",
        "v2.1.0",
        "snake_case",
        "1\u202f200",
        "U.S",
        "naïve",
        "e\u0301te\u0301",
        "हिन्दी",
        "المشروع",
        "한국어",
        "中",
        "ก",
        "👩‍👩‍👧",
        "🇫🇷",
        "👍🏽",
        "“",
        "$",
        "F16",
        "CO₂",
    ],
)
def test_one_token(token: str) -> None:
    assert tokenize(f"x {token} y") == ["x", " ", token, " ", "y"]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Yes, 5%.", ["Yes", ",", " ", "5", "%", "."]),
        ("https://a.uk/b_c?d=1", ["https", *"://", "a", ".", "uk", "/", "b_c", *"?d=1"]),
        ("/2026/05/a.", ["/", "2026", "/", "05", "/", "a", "."]),
        ("desk@paper.example", ["desk", "@", "paper", ".", "example"]),
        ("long-range", ["long", "-", "range"]),
        ("57.6-58", ["57.6", "-", "58"]),
        ("node.js 9.x", ["node", ".", "js", " ", "9", ".", "x"]),
        ("“a” (b)", ["“", "a", "”", " ", "(", "b", ")"]),
        ("全长28.6公里", ["全", "长", "28.6", "公", "里"]),
        ("a  b", ["a", "  ", "b"]),
    ],
)
def test_several_tokens(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


@given(SIMPLE)
def test_both_engines_cut_a_simple_text_alike(text: str) -> None:
    assert is_simple(text)
    assert tokenize(text, simple=True) == tokenize(text, simple=False)


@given(st.text() | TRICKY)
def test_no_cut_falls_inside_a_word(text: str) -> None:
    """Letters, digits and underscores in a row are one word, except in scripts without spaces and
    after a mark that combines with nothing before it.
    """
    for one, other in pairwise(tokenize(text)):
        assert not (WORD.match(one[0]) and WORD.match(one[-1]) and WORD.match(other[0]))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (" – ", 0),
        ("One two, three.", 3),
        ("57.6 billion", 2),
        ("four 四号线 five", 5),
        ("👍", 0),
        ("See https://a.example/b-c?d=1, a long-range plan.", 5),
    ],
)
def test_words_are_counted_by_spaces_or_letters(text: str, count: int) -> None:
    assert count_words(text) == count


def test_the_range_of_unspaced_scripts_is_that_of_unicode() -> None:
    scripts = ["Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar"]
    unicode_s = regex.compile("|".join(rf"\p{{Script={name}}}" for name in scripts) + "|ー")
    ours = re.compile(f"[{UNSPACED}]")
    letters = (chr(code) for code in range(sys.maxunicode + 1))
    for letter in letters:
        if unicodedata.category(letter)[0] in "LN":
            assert bool(ours.match(letter)) == bool(unicode_s.match(letter)), ascii(letter)
