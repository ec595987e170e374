"""Runs of text: white space as a browser shows it, and without what no story may hold."""

import re
from collections.abc import Iterable, Iterator, Sequence

from repo_store.markdown import PLAIN, writing
from repo_store.sameness import reordering
from service.conversion.losses import Losses

_COLLAPSING = re.compile("[ \t\n\f\r\v\x85\u2028\u2029]+")
_CONTROL = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


_FILLERS = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\xad\u200b\u2060\ufeff"
)
"""Spaces and what else shows nothing, and does nothing, at the ends of a text."""


def is_visible(text: str) -> bool:
    return bool(text.strip(_FILLERS))


def in_one_line(text: str, losses: Losses) -> str:
    """The text of an attribute."""
    return "".join([text for text, _ in collapsed([(text, PLAIN)], losses)])


def collapsed(runs: Iterable[writing.Styled], losses: Losses) -> list[writing.Styled]:
    """Runs with one space, at most, between words, and none at the ends; non-breaking spaces are
    kept between words.
    """
    found: list[writing.Styled] = []
    after_space = True
    for text, style in _allowed(list(runs), losses):
        if style.image:
            found.append((text, style))
            after_space = False
            continue
        text = _COLLAPSING.sub(" ", text)
        text = text[1:] if after_space and text.startswith(" ") else text
        if text:
            found.append((text, style))
            after_space = text.endswith(" ")
    return _trimmed(found)


def _allowed(runs: Sequence[writing.Styled], losses: Losses) -> Iterator[writing.Styled]:
    """Without control characters, and without those that show a text in another order."""
    refused = "".join(reordering("".join([text for text, _ in runs])))
    for text, style in runs:
        text, controls = _CONTROL.subn("", text)
        losses.add("control character", controls)
        for character in refused:
            losses.add("character that changes the direction of text", text.count(character))
            text = text.replace(character, "")
        yield text, style


def apart(
    runs: Sequence[writing.Styled],
) -> tuple[list[writing.Styled], list[writing.Styled], list[writing.Styled]]:
    """The images before the text, the text with those within it, the images after it."""
    visible = [at for at, (text, style) in enumerate(runs) if not style.image and is_visible(text)]
    first, last = (visible[0], visible[-1] + 1) if visible else (len(runs), len(runs))
    images = [[run for run in part if run[1].image] for part in (runs[:first], runs[last:])]
    return images[0], _trimmed(runs[first:last]), images[1]


def _trimmed(runs: Sequence[writing.Styled]) -> list[writing.Styled]:
    """Without what shows nothing at the ends."""
    first, end = 0, len(runs)
    while first < end and not _shows(runs[first]):
        first += 1
    while first < end and not _shows(runs[end - 1]):
        end -= 1
    trimmed = list(runs[first:end])
    if trimmed and not trimmed[0][1].image:
        trimmed[0] = trimmed[0][0].lstrip(_FILLERS), trimmed[0][1]
    if trimmed and not trimmed[-1][1].image:
        trimmed[-1] = trimmed[-1][0].rstrip(_FILLERS), trimmed[-1][1]
    return trimmed


def _shows(run: writing.Styled) -> bool:
    return run[1].image is not None or is_visible(run[0])
