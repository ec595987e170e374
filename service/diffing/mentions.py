"""The facts that a text mentions: numbers, dates, quotations, names, links and some words.

Rules, not understanding: precise rather than eager, English first; numbers, links and quotations
in every script.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from service.diffing.types import FactKind


class Mention(NamedTuple):
    """`start` and `end` in code points; `value` is equal where the same thing is meant."""

    kind: FactKind
    start: int
    end: int
    value: str


_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_MONTH = (
    rf"(?:(?i:{'|'.join(each for each in _MONTHS if each not in ('march', 'may'))})|March|May"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DAY = r"(?i:mon|tues|wednes|thurs|fri|satur|sun)day"
_YEAR = r"(?:1[89]|20)\d\d"
_ERA = r"\s?(?:BCE?|CE|AD|B\.C\.|A\.D\.|(?i:bce?|ad))(?!\w)"
_DATE = re.compile(
    rf"""\b(?:
      \d{{4}}-\d\d?-\d\d?(?!\d)
    | \d{{1,2}}/\d{{1,2}}/(?:\d{{4}}|\d\d)\b
    | \d{{1,2}}\.\d{{1,2}}\.\d{{4}}(?!\.?\d)
    | \d+(?:st|nd|rd|th)\s[Cc]entury(?:{_ERA})?
    | \d{{1,5}}{_ERA}
    | (?:{_DAY},?\s+)?(?:\d\d?[-–])?\d\d?(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR}\b)?
    | (?:{_DAY},?\s+)?{_MONTH}\s+\d\d?(?:[-–]\d\d?|st|nd|rd|th)?\b(?!\d|[:,]\d{{3}})
      (?:,?\s+{_YEAR}\b)?
    | {_MONTH},?\s+{_YEAR}\b
    | {_YEAR}\s+{_MONTH}(?:\s+\d\d?)?\b
    | (?<![-/]){_DAY}\b(?!-)
    )
    | \d{{4}}\s?年(?:\s?\d{{1,2}}\s?月(?:\s?\d{{1,2}}\s?日)?)? | \d{{1,2}}\s?月\s?\d{{1,2}}\s?日
    | (?<![\w,/:$€£¥#&-])(?<!\d\.){_YEAR}s?(?![\w%/:-]|[.,]\d
      |\s(?:%|percent|per\ cent|million|billion))""",
    re.VERBOSE,
)
_PARTS_OF_DATE = re.compile(rf"({_DAY})|({_MONTH})|(\d{{4}})|(\d\d?)(?:st|nd|rd|th)?")
_HAS_DATE = re.compile(r"\d|day\b", re.IGNORECASE)
_UNIT = (
    r"(?:%|‰|°[CF]?|deg(?:rees?)?\b|percent(?:age\ points?)?|per\ cent"
    r"|(?:thousand|million|billion|trillion|crore|lakh)\b"
    r"|(?:km|m|cm|mm|kg|g|t|ha|mph|kWh|MWh?|GWh?|[KMGT]B|[KMB]|px|Hz|GHz|MHz|bn|years?|months?|weeks?|days?"
    r"|hours?|minutes?|seconds?|miles?|feet|acres?|tonn?es|tons|people|points?|dollars|euros|pounds"
    r"|crowns)\b|[万亿萬億兆]?(?:元|美元|人|公里|米|座|年|个月|月|天|日|円|名|件|％)|[万亿萬億兆])"
)
_WORDS = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
)
_SCALE = r"(?:dozens?|hundreds?|thousands?|millions?|billions?|trillions?)"
_DIGITS = re.compile(
    rf"""\d(?:(?<![^\W\u3040-\u9fff]\d)(?<![/#&]\d)(?<![A-Za-z]-\d)(?<!\d[.,:/]\d)(?<!\]\[\d)
        |(?<=\bv\d)(?=\d*\.))
      \d*+(?:[.,:\u00a0\u202f'’]\d++)*+(?:st|nd|rd|th)?+\+?+
      (?:(?:[-–]\d++(?:[.,]\d++)*+(?=[ \u00a0-]?{_UNIT}))?
        (?:[ \u00a0-]?(?:million|billion|trillion)\b\s?)?[ \u00a0-]?{_UNIT}
        |(?![^\W\d_\u3040-\u9fff]|[/_]))""",
    re.VERBOSE | re.IGNORECASE,
)
_BEFORE_DIGITS = re.compile(
    r"(?:(?<![\w.,:/-])[-−+])?"
    r"(?:(?:(?:US|A|C|NZ|HK)?[$€£¥₹₽]|\b(?:USD|EUR|GBP|JPY|CNY|INR|CHF|AUD|CAD))\s?)?(?:\bv)?\Z"
)
"""A sign, a currency and the v of a version, which belong to the digits behind them."""
_SPELLED = re.compile(
    rf"\b(?:{_WORDS}(?:[ -]{_WORDS})?(?:\s{_SCALE})?|a\s{_SCALE}|{_SCALE}(?=\sof\b))\b",
    re.IGNORECASE,
)
_QUOTATION = re.compile(
    r"“[^“”]{1,600}”|«[^«»]{1,600}»|„[^„“”]{1,600}[“”]|「[^「」]{1,600}」|『[^『』]{1,600}』"
    r"|``[^`']{1,600}''|(?<![\w=\"])\"[^\"\s=][^\"]{0,600}\"(?![\w\"])"
)
QUOTES = re.compile('[“”«»„「」『』"`]')
"""What may begin or end a quotation."""
_QUOTES = "\"'`“”«»„「」『』 .,"
_LINK = re.compile(
    r"(?:(?:https?|ftp)://|www\.)[^\s<>\"“”|\]\[{}()。，、）」]*[\w/]|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]+)+"
)
_STRETCH = re.compile(r"[\w./-]++")
_LETTER = re.compile(r"[A-Za-z]")
_NEGATION = re.compile(
    r"(?<![\w-])(?:not|never|no|none|nobody|nothing|neither|nor|without|cannot)(?![\w-])|\b\w{1,10}n['’]t\b",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(
    r"(?<!-)\b(?:said|says|told|according\sto|claim(?:s|ed)|alleg(?:es|ed|edly)|reportedly|stated|denie[sd]"
    r"|confirm(?:s|ed)|announce[sd]|warn(?:s|ed)|insist(?:s|ed)|acknowledge[sd]|argue[sd]|wrote)\b",
    re.IGNORECASE,
)
_UPPER = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĽŁŃŇŌŐŒŘŚŞŠŤŪŮŰŲŹŻŽ\u0410-\u042fЁІЇЄҐ]"
_REST = r"(?:[^\W\u3040-\u9fff]|['’-](?=\w))*+"
_NAME = re.compile(
    rf"(?<![^\W_])(?<![_/.@#])(?:(?:{_UPPER}\.){{2,}}|{_UPPER}(?:\.(?=\s{_UPPER})|{_REST}))"
    rf"(?:\s(?:(?:of|the|for|de|la|du|von|van|der|den|bin|al|del|di|da)\s){{0,2}}"
    rf"{_UPPER}(?:\.(?=\s{_UPPER})|{_REST})){{0,7}}+"
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


_UNSURE = re.compile(
    r"(?<=\d)[/.s–]|(?<!\d)\d\d?-|century|\d\s?[a-z.]*[bc]\.?[ce]|\bad\b", re.IGNORECASE
)
"""A date in numbers may mean two days; a span and an era are told as they are written."""
_JOINT = re.compile(r"(?<=\w)-(?=[a-z])")
_PERCENT = re.compile(r"per\s?cent|％")
_POWERS = {"thousand": 3, "million": 6, "bn": 9, "billion": 9, "trillion": 12}
_SCALED = re.compile(rf"(?<![\d.,–-])(\d+(?:\.\d+)?)({'|'.join(_POWERS)})(?![a-z]?\d)", re.ASCII)
_DEGREES = re.compile(r"deg(?:rees?)?\b")


def mentions(text: str) -> list[Mention]:
    """In order; a number in a date or a link is a part of that, not a mention of its own."""
    found = list(_links(text))
    found += _quotations(text)
    taken = bytearray(len(text))
    opaque = [(each.start, each.end) for each in found if each.kind == "source"]
    opaque += _paths(text)
    for start, end in opaque:
        taken[start:end] = b"x" * (end - start)
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


def _paths(text: str) -> Iterator[tuple[int, int]]:
    """A path is neither a number nor a name, whatever stands in it."""
    if text.count("/") > 1:
        for each in _STRETCH.finditer(text):
            if each[0].count("/") > 1 and _LETTER.search(each[0]):
                yield each.span()


def _negation(told: str) -> str:
    return "not" if told.lower().endswith(("n't", "n’t", "cannot")) else told.lower()


def _links(text: str) -> Iterator[Mention]:
    if "://" in text or "www." in text or "@" in text:
        for each in _LINK.finditer(text):
            yield Mention("source", *each.span(), each.group())


def _quotations(text: str) -> Iterator[Mention]:
    if not QUOTES.search(text):
        return
    for each in _QUOTATION.finditer(text):
        told = each.group()
        if any(map(str.isalpha, told)) and (" " in told or not told.startswith('"')):
            yield Mention("quotation", *each.span(), told.strip(_QUOTES))


def _dates(text: str) -> Iterator[Mention]:
    if _HAS_DATE.search(text):
        for each in _DATE.finditer(text):
            yield Mention("date", *each.span(), _date(each.group()))


def _date(told: str) -> str:
    """The same for the same day, however it is written in English."""
    if "日" in told or "月" in told:
        return "".join(told.split())
    parts = list(_PARTS_OF_DATE.finditer(told))
    if len({each.lastindex for each in parts}) < len(parts) or _UNSURE.search(told):
        return " ".join(told.casefold().replace(",", " ").split())
    found = {each.lastindex: each[each.lastindex or 0].casefold() for each in parts}
    month = found.get(2, "")[:3]
    number = next((n for n, each in enumerate(_MONTHS, 1) if month and each[:3] == month), 0)
    return f"{found.get(1, '')} {found.get(3, '')}-{number:02}-{found.get(4, ''):0>2}".strip()


def _numbers(text: str) -> Iterator[Mention]:
    for each in _DIGITS.finditer(text):
        before = _BEFORE_DIGITS.search(text, max(0, each.start() - 6), each.start())
        start = before.start() if before else each.start()
        yield Mention("number", start, each.end(), _value(text[start : each.end()]))
    for each in _SPELLED.finditer(text):
        yield Mention("number", *each.span(), _value(each.group()))


def _value(told: str) -> str:
    value = _JOINT.sub("", _NOT_VALUE.sub("", told.lower()))
    value = _DEGREES.sub("°", _PERCENT.sub("%", value))
    return _SCALED.sub(_whole, "".join(value.removeprefix("v").split()))


def _whole(found: re.Match[str]) -> str:
    return f"{Decimal(found[1]).scaleb(_POWERS[found[2]]).normalize():f}"


def _names(text: str) -> Iterator[Mention]:
    """Capitalised words, but for common ones that merely begin a sentence."""
    for each in _NAME.finditer(text):
        start, end = each.span()
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
