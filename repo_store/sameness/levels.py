"""The levels on which two texts are the same to a reader, and the way back into the text."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple
from unicodedata import combining, normalize

import regex

Level = Callable[[str], str]

_KINDS = {
    " ": "\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000",
    "-": "\u02d7\u058a\u05be\u2010-\u2015\u2212\u2e3a\u2e3b\ufe31\ufe32\ufe58\ufe63\uff0d",
    '"': "\u00ab\u00bb\u201c-\u201f\u2033\u2036\u275d\u275e\u300c-\u300f\u301d-\u301f\ufe41-\ufe44"
    "\uff02\uff62\uff63",
    "'": "\u02bb\u02bc\u2018-\u201b\u2032\u2035\u2039\u203a\u275b\u275c\uff07",
}
"""Kinds of space, dash, double and single quotation mark, as ranges for a regular expression."""
_KIND = re.compile(f"[{''.join(_KINDS.values())}]")
_BMP = "".join(map(chr, range(0x10000)))
_PLAIN = {each: plain for plain, kinds in _KINDS.items() for each in re.findall(f"[{kinds}]", _BMP)}

# Letters whose forms a joiner changes: of Arabic and other joined scripts, and of Indic ones; but
# for the signs that `same_word` drops, so that what stands beside a joiner is the same at any level
_TASHKEEL = r"\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
_TASHKEEL += r"\u06ea-\u06ed\u0898-\u089f\u08ca-\u08e1\u08e3-\u08ff"
_JOINED = (
    r"[[\p{L}\p{M}]&&[\u0620-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\ua95f\ua980-\ua9df"
    rf"\U00010a00-\U00011fff\U0001e900-\U0001e95f]--[\p{{DI}}{_TASHKEEL}\u0640]]"
)
# Not those emoji that stand for letters or ideographs, which NFKC replaces
_EMOJI = r"[\p{ExtPict}--[\u203c\u2049\u2122\u2139\u24c2\u3297\u3299\U0001f100-\U0001f265]]"
_IDEOGRAPH = r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_SHOWS_NOTHING = r"[\p{DI}\ufff9-\ufffb]"
_SEEN = rf"""                                                    # kept, since a reader sees them:
      \U0001f3f4[\U000e0020-\U000e007e]{{1,16}}\U000e007f           # flags such as England's
    | {_IDEOGRAPH}[\ufe00-\ufe02\U000e0100-\U000e01ef]             # variants of ideographs
    | [\u1820-\u18aa][\u180b-\u180d\u180f]                        # and of Mongolian letters
    | (?<={_EMOJI}[\U0001f3fb-\U0001f3ff]?\ufe0f?)\u200d(?={_EMOJI})  # emoji made of several
    | (?<={_JOINED}[{_TASHKEEL}]{{0,4}})(?:\u200c(?={_JOINED})|\u200d) # forms of letters
    | \u200d(?={_JOINED})
"""
# An emoji without the selector that says whether it is set in colours. A digit is one only as a
# keycap: after any other a selector shows nothing.
_BASE = r"(?:[\p{Emoji}--[#*0-9]]|[#*0-9](?=[\ufe0e\ufe0f]?\u20e3))"
EMOJI_SELECTORS = "\ufe0e\ufe0f"
_SELECTOR = f"[{EMOJI_SELECTORS}]"


def _all_but(seen: str) -> "regex.Pattern[str]":
    """What shows nothing, but for what a reader sees where it stands."""
    return regex.compile(
        rf"(?:{seen})(*SKIP)(*FAIL) | {_SHOWS_NOTHING}+?", regex.VERBOSE | regex.VERSION1
    )


_IGNORED = _all_but(_SEEN)
_UNSEEN = _all_but(rf"{_SEEN} | {_BASE}{_SELECTOR}")
_WHOLE_EMOJI = regex.compile(rf"{_BASE}\u20e3?", regex.VERSION1)
# The same without what stands around them: quick to rule out
_MAY_BE_IGNORED = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_DEPENDS = re.compile("[\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e0fff]")
"""Those of which what stands around them decides whether a reader sees them."""

# Putting a run of marks in order takes the square of its length: a longer one stays as it is, as
# UAX #15 limits it for its Stream-Safe Text Format.
_MARKS = "".join(filter(combining, _BMP))
_MANY_MARKS = re.compile(f"[{_MARKS}\U00010000-\U0010ffff]{{31}}")  # quick to rule out
_UNORDERED = regex.compile(r"\P{ccc=0}{31,}")
# Letters of Hangul by themselves are no parts of a syllable; to NFKC they are.
_JAMO = re.compile("[\u3131-\u318e\uffa1-\uffdc]+")
_UNORDERED_OR_JAMO = regex.compile(f"{_UNORDERED.pattern}|{_JAMO.pattern}")

_ACCENTED = re.compile(
    "([A-Za-z\u00aa-\u02af\u0370-\u052f\u1c80-\u1c8f\u1d00-\u1dbf\u1e00-\u1fff\u2c60-\u2c7f"
    "\ua640-\ua66e\ua680-\ua69d\ua722-\ua7ff\uab30-\uab6f])"
    "[\u0300-\u036f\u0483-\u0487\u1ab0-\u1ace\u1dc0-\u1dff]+"
)
_POINTS = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    f"{_TASHKEEL}]|\u0640(?![{_TASHKEEL}]*(?![{_TASHKEEL}])[{_MARKS}])"
)
_SPELLED = str.maketrans(
    {
        **dict(zip("łøđðħŧıŋƒɓɗƙƴɨʉɍɉƀǥ", "loddhtinfbdkyiurjbg", strict=True)),
        **{"æ": "ae", "œ": "oe", "þ": "th"},
    }
)

# Most text is made of characters each of which folds by itself: no marks, joiners, parts of Hangul
# syllables. For it a table does, in a third of the time.
_ALONE = (
    r"\x00-\u02ff\u0370-\u0482\u048a-\u058f\u05be\u05d0-\u05ea\u0621-\u064a\u0660-\u066f"
    r"\u0671-\u06d5\u1e00-\u200b\u200e-\u20cf\u2100-\u2cee\u2e00-\u2e7f\u3000-\u3029"
    r"\u3030-\u3098\u309b-\u30ff\u3400-\u9fff\uac00-\ud7a3\ufe0f\uff01-\uff9d\U0001f000-\U0001faff"
)
_TOGETHER = re.compile(f"[^{_ALONE}]")

# The letters of flags in pairs: else the engine looks back to the first of a row of them each time.
_GRAPHEME = regex.compile(r"[\U0001f1e6-\U0001f1ff]{2}[\p{GCB=Extend}\p{GCB=ZWJ}]*|\X")


def canonical(text: str) -> str:
    """The same for two texts of the same characters: é is one, or e and a mark."""
    return text if text.isascii() else _composed(text)


def looks_alike(text: str) -> str:
    """The same for two texts that look alike. A character stays a character: runs of space too."""
    return text if text.isascii() else _folded(looks_alike, text)


def caseless(text: str) -> str:
    """The same for two texts that look alike but for case and width."""
    return text.lower() if text.isascii() else _folded(caseless, text)


def same_word(text: str) -> str:
    """The same for two texts that differ, beyond that, in accents of Latin, Greek and Cyrillic
    letters, Arabic vowel signs and Hebrew points: what a searcher leaves out.
    """
    return text.lower() if text.isascii() else _folded(same_word, text)


def searchable(text: str) -> str:
    """The words of a text, to look for a phrase in it, however they are spaced."""
    return " ".join(same_word(text).split())


class Fold(NamedTuple):
    """A text on a level. `graphemes`: start and end, in the text, of what each character is from;
    None if that is the character in its place.
    """

    text: str
    graphemes: list[tuple[int, int]] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of the fold is in the text: the graphemes that it is from, each whole."""
        if self.graphemes is None:
            return start, end
        if start < end:
            return self.graphemes[start][0], self.graphemes[end - 1][1]
        at = self.graphemes[start - 1][1] if start else 0
        return at, at


def folded_with_offsets(level: Level, text: str) -> Fold:
    """`level(text)` grapheme by grapheme, and where each character of it is from."""
    if text.isascii():
        return Fold(level(text))
    fold = _FOLDS[level]
    shown: list[int] = []
    start = 0
    ignored_in = _ignored_in(text).finditer(text) if level is not canonical else ()
    for ignored in (found.start() for found in ignored_in):
        shown += range(start, ignored)
        start = ignored + 1
    shown += range(start, len(text))
    parts: list[str] = []
    graphemes: list[tuple[int, int]] = []
    for found in _GRAPHEME.finditer("".join([text[at] for at in shown])):
        part = fold(found[0])
        parts.append(part)
        graphemes += [(shown[found.start()], shown[found.end() - 1] + 1)] * len(part)
    return Fold("".join(parts), graphemes)


def _folded(level: Level, text: str) -> str:
    if _TOGETHER.search(text):
        composed = _composed(text)
        if _TOGETHER.search(composed):
            return _FOLDS[level](_shown(composed))
        text = composed
    return text.translate(_TABLES[level])


class _Table(dict[int, str]):
    """For `str.translate`, filled as it is used."""

    def __init__(self, fold: Level) -> None:
        self._fold = fold

    def __missing__(self, code: int) -> str:
        self[code] = self._fold(_shown(chr(code)))
        return self[code]


def unseen(text: str) -> Iterator[int]:
    """Where the characters are that show nothing where they stand. An emoji's selector is a part of
    it, though no level tells the emoji from the one without.
    """
    return (found.start() for found in _unseen_in(text).finditer(text))


def unseen_characters(text: str) -> list[str]:
    """These characters themselves."""
    found: list[str] = _unseen_in(text).findall(text)
    return found


def takes_selector(emoji: str) -> bool:
    """Whether it is an emoji without a selector, which would set it in colours or not."""
    return _WHOLE_EMOJI.fullmatch(emoji) is not None


def most_unseen(text: str) -> int:
    """How many there are at most: quick to say."""
    return len(_MAY_BE_IGNORED.findall(text))


def _shown(text: str) -> str:
    return _ignored_in(text).sub("", text)


def _ignored_in(text: str) -> "re.Pattern[str] | regex.Pattern[str]":
    return _IGNORED if _DEPENDS.search(text) else _MAY_BE_IGNORED


def _unseen_in(text: str) -> "re.Pattern[str] | regex.Pattern[str]":
    has_selector = any(each in text for each in EMOJI_SELECTORS)
    return _UNSEEN if has_selector else _ignored_in(text)


def _alike(shown: str) -> str:
    return _composed(_KIND.sub(_plain, shown))


def _caseless(shown: str) -> str:
    folded = _alike(shown)
    for _ in range(3):  # what has a compatible character may have another case, and the reverse
        lower = folded.casefold()
        folded = _KIND.sub(_plain, _compatible(lower))
        if folded == lower:
            break
    return folded


def _word(shown: str) -> str:
    word = _caseless(shown)
    for _ in range(3):  # ı is bare only once its accents are gone, and takes them on when composed
        bare = _ACCENTED.sub(r"\1", _ACCENT.sub(_without_accent, word))
        bare = _composed(_POINTS.sub("", bare))
        if bare == word:
            break
        word = bare
    return word


def _plain(kind: re.Match[str]) -> str:
    return _PLAIN[kind[0]]


def _without_accent(letter: re.Match[str]) -> str:
    return _BARE[letter[0]]


def _composed(text: str) -> str:
    """In Normalization Form C, but for runs of more than 30 marks."""
    if not _MANY_MARKS.search(text):
        return normalize("NFC", text)
    return _but_for(_UNORDERED, "NFC", text)


def _compatible(text: str) -> str:
    """In Normalization Form KC, but for those and for letters of Hangul by themselves."""
    if not (_MANY_MARKS.search(text) or _JAMO.search(text)):
        return normalize("NFKC", text)
    return _but_for(_UNORDERED_OR_JAMO, "NFKC", text)


def _but_for(excepted: "regex.Pattern[str]", form: Literal["NFC", "NFKC"], text: str) -> str:
    parts: list[str] = []
    start = 0
    for found in excepted.finditer(text):
        parts += (normalize(form, text[start : found.start()]), found[0])
        start = found.end()
    return "".join([*parts, normalize(form, text[start:])])


def _bare(letter: str) -> str:
    return _ACCENTED.sub(r"\1", normalize("NFD", letter)).translate(_SPELLED)


# Letters that are another one with an accent, and what a searcher writes for them
_BARE = {
    letter: _bare(letter)
    for letter in map(chr, (*range(0xC0, 0x2E00), *range(0xA640, 0xAB70)))
    if _bare(letter) != normalize("NFD", letter)
}
_ACCENT = re.compile(f"[{''.join(_BARE)}]")

_FOLDS: Mapping[Level, Level] = {
    canonical: _composed,
    looks_alike: _alike,
    caseless: _caseless,
    same_word: _word,
}
"""What each level does once all is gone that shows nothing; of a grapheme as of a text."""
_TABLES: Mapping[Level, _Table] = {
    level: _Table(_FOLDS[level]) for level in (looks_alike, caseless, same_word)
}
