"""What comes along when text is pasted and no story may hold, made into what its writer meant.

A tab becomes a space; a separator of lines, paragraphs or pages starts a new paragraph where there
may be one; other control characters are left out. Each change is said in words, since nobody's text
is changed unsaid. What a program sends is not changed but refused: it can be put right there.
"""

import re
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from repo_store.sameness import character_in_words

_SPACES = "\t\v"
_BREAKS = "\n\f\x85\u2028\u2029"
_OTHERS = "\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff"
LINE_END = re.compile("\r\n?|\n")
_ANY = re.compile(f"[{_SPACES}{_BREAKS}{_OTHERS}]")
_OTHER = re.compile(f"[{_OTHERS}]")
_OF_LINES = re.compile(f"[{_SPACES}]+|[{_BREAKS}]+")
_OF_ONE_LINE = re.compile(f"[{_SPACES}{_BREAKS}]+")
_NAMED = 3
"""Changes of one text that are said; the others are counted."""


class _Outcome(NamedTuple):
    """What a character becomes, and that in words."""

    text: str
    words: str


_SPACE = _Outcome(" ", "became a space")
_LEFT_OUT = _Outcome("", "was left out")


class Breaks(Enum):
    """What a break becomes in a text of one line, of paragraphs, of lines."""

    SPACE = _SPACE
    PARAGRAPH = _Outcome("\n", "started a new paragraph")
    LINE = _Outcome("\n", "became a line break")


class Cleaned(NamedTuple):
    """A text, and in words what was changed in it, such as “a tab became a space”."""

    text: str
    changes: tuple[str, ...] = ()


def cleaned(text: str, breaks: Breaks) -> Cleaned:
    """The text as it may be stored. Line ends become LF, which is not worth a word."""
    text = LINE_END.sub("\n", text)
    if not _ANY.search(text):
        return Cleaned(text)
    found: Counter[tuple[str, _Outcome]] = Counter()
    one_line = breaks is Breaks.SPACE

    def left_out(control: re.Match[str]) -> str:
        found[control[0], _LEFT_OUT] += 1
        return ""

    def replaced(run: re.Match[str]) -> str:
        around = text[max(run.start() - 1, 0) : run.start()], text[run.end() : run.end() + 1]
        is_break = not one_line and run[0][0] in _BREAKS
        at_edge = not is_break and any(not each or each in f" {_BREAKS}" for each in around)
        outcome = _LEFT_OUT if at_edge else breaks.value if is_break else _SPACE
        found.update((each, outcome) for each in run[0] if each != "\n" or outcome is _SPACE)
        return outcome.text * (len(run[0]) if is_break else 1)

    text = _OTHER.sub(left_out, text)
    text = (_OF_ONE_LINE if one_line else _OF_LINES).sub(replaced, text)
    return Cleaned(text, tuple(_in_words(found)))


def notice(place: str, changes: tuple[str, ...]) -> str:
    """Such as “Overview, paragraph 1: a tab became a space, a backspace was left out.”"""
    more = [f"and {len(changes) - _NAMED} more such changes"] if len(changes) > _NAMED else []
    return f"{place[:1].upper()}{place[1:]}: {', '.join([*changes[:_NAMED], *more])}."


def _in_words(found: Counter[tuple[str, _Outcome]]) -> Iterator[str]:
    for (character, outcome), count in found.items():
        times = f" ({count:,} times)" if count > 1 else ""
        yield f"{character_in_words(character, code=False)} {outcome.words}{times}"
