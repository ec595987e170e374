"""The names in a text: capitalised words, but for common ones that only begin a sentence."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from repo_store.sameness import caseless, place_names, small_letters
from service.diffing.kinds import FactKind, Mention, Range
from service.diffing.vocabulary import (
    COMMON,
    FUNCTION,
    GENERIC,
    JOINERS,
    OF_A_PERSON,
    OFFICES,
    ROLES,
    SAYING,
)

_UPPER = (
    r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĽŁŃŇŌŐŒŘŚŞŠŤŪŮŰŲŹŻŽ"
    r"\u0386-\u03ab\u0400-\u042f\u0490\u0531-\u0556]"
)
_SPACE = "[ \u00a0\u202f]"
_REST = r"(?:[^\W\u3040-\u9fff]|['’‑-](?=\w)|\.(?=[A-Z]\w))*+"
_AFTER_UPPER = rf"(?:\.(?:{_UPPER}\.)*(?:{_UPPER}(?!\w))?|{_REST})"
_SMALL = "|".join(sorted(JOINERS))
RUN = re.compile(
    rf"{_UPPER}(?<![\w/.@#&]{_UPPER}){_AFTER_UPPER}"
    rf"(?:{_SPACE}(?:(?:{_SMALL}){_SPACE}){{0,2}}{_UPPER}{_AFTER_UPPER}){{0,9}}+"
)
"""Capitalised words in a row, with small ones such as “of” between them, on one line."""
_WORD = re.compile(r"[^\W_](?:[^\W\u3040-\u9fff]|['’‑-](?=\w)|\.(?=[^\W\d_]))*\.?(?<!\w{3}\.)|&")
_CODE = re.compile(
    r"[@\da-z](?<![\w@./-][@\da-z])(?:(?<=@)\w{2,30}"
    r"|(?<=\d)\d{0,2}(?:(?![KMB](?!\w))[A-Z]{1,3}|x(?! more| as| the))(?!\w)"
    r"|(?<=[a-z])(?:[a-z]?[A-Z]|[a-z]{0,12}[A-Z]{2,}(?![a-z]))\w*)"
)
"""@berg, 18F, iPhone, precisionFDA."""
_MAY_BE_CODE = re.compile(r"@|\d[A-Zx]|[a-z][A-Z]")
_SENTENCE_START = re.compile(r"(?:\A|[.!?:…•]|[\n\"“«‘'(\[*#|=>{–—-])[\s\"“‘'(*]*\Z")
_POSSESSIVE = re.compile(r"['’][a-z]?\Z")
_MARK_UP = re.compile(r"[^\w\- ]")
_OPENING, _CLOSING = tuple("\"“‘'"), tuple("\"”’'")
_AFTER = re.compile(r" ([a-z]+)")
_NEAR = 2
"""Characters between a name and an edit that may concern it."""


def names(text: str, start: int, end: int, near: Sequence[Range]) -> Iterator[Mention]:
    """Those between `start` and `end` that one of the ranges `near` touches; also handles and
    codes such as 18F.
    """
    for pattern in (RUN, _CODE) if _MAY_BE_CODE.search(text, start, end) else (RUN,):
        for match in pattern.finditer(text, start, end):
            first, last = match.span()
            if not _is_near(first, last, near):
                continue
            if pattern is not RUN:
                yield Mention(FactKind.NAME, first, last, caseless(match[0]).lstrip("@"))
            elif " " in match[0] or match[0].endswith(("s", "S")):
                yield from _of_run(text, first, last)
            else:
                yield from _one_name(text, [(first, last)])


def _is_near(first: int, last: int, near: Sequence[Range]) -> bool:
    return any(first <= end + _NEAR and start - _NEAR <= last for start, end in near)


def _of_run(text: str, start: int, end: int) -> Iterator[Mention]:
    """A run is several names if a possessive ends one, or “and” stands between them; not in the
    Department of Health and Human Services.
    """
    parts: list[Range] = []
    within = False
    for match in _WORD.finditer(text, start, end):
        word = match[0]
        if word == "and" and not within:
            yield from _one_name(text, parts)
            parts = []
            continue
        parts.append(match.span())
        within = within or word in ("of", "for")
        if word.endswith(("'s", "’s")) and not text.startswith(" Day", match.end()):
            yield from _one_name(text, parts)
            parts, within = [], False
    yield from _one_name(text, parts)


def _one_name(text: str, run: list[Range]) -> Iterator[Mention]:
    """The name without common words and titles at its ends, if it is one."""
    parts = list(run)
    words = [_listed(text[start:end]) for start, end in parts]
    begins = bool(run) and _begins_sentence(text, run[0][0])
    while parts and (words[0] in _NEVER_FIRST or _stands_before(text, parts, words, begins)):
        office = words[0] in ROLES
        del parts[0], words[0]
        # An office and what it is for: Director of Engineering
        if office and words and words[0] in ("of", "for"):
            return
    while parts and words[-1] in _NEVER_FIRST:
        del parts[-1], words[-1]
    if not parts or (len(parts) > 1 and words[-1] in OFFICES):
        return
    first, last = parts[0][0], parts[-1][1]
    if tail := _POSSESSIVE.search(text, parts[-1][0], last):
        last = tail.start()
    written = text[first:last]
    words = [key(text[slice(*part)]) for part in parts]
    if all(word in GENERIC or word in JOINERS for word in words):
        return
    alone = len(parts) == 1
    labels = text[last : last + 1] == ":" and "-" not in written and (alone or begins)
    if alone and len(written) == 1:
        return
    beside = alone and written[1:] != small_letters(written[1:]) and _shortens(text, first, written)
    # Part of a term in quotation marks, such as the words on a button
    opens, closes = text[run[0][0] - 1 : run[0][0]] in _OPENING, text.startswith(_CLOSING, last)
    if len(parts) < len(run) and opens and closes:
        return
    telling = any(map(str.isupper, written[1:])) or any(map(str.isdigit, written))
    weak = alone and not telling and words[0] not in place_names() and _begins_sentence(text, first)
    if not weak or _speaks(text, last) or text.strip(" .!?") == written:
        value, detail = " ".join(words), _MARK_UP.sub("", written)
        yield Mention(FactKind.NAME, first, last, value, detail, weak=weak or beside or labels)


_NEVER_FIRST = FUNCTION | JOINERS


def _stands_before(text: str, parts: list[Range], words: list[str], begins: bool) -> bool:
    """Whether the first word is no part of the name: one that began a sentence, or a title."""
    if words[0] in COMMON:
        return begins
    shouted = text[slice(*parts[0])].isupper() and len(words[0]) > 1
    if words[0] not in ROLES or shouted:
        return False
    # General Services Administration
    return len(words) < 2 or words[1] not in GENERIC or words[1] in ROLES


def _shortens(text: str, start: int, acronym: str) -> bool:
    """Whether it stands in parentheses after the words that it shortens: its letters are in them,
    in order, the first one at the start of a word (Schwartz and Hearst 2003, “A simple algorithm
    for identifying abbreviation definitions in biomedical text”).
    """
    if text[start - 1 : start] != "(":
        return False
    before = small_letters(text[max(0, start - 80) : start]).split()
    most = min(len(acronym) + 5, 2 * len(acronym))
    words = " ".join(before[-most - 1 :])
    at = len(words)
    for letter in small_letters(acronym)[::-1]:
        at = words.rfind(letter, 0, at)
        if at < 0:
            return False
    while at > 0 and words[at - 1].isalnum():
        at = words.rfind(small_letters(acronym[0]), 0, at)
    return at >= 0


def _listed(word: str) -> str:
    """As the vocabulary has it; It's as it."""
    return small_letters(word).replace("’", "'").partition("'")[0].rstrip(".")


def _begins_sentence(text: str, start: int) -> bool:
    return _SENTENCE_START.search(text, max(0, start - 6), start) is not None


def _speaks(text: str, end: int) -> bool:
    """Whether a word follows that tells of a person, as after a name."""
    if text.startswith(("'s", "’s"), end):
        return True
    after = _AFTER.match(text, end)
    return after is not None and (after[1] in SAYING or after[1] in OF_A_PERSON)


@lru_cache(2048)
def key(word: str) -> str:
    """A word of a name without case, points and possessive."""
    return _POSSESSIVE.sub("", caseless(word)).replace(".", "")


def telling(name: str) -> list[str]:
    """The words of a name's value that tell it from others."""
    words = [word for word in name.split() if word not in JOINERS]
    rest = [word for word in words if word not in GENERIC and word not in COMMON]
    return [word for word in rest if word not in _COUNTRY] or rest or words


_COUNTRY = frozenset({"us", "uk"})
"""Before the name of an office they tell little: U.S. Department of State."""
