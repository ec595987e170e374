"""Edits that change no word and no number, so that a reader can skip them."""

import re
from collections.abc import Callable
from unicodedata import category

from service.diffing.composed import composed
from service.diffing.types import Block, Cosmetic, text_without

_NO_LETTER = re.compile(r"[\W_]+")


def cosmetic_edit(block: Block) -> Cosmetic | None:
    """What kind of cosmetic edit a block has, if it was edited and nothing else changed."""
    if not (block.edited and block.old and block.new):
        return None
    texts = [
        tuple(composed(text_without(spans, drop)) for spans in block.texts.values())
        for drop in ("insert", "delete")
    ]
    old, new = texts
    if old == new:
        return "form"
    if not _equal_by(_letters, old, new):  # most edits change these: quick to rule out
        return None
    if _equal_by(_without_space, old, new):
        return "space"
    if _equal_by(_without_punctuation, old, new):
        return "punctuation"
    if _equal_by(str.casefold, old, new):
        return "case"
    return None


def _equal_by(form: Callable[[str], str], old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    return all(form(one) == form(other) for one, other in zip(old, new, strict=True))


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text.casefold())


def _without_space(text: str) -> str:
    return "".join(text.split())


def _without_punctuation(text: str) -> str:
    """Letters, numbers and symbols; also a mark next to a digit, since it may be its sign."""
    kept = []
    for at, character in enumerate(text):
        neighbours = text[max(0, at - 1) : at + 2]
        mark = character.isspace() or category(character).startswith("P")
        if not mark or (not character.isspace() and any(map(str.isdigit, neighbours))):
            kept.append(character)
    return "".join(kept)
