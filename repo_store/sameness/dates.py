"""Dates and times of day, by value."""

import re
from collections.abc import Sequence

from repo_store.sameness.lexicon import TIME_ZONES
from repo_store.sameness.tokens import SPACES, Token, Value

_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|º)(?![^\W_])", re.IGNORECASE)
_COMMAS = (*SPACES, ", ", ",", ",\u00a0", ". ", ".")
_BEFORE_MONTH = re.compile(
    r"\b(?:in|of|by|since|until|till|last|next|early|late|mid|every|from|to|and|through|during|for"
    r"|before|after|between)[ -]\Z",
    re.IGNORECASE,
)
_LONGEST_BEFORE_MONTH = 10
_CENTURY = re.compile(r"(?:st|nd|rd|th)[ -][Cc]entury|[ \u00a0](?:BCE?|CE|AD|B\.C\.|A\.D\.)(?!\w)")
_DECADE = re.compile(r"['’]?s\b")
_YEAR_RANGE = re.compile(r"[-–/](\d{4}|\d\d)(?![\w%/.-]|,\d)")
_COUNTED = re.compile(r" (?:percent|per cent|people|million|billion|homes|years)\b")
_EAST_ASIAN = re.compile(
    r"\s?年(?:\s?(\d{1,2})\s?月(?:\s?(\d{1,2})\s?日)?)?"
    r"|\s?月\s?(\d{1,2})\s?日|\s?月(?=[^\d\s个間间])"
)
_YEARS = range(1500, 2100)
"""Four digits are a year if they stand alone and lie in it."""

_MERIDIEM = re.compile(r"[ \u00a0\u202f]?([ap])(?:\.[ \u00a0]?m\b\.?|m\b)", re.IGNORECASE)
_O_CLOCK = re.compile(r"[ \u00a0]o['’]clock\b", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2})(?:[.:](\d\d))?")
_CLOCK_24 = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_LONGEST_CLOCK = 5
_HOURS = re.compile(r"[ \u00a0](?:hours|hrs|GMT|UTC)\b")
_ZONE = re.compile(r",?[ \u00a0]\(?([A-Z]{2,4})\b\)?")
_TO_TIME = re.compile(
    r"[ \u00a0]?(?:[-–—]|to|and|until)[ \u00a0]?(\d{1,2})(?:[.:]\d\d)?"
    r"[ \u00a0]?([ap])\.?[ \u00a0]?m\b",
    re.IGNORECASE,
)

Tokens = Sequence[Token]


def of_digits(text: str, tokens: Tokens, at: int) -> Value | None:
    """The date or time that begins with a number, if one does."""
    token = tokens[at]
    size = len(token.text)
    if not text[token.end : token.end + 2].isascii() and (date := east_asian(text, token)):
        return date
    if size <= _LONGEST_CLOCK and (time := time_of_day(text, token)):
        return time
    if size <= 2 and at + 1 < len(tokens) and (date := day_first(text, tokens, at)):
        return date
    return year(text, tokens, at)


def weekday(text: str, tokens: Tokens, at: int) -> Value | None:
    """Monday; Monday, May 9."""
    token = tokens[at]
    if token.text.islower() and token.text.isascii() and len(token.text) < 10:
        return None
    number = str(token.word.value)
    after = _next(text, tokens, at, token.end, (*_COMMAS, ", the ", " the ", "., "))
    if after:
        date = (month_first if after.word.role == "month" else day_first)(text, tokens, at + 1)
        if date:
            return date._replace(start=token.start, detail=number)
    if token.word.weak:
        return None
    return Value("date", token.start, token.end, f"weekday {number}")


def month_first(text: str, tokens: Tokens, at: int) -> Value | None:
    """May 9, 2026; May 9-11; May 2026; in May."""
    token = tokens[at]
    month = token.word.value
    after = _next(text, tokens, at, token.end, _COMMAS)
    if after and _is_year(after):
        return _date(token.start, after.end, after.text, month, "")
    if after and _is_day(after):
        last, end = _day_to(text, tokens, at + 1)
        if text[end : end + 1] not in (":", "%") and not _MERIDIEM.match(text, end):
            day = f"{int(after.text)}-{int(last.text)}" if last else str(int(after.text))
            year = _year_after(text, tokens, at + (2 if last else 1), end)
            return _date(token.start, year.end if year else end, year and year.text, month, day)
    # Alone, such as “in May”; “may” and “march” are other words, and “Mar” is short for a name.
    if token.text.isascii() and not token.text[0].isupper():
        return None
    if token.word.weak:
        window = max(0, token.start - _LONGEST_BEFORE_MONTH)
        if not _BEFORE_MONTH.search(text, window, token.start):
            return None
    elif len(token.text) < 4:
        return None
    return _date(token.start, token.end, None, month, "")


def day_first(text: str, tokens: Tokens, at: int) -> Value | None:
    """9 May 2026; 9th of May; 9-11 May."""
    token = tokens[at]
    if not _is_day(token):
        return None
    last, end = _day_to(text, tokens, at)
    at += 2 if last else 1
    if at >= len(tokens) or tokens[at].word.role != "month":
        return None
    month = tokens[at]
    if text[end : month.start] not in (*SPACES, " of ", ". ", " de ", ".", "-", " d'"):
        return None
    # “those 5 may go”
    if month.word.weak and month.text.islower() and month.text.isascii() and month.text != "mai":
        return None
    day = f"{int(token.text)}-{int(last.text)}" if last else str(int(token.text))
    year = _year_after(text, tokens, at, month.end)
    return _date(
        token.start, year.end if year else month.end, year and year.text, month.word.value, day
    )


def year(text: str, tokens: Tokens, at: int) -> Value | None:
    """A year that stands alone or before a month and day, a decade, a span of years, a century."""
    token = tokens[at]
    if token.text.isdigit() and (era := _CENTURY.match(text, token.end)):
        written = " ".join(text[token.start : era.end()].lower().replace("-", " ").split())
        return Value("date", token.start, era.end(), written.replace(".", ""))
    if not _is_year(token) or int(token.text) not in _YEARS:
        return None
    number = int(token.text)
    before = text[max(0, token.start - 2) : token.start]
    if before[-1:] and (before[-1] in "$€£¥#/:&" or before in (" -", " −")):
        return None
    if before[-1:] in (",", ".") and before[:1].isdigit():
        return None
    month = _next(text, tokens, at, token.end, SPACES)
    if month and month.word.role == "month":
        date = month_first(text, tokens, at + 1)
        if date and date.value.startswith("-"):
            return date._replace(start=token.start, value=f"{number}{date.value}")
    if decade := _DECADE.match(text, token.end):
        return Value("date", token.start, decade.end(), f"{number}s")
    if span := _YEAR_RANGE.match(text, token.end):
        last = int(span[1] if len(span[1]) == 4 else token.text[:2] + span[1])
        if number < last < number + 200:
            return Value("date", token.start, span.end(), f"{number}-{last}--")
    after = text[token.end : token.end + 1]
    if (after and after in "%/:°") or _COUNTED.match(text, token.end):
        return None
    return Value("date", token.start, token.end, f"{number}--", "", str(number))


def fiscal_year(token: Token) -> Value | None:
    """FY22, FY2022."""
    if not token.text.isdigit() or len(token.text) not in (2, 4):
        return None
    number = int(token.text) + (2000 if len(token.text) == 2 else 0)
    return Value("date", token.start - 2, token.end, f"{number}--")


def numeric(token: Token) -> Value:
    """2026-05-09; 9/5/2026, which is compared as it is written, since it may be two days."""
    if token.text[4:5] == "-":
        number, month, day = map(int, token.text.split("-"))
        return Value("date", token.start, token.end, f"{number}-{month}-{day}")
    parts = re.split("[/.-]", token.text)
    return Value("date", token.start, token.end, "/".join(str(int(part)) for part in parts))


def east_asian(text: str, token: Token) -> Value | None:
    """2026年5月9日, 5月9日."""
    match = _EAST_ASIAN.match(text, token.end) if token.text.isdigit() else None
    if not match:
        return None
    month, day, other_day = match.groups()
    number = token.text
    if "年" not in match[0]:
        number, month, day = "", token.text, other_day
    elif len(token.text) != 4 and not month:
        return None
    return _date(token.start, match.end(), number, int(month or 0), str(int(day)) if day else "")


def _next(text: str, tokens: Tokens, at: int, end: int, gaps: tuple[str, ...]) -> Token | None:
    """The token after number `at`, which ends at `end`, if one of `gaps` is all between them."""
    if at + 1 < len(tokens) and text[end : tokens[at + 1].start] in gaps:
        return tokens[at + 1]
    return None


def _is_day(token: Token) -> bool:
    return token.kind == "number" and token.text.isdigit() and 0 < int(token.text[:3]) < 32


def _is_year(token: Token) -> bool:
    return token.kind == "number" and len(token.text) == 4 and token.text.isdigit()


def _day_to(text: str, tokens: Tokens, at: int) -> tuple[Token | None, int]:
    """The last day of a range of days that begins at a token, if there is one; and the end."""
    first = tokens[at]
    suffix = _ORDINAL.match(text, first.end)
    end = suffix.end() if suffix else first.end
    last = _next(text, tokens, at, end, ("-", "–", " to ", " - ", " – ", " and "))
    if last is None or not _is_day(last):
        return None, end
    suffix = _ORDINAL.match(text, last.end)
    return last, suffix.end() if suffix else last.end


def _year_after(text: str, tokens: Tokens, at: int, end: int) -> Token | None:
    found = _next(text, tokens, at, end, (*_COMMAS, " de ", " in "))
    return found if found and _is_year(found) else None


def _date(start: int, end: int, year: str | None, month: int, day: str) -> Value:
    number = str(int(year)) if year else ""
    return Value("date", start, end, f"{number}-{month or ''}-{day}")


def time_of_day(text: str, token: Token) -> Value | None:
    """10.30am, 10:30 a.m. ET, 15:00, 1500 GMT; 9 in 9–11 p.m."""
    start, end = token.start, token.end
    clock = _CLOCK.fullmatch(token.text)
    if clock:
        hour, minute = int(clock[1]), int(clock[2] or 0)
        if (half := meridiem(text, end)) and hour <= 24 and minute < 60:
            return _time(text, start, half[1], hour, minute, half[0])
        if hour <= 12 and (last := _TO_TIME.match(text, end)):
            # Of two times of which only the second says a.m. or p.m. the first is the earlier one.
            before_noon = (last[2].lower() == "a") != (hour % 12 > int(last[1]) % 12)
            return _time(text, start, end, hour, minute, "a" if before_noon else "p")
    if hours := _CLOCK_24.fullmatch(token.text):
        return _time(text, start, end, int(hours[1]), int(hours[2]))
    if _is_year(token) and _HOURS.match(text, end):
        hour, minute = int(token.text[:2]), int(token.text[2:])
        if hour < 24 and minute < 60:
            return _time(text, start, end, hour, minute)
    return None


def meridiem(text: str, start: int) -> tuple[str, int] | None:
    """(“a”, “p” or “ o'clock”, where it ends)."""
    if half := _MERIDIEM.match(text, start):
        return half[1].lower(), half.end()
    if clock := _O_CLOCK.match(text, start):
        return " o'clock", clock.end()
    return None


def spelled_time(text: str, token: Token, hour: int, half: tuple[str, int]) -> Value:
    """Ten o'clock, ten p.m."""
    return _time(text, token.start, half[1], hour, 0, half[0])


def named_time(text: str, token: Token) -> Value:
    """Noon, midnight."""
    hour = token.word.value // 60
    return _time(text, token.start, token.end, hour, 0, "p" if hour else "a")


def _time(text: str, start: int, end: int, hour: int, minute: int, half: str = "") -> Value:
    """Minutes within half a day; which half, if it is said, and the zone, are details."""
    if half in ("a", "p") and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif hour > 12 or hour == 0:
        half = "p" if hour > 12 else "a"
    zone = _ZONE.match(text, end)
    known = zone is not None and zone[1] in TIME_ZONES
    value = f"{hour % 12}:{minute:02}{half if len(half) > 1 else ''}"
    detail = f"{half if len(half) == 1 else ''},{zone[1] if zone and known else ''}"
    return Value("time", start, zone.end() if zone and known else end, value, detail.strip(","))
