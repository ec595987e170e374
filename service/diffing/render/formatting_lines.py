"""What changed under the same words, in a line each."""

from itertools import takewhile
from operator import eq
from typing import NamedTuple

from service.diffing.render.fact_lines import ARROW, GONE, NEW, Words, short
from service.diffing.render.labels import capitalized, formatting_word
from service.diffing.types import Block, Formatting, What
from service.messages import pgettext, raw

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
    heading, on = capitalized(formatting_word(each.what)), short(each.text)
    if each.what in _STYLES:
        said = pgettext("a style", "added") if each.new else pgettext("a style", "removed")
        return FormattingLine(heading, on, Words(rest=f" {said}"))
    old, new = each.old, each.new
    if old is None or new is None:
        if new is None:
            return FormattingLine(heading, on, Words.of(raw(GONE), old=short(old)))
        return FormattingLine(heading, on, Words.of(raw(NEW), new=short(new)))
    shared = sum(takewhile(bool, map(eq, old, new)))
    return FormattingLine(heading, on, Words.of(raw(ARROW), short(old, shared), short(new, shared)))
