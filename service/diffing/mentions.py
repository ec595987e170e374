"""The facts that a text mentions: numbers, dates, quotations, names, links and some words.

Rules, not language understanding: precision before recall. English first; numbers, links and
quotations in every script. To add a kind of fact, add it to `FactKind` and a rule to `mentions`.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from service.diffing.composed import composed_with_offsets


class _Rules(NamedTuple):
    """How changes of a kind of fact are reported; see `FactKind`."""

    label: str
    edited_only: bool = False
    new_to_page: bool = False
    can_go_stale: bool = False


class FactKind(StrEnum):
    """What kinds of facts there are; the values are those of the API.

    `label`: for people. `edited_only`: reported only where a sentence was edited, since every new
    passage has some. `new_to_page`: not reported where the other page has it somewhere else.
    `can_go_stale`: another section may still repeat the old value.
    """

    label: str
    edited_only: bool
    new_to_page: bool
    can_go_stale: bool

    def __new__(cls, value: str, rules: _Rules) -> "FactKind":
        kind = str.__new__(cls, value)
        kind._value_ = value
        kind.label, kind.edited_only, kind.new_to_page, kind.can_go_stale = rules
        return kind

    NUMBER = "number", _Rules("Number", can_go_stale=True)
    DATE = "date", _Rules("Date", can_go_stale=True)
    QUOTATION = "quotation", _Rules("Quotation")
    NAME = "name", _Rules("Name", new_to_page=True)
    NEGATION = "negation", _Rules("Negation", edited_only=True)
    ATTRIBUTION = "attribution", _Rules("Attribution", edited_only=True)
    SOURCE = "source", _Rules("Source or link", new_to_page=True)
    HEADLINE = "headline", _Rules("Headline")


class Mention(NamedTuple):
    """`start` and `end` in code points; two mentions of the same thing have the same `value`."""

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
_DATE_PARTS = re.compile(rf"({_DAY})|({_MONTH})|(\d{{4}})|(\d\d?)(?:st|nd|rd|th)?")
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
      \d*+(?:[.,:\u00a0\u202f'’]\d++){{0,20}}+(?:st|nd|rd|th)?+\+?+
      (?:(?:[-–]\d++(?:[.,]\d++)*+(?=[ \u00a0-]?{_UNIT}))?
        (?:[ \u00a0-]?(?:million|billion|trillion)\b\s?)?[ \u00a0-]?{_UNIT}
        |(?![^\W\d_\u3040-\u9fff]|[/_]))""",
    re.VERBOSE | re.IGNORECASE,
)
_BEFORE_DIGITS = re.compile(
    r"(?:(?<![\w.,:/-])[-−+])?"
    r"(?:(?:(?:US|A|C|NZ|HK)?[$€£¥₹₽]|\b(?:USD|EUR|GBP|JPY|CNY|INR|CHF|AUD|CAD))\s?)?(?:\bv)?\Z"
)
"""A sign, a currency or the v of a version, which belongs to the number after it."""
_SPELLED = re.compile(
    rf"\b(?:{_WORDS}(?:[ -]{_WORDS})?(?:\s{_SCALE})?|a\s{_SCALE}|{_SCALE}(?=\sof\b))\b",
    re.IGNORECASE,
)
_QUOTATION = re.compile(
    r"“[^“”]{1,600}”|«[^«»]{1,600}»|„[^„“”]{1,600}[“”]|「[^「」]{1,600}」|『[^『』]{1,600}』"
    r"|``[^`']{1,600}''|(?<![\w=\"])\"[^\"\s=][^\"]{0,600}\"(?![\w\"])"
)
QUOTES = re.compile('[“”«»„「」『』"`]')
"""What can open or close a quotation."""
_QUOTES = "\"'`“”«»„「」『』 .,"
_LINK = re.compile(
    r"(?:(?:https?|ftp)://|www\.)[^\s<>\"“”|\]\[{}()。，、）」]*[\w/]|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]+)+"
)
_PATH_LIKE = re.compile(r"[\w./-]++")
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
_THOUSANDS_SEPARATOR = re.compile(r"[,\s\u00a0\u202f'’]+(?=\d{3}(?!\d))")
_AMBIGUOUS_DATE = re.compile(
    r"(?<=\d)[/.s–]|(?<!\d)\d\d?-|century|\d\s?[a-z.]*[bc]\.?[ce]|\bad\b", re.IGNORECASE
)
"""4/5/2026 can mean two days; ranges, centuries and eras are compared as they are written."""
_HYPHEN = re.compile(r"(?<=\w)-(?=[a-z])")
_PERCENT = re.compile(r"per\s?cent|％")
_POWERS = {"thousand": 3, "million": 6, "bn": 9, "billion": 9, "trillion": 12}
_SCALED = re.compile(rf"(?<![\d.,–-])(\d+(?:\.\d+)?)({'|'.join(_POWERS)})(?![a-z]?\d)", re.ASCII)
_DEGREES = re.compile(r"deg(?:rees?)?\b")


def mentions(text: str) -> list[Mention]:
    """In the order of the text; a number within a date, or any within a link, isn't a mention.

    The values are composed: a name is the same one in either form.
    """
    if (found := composed_with_offsets(text)) is None:
        return _mentions(text)
    plain, at = found
    return [each._replace(start=at[each.start], end=at[each.end]) for each in _mentions(plain)]


def _mentions(text: str) -> list[Mention]:
    found = [*_links(text), *_quotations(text)]
    taken = bytearray(len(text))
    opaque = [(link.start, link.end) for link in found if link.kind is FactKind.SOURCE]
    for start, end in (*opaque, *_paths(text)):
        taken[start:end] = b"x" * (end - start)
    names = list(_names(text))
    codes = [name for name in names if any(map(str.isdigit, name.value))]
    for mention in (*_dates(text), *codes, *_numbers(text), *names):
        if not any(taken[mention.start : mention.end]):
            found.append(mention)
            taken[mention.start : mention.end] = b"x" * (mention.end - mention.start)
    for match in _NEGATION.finditer(text):
        found.append(Mention(FactKind.NEGATION, *match.span(), _negation(match[0].lower())))
    for match in _ATTRIBUTION.finditer(text):
        found.append(Mention(FactKind.ATTRIBUTION, *match.span(), match[0].lower()))
    return sorted(found, key=lambda mention: (mention.start, mention.end, mention.kind))


def _paths(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each path: nothing in it is a number or a name."""
    if text.count("/") > 1:
        for match in _PATH_LIKE.finditer(text):
            if match[0].count("/") > 1 and _LETTER.search(match[0]):
                yield match.span()


def _negation(word: str) -> str:
    return "not" if word.endswith(("n't", "n’t", "cannot")) else word


def _links(text: str) -> Iterator[Mention]:
    if "://" in text or "www." in text or "@" in text:
        for match in _LINK.finditer(text):
            yield Mention(FactKind.SOURCE, *match.span(), match[0])


def _quotations(text: str) -> Iterator[Mention]:
    if not QUOTES.search(text):
        return
    for match in _QUOTATION.finditer(text):
        quoted = match[0]
        if any(map(str.isalpha, quoted)) and (" " in quoted or not quoted.startswith('"')):
            yield Mention(FactKind.QUOTATION, *match.span(), quoted.strip(_QUOTES))


def _dates(text: str) -> Iterator[Mention]:
    if _HAS_DATE.search(text):
        for match in _DATE.finditer(text):
            yield Mention(FactKind.DATE, *match.span(), _date_value(match[0]))


@lru_cache(1024)
def _date_value(date: str) -> str:
    """The same for the same day, however it is written in English."""
    if "日" in date or "月" in date:
        return "".join(date.split())
    parts = list(_DATE_PARTS.finditer(date))
    if len({part.lastindex for part in parts}) < len(parts) or _AMBIGUOUS_DATE.search(date):
        return " ".join(date.casefold().replace(",", " ").split())
    found = {part.lastindex: part[part.lastindex or 0].casefold() for part in parts}
    month = found.get(2, "")[:3]
    number = next((n for n, name in enumerate(_MONTHS, 1) if month and name[:3] == month), 0)
    return f"{found.get(1, '')} {found.get(3, '')}-{number:02}-{found.get(4, ''):0>2}".strip()


def _numbers(text: str) -> Iterator[Mention]:
    for match in _DIGITS.finditer(text):
        prefix = _BEFORE_DIGITS.search(text, max(0, match.start() - 6), match.start())
        start = prefix.start() if prefix else match.start()
        yield Mention(FactKind.NUMBER, start, match.end(), _number_value(text[start : match.end()]))
    for match in _SPELLED.finditer(text):
        yield Mention(FactKind.NUMBER, *match.span(), _number_value(match[0]))


@lru_cache(1024)
def _number_value(number: str) -> str:
    value = _HYPHEN.sub("", _THOUSANDS_SEPARATOR.sub("", number.lower()))
    value = _DEGREES.sub("°", _PERCENT.sub("%", value))
    return _SCALED.sub(_written_out, "".join(value.removeprefix("v").split()))


def _written_out(scaled: re.Match[str]) -> str:
    return f"{Decimal(scaled[1]).scaleb(_POWERS[scaled[2]]).normalize():f}"


def _names(text: str) -> Iterator[Mention]:
    """Capitalised words, except for common ones that only begin a sentence."""
    for match in _NAME.finditer(text):
        start, end = match.span()
        words = match[0].split()
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
        yield Mention(FactKind.NAME, start, end, text[start:end])
