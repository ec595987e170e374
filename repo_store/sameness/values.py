"""*Same value*: the numbers, dates and times that a text states, whatever they are written with.

12 000, 12,000, １２０００ and twelve thousand are one number; £5m and £5 million; 5%, 5 percent and
five per cent; 10.30am and 10:30 a.m.; 9 May 2026 and 2026-05-09. Digits of every script; words in
English, numerals in Chinese and Japanese.
"""

from collections.abc import Sequence

from repo_store.sameness import dates, numbers
from repo_store.sameness.tokens import Token, Value, agree, is_label, tokens

__all__ = ["Value", "agree", "same_value", "values"]


def values(text: str, start: int = 0, end: int | None = None) -> list[Value]:
    """The values in a text, or those that begin in a part of it; in order, none overlapping.

    A list's own number is none, nor is a number within a code such as COVID-19.
    """
    parts = tokens(text, start, len(text) if end is None else end)
    found: list[Value] = []
    last = at = 0
    while at < len(parts):
        token = parts[at]
        if token.start >= last:
            value = _of_word(text, parts, at) if token.word.role else _of_digits(text, parts, at)
            if value is not None:
                found.append(value)
                last = value.end
        at += 1
    return found


def same_value(one: Value, other: Value) -> bool:
    same = (one.kind, one.value) == (other.kind, other.value)
    return same and agree(one.detail, other.detail)


def _of_word(text: str, parts: Sequence[Token], at: int) -> Value | None:
    word = parts[at].word
    if word.role == "weekday":
        return dates.weekday(text, parts, at)
    if word.role == "month":
        return dates.month_first(text, parts, at)
    if word.role == "clock":
        return dates.named_time(text, parts[at])
    return numbers.in_words(text, parts, at)


def _of_digits(text: str, parts: Sequence[Token], at: int) -> Value | None:
    token = parts[at]
    if is_label(text, token):
        return None
    if token.kind == "day":
        return dates.numeric(token)
    if token.kind == "number":
        letter = text[token.start - 1 : token.start]
        if letter and letter in "vV":
            return numbers.version(token)
        if letter == "Y":
            return dates.fiscal_year(token)
        if found := dates.of_digits(text, parts, at):
            return found
    return numbers.in_digits(text, token)
