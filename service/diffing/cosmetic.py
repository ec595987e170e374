"""Edits that change no word and no number, so that a reader can skip them."""

import re
from collections.abc import Callable

import regex

from repo_store.sameness import canonical, caseless
from service.diffing.types import Block, Cosmetic, Spans, text_without

_NO_LETTER = re.compile(r"[\W_]+")
_DIGIT = r"[\p{Numeric_Type=Digit}\p{Numeric_Type=Decimal}]"
_MARKS = regex.compile(rf"\s+|(?<!{_DIGIT})\p{{P}}(?!{_DIGIT})")
_CONTEXT = 40
"""Characters of equal text that are looked at beside an edit: more than a grapheme has."""


def cosmetic_edit(block: Block) -> Cosmetic | None:
    """What kind of cosmetic edit a block has, if it was edited and nothing else changed."""
    if not (block.edited and block.old and block.new):
        return None
    if block.coarse:
        return None
    trimmed = [_trimmed(spans) for spans in block.texts.values()]
    texts = [
        tuple(canonical(text_without(spans, drop)) for spans in trimmed)
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
    if _equal_by(caseless, old, new):
        return "case"
    return None


def _trimmed(spans: Spans) -> Spans:
    """Without most of an equal beginning and end, which both texts share."""
    kept = list(spans)
    if len(kept) > 1 and kept[0].op == "equal":
        kept[0] = kept[0]._replace(text=kept[0].text[-_CONTEXT:])
    if len(kept) > 1 and kept[-1].op == "equal":
        kept[-1] = kept[-1]._replace(text=kept[-1].text[:_CONTEXT])
    return tuple(kept)


def _equal_by(form: Callable[[str], str], old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    return all(form(one) == form(other) for one, other in zip(old, new, strict=True))


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", caseless(text))


def _without_space(text: str) -> str:
    return "".join(text.split())


def _without_punctuation(text: str) -> str:
    """Letters, numbers and symbols; also a mark next to a digit, since it may be its sign."""
    return _MARKS.sub("", text)
