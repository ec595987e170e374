"""Full-text search: the tokens of a text, and what a query requires of them.

Tokens are made here, not by SQLite, so that only those that an edit adds or removes are written.
Words are the same as in `repo_store.sameness.same_word`. A number keeps its inner point or comma.
Scripts without spaces are cut into pairs of characters, as Lucene's CJKBigramFilter does.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import chain
from string import digits
from typing import Any

from repo_store.sameness import UNSPACED, same_word

# SQLite's tokenizer that leaves our tokens as they are: it splits at ASCII punctuation only.
TOKENIZER = "ascii tokenchars ''.,''"
MAX_TERMS = 12
"""Each is looked for as the beginning of a word: a single letter takes 5 ms with 30,000 stories."""

_RUN = re.compile(f"[{UNSPACED}]+")
# Quick to rule out, and then a token is found in half of the time
_MAY_BE_UNSPACED = re.compile("[\u0e00-\U0003ffff]")
_SPACED = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_TOKEN = re.compile(rf"[{UNSPACED}]+|[^\W_{UNSPACED}]+(?:[.,]\d+)*")
_ASCII = re.compile(r"[a-z0-9]+(?:[.,][0-9]+)*")
_INNER = re.compile(r"[0-9][.,][0-9]")
_WORDS = "".join(chr(code) if chr(code).isalnum() else " " for code in range(128))
# For so few tokens, looking for each in the rest of the text costs less than tokenizing the rest.
_FEW = 100


def tokens(text: str) -> list[str]:
    return _spaced(text).split()


def _spaced(text: str) -> str:
    """The tokens, separated by spaces."""
    folded = same_word(text)
    if folded.isascii():
        # If no number has a point or comma in it, translating gives the same three times as fast.
        return " ".join(_ASCII.findall(folded)) if _inner(folded) else folded.translate(_WORDS)
    if not _MAY_BE_UNSPACED.search(folded):
        return " ".join(_SPACED.findall(folded))
    found = _TOKEN.findall(folded)
    if _RUN.search(folded):
        found = [each for token in found for each in _pairs(token)]
    return " ".join(found)


def _inner(text: str) -> bool:
    return any(digit in text for digit in digits) and _INNER.search(text) is not None


def _pairs(token: str) -> list[str]:
    if not _RUN.match(token):
        return [token]
    # The last character too, since a query matches the beginning of a token.
    return [token[at : at + 2] for at in range(len(token))]


def changed_tokens(
    old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, few: int = _FEW
) -> tuple[set[str], set[str]]:
    """The tokens that only the old content has, and those that only the new one has."""
    before, after = _lines(old), _lines(new)
    removed, added = _tokens_of(before - after), _tokens_of(after - before)
    removed, added = removed - added, added - removed
    kept_lines = before & after
    if len(removed) + len(added) > few:
        kept = _tokens_of(kept_lines)
    else:
        text = f" {' '.join(map(_spaced, kept_lines))} "
        kept = {token for token in removed | added if f" {token} " in text}
    return removed - kept, added - kept


def _lines(fields: Mapping[str, Any] | None) -> set[str]:
    if not fields:
        return set()
    records = ("sources", "faq")
    paragraphs = [v for name, v in fields.items() if isinstance(v, list) and name not in records]
    return {
        fields["title"],
        fields["summary"],
        *chain.from_iterable(paragraphs),
        *(source["name"] for source in fields["sources"]),
        *(f"{entry['question']} {entry['answer']}" for entry in fields["faq"]),
    }


def _tokens_of(lines: Iterable[str]) -> set[str]:
    return set(chain.from_iterable(map(tokens, lines)))


def query(words: str) -> str:
    """A query for FTS5: each word must occur in the text, if only as the beginning of one.

    Empty if there is no word in `words`.
    """
    terms: list[str] = []
    for word in words.split():
        found = tokens(word)
        # The pairs of a script without spaces cover its last character.
        terms += [each for at, each in enumerate(found) if not (at and found[at - 1][1:] == each)]
    return " ".join(f'"{term}"*' for term in terms[:MAX_TERMS])
