"""The words that a value is written with: months, weekdays, units, currencies, numbers.

Unicode's CLDR (by Babel) names months, weekdays, units and currencies; numbers in words, which it
has only as rules for writing them, are listed here, in English.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import Literal, NamedTuple

from babel import Locale
from babel.numbers import get_currency_name
from babel.units import format_unit

Role = Literal["", "month", "weekday", "number", "ordinal", "scale", "vague", "clock"]


class Word(NamedTuple):
    """What a word stands for. `weak`: it's a value only where it takes another one's place, or,
    of a month or weekday, beside the rest of a date.
    """

    role: Role
    value: int
    weak: bool = False


_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "pl", "cs", "ru", "uk")
"""In a text of any of these a month or weekday is known by its name; others write it in digits."""

_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
    " thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_SCALES = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1_000,
    "lakh": 100_000,
    "million": 1_000_000,
    "crore": 10_000_000,
    "billion": 1_000_000_000,
    "trillion": 1_000_000_000_000,
}
SCALES = frozenset(_SCALES)
_VAGUE = {f"{name}s": value for name, value in _SCALES.items()}
_WEAK = {"half": 2, "once": 1, "twice": 2, "double": 2, "triple": 3, "quarter": 4, "tens": 10} | {
    **{"doubled": 2, "tripled": 3, "quadrupled": 4, "halved": 2, "twofold": 2, "threefold": 3},
    **{"fourfold": 4, "fivefold": 5, "tenfold": 10},
}
_SHORT_DAYS = ("mon", "tue tues", "wed weds", "thu thur thurs", "fri", "sat", "sun")
_AMBIGUOUS_MONTHS = frozenset({"may", "march", "mar", "mai", "mars", "marts", "maj", "luty", "set"})

MAGNITUDES: Mapping[str, int] = {
    **{name: value for name, value in _SCALES.items() if name not in ("dozen", "hundred")},
    **{"k": 10**3, "m": 10**6, "mn": 10**6, "mln": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12},
    **{"trn": 10**12, "cr": 10**7, "lakhs": 10**5, "crores": 10**7, "mio": 10**6, "mrd": 10**9},
    **{"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12},
}
"""Words and letters that multiply a number."""

_ZONES = "ET EST EDT CT CST CDT MT MST MDT PT PST PDT GMT UTC BST IST CET CEST EET EEST MSK JST"
TIME_ZONES = frozenset(_ZONES.split())


def small_letters(text: str) -> str:
    """A text as words stand in a list, to look them up there."""
    return text.lower()


@cache
def value_words() -> Mapping[str, Word]:
    """By lower-case word."""
    found: dict[str, Word] = {}
    for language in reversed(_LANGUAGES):
        found |= dict(_calendar(Locale.parse(language)))
    found |= {
        name: Word("number", value, value == 1) for value, name in enumerate(_NUMBERS.split())
    }
    found |= {name: Word("number", 10 * value) for value, name in enumerate(_TENS.split(), 2)}
    found |= {name: Word("ordinal", value, True) for value, name in enumerate(_ORDINALS.split())}
    found |= {name: Word("scale", value) for name, value in _SCALES.items()}
    found |= {name: Word("vague", value, True) for name, value in _VAGUE.items()}
    found |= {name: Word("vague", value, True) for name, value in _WEAK.items()}
    return {**found, "noon": Word("clock", 720), "midday": Word("clock", 720)} | {
        "midnight": Word("clock", 0)
    }


def _calendar(locale: Locale) -> Iterator[tuple[str, Word]]:
    """A short form that is also another word isn't taken; May and March need a day or year."""
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            if width == "abbreviated" and locale.language != "en":
                continue
            for value, name in locale.months[context][width].items():
                word = name.lower().rstrip(".")
                if word.isalpha():
                    yield word, Word("month", value, word in _AMBIGUOUS_MONTHS)
            if width == "wide":
                for value, name in locale.days[context][width].items():
                    if name.isalpha():
                        yield name.lower(), Word("weekday", value)
    if locale.language == "en":
        yield "sept", Word("month", 9)
        for value, names in enumerate(_SHORT_DAYS):
            for name in names.split():
                yield name, Word("weekday", value, weak=True)


_EXTRA_UNITS = {
    "%": "concentr-percent",
    "％": "concentr-percent",
    "per cent": "concentr-percent",
    "pc": "concentr-percent",
    "pct": "concentr-percent",
    "kilos": "mass-kilogram",
    "c": "temperature-celsius",
    "°c": "temperature-celsius",
    "‰": "concentr-permille",
    "percentage points": "percentage point",
    "percentage point": "percentage point",
    "°": "angle-degree",
    "deg": "angle-degree",
    "degs": "angle-degree",
    "crowns": "crown",
    "kroner": "krone",
    "kronor": "krona",
    "mph": "speed-mile-per-hour",
    "kph": "speed-kilometer-per-hour",
    "kmph": "speed-kilometer-per-hour",
    "sq km": "area-square-kilometer",
    "sq ft": "area-square-foot",
    "sq m": "area-square-meter",
    "tons": "mass-ton",
    "kb": "digital-kilobyte",
    "mb": "digital-megabyte",
    "gb": "digital-gigabyte",
    "tb": "digital-terabyte",
    **{each: each for each in "px元円人公里米座年个月天日名件歳岁票分"},
    "公里": "length-kilometer",
    "米": "length-meter",
    "美元": "us dollar",
    "个月": "duration-month",
}
_NOT_UNITS = frozenset(
    {"as", "in", "at", "to", "am", "pm", "a", "x", "an", "or", "is", "are", "the"}
)
_CODES = {
    **{"EUR": "euro", "GBP": "pound", "JPY": "yen", "INR": "rupee", "RUB": "ruble"},
    **{
        "USD": "us dollar",
        "US$": "us dollar",
        "HK$": "hkd",
        "C$": "cad",
        "NZ$": "nzd",
        "kr": "krone",
    },
}
_SYMBOLS = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₹": "rupee", "₽": "ruble"}


@cache
def units() -> Mapping[str, str]:
    """The unit's one name by each way to write it: km, kilometer, kilometres → length-kilometer."""
    found: dict[str, str] = {}
    for name in map(str, Locale.parse("en").unit_display_names):
        for written in _written_units(name):
            if written and written not in _NOT_UNITS:
                found.setdefault(written, name)
    for code in map(str, Locale.parse("en").currencies):
        for count in (1, 2):
            full = get_currency_name(code, count=count, locale="en").lower()
            last = full.rpartition(" ")[2].removesuffix("s")
            found.setdefault(full.rpartition(" ")[2], last)
            found.setdefault(full, full.removesuffix("s"))
    return found | _EXTRA_UNITS


def _written_units(name: str) -> Iterator[str]:
    lengths: tuple[Literal["long", "short"], ...] = ("long", "short")
    for locale, length, count in product(("en", "en_GB"), lengths, (1, 2)):
        written = format_unit(count, name, length=length, locale=locale)
        yield written.lstrip("0123456789").strip().lower()


@cache
def currencies() -> Mapping[str, str]:
    """The currency's one name by symbol and by ISO 4217 code."""
    locale = Locale.parse("en")
    found = {code: code.lower() for code in map(str, locale.currencies)}
    symbols = {str(symbol): str(code) for code, symbol in locale.currency_symbols.items()}
    found |= {symbol: code.lower() for symbol, code in symbols.items() if len(symbol) < 4}
    return found | _SYMBOLS | _CODES


@cache
def place_names() -> frozenset[str]:
    """Countries and regions by their English names of one word, in small letters."""
    names = map(str, Locale.parse("en").territories.values())
    return frozenset(name.lower() for name in names if name.isalpha())


def load_words() -> None:
    """Read all that is looked up here, some 0.2 s: before the first request rather than in it."""
    for table in (value_words, units, currencies, place_names):
        table()
