"""Edits after which every word, number and link is the same, so that a reader can skip them."""

import re

import regex

from repo_store.sameness import canonical, caseless, looks_alike, only_capitals_differ
from service.diffing.characters import named_characters
from service.diffing.types import Block, Cosmetic, Spans, text_without

_NO_LETTER = re.compile(r"[\W_]+")
_SPACE = re.compile(r"\s+")
_CONTEXT = 40
"""Characters of equal text that are looked at beside an edit, up to the next space."""
# Of texts as they look. A sign is part of its number; what joins two parts of a word, of the word.
_WORD = regex.compile(
    r"""https?://[^\s"]*[^\s".,;:!?']
      | (?:(?<![\w\p{M}])[-+]?(?=\d))?[\w\p{M}]+(?:[-'.·,:/@][\w\p{M}]+)*""",
    regex.VERBOSE | regex.IGNORECASE,
)
# Marks that say nothing by themselves: not those of per cent, or of an address.
_MARKS = regex.compile(r"\s+|(?![%‰#/&@*\\§])\p{P}")


def cosmetic_edit(block: Block) -> Cosmetic | None:
    """What kind of cosmetic edit a block has, if it was edited and nothing else changed.

    None if a character changed that has to be named, since a reader does not see it.
    """
    if not (block.edited and block.old and block.new) or block.coarse or block.formatting:
        return None
    trimmed = [_trimmed(spans) for spans in block.texts.values()]
    old, new = (
        [canonical(text_without(spans, drop)) for spans in trimmed] for drop in ("insert", "delete")
    )
    if list(map(_letters, old)) != list(map(_letters, new)):  # most edits: quick to rule out
        return None
    if named_characters(block):
        return None
    if old == new:
        return "form"
    pairs = [(looks_alike(one), looks_alike(other)) for one, other in zip(old, new, strict=True)]
    words = [(_WORD.findall(one), _WORD.findall(other)) for one, other in pairs]
    if all(one == other for one, other in words):
        if [_SPACE.sub("", text) for text in old] == [_SPACE.sub("", text) for text in new]:
            return "space"
        if all(_MARKS.sub("", one) == _MARKS.sub("", other) for one, other in pairs):
            return "punctuation"
    elif all(map(_only_capitals_differ, words, pairs)):
        return "case"
    return None


def _only_capitals_differ(words: tuple[list[str], list[str]], texts: tuple[str, str]) -> bool:
    one, other = words
    return (
        len(one) == len(other)
        and all(map(only_capitals_differ, one, other))
        and not any("://" in word for word, same in zip(one, other, strict=True) if word != same)
        and _WORD.split(texts[0]) == _WORD.split(texts[1])
    )


def _trimmed(spans: Spans) -> Spans:
    """Without most of an equal beginning and end, which both texts share."""
    kept = list(spans)
    if len(kept) > 1 and kept[0].op == "equal":
        text = kept[0].text
        cut = text.rfind(" ", 0, max(0, len(text) - _CONTEXT))
        kept[0] = kept[0]._replace(text=text[cut + 1 :])
    if len(kept) > 1 and kept[-1].op == "equal":
        text = kept[-1].text
        cut = text.find(" ", _CONTEXT)
        kept[-1] = kept[-1]._replace(text=text if cut < 0 else text[:cut])
    return tuple(kept)


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", caseless(text))
