"""The parts of a text that a value is made of: digits, numerals, and words of the lexicon."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from repo_store.sameness.lexicon import SCALES, Word, value_words

CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Chinese and Japanese letters, as a range for a regular expression."""
SPACES = (" ", "\u00a0", "\u202f")

Kind = Literal["number", "date", "time"]


class Value(NamedTuple):
    """A value at a place: `start` and `end` in code points.

    Two are the same if `value` is and neither's `detail` contradicts the other's: the weekday of a
    date; the half of the day and the zone of a time, between commas. `amount`: a number without
    its unit, or a year alone. `weak`: it counts only where it takes another value's place, such as
    “one”, which is mostly no number.
    """

    kind: Kind
    start: int
    end: int
    value: str
    detail: str = ""
    amount: str = ""
    weak: bool = False


def agree(detail: str, other: str) -> bool:
    """Whether two details don't contradict each other: each part is equal, or missing in one."""
    if detail == other or not detail or not other:
        return True
    parts = zip(detail.split(","), other.split(","), strict=False)
    return all(one == two or not one or not two for one, two in parts)


class Token(NamedTuple):
    """`kind`: the group of `_DIGITS` that it is, or “word”; only those have a `word`."""

    kind: str
    start: int
    end: int
    text: str
    word: Word = Word("", 0)


# What a Chinese or Japanese numeral counts; in other words it is no number.
_COUNTED = "人名位个個岁歳歲年月日天元円圆件次票家所间間辆輛条條度倍米吨万亿億兆%％"
_NUMERALS = "〇零一二三四五六七八九十百千万亿億兆萬两兩"
# The first digit comes before what must not stand before it, so that the engine skips to digits.
_DIGITS = re.compile(
    rf"""
    \d(?:
      (?<![\w.,/-]\d)(?P<day>\d{{3}}-\d\d?-\d\d?|\d?-\d\d-(?:\d{{4}}|\d\d)|\d?/\d\d?/(?:\d{{4}}|\d\d)
        |\d?\.\d\d?\.\d{{4}})(?![\w/-])
    | (?<![\w.,/-]\d)(?P<fraction>\d{{0,2}}/\d{{1,3}})(?![\w/-])
      # Not after a letter, but for v2.0 and FY22
    | (?P<number>(?<!\d[.,:]\d)(?:(?<![^\W{CJK}]\d)|(?<=(?<!\w)[vV]\d)|(?<=(?<!\w)FY\d)
          # A time that runs on from a word
          |(?<=[a-z]\d)(?=\d?:\d\d))
        \d*(?:[.,:'’٫٬]\d+|[\u00a0\u202f\u2009\u2007]\d{{3}}(?!\d))*
        # A space groups 12 000; not 1 2 or 2019 300
        (?:(?<![^\d\ ]\d\d)(?<![\d.,:]\d{{3}})(?<!\d{{4}})(?:\ \d{{3}}(?![\d:/-]))+(?!\ \d)
          (?:[.,]\d+)?)?)
    )""",
    re.VERBOSE,
)
_OTHER_DIGITS = re.compile(
    f"(?P<glyph>[½¼¾⅓⅔⅛⅜⅝⅞])|(?P<numeral>(?<![{_NUMERALS}])[{_NUMERALS}]{{1,16}}(?=[{_COUNTED}]))"
)
_WORD = re.compile(r"[^\W\d_]+")
_ARTICLE = re.compile(r"\ba[ -][a-z]")
_CODE = re.compile(r"(?<![^\W_])[A-Z][A-Za-z]*-(?:\w+-)*\Z")
"""Before a number that is part of a code, as in COVID-19 and M-13-10; not as in mid-2019."""
_LONGEST_CODE = 16
_LINE_START = re.compile(r"(?:\A|\n)[ \t>#*-]*[(]?\Z")
_LINE_LABEL = re.compile(r"[).:](?=\s|\Z)| [–—-] ")
_PARENTHESIS = 120
_INDENT = 8


def numbers_in_digits(text: str) -> Iterator[tuple[int, int]]:
    """Where each number that is written in digits is, with its separators."""
    return (found.span() for found in _DIGITS.finditer(text) if found.lastgroup == "number")


def tokens(text: str, start: int, end: int) -> list[Token]:
    """Those between `start` and `end` that a value may begin with or go on with, in order."""
    known = value_words()
    part = text[start:end].lower()
    found = [_token(match) for match in _DIGITS.finditer(text, start, end)]
    if not part.isascii():
        found += [_token(match) for match in _OTHER_DIGITS.finditer(text, start, end)]
        found.sort(key=_start)
    # Most words are no part of a value: where each stands is asked only if one is, and “million”
    # is read together with the number before it.
    words = _WORD.findall(part)
    if not known.keys().isdisjoint(words) and (
        not known.keys() & words <= SCALES or _ARTICLE.search(part)
    ):
        for match in _WORD.finditer(text, start, end):
            if word := known.get(match[0].lower()):
                found.append(Token("word", match.start(), match.end(), match[0], word))
        found.sort(key=_start)
    return found


def _token(match: re.Match[str]) -> Token:
    return Token(match.lastgroup or "", match.start(), match.end(), match[0])


def _start(token: Token) -> int:
    return token.start


def is_label(text: str, token: Token) -> bool:
    """Whether digits number a line, as in “3) Call”, “4. Wait” and “5 – Go”, or a note, as in [2];
    or are an attribute's value or a part of a code.
    """
    start, end = token.start, token.end
    before, after = text[start - 1 : start], text[end : end + 1]
    if before == "-":
        if after == "-" and not text[start - 2 : start - 1].isdigit():
            return True
        return _CODE.search(text, max(0, start - _LONGEST_CODE), start) is not None
    if before == "[":
        return after == "]"
    if before == "^":
        return True
    if before == "=":
        return token.kind == "number" and len(token.text) != 4
    if end - start > 3 or not _LINE_LABEL.match(text, end):
        return False
    # 1) one thing, 2) another
    sentence = text[max(0, start - _PARENTHESIS) : start]
    if after == ")" and before in (" ", "") and sentence.count("(") <= sentence.count(")"):
        return True
    if _LINE_START.search(text, max(0, start - _INDENT), start) is None:
        return False
    # “9. Mai” is a date.
    following = _WORD.match(text, end + 2)
    word = value_words().get(following[0].lower()) if following else None
    return word is None or word.role != "month"
