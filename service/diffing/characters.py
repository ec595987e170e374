"""Characters that a reader does not see, or takes for others, where an edit changes them."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Literal, NamedTuple

import regex

from repo_store.sameness import (
    EMOJI_SELECTORS,
    character_name,
    looks_alike,
    takes_selector,
    unseen_characters,
)
from service.diffing.types import Block, Spans, text_without

MOST_NAMED = 20
"""Characters of one block that are named."""
LONGEST_WORD = 60
"""Characters of a word that is quoted."""

_WORD = regex.compile(r"[\p{L}\p{M}]+")
_SCRIPTS = {
    script: regex.compile(rf"\p{{{script}}}")
    for script in ("Latin", "Cyrillic", "Greek", "Armenian", "Cherokee")
}
"""Scripts whose letters are taken for each other's."""
_SELECTORS = frozenset(EMOJI_SELECTORS)
_NO_SELECTOR = dict.fromkeys(map(ord, EMOJI_SELECTORS))
_FORM = re.compile(f"[^{EMOJI_SELECTORS}][{EMOJI_SELECTORS}]\u20e3?|[#*0-9]\u20e3")
_UNITS = frozenset("μΩΔ")
"""Greek letters that belong to units and quantities in any script."""


class NamedCharacter(NamedTuple):
    """A character that shows nothing, or a letter of another script than its `word`."""

    character: str
    name: str
    change: Literal["added", "removed", "moved"]
    word: str | None = None


def named_characters(block: Block) -> tuple[NamedCharacter, ...]:
    """What an edit of a block did that a reader would not see."""
    if not (block.edited and block.old and block.new):
        return ()
    removed, added = (
        [span.text for spans in block.texts.values() for span in spans if span.op == op]
        for op in ("delete", "insert")
    )
    if all(text.isascii() for texts in (removed, added) for text in texts):
        return ()
    found = [*_unseen(block, removed, added), *_of_another_script(removed, added)]
    return tuple(found[:MOST_NAMED])


def _unseen(block: Block, removed: list[str], added: list[str]) -> Iterator[NamedCharacter]:
    before, after = (
        Counter(chain.from_iterable(map(unseen_characters, texts))) for texts in (removed, added)
    )
    before, after = before + _alone(removed, added), after + _alone(added, removed)
    for character in after - before:
        yield NamedCharacter(character, character_name(character), "added")
    for character in before - after:
        yield NamedCharacter(character, character_name(character), "removed")
    if before and before == after and all(map(_looks_the_same, block.texts.values())):
        for character in before:
            yield NamedCharacter(character, character_name(character), "moved")


def _alone(texts: list[str], others: list[str]) -> Counter[str]:
    """The selectors of emoji in these texts that the others have in another form: they did not come
    or go with their emoji.
    """
    if not any(each in text for text in texts for each in EMOJI_SELECTORS):
        return Counter()
    here, there = _forms(texts), _forms(others)
    in_another_form = set(filter(takes_selector, map(_without_selector, there - here)))
    return Counter(
        form[1]
        for form in (here - there).elements()
        if form[1:2] in _SELECTORS and _without_selector(form) in in_another_form
    )


def _forms(texts: list[str]) -> Counter[str]:
    """How often each character has a selector after it or is a keycap, and how often neither."""
    forms = Counter(chain.from_iterable(map(_FORM.findall, texts)))
    alone = Counter(chain.from_iterable(texts))
    for form, count in forms.items():
        alone[form[0]] -= count
    return alone + forms


def _without_selector(form: str) -> str:
    return form.translate(_NO_SELECTOR)


def _looks_the_same(spans: Spans) -> bool:
    old, new = text_without(spans, "insert"), text_without(spans, "delete")
    return looks_alike(old) == looks_alike(new)


def _of_another_script(removed: list[str], added: list[str]) -> Iterator[NamedCharacter]:
    """The letters of another script in words that only the new text has."""
    known = {word for text in removed for word in _mixed(text)}
    for word in dict.fromkeys(word for text in added for word in _mixed(text)):
        if word in known:
            continue
        letters = {name: script.findall(word) for name, script in _SCRIPTS.items()}
        most = max(letters, key=lambda name: len(letters[name]))
        others = {letter for name in letters if name != most for letter in letters[name]}
        for letter in dict.fromkeys(filter(others.__contains__, word)):
            yield NamedCharacter(letter, character_name(letter), "added", word[:LONGEST_WORD])


def _mixed(text: str) -> Iterator[str]:
    """The words with letters of several scripts."""
    letters = (each for each in set(text) if each.isalpha() and not each.isascii())
    for word in _WORD.findall(text) if any(letters) else ():
        if word.isascii() or not _UNITS.isdisjoint(word):
            continue
        if sum(script.search(word) is not None for script in _SCRIPTS.values()) > 1:
            yield word
