"""What a text puts in quotation marks: “double”, ‘single’, "straight", «guillemets», „low“, 「」;
nested; and open to the paragraph's end, when the next paragraph goes on with it.
"""

import re
from functools import lru_cache

from repo_store.sameness import caseless, small_letters
from service.diffing.kinds import FactKind, Mention
from service.diffing.thresholds import LONGEST_QUOTATION
from service.diffing.vocabulary import SAYING

_MARK = re.compile("[“«„「『\"‘‹']")
_LONG = f"{{1,{LONGEST_QUOTATION}}}"
_QUOTATION = re.compile(
    rf"“[^“”\"\n]{_LONG}(?:”|\"(?!\w)|(?=\n|\Z))|«[^«»\n]{_LONG}»|„[^„“”\n]{_LONG}[“”]"
    rf"|「[^「」\n]{_LONG}」|『[^『』\n]{_LONG}』|‹[^‹›\n]{_LONG}›"
    rf"|\"(?<![\w=\"]\")(?![\s=\"])[^\"\n]{_LONG}(?:\"(?!\w)|(?=\n|\Z))"
    # An apostrophe before a letter, or of a plural's possessive, closes none.
    rf"|‘(?<!\w‘)(?![\s\d’])(?:[^‘’\n]|’(?=\w)|(?<=s)’(?=\ [a-z])){_LONG}’(?!\w)"
    rf"|'(?<![\w']')(?![\s\d'])(?:[^'\n]|(?<=\w)'(?=\w)){_LONG}(?:(?<=[,.?!…])'(?!\w)|'(?=[,.;:?!)]))"
)
_MARKS = "\"'“”‘’«»‹›„「」『』 "
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_NEARBY = 30


def quotations(text: str) -> list[Mention]:
    """`weak`: rather a term than what somebody said; the title of a work is a name. `detail` has
    the mark if it's an apostrophe, which may be a stray one.
    """
    if not _MARK.search(text):
        return []
    return [_mention(text, match) for match in _QUOTATION.finditer(text) if _has_words(match[0])]


def _mention(text: str, match: re.Match[str]) -> Mention:
    start, end = match.span()
    value = said(match[0])
    titled = value.count(" ") > 1 and is_title(match[0])
    if not titled and _is_speech(text, match):
        detail = "'" if match[0][0] == "'" else ""
        return Mention(FactKind.QUOTATION, start, end, value, detail)
    if titled:
        return Mention(FactKind.NAME, start + 1, end - 1, value)
    return Mention(FactKind.QUOTATION, start, end, value, weak=True)


def is_title(text: str) -> bool:
    """Whether it's set in title case: most of its longer words are capitalised."""
    words = _LONG_WORD.findall(text)
    return len(words) > 1 and sum(word[0].isupper() for word in words) * 10 >= len(words) * 7


_LONG_WORD = re.compile(r"[^\W\d_]{4,}")


def _has_words(quoted: str) -> bool:
    """Whether it's more than one word of code or of a path, which stand in straight marks too."""
    if not any(map(str.isalpha, quoted)):
        return False
    return " " in quoted or quoted[0] not in "\"'" or quoted[1:-1].isalpha()


@lru_cache(512)
def said(text: str) -> str:
    """The words of a text, whatever marks and capitals it has."""
    return " ".join(_WORD.findall(caseless(text.replace("&", " and "))))


def _is_speech(text: str, match: re.Match[str]) -> bool:
    inside = match[0].strip(_MARKS)
    if not inside:
        return False
    words = len(_WORD.findall(inside))
    if words < 4 and len(inside) > 3 and "\u3040" <= inside[0] <= "\u9fff":
        return True
    if words < 2:
        return False
    start, end = match.span()
    around = text[max(0, start - _NEARBY) : start], text[end : end + _NEARBY]
    if any(word in SAYING for part in around for word in _WORD.findall(small_letters(part))):
        return True
    if inside[0].isupper() and words > 3 and inside[-1] in ".,!?…":
        return True
    return words > 2 and inside[-1] in ",;"
