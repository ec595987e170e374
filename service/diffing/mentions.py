"""The facts that a text mentions: numbers, dates, quotations, names, links and some words.

Rules, not understanding: precise rather than eager, English first; numbers, links and quotations
in every script.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from service.diffing.types import FactKind


class Mention(NamedTuple):
    """`start` and `end` in code points; `value` is equal where the same thing is meant."""

    kind: FactKind
    start: int
    end: int
    value: str


_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_YEAR = r"(?:1[89]|20)\d\d"
_DATE = re.compile(
    rf"""\b(?:
      \d{{4}}-\d\d?-\d\d?(?!\d)
    | \d{{1,2}}/\d{{1,2}}/(?:\d{{4}}|\d\d)\b
    | \d{{1,2}}\.\d{{1,2}}\.\d{{4}}(?!\.?\d)
    | (?:{_DAY},?\s+)?(?:\d\d?[-–])?\d\d?(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR}\b)?
    | (?:{_DAY},?\s+)?{_MONTH}\s+\d\d?(?:[-–]\d\d?|st|nd|rd|th)?\b(?!\d|[:,]\d{{3}})
      (?:,?\s+{_YEAR}\b)?
    | {_MONTH},?\s+{_YEAR}\b
    | {_DAY}\b
    )
    | \d{{4}}\s?年(?:\s?\d{{1,2}}\s?月(?:\s?\d{{1,2}}\s?日)?)? | \d{{1,2}}\s?月\s?\d{{1,2}}\s?日
    | (?<![\w.,/:$€£¥#&=-]){_YEAR}s?(?![\w%/:-]|[.,]\d
      |\s(?:%|percent|per\ cent|million|billion))""",
    re.VERBOSE,
)
_UNIT = (
    r"(?:%|‰|°[CF]?|percent(?:age\ points?)?|per\ cent"
    r"|(?:thousand|million|billion|trillion|crore|lakh)\b"
    r"|(?:km|m|cm|mm|kg|g|t|ha|mph|kWh|MWh?|GWh?|[KMGT]B|Hz|GHz|MHz|bn|years?|months?|weeks?|days?"
    r"|hours?|minutes?|seconds?|miles?|feet|acres?|tonn?es|tons|people|points?|dollars|euros|pounds"
    r"|crowns)\b|[万亿萬億兆]?(?:元|美元|人|公里|米|座|年|个月|月|天|日|円|名|件|％)|[万亿萬億兆])"
)
_WORDS = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
)
_SCALE = r"(?:dozens?|hundreds?|thousands?|millions?|billions?|trillions?)"
_NUMBER = re.compile(
    rf"""(?:(?<![\w.,:/-])[-−+])?(?:US)?[$€£¥₹₽]?\s?(?<![^\W\u3040-\u9fff])(?<![/#&=])(?<![A-Za-z]-)(?<!\d[.,:/])(?:\bv(?=\d+\.))?
      \d+(?:[.,:\u00a0\u202f'’]\d+)*(?:st|nd|rd|th)?\+?
      (?:(?:[ \u00a0-]?(?:million|billion|trillion)\b\s?)?[ \u00a0-]?{_UNIT}
        |(?![^\W\d_\u3040-\u9fff]|[/_]))
    | \b(?:{_WORDS}(?:[ -]{_WORDS})?(?:\s{_SCALE})?|(?:a\s)?{_SCALE})\b""",
    re.VERBOSE | re.IGNORECASE,
)
_QUOTATION = re.compile(
    r"“[^“”]{1,600}”|«[^«»]{1,600}»|„[^„“”]{1,600}[“”]|「[^「」]{1,600}」|『[^『』]{1,600}』"
    r"|``[^`']{1,600}''|(?<![\w=\"])\"[^\"\s=][^\"]{0,600}\"(?![\w\"])"
)
_QUOTES = "\"'`“”«»„「」『』 .,"
_LINK = re.compile(
    r"(?:(?:https?|ftp)://|www\.)[^\s<>\"“”|\]\[{}()。，、）」]*[\w/]|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]+)+"
)
_NEGATION = re.compile(
    r"\b(?:not|never|no|none|nobody|nothing|neither|nor|without|cannot)\b|\b\w{1,10}n['’]t\b",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(
    r"\b(?:said|says|told|according\sto|claim(?:s|ed)|alleg(?:es|ed|edly)|reportedly|stated|denie[sd]"
    r"|confirm(?:s|ed)|announce[sd]|warn(?:s|ed)|insist(?:s|ed)|acknowledge[sd]|argue[sd]|wrote)\b",
    re.IGNORECASE,
)
_UPPER = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĽŁŃŇŌŐŒŘŚŞŠŤŪŮŰŲŹŻŽ\u0410-\u042fЁІЇЄҐ]"
_REST = r"(?:[^\W\u3040-\u9fff]|['’-](?=\w))*+"
_NAME = re.compile(
    rf"{_UPPER}(?:\.(?=\s{_UPPER})|{_REST})"
    rf"(?:\s(?:(?:of|the|for|de|la|du|von|van|der|den|bin|al|del|di|da)\s){{0,2}}"
    rf"{_UPPER}(?:\.(?=\s{_UPPER})|{_REST}))*+"
    r"(?!\.\w|[(/])"
)
# fmt: off
_COMMON = frozenset((
    "The", "A", "An", "This", "That", "These", "Those", "It", "Its", "He", "She", "They", "We",
    "You", "I", "In", "On", "At", "By", "For", "From", "With", "To", "Of", "And", "But", "Or",
    "Nor", "So", "If", "When", "While", "Where", "What", "Who", "Why", "How", "As", "After",
    "Before", "Since", "Until", "Although", "Though", "Because", "However", "Meanwhile", "Also",
    "There", "Here", "His", "Her", "Their", "Our", "My", "Your", "Not", "No", "Yes", "Some",
    "Many", "Most", "All", "Both", "Each", "Every", "Other", "Another", "Such", "One", "Two",
    "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "First", "Second", "Let",
    "Please", "See", "Note", "Can", "Could", "Will", "Would", "Should", "May", "Might", "Must",
    "Do", "Does", "Did", "Is", "Are", "Was", "Were", "Be", "Been", "Has", "Have", "Had", "Now",
    "Then", "Today", "Yesterday", "Tomorrow", "Under", "Over", "During", "Between", "About",
    "Than", "More", "Less", "Only", "Even", "Just", "Still", "Instead", "Mr", "Mrs", "Ms", "Dr",
))
# fmt: on
_CALENDAR = re.compile(rf"(?:{_MONTH}|{_DAY})\Z")
_SENTENCE_START = re.compile(r"(?:\A|[.!?:…]|[\n\"“«‘(\[*#|=>{])\s*\Z")
_NOT_VALUE = re.compile(r"[,\s\u00a0\u202f'’]+(?=\d{3}(?!\d))")


_JOINT = re.compile(r"(?<=\w)-(?=[a-z])")
_PERCENT = re.compile(r"per\s?cent|％")


def mentions(text: str) -> list[Mention]:
    """In order; a number in a date or a link is a part of that, not a mention of its own."""
    found = [Mention("source", *each.span(), each.group()) for each in _LINK.finditer(text)]
    found += [
        Mention("quotation", *each.span(), each.group().strip(_QUOTES))
        for each in _QUOTATION.finditer(text)
        if any(map(str.isalpha, each.group()))
        and (" " in each.group() or not each.group().startswith('"'))
    ]
    taken = bytearray(len(text))
    for mention in found:
        if mention.kind == "source":
            taken[mention.start : mention.end] = b"x" * (mention.end - mention.start)
    names = list(_names(text))
    codes = [name for name in names if any(map(str.isdigit, name.value))]
    for mention in (*_dates(text), *codes, *_numbers(text), *names):
        if not any(taken[mention.start : mention.end]):
            found.append(mention)
            taken[mention.start : mention.end] = b"x" * (mention.end - mention.start)
    found += [
        Mention("negation", *e.span(), _negation(e.group())) for e in _NEGATION.finditer(text)
    ]
    found += [
        Mention("attribution", *each.span(), each.group().lower())
        for each in _ATTRIBUTION.finditer(text)
    ]
    return sorted(found, key=lambda each: (each.start, each.end, each.kind))


def _negation(told: str) -> str:
    return "not" if told.lower().endswith(("n't", "n’t", "cannot")) else told.lower()


def _dates(text: str) -> Iterator[Mention]:
    for each in _DATE.finditer(text):
        yield Mention("date", *each.span(), _date(each.group()))


def _date(told: str) -> str:
    words = told.replace(",", " ").split()
    return ("" if "日" in told or "月" in told else " ").join(words)


def _numbers(text: str) -> Iterator[Mention]:
    for each in _NUMBER.finditer(text):
        start, told = each.start(), each.group()
        start += len(told) - len(told.lstrip())
        value = _JOINT.sub("", _NOT_VALUE.sub("", told.strip().lower()))
        value = _PERCENT.sub("%", value).removeprefix("v")
        yield Mention("number", start, each.end(), "".join(value.split()))


def _names(text: str) -> Iterator[Mention]:
    """Capitalised words, but for common ones that merely begin a sentence."""
    for each in _NAME.finditer(text):
        start, end = each.span()
        if start and (text[start - 1].isalnum() or text[start - 1] in "_/.@#"):
            continue
        words = each.group().split()
        while words and words[0].rstrip(".") in _COMMON:
            start += text[start:].index(words[0]) + len(words[0])
            start += len(text[start:]) - len(text[start:].lstrip())
            words = words[1:]
            while words and words[0].islower():
                start += len(words[0]) + 1
                words = words[1:]
        if not words or _CALENDAR.match(words[0]):
            continue
        acronym = len(words[0]) > 1 and words[0].isupper()
        begins = _SENTENCE_START.search(text, max(0, start - 3), start) is not None
        if len(words) == 1 and begins and not acronym:
            continue
        if len(words) == 1 and (
            len(words[0]) == 1 or (text[end : end + 1] == ":" and "-" not in words[0])
        ):
            continue
        yield Mention("name", start, end, text[start:end])
