"""What of a text can be searched for: its words as tokens, and a query as what must stand there.

Tokens are made here, not by SQLite, so that what an edit adds to a text and takes from it is known
and only that is written. Case and Latin, Greek and Cyrillic accents do not count. A number keeps
its inner point or comma. Scripts written without spaces are cut into pairs of characters, as
Lucene's CJKBigramFilter does.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import chain
from string import digits
from typing import Any

# SQLite's tokenizer that leaves tokens as they are: it ends them at ASCII punctuation alone.
TOKENIZER = "ascii tokenchars ''.,''"
MOST_TERMS = 32

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_RUN = re.compile(f"[{_UNSPACED}]+")
_TOKEN = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+(?:[.,]\d+)*")
_ASCII = re.compile(r"[a-z0-9]+(?:[.,][0-9]+)*")
_INNER = re.compile(r"[0-9][.,][0-9]")
_WORDS = "".join(chr(code) if chr(code).isalnum() else " " for code in range(128))
_ACCENTS = re.compile("[\u0300-\u036f]")
# Up to here, looking for each word in the rest of a text costs less than cutting that into words.
_FEW = 100


def tokens(text: str) -> list[str]:
    return _spaced(text).split()


def _spaced(text: str) -> str:
    """The tokens with spaces between."""
    if text.isascii():
        folded = text.lower()
        # The same, three times as fast, if no number has a point or comma in it.
        return " ".join(_ASCII.findall(folded)) if _inner(folded) else folded.translate(_WORDS)
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    found = _TOKEN.findall(folded)
    if _RUN.search(folded):
        found = [each for token in found for each in _pairs(token)]
    return " ".join(found)


def _inner(text: str) -> bool:
    return any(digit in text for digit in digits) and _INNER.search(text) is not None


def _pairs(token: str) -> list[str]:
    if not _RUN.match(token):
        return [token]
    # The last character too, since a query finds a token by its beginning.
    return [token[at : at + 2] for at in range(len(token))]


def changed_tokens(
    old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> tuple[set[str], set[str]]:
    """The tokens that only the one content has, and only the other, both as plain JSON values."""
    before, after = _lines(old), _lines(new)
    gone, come = _of(before - after), _of(after - before)
    gone, come = gone - come, come - gone
    kept = before & after
    if len(gone) + len(come) > _FEW:
        stay = _of(kept)
    else:
        text = f" {' '.join(map(_spaced, kept))} "
        stay = {token for token in gone | come if f" {token} " in text}
    return gone - stay, come - stay


def _lines(fields: Mapping[str, Any] | None) -> set[str]:
    if not fields:
        return set()
    return {
        fields["title"],
        fields["summary"],
        *fields["overview"],
        *fields["analysis"],
        *(source["name"] for source in fields["sources"]),
        *(f"{entry['question']} {entry['answer']}" for entry in fields["faq"]),
    }


def _of(lines: Iterable[str]) -> set[str]:
    return set(chain.from_iterable(map(tokens, lines)))


def query(words: str) -> str:
    """A query in FTS5's language: every word must stand in the text, as the beginning of one.

    Empty if there is no word in it.
    """
    terms: list[str] = []
    for word in words.split():
        found = tokens(word)
        # Of characters without spaces the pairs say it all.
        terms += [each for at, each in enumerate(found) if not (at and found[at - 1][1:] == each)]
    return " ".join(f'"{term}"*' for term in terms[:MOST_TERMS])
