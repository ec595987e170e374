"""Numbers with their units, by value: in digits, in words, in Chinese and Japanese numerals."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from repo_store.sameness.dates import meridiem, spelled_time
from repo_store.sameness.lexicon import MAGNITUDES, Word, currencies, units
from repo_store.sameness.tokens import CJK, Token, Value

Amount = Decimal | str
"""A string where digits and points are no number: 1.4.2, 1/2, 127.0.0.1."""

_LONGEST_AMOUNT = 24
"""Characters of a number that is computed with; a longer one is compared as it is written."""
_GROUPING = re.compile(r"[ \u00a0\u202f\u2009\u2007'’٬](?=\d{3})")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|º)(?![^\W_])", re.IGNORECASE)
_BEFORE = re.compile(
    r"(?:(?<![\w.,:/)-])[-−+])?"
    r"(?:(?:(?:US|A|C|NZ|HK|CN|R)?[$€£¥₹₽₩₪₱₫]|(?<![^\W_])[A-Z]{3})[ \u00a0]?)?"
    r"(?:(?<=[$€£¥₹₽])[-−])?\Z"
)
"""A sign and a currency."""
_LONGEST_BEFORE = 6
_LEADING_POINT = re.compile(r"(?<![\w.)])\.\Z")
_MINUS = re.compile(r"(?<![^\W_])[Mm]inus \Z|(?<![\w.,:/)–-])–\Z")
_SIGNS = frozenset("-−–+mM")
_NO_CURRENCY = frozenset(".mM–")
_MAY_PRECEDE = frozenset("$€£¥₹₽₩₪₱₫-−+")
_AFTER = re.compile(
    rf"(?P<gap>[ \u00a0\u202f-]?)(?:(?P<word>[^\W\d_{CJK}]+)(?:[ -](?P<second>[^\W\d_{CJK}]+))?"
    rf"|(?P<symbol>[%％‰]|°[ \u00a0]?[CF]?)|(?P<letters>[{CJK}]{{1,3}}))"
)
"""What may be a magnitude or unit."""
_RANGE = re.compile(r"[-–](\d+(?:[.,]\d+)*)")
_TIMES = re.compile(r"x (?:more|as|the)\b")
_LETTER = re.compile(r"-[a-z](?!\w)")
_OLD = re.compile(r"[ -]old\b")
_FOUR_LETTERS = re.compile(r" [a-z]{4}")
_SHORT_MAGNITUDES = frozenset(("m", "b", "cr", "mn", "bn", "tn", "mio", "mrd"))
_LONGEST_UNKNOWN_UNIT = 5

_GLYPHS: Mapping[str, Amount] = {
    **{"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75"), "⅓": "1/3", "⅔": "2/3"},
    **{"⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"},
}
_NUMERALS = {each: value for value, each in enumerate("零一二三四五六七八九")} | dict.fromkeys(
    "两兩", 2
)
_NUMERALS["〇"] = 0
_POWERS = {"十": 10, "百": 100, "千": 1_000}

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_POWER_OF_TEN = re.compile("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}(?![⁰¹²³⁴⁵⁶⁷⁸⁹])")
"""After a 10; a small raised figure after any other number may be that of a footnote."""

_ARTICLE = re.compile(r"\b[Aa][ -]\Z")
_HALF_A = re.compile(r"half[ -]a[ -](thousand|million|billion|trillion)\b", re.IGNORECASE)
_FRACTION = re.compile(r"[ -](third|quarter|fifth|sixth|eighth|tenth)s?\b")
_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_JOINTS = (" ", "-", "‑", "–", "\u00a0")


class _Measure(NamedTuple):
    """An amount with the magnitude and unit after it, and where they end."""

    amount: Amount
    unit: str
    end: int


def in_digits(text: str, token: Token) -> Value | None:
    """57.6 billion, £5m, 12 000 km, 21st, 5–6%, ½, 三人; None for a code such as 18F."""
    amount, end = _amount_of(token), token.end
    if amount == 10 and (power := _POWER_OF_TEN.match(text, end)):
        amount, end = Decimal(10) ** int(power[0].translate(_RAISED)), power.end()
    prefix = _before(text, token.start)
    currency = "" if prefix[:1] in _NO_CURRENCY else prefix.strip("-−–+ \u00a0")
    if currency and currency not in currencies():
        currency = prefix = ""
    start = token.start - len(prefix)
    if prefix == "." and isinstance(amount, Decimal):
        amount = _amount(f"0.{token.text}")
        prefix = ""
    if ordinal := _ORDINAL.match(text, end):
        return Value("number", start, ordinal.end(), f"{amount}th", "", str(amount))
    last = _RANGE.match(text, end) if token.kind == "number" else None
    # A range shares its unit; without one it is two numbers, as in a score.
    if last and (to := _measure(text, last.end(), _amount(last[1]), currency)).end > last.end():
        scaled = _measure(text, last.end(), amount, currency)
        number = f"{_plain(scaled.amount)}-{_plain(to.amount)}"
    else:
        scaled = _measure(text, end, amount, currency, signed=prefix[:1] in _SIGNS)
        number = _plain(scaled.amount)
    end = scaled.end
    # 3-a, as the numbers of parts are written
    if end == token.end and (letter := _LETTER.match(text, end)):
        number, end = f"{number}{letter[0]}", letter.end()
    unit = currencies()[currency] if currency else scaled.unit
    if _is_letter(text[end - 1 : end + 1][-1:]) and end == token.end and end < len(text):
        # A unit that nobody knows doesn't hide the number, but a code isn't one.
        letters = _AFTER.match(text, end)
        unknown = letters["word"] if letters else ""
        if not 1 < len(unknown) <= _LONGEST_UNKNOWN_UNIT and not unknown.islower():
            return None
        if unknown == "x" and not _TIMES.match(text, end):
            return None
        end += len(unknown)
        if text[end : end + 1].isalnum():
            return None
        unit = unit or unknown.lower()
    if unit.startswith("duration") and (old := _OLD.match(text, end)):
        end = old.end()
    if any(mark in prefix for mark in "-−–mM"):
        number = f"-{number}"
    return Value("number", start, end, f"{number} {unit}".strip(), "", number, token.text == "一")


def version(token: Token) -> Value:
    """v21.6."""
    amount = _plain(_amount(token.text))
    return Value("number", token.start - 1, token.end, amount, "", amount)


def in_words(text: str, tokens: Sequence[Token], at: int) -> Value | None:
    """Twenty-five, two hundred and six thousand, a dozen, two-thirds, first; ten o'clock."""
    first = tokens[at]
    if first.word.role == "ordinal":
        number = str(first.word.value)
        return Value("number", first.start, first.end, f"{number}th", "", number, True)
    if first.word.role == "vague":
        return _vague(text, first)
    start = first.start
    if first.word.role == "scale":
        article = _ARTICLE.search(text, max(0, start - 3), start)
        if not article:
            return None
        start = article.start()
    amount, ordinal, count = _sum(text, tokens, at)
    end = tokens[at + count - 1].end
    if ordinal:
        return Value("number", start, end, f"{amount}th", "", str(amount))
    if amount < 10 and (fraction := _FRACTION.match(text, end)):
        number = f"{amount}/{_PARTS[fraction[1]]}"
        return Value("number", start, fraction.end(), number, "", number)
    if amount <= 12 and (half := meridiem(text, end)):
        return spelled_time(text, first, amount, half)
    scaled = _measure(text, end, Decimal(amount), "")
    end, number = scaled.end, _plain(scaled.amount)
    if scaled.unit.startswith("duration") and (old := _OLD.match(text, end)):
        end = old.end()
    # “one” is mostly no number.
    weak = first.word.weak and count == 1 and not scaled.unit
    return Value("number", start, end, f"{number} {scaled.unit}".strip(), "", number, weak)


def _vague(text: str, token: Token) -> Value:
    """Half a million; hundreds, twice."""
    if whole := _HALF_A.match(text, token.start):
        number = _plain(Decimal(MAGNITUDES[whole[1].lower()]) / 2)
        return Value("number", token.start, whole.end(), number, "", number)
    if token.text.lower() == "half":
        scaled = _measure(text, token.end, Decimal("0.5"), "")
        number = _plain(scaled.amount)
        value = f"{number} {scaled.unit}".strip()
        return Value("number", token.start, scaled.end, value, "", number, True)
    return Value("number", token.start, token.end, token.text.lower(), weak=True)


def _sum(text: str, tokens: Sequence[Token], at: int) -> tuple[int, bool, int]:
    """(what the number words from `at` on add up to, whether the last one is an ordinal, how many
    they are).
    """
    total = current = count = 0
    last: Word | None = None
    for token in tokens[at:]:
        word = token.word
        if word.role not in ("number", "scale", "ordinal"):
            break
        if last and not _goes_on(
            last, current, word, text[tokens[at + count - 1].end : token.start]
        ):
            break
        count += 1
        if word.role == "ordinal":
            return total + current + word.value, True, count
        if word.role == "number":
            current += word.value
        elif word.value <= 100:
            current = (current or 1) * word.value
        else:
            total, current = total + (current or 1) * word.value, 0
        last = word
    return total + current, False, count


def _goes_on(last: Word, current: int, word: Word, gap: str) -> bool:
    """Whether a word continues a number: twenty-five, hundred and six; not five six."""
    if last.role == "scale":
        return gap in _JOINTS or gap == " and "
    if gap not in _JOINTS:
        return False
    return word.role == "scale" or (current % 100 >= 20 and current % 10 == 0 and word.value < 10)


def _amount_of(token: Token) -> Amount:
    if token.kind == "numeral":
        return Decimal(_numeral(token.text))
    return _GLYPHS.get(token.text) or _amount(token.text)


def ungrouped(written: str) -> str:
    """A number in digits without what groups them, and with a point before its decimals; as it is
    if its separators do neither.
    """
    amount = written if written.isdecimal() else _amount(written)
    return amount if isinstance(amount, str) else f"{amount:f}"


@lru_cache(1024)
def _amount(written: str) -> Amount:
    """What digits and separators stand for: the last kind of separator is the decimal one, unless
    it groups.
    """
    plain = _GROUPING.sub("", written).replace("٫", ".")
    if len(plain) > _LONGEST_AMOUNT or ":" in plain or "/" in plain:
        parts = re.split("([:/])", plain)
        return "".join(each.lstrip("0") or "0" if each.isdecimal() else each for each in parts)
    commas, points = plain.count(","), plain.count(".")
    if commas and points:
        decimal = max(plain.rfind(","), plain.rfind("."))
        plain = f"{re.sub('[,.]', '', plain[:decimal])}.{plain[decimal + 1 :]}"
    elif commas:
        groups = plain.split(",")
        if len(groups[-1]) == 3 and all(1 < len(each) < 4 for each in groups[1:]):
            plain = "".join(groups)
        elif commas == 1:
            plain = plain.replace(",", ".")
    elif points > 1 and all(len(each) == 3 for each in plain.split(".")[1:]):
        plain = plain.replace(".", "")
    return Decimal(plain) if plain.replace(".", "", 1).isdecimal() else plain


def _plain(amount: Amount) -> str:
    return amount if isinstance(amount, str) else f"{amount.normalize():f}"


def _numeral(written: str) -> int:
    if len(written) > 1 and all(each in _NUMERALS for each in written):
        return int("".join(str(_NUMERALS[each]) for each in written))
    total = section = digit = 0
    for each in written:
        if each in _NUMERALS:
            digit = _NUMERALS[each]
        elif each in _POWERS:
            section, digit = section + (digit or 1) * _POWERS[each], 0
        else:
            total, section, digit = total + (section + digit or 1) * MAGNITUDES[each], 0, 0
    return total + section + digit


def _before(text: str, start: int) -> str:
    """The sign and currency before a number."""
    if _LEADING_POINT.search(text, max(0, start - 2), start):
        return "."
    if minus := _MINUS.search(text, max(0, start - 7), start):
        return minus[0]
    near = text[start - 1 : start]
    if near in (" ", "\u00a0"):
        near = text[start - 2 : start - 1]
    if near not in _MAY_PRECEDE and not near.isupper():
        return ""
    found = _BEFORE.search(text, max(0, start - _LONGEST_BEFORE), start)
    return found[0] if found else ""


def _is_letter(character: str) -> bool:
    return character.isalpha() and not "\u3005" <= character <= "\u9fff"


def _measure(text: str, end: int, amount: Amount, currency: str, signed: bool = False) -> _Measure:
    for _ in range(3):
        after = _AFTER.match(text, end)
        if not after:
            break
        written = after["word"] or after["letters"] or after["symbol"]
        key = written[0] if after["letters"] else written.lower()
        factor = MAGNITUDES.get(key)
        if factor is None or isinstance(amount, str) or not _multiplies(text, after, key, currency):
            return _with_unit(amount, after, end, signed)
        amount, end = amount * factor, after.end("gap") + len(key)
    return _Measure(amount, "", end)


def _multiplies(text: str, after: re.Match[str], key: str, currency: str) -> bool:
    """Whether a word after a number is a magnitude: £5m, 5bn, 5m people; not 5 m."""
    if key == "k":
        return not after["gap"]
    if key not in _SHORT_MAGNITUDES or currency:
        return True
    if key in ("b", "cr", "m") and (after["gap"] or key != "m"):
        return False
    return key != "m" or _FOUR_LETTERS.match(text, after.end("word")) is not None


def _with_unit(amount: Amount, after: re.Match[str], end: int, signed: bool) -> _Measure:
    known, begins = units(), after.end("gap")
    if after["letters"]:
        for size in range(len(after["letters"]), 0, -1):
            if unit := known.get(after["letters"][:size]):
                return _Measure(amount, unit, begins + size)
        return _Measure(amount, "", end)
    if symbol := after["symbol"]:
        unit = known.get(symbol.replace(" ", "").replace("\u00a0", "").lower(), "")
        return _Measure(amount, unit, after.end()) if unit else _Measure(amount, "", end)
    word = after["word"]
    # As in 18F and 3D: attached, a capital letter alone is no unit, but for -4C.
    if not after["gap"] and len(word) == 1 and word.isupper() and not signed:
        return _Measure(amount, "", end)
    if after["second"] and (unit := known.get(f"{word} {after['second']}".lower())):
        return _Measure(amount, unit, after.end())
    if unit := known.get(word.lower()):
        return _Measure(amount, unit, begins + len(word))
    return _Measure(amount, "", end)
