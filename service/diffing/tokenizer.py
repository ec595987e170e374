"""Text to tokens: words, numbers, spaces, single marks; never part of a word or of a grapheme.

Follows Unicode's word and grapheme rules (UAX #29) as far as highlighting needs them; scripts
without spaces between words are cut into characters, links and compounds into their words.
"""

import re

import regex

from repo_store.sameness import UNSPACED

_UNSPACED = re.compile(f"[{UNSPACED}]")
_UNSPACED_LETTER = re.compile(rf"(?=\w)[{UNSPACED}]")
_SAMPLE = 2_000
# What belongs to the character before it: combining marks, joiners, vowel signs, emoji modifiers
_EXTEND = r"[\p{GCB=Extend}\p{GCB=SpacingMark}\p{GCB=ZWJ}]*+"


def _grammar(
    letter: str, alphabetic: str, digit: str, extend: str, prepend: str, grapheme: str
) -> str:
    """A token: space, a date or score (2026-05-09, 3-1; 9/5/2026, not in a link's path), a number
    with its separators, an abbreviation (U.S), a word or version (don't, v2.1), or a single mark.
    """
    return rf"""
      \s+{extend}
    | {alphabetic}{{2,}}+(?!['’·]|{letter})
    | {prepend}{digit}{{4}}-{digit}{{2}}-{digit}{{2}}{extend}{letter}*
    | (?<![\-/]){prepend}{digit}{{1,3}}-{digit}{{1,3}}{extend}(?![\-/]|\.{digit}|{letter})
    | (?<!/){prepend}{digit}+/{digit}+(?:/{digit}+)?{extend}(?!/|{letter})
    | {prepend}{digit}+(?:[.,:]{digit}+|[\u00a0\u202f]{digit}{{3}}(?!{digit}))+{extend}{letter}*
    | (?<!\.){prepend}{alphabetic}(?:\.{alphabetic})+(?!{letter})
    | {prepend}{letter}+(?:['’·]{letter}+|(?<={digit})\.{digit}{letter}*)*
    | {grapheme}
    """


_ANY = regex.compile(
    _grammar(
        letter=rf"(?:(?![{UNSPACED}])[\p{{L}}\p{{N}}_]{_EXTEND})",
        alphabetic=rf"(?:(?![{UNSPACED}])\p{{L}}{_EXTEND})",
        digit=r"\p{N}",
        extend=_EXTEND,
        prepend=r"\p{GCB=Prepend}*",
        # The letters of flags in pairs, as in `composed`
        grapheme=rf"[\U0001f1e6-\U0001f1ff]{{2}}{_EXTEND}|\X",
    ),
    regex.VERBOSE | regex.VERSION1,
)
# Where each character is a grapheme, the standard library's engine gives the same tokens in a fifth
# of the time: Latin, Greek, Cyrillic, unpointed Hebrew and Arabic, Hangul, Chinese, Japanese. Its
# own range of scripts without spaces is the part of `UNSPACED` that it can handle.
_CHINESE = (
    r"\u3005\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
)
_SIMPLE = re.compile(
    r"[\t\n\x20-\x7e\xa0-\xa8\xab\xac\xaf\xb4\xb6-\xb8\xbb\xbf-\u02af\u0370-\u0482\u048a-\u052f"
    r"\u05d0-\u05ea\u0621-\u064a\u0671-\u06d3\uac00-\ud7a3\u2010-\u2027\u2030-\u205e\u20a0-\u20bf"
    rf"\u3000-\u3003\u3008-\u301c\u30fb\uff01-\uff65{_CHINESE}]*"
)
# What most tokens of most texts are: the grammar would give the same ones, only more slowly.
_USUAL = r"[A-Za-z]{2,}+(?![\w'’·]) | \ (?=[A-Za-z0-9]) |"
_FAST = re.compile(
    _USUAL + _grammar(rf"[^\W{_CHINESE}]", rf"[^\W\d_{_CHINESE}]", r"\d", "", "", "."),
    re.VERBOSE | re.DOTALL,
)


def tokenize(text: str, simple: bool | None = None) -> list[str]:
    """The tokens of a text; joined they are the text. `simple`: `is_simple(text)`, if known."""
    simple = is_simple(text) if simple is None else simple
    found: list[str] = (_FAST if simple else _ANY).findall(text)
    return found


def is_simple(text: str) -> bool:
    """Whether the faster engine can cut the text."""
    return _SIMPLE.fullmatch(text) is not None


def is_word(token: str) -> bool:
    """Whether a text counts as a word, not as a mark: it holds a letter or a digit."""
    return token.isalnum() or (len(token) > 1 and any(map(str.isalnum, token)))


def about_words(text: str) -> int:
    """The number of words by spaces, and by characters where none separate words, as far as the
    text's beginning tells how many those are: fast.
    """
    words = len(text.split())
    if text.isascii():
        return words
    sample = text[:_SAMPLE]
    return words + len(text) * len(_UNSPACED.findall(sample)) // len(sample)


def count_words(text: str) -> int:
    """The number of words as readers count them: by spaces, so that a link is one; each letter
    where no spaces separate words.
    """
    if text.isascii():
        return sum(map(is_word, text.split()))
    rest, letters = _UNSPACED_LETTER.subn(" ", text)
    return letters + sum(map(is_word, rest.split()))
