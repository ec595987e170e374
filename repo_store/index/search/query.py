"""What is searched for: whole words, beginnings of words, phrases."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from repo_store.index.search.documents import Place
from repo_store.index.search.tokens import is_pair, tokens
from repo_store.sameness import as_searched, same_address

MAX_WORDS = 12
"""No more are looked for: each costs."""

_PART = re.compile(r'"([^"]*)"?|([^\s"]+)')


class Term(NamedTuple):
    """Tokens that stand next to each other. `prefix`: the last one is the beginning of a word."""

    tokens: tuple[str, ...]
    prefix: bool

    def is_in(self, text: str) -> bool:
        """Whether a document, or a line of one, has it."""
        return f" {' '.join(self.tokens)}{'' if self.prefix else ' '}" in f" {text} "


class Query(NamedTuple):
    """All terms must be in a document. `addresses`: the terms where sources are searched, whose
    addresses are compared as links are.
    """

    terms: tuple[Term, ...]
    addresses: tuple[Term, ...]

    def terms_in(self, place: Place) -> tuple[Term, ...]:
        return self.addresses if place is Place.SOURCES else self.terms


def parse(text: str) -> Query:
    """`word`: a whole word; `word*`: the beginning of one; `"a phrase"`: words in this order.

    All else is punctuation. There are no terms if there is no word in `text`.
    """
    parts = [(found[1] is not None, found[1] or found[2] or "") for found in _parts(text)]
    return Query(_terms(parts), _terms([(quoted, _address(part)) for quoted, part in parts]))


def _parts(text: str) -> Iterator[re.Match[str]]:
    # Folded as a whole: a space may group a number, and there are many kinds of quotation mark.
    return _PART.finditer(as_searched(text))


def _address(part: str) -> str:
    if part.startswith("www."):
        return same_address(f"https://{part}").removeprefix("https://")
    return same_address(part)


def _terms(parts: list[tuple[bool, str]]) -> tuple[Term, ...]:
    terms: dict[Term, None] = {}
    room = MAX_WORDS
    for quoted, part in parts:
        if found := tokens(part).split()[:room]:
            terms[_term(found, prefix=part.endswith("*") and not quoted)] = None
            room -= len(found)
    return tuple(terms)


def _term(found: list[str], prefix: bool) -> Term:
    last = found[-1]
    if is_pair(last) and len(last) == 1:
        # The pair before has the last character of a run, too; one by itself may begin any pair.
        if len(found) > 1 and found[-2][1:] == last:
            return Term(tuple(found[:-1]), prefix=False)
        prefix = True
    return Term(tuple(found), prefix)
