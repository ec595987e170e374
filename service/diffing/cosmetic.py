"""Edits that change no word and no number: marked as such, so that they can stand back."""

import re
from collections.abc import Callable
from unicodedata import category

from service.diffing.types import Block, Cosmetic

_NO_LETTER = re.compile(r"[\W_]+")


def cosmetic_edit(block: Block) -> Cosmetic | None:
    """What sort of slight edit a block has, if it has an edit and nothing more than that."""
    if not (block.edited and block.old and block.new):
        return None
    texts = [
        tuple("".join(text for op, text in spans if op != drop) for spans in block.texts.values())
        for drop in ("insert", "delete")
    ]
    old, new = texts
    if not _all(old, new, _letters):  # what every slight edit leaves: most edits end here, at once
        return None
    if _all(old, new, _without_space):
        return "space"
    if _all(old, new, _without_punctuation):
        return "punctuation"
    if _all(old, new, str.casefold):
        return "case"
    return None


def _all(old: tuple[str, ...], new: tuple[str, ...], form: Callable[[str], str]) -> bool:
    return all(form(one) == form(other) for one, other in zip(old, new, strict=True))


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text.casefold())


def _without_space(text: str) -> str:
    return "".join(text.split())


def _without_punctuation(text: str) -> str:
    """Only letters, numbers and symbols; a mark beside a digit stays, since it may be its sign."""
    kept = []
    for at, character in enumerate(text):
        beside = text[max(0, at - 1) : at + 2]
        mark = character.isspace() or category(character).startswith("P")
        if not mark or (not character.isspace() and any(map(str.isdigit, beside))):
            kept.append(character)
    return "".join(kept)
