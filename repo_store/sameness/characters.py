"""The names of characters, above all of those that a reader does not see."""

from unicodedata import category, name

import regex

_TAGS = {
    "\u00ad": "SHY", "\u034f": "CGJ", "\u061c": "ALM", "\u180e": "MVS", "\u200b": "ZWSP",
    "\u200c": "ZWNJ", "\u200d": "ZWJ", "\u200e": "LRM", "\u200f": "RLM", "\u202a": "LRE",
    "\u202b": "RLE", "\u202c": "PDF", "\u202d": "LRO", "\u202e": "RLO", "\u2060": "WJ",
    "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI", "\u2069": "PDI", "\ufeff": "BOM",
}  # fmt: skip
_CONTROLS = {
    "\0": "null character", "\a": "bell character", "\b": "backspace", "\t": "tab",
    "\n": "line break", "\v": "vertical tab", "\f": "form feed", "\r": "carriage return",
    "\x1b": "escape character", "\x7f": "delete character", "\x85": "next-line character",
}  # fmt: skip
_CONTROL = "control character"
_REORDERING = regex.compile("[\u202a-\u202e\u2066-\u2069]")
_ISOLATES = "\u2066\u2067\u2068\u2069"
_CLOSING = "\u202c\u2069"
_RIGHT_TO_LEFT = regex.compile(r"[\p{bc=R}\p{bc=AL}]")


def character_name(character: str) -> str:
    """Such as “zero-width space”, “Cyrillic small letter a” or “tab”."""
    if category(character) == "Cc":
        return _CONTROLS.get(character, _CONTROL)
    found = name(character, f"U+{ord(character):04X}")
    if category(character).startswith("L"):
        return found.capitalize()
    if found.startswith("U+"):
        return found
    return found.lower().replace("zero width", "zero-width").replace("arabic", "Arabic")


def character_in_words(character: str, code: bool = True) -> str:
    """Such as “a tab (U+0009)”, for one that cannot be shown; or “a tab”, without the code where
    the name says which it is.
    """
    called, number = character_name(character), f"U+{ord(character):04X}"
    if category(character) == "Cs":
        return f"half a character ({number}, a lone surrogate)"
    if called == number:
        return f"the character {number}"
    said = f"{'an' if called[0] in 'aeio' else 'a'} {called}"
    return f"{said} ({number})" if code or called == _CONTROL else said


def character_tag(character: str) -> str:
    """A short sign for a character that shows nothing: “ZWSP”, “U+FE0F”."""
    return _TAGS.get(character, f"U+{ord(character):04X}")


def reordering(text: str) -> list[str]:
    """The characters that would show a text in another order than it is written in, each once:
    embeddings and overrides; isolates too, unless it has letters that run from right to left. What
    only closes them, and finds none to close, changes nothing.
    """
    if text.isascii():
        return []
    found = sorted(set(_REORDERING.findall(text)))
    if all(each in _CLOSING for each in found):
        return []
    if found and _RIGHT_TO_LEFT.search(text):
        return [each for each in found if each not in _ISOLATES]
    return found
