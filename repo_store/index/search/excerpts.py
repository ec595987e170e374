"""The words around what was found, as they are written."""

import re

from repo_store.index.search.documents import lines_of, source_tokens, sources_of
from repo_store.index.search.lookup import Hit
from repo_store.index.search.query import Query
from repo_store.index.search.tokens import tokens
from repo_store.sameness import folded_with_offsets, same_word
from repo_store.story.content import Content

LONGEST = 240
"""Characters of an excerpt."""


def shortened_line(hit: Hit) -> str:
    """The line's words alone, as far as there is room: what can be shown without reading a text."""
    return f"{hit.line[: LONGEST - 1]}…" if len(hit.line) > LONGEST else hit.line


def excerpt(content: Content, hit: Hit, query: Query) -> str:
    """The line of a text that was found, or the part of it around what was searched for; of a
    source its name, title and address. Empty if the text has no such line.
    """
    for line in lines_of(content):
        if tokens(line) == hit.line:
            return _around(line, query)
    for source in sources_of(content):
        if source_tokens(source) == hit.line:
            return ", ".join(filter(None, map(source.get, ("name", "title", "url"))))
    return ""


def _around(line: str, query: Query) -> str:
    if len(line) <= LONGEST:
        return line
    middle = _place(line, query)
    start = max(0, min(middle - LONGEST // 2, len(line) - LONGEST))
    end = start + LONGEST
    # At the borders of words, where there are any near
    if start and (space := line.find(" ", start, start + 20)) > 0:
        start = space + 1
    if end < len(line) and (space := line.rfind(" ", end - 20, end)) > 0:
        end = space
    return f"{'…' if start else ''}{line[start:end]}{'…' if end < len(line) else ''}"


def _place(line: str, query: Query) -> int:
    """Where in a line the first term is that is written in it as it is searched for."""
    fold = folded_with_offsets(same_word, line)
    for term in query.terms:
        # A pair of characters of a script without spaces may stand within a word.
        found = re.search(rf"(?<![^\W_]){re.escape(term.tokens[0])}", fold.text)
        at = found.start() if found else fold.text.find(term.tokens[0])
        if at >= 0:
            return fold.span(at, at + 1)[0]
    return 0
