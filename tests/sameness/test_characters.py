"""Names and tags of characters."""

import pytest

from repo_store.sameness import (
    character_in_words,
    character_name,
    character_tag,
    only_capitals_differ,
)


@pytest.mark.parametrize(
    ("character", "name", "tag"),
    [
        ("\u200b", "zero-width space", "ZWSP"),
        ("\u00ad", "soft hyphen", "SHY"),
        ("\u200f", "right-to-left mark", "RLM"),
        ("\u061c", "Arabic letter mark", "ALM"),
        ("\ufe0f", "variation selector-16", "U+FE0F"),
        ("\U000e0000", "U+E0000", "U+E0000"),
        ("а", "Cyrillic small letter a", "U+0430"),
    ],
)
def test_a_character_has_a_name_and_a_tag(character: str, name: str, tag: str) -> None:
    assert (character_name(character), character_tag(character)) == (name, tag)


@pytest.mark.parametrize(
    ("character", "words"),
    [
        ("\t", "a tab (U+0009)"),
        ("\x1b", "an escape character (U+001B)"),
        ("\x92", "a control character (U+0092)"),
        ("\u2028", "a line separator (U+2028)"),
        ("\uffff", "the character U+FFFF"),
    ],
)
def test_what_cannot_be_shown_is_said(character: str, words: str) -> None:
    assert character_in_words(character) == words


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        *(("the", "The", True), ("STRASSE", "straße", True), ("ISI", "ısı", True)),
        *(("Maßen", "Massen", False), ("i", "ı", False), ("It", "it", True), ("IT", "it", False)),
        *(("May", "may", False), ("MAY", "May", True), ("ab", "ac", False)),
    ],
)
def test_capitals_make_another_word_of_some(one: str, other: str, same: bool) -> None:
    assert only_capitals_differ(one, other) is only_capitals_differ(other, one) is same
