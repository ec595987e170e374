"""Looking for a phrase in texts and addresses, in whatever form it is written there.

A text says a phrase if it has its words, in order, spaced as words are; in an address, anything
that is no letter or digit separates words. Where the first or the last word is part of a longer
one, it may be another name (“Anna Bergman”), or the same inflected. What only may be the phrase has
its words with anything else or nothing between them, or in letters that look like theirs.
"""

import html
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import unquote

import regex

from repo_store.sameness.levels import Fold, Level, folded_with_offsets, same_word
from repo_store.sameness.writing_systems import UNSPACED

# Letters that look like Latin ones, after confusables.txt of Unicode's UTS #39: Cyrillic, Greek,
# Armenian, and Latin small capitals.
_LOOK_LIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХҺԚԜӀѴавеѕіјкмнорстухһԁԛԝӏѵ"
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεηικνορτυχγϲ"
    "ՕՍՏԼօսհոցյզ"
    "ɑɡᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢ",
    "ABESIJKMHOPCTYXHQWLVabesijkmhopctyxhdqwlv"
    "ABEZHIKMNOPTYXabenikvoptuxyc"
    "OUSLouhngjq"
    "agabcdeghijklmnoprtuvwyz",
)
_WORD = regex.compile(rf"[{UNSPACED}]|[[\p{{L}}\p{{M}}\p{{N}}]--[{UNSPACED}]]+", regex.VERSION1)
_BETWEEN = r"[^\p{L}\p{M}\p{N}]"
_LETTER = rf"[[\p{{L}}\p{{N}}]--[{UNSPACED}]]"
_BESIDE = regex.compile(rf"s?(?!{_LETTER})|(?<=[{UNSPACED}])", regex.VERSION1)
_BEFORE = regex.compile(rf"{_LETTER}[\p{{M}}\p{{DI}}]*{_LETTER}\Z", regex.VERSION1)
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}|&#?\w+;|xn--")
_DECODINGS = 3


class Certainty(StrEnum):
    """How sure it is that a text says a phrase, best first."""

    WHOLE = "whole"
    LONGER_WORD = "longer-word"
    POSSIBLE = "possible"


class Match(NamedTuple):
    """Where a phrase is: from `start` to `end` in `text`, which is the text that was searched, or
    that without its encoding.
    """

    certainty: Certainty
    text: str
    start: int
    end: int


class Phrase:
    """A phrase to look for. ValueError if it has no letter or digit.

    Looking takes time in proportion to the text, at worst times `words`.
    """

    def __init__(self, phrase: str) -> None:
        words = same_word(phrase).split()
        parts = _WORD.findall(same_word(phrase))
        alike = _WORD.findall(same_word(phrase.translate(_LOOK_LIKE)))
        if not parts:
            raise ValueError("a phrase has a letter or a digit")
        self.words = len(parts)
        self._spaced = regex.compile(r"\s+".join(map(regex.escape, words)))
        self._apart = _joined(parts, "+")
        self._possible = ((same_word, _joined(parts, "*")), (_look_like, _joined(alike, "*")))

    def in_text(self, text: str) -> Match | None:
        """The best match in a text, the first of equals."""
        if found := _first(text, same_word, self._spaced):
            return found
        if "://" in text:
            for address in _ADDRESS.findall(text):
                found = self.in_address(address)
                if found and found.certainty is not Certainty.POSSIBLE:
                    return found
        return self._found_as_possible(text)

    def in_address(self, url: str) -> Match | None:
        """The same for an address, whose words are separated by whatever is no letter or digit."""
        for form in _forms(url):
            for pattern in (self._spaced, self._apart):
                if found := _first(form, same_word, pattern):
                    return found
        return self._found_as_possible(url)

    def _found_as_possible(self, text: str) -> Match | None:
        for form in _forms(text):
            for level, pattern in self._possible:
                if found := _first(form, level, pattern):
                    return found._replace(certainty=Certainty.POSSIBLE)
        return None


def _joined(words: list[str], times: str) -> "regex.Pattern[str]":
    return regex.compile(f"{_BETWEEN}{times}".join(map(regex.escape, words)))


def _look_like(text: str) -> str:
    return same_word(text.translate(_LOOK_LIKE))


def _first(text: str, level: Level, pattern: "regex.Pattern[str]") -> Match | None:
    if not pattern.search(level(text)):
        return None
    fold = _offsets(level, text)
    spans = [fold.span(*found.span()) for found in pattern.finditer(fold.text)]
    whole = next((each for each in spans if _is_whole(text, *each)), None)
    certainty = Certainty.WHOLE if whole else Certainty.LONGER_WORD
    return Match(certainty, text, *(whole or (spans or [(0, 0)])[0]))


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no letter or digit stands beside it, but for the s of a genitive."""
    found = _BESIDE.match(text, end)
    return found is not None and not _BEFORE.search(text[max(0, start - 2) : start + 1])


def _offsets(level: Level, text: str) -> Fold:
    # A look-alike takes the place of one character, so offsets stay.
    shown = text if level is same_word else text.translate(_LOOK_LIKE)
    return folded_with_offsets(same_word, shown)


def _forms(text: str) -> Iterator[str]:
    """The text as it is, then decoded until nothing changes: percent-encoding, entities, IDNA."""
    yield text
    for _ in range(_DECODINGS):
        if not _ENCODED.search(text):
            return
        decoded = re.sub(r"xn--[a-z0-9-]+", _label, html.unescape(unquote(text)))
        if decoded == text:
            return
        yield (text := decoded)


def _label(found: re.Match[str]) -> str:
    try:
        return found[0].encode().decode("idna")
    except UnicodeError:
        return found[0]
