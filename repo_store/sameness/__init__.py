"""One notion of sameness: what is the same to a reader, in levels, each wider than the one before.

- `canonical`: Unicode's canonical equivalence.
- `looks_alike`: that, characters that show nothing, kinds of space, of dash and of quotation mark.
- `caseless`: that, width and case.
- `same_word`: that, and accents as a searcher leaves them out.
- `as_searched`: that, and the digits and the grouping of numbers that are written in digits.
- `same_value`: of `values`, the numbers, dates and times that a text states, whatever digits,
  grouping, words or units they are written with.
- `same_address`: of links, what does not change where one leads; `same_picture`: of images, what
  does not change which one it is.

Each is pure and idempotent: two texts are the same at a level if it gives the same text for both.
`folded_with_offsets` gives a level's text with the way back. `Phrase` looks for words in a text on
these levels. Nothing else in the product folds.
"""

from repo_store.sameness.addresses import is_picture, same_address, same_picture
from repo_store.sameness.capitals import only_capitals_differ
from repo_store.sameness.characters import (
    character_in_words,
    character_name,
    character_tag,
    reordering,
)
from repo_store.sameness.levels import (
    EMOJI_SELECTORS,
    Fold,
    Level,
    canonical,
    caseless,
    folded_with_offsets,
    looks_alike,
    most_unseen,
    same_word,
    searchable,
    takes_selector,
    unseen,
    unseen_characters,
)
from repo_store.sameness.lexicon import load_words, place_names, small_letters, value_words
from repo_store.sameness.phrases import Certainty, Match, Phrase
from repo_store.sameness.searching import as_searched
from repo_store.sameness.values import Value, agree, same_value, values
from repo_store.sameness.writing_systems import UNSPACED

__all__ = [
    "EMOJI_SELECTORS",
    "UNSPACED",
    "Certainty",
    "Fold",
    "Level",
    "Match",
    "Phrase",
    "Value",
    "agree",
    "as_searched",
    "canonical",
    "caseless",
    "character_in_words",
    "character_name",
    "character_tag",
    "folded_with_offsets",
    "is_picture",
    "load_words",
    "looks_alike",
    "most_unseen",
    "only_capitals_differ",
    "place_names",
    "reordering",
    "same_address",
    "same_picture",
    "same_value",
    "same_word",
    "searchable",
    "small_letters",
    "takes_selector",
    "unseen",
    "unseen_characters",
    "value_words",
    "values",
]
