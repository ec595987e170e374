"""What changed under the same words, in a line each."""

from itertools import takewhile
from operator import eq
from typing import NamedTuple

from service.diffing.render.fact_lines import Words, short
from service.diffing.render.labels import FORMATTING
from service.diffing.types import Block, Formatting, What

_STYLES: tuple[What, ...] = ("strong", "emphasis", "code")


class FormattingLine(NamedTuple):
    """Such as “Link”, “the report”, “https://a.b → https://a.c”. `on`: the words that it is about,
    if any.
    """

    heading: str
    on: str
    words: Words

    def __str__(self) -> str:
        on = f" “{self.on}”" if self.on else ""
        return f"{self.heading}{on}{': ' if self.words.old or self.words.new else ''}{self.words}"


def formatting_lines(block: Block) -> list[FormattingLine]:
    """Nothing of a block that is in one text only: all of it is new or gone."""
    return [_line(each) for each in block.formatting] if block.old and block.new else []


def _line(each: Formatting) -> FormattingLine:
    heading, on = FORMATTING[each.what].capitalize(), short(each.text)
    if each.what in _STYLES:
        return FormattingLine(heading, on, Words(rest=" added" if each.new else " removed"))
    old, new = each.old, each.new
    if old is None or new is None:
        words = (
            Words(short(old), rest=" removed")
            if new is None
            else Words(new=short(new), rest=" added")
        )
        return FormattingLine(heading, on, words)
    shared = sum(takewhile(bool, map(eq, old, new)))
    return FormattingLine(heading, on, Words(short(old, shared), " → ", short(new, shared)))
