"""Text to tokens: words, numbers, links, spaces, single marks; never part of a grapheme.

Words follow Unicode's word and grapheme rules (UAX #29) as far as highlights need them; scripts
written without spaces are cut at their characters.
"""

import regex

# What belongs to the character before it: combining marks, joiners, vowel signs, emoji modifiers.
_EXTEND = r"[\p{GCB=Extend}\p{GCB=SpacingMark}\p{GCB=ZWJ}]"
_UNSPACED = (
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}"
    r"\p{Script=Khmer}\p{Script=Myanmar}]"
)
_LETTER = rf"(?:(?!{_UNSPACED})[\p{{L}}\p{{N}}_]{_EXTEND}*)"
_TOKEN = regex.compile(
    rf"""
      \s+{_EXTEND}*
    | https?://[^\s<>"“”]*[\w/]{_EXTEND}*
    | \p{{GCB=Prepend}}*[\p{{N}}]+(?:[.,:/][\p{{N}}]+)+(?:{_LETTER}|{_EXTEND})*
    | \p{{GCB=Prepend}}*{_LETTER}+(?:['’.\-‑·]{_LETTER}+)*
    | \X
    """,
    regex.VERBOSE | regex.VERSION1,
)


def tokenize(text: str) -> list[str]:
    """The tokens of a text; joined they are the text."""
    found: list[str] = _TOKEN.findall(text)
    return found


def is_word(token: str) -> bool:
    """Whether a token counts as a word: it holds a letter or a digit."""
    return any(map(str.isalnum, token))


def count_words(text: str) -> int:
    return sum(map(is_word, tokenize(text)))
