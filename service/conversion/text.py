"""Runs of text: white space as a browser shows it, and without what no story may hold."""

import re
from collections.abc import Iterable, Iterator, Sequence

from repo_store.markdown import PLAIN, writing
from repo_store.sameness import looks_alike, reordering
from service.conversion.losses import Losses

_COLLAPSING = re.compile("[ \t\n\f\r\v\x85\u2028\u2029]+")
_CONTROL = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


def is_visible(text: str) -> bool:
    return not text.isspace() and bool(looks_alike(text).strip())


def in_one_line(text: str, losses: Losses) -> str:
    """The text of an attribute."""
    return "".join([text for text, _ in collapsed([(text, PLAIN)], losses)])


def collapsed(runs: Iterable[writing.Styled], losses: Losses) -> list[writing.Styled]:
    """Runs with one space, at most, between words, and none at the ends. Non-breaking spaces are
    kept.
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
    while found and after_space:
        text, style = found.pop()
        if style.image:
            return [*found, (text, style)]
        text = text.removesuffix(" ")
        if text:
            return [*found, (text, style)]
        after_space = bool(found) and found[-1][0].endswith(" ")
    return found


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
    return images[0], collapsed(runs[first:last], Losses()), images[1]
