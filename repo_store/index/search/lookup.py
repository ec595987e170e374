"""Finding documents, newest first, with work that does not grow with their number."""

import sqlite3
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from heapq import merge
from operator import attrgetter
from typing import NamedTuple

from repo_store.index.search.documents import SEPARATOR, Place
from repo_store.index.search.query import Query, Term
from repo_store.index.search.tables import ids_before, marked, position

MAX_WORDINGS = 100
"""The beginning of a word is looked for as each of the words that begin with it. If there are more
than these, shared by all beginnings of a query, it is looked for in the texts themselves.
"""
MAX_WORK = 8_000_000
"""How many characters one page looks at, counting a text once for each term: so a page may be
short, and still have a next one.
"""
_PER_TEXT = 2_000
"""What it costs to take a text at all, in characters looked at."""

IS_SEARCHED = "live is not null and searched is not null"
"""Of a story: that the public finds it."""

_ROW = (
    "select document.id as number, story.id, title, live, first, last, since, tokens from {}"
    " cross join story on story.number = document.story where {}"
)
_MATCHING = _ROW.format(
    "search cross join document on document.id = search.rowid",
    "search match ? and search.rowid >= ? and search.rowid < ? {} order by search.rowid desc",
)
_EVERY = _ROW.format(
    "document", "document.id >= ? and document.id < ? {} order by document.id desc"
)


class Hit(NamedTuple):
    """A document that has what is searched for. `line`: the tokens of that line of it which has
    most of that. `versions`: the first and the last in which it stood; `revision`: of a draft.
    `size`: characters of the document.
    """

    story: str
    title: str
    place: Place
    versions: tuple[int, int] | None
    revision: int | None
    line: str
    size: int


class Hits(NamedTuple):
    """One page; `next` is where the following one begins, or None if there is none."""

    hits: list[Hit]
    next: int | None


class _Candidate(NamedTuple):
    """`terms`: those that it has; the `unverified` ones it may lack."""

    position: int
    place: Place
    row: tuple[str, str | None, int | None, int, int | None, str | None, str]
    terms: tuple[Term, ...]
    unverified: list[Term]

    @property
    def holds(self) -> bool:
        return all(term.is_in(self.row[-1]) for term in self.unverified)


@dataclass(frozen=True)
class Vocabulary:
    """The words of a full-text index: a table of FTS5's. `mark`: how tokens are written in it."""

    table: str
    mark: Callable[[str], str] = str

    def wanted(
        self, connection: sqlite3.Connection, terms: Sequence[Term]
    ) -> tuple[list[str], list[Term]] | None:
        """What to match, all of it, as FTS5 takes it, and the terms that a match may still lack.
        None if nothing can have all terms, or there are none.
        """
        wanted: list[str] = []
        unverified: list[Term] = []
        most = MAX_WORDINGS // max(1, sum(term.prefix for term in terms))
        for term in terms:
            wordings = self._wordings(connection, term, most)
            if not wordings:
                return None
            if len(wordings) > most:
                unverified.append(term)
            else:
                wanted.append(f"({' OR '.join(wordings)})")
        return (wanted, unverified) if terms else None

    def _wordings(self, connection: sqlite3.Connection, term: Term, most: int) -> list[str]:
        """The phrases that a term stands for; one too many if there are more."""
        phrase = self.mark(" ".join(term.tokens))
        if not term.prefix:
            return [f'"{phrase}"']
        before, _, start = phrase.rpartition(" ")
        found: list[str] = []
        least = start
        while len(found) <= most:
            # One by one: to list words, SQLite would go through the whole list of each.
            sql = f"select term from {self.table} where term >= ? limit 1"
            row = connection.execute(sql, [least]).fetchone()
            if row is None or not row[0].startswith(start):
                break
            found.append(f'"{before} {row[0]}"')
            least = f"{row[0]}\1"
        return found


def work_of(text: str, terms: Sequence[Term]) -> int:
    """What it costs to look for terms in a document, in characters."""
    return _PER_TEXT + len(text) * len(terms)


def search(
    connection: sqlite3.Connection,
    query: Query,
    places: Collection[Place],
    before: int | None,
    limit: int,
) -> Hits:
    """Documents in these places that have all terms, newest first, after position `before`."""
    hits: list[Hit] = []
    last = work = 0
    with ExitStack() as stack:
        streams = [
            stack.enter_context(closing(_candidates(connection, place, terms, before)))
            for place in dict.fromkeys(places)
            if (terms := query.terms_in(place))
        ]
        candidates = merge(*streams, key=attrgetter("position"), reverse=True)
        for each in candidates:
            if len(hits) == limit or work >= MAX_WORK:
                return Hits(hits, last)
            work += work_of(each.row[-1], each.terms)
            if each.holds:
                hits.append(_hit(each))
            last = each.position
    return Hits(hits, None)


def _candidates(
    connection: sqlite3.Connection, place: Place, terms: tuple[Term, ...], before: int | None
) -> Generator[_Candidate, None, None]:
    found = Vocabulary("word", partial(marked, place)).wanted(connection, terms)
    if found is None:
        return
    wanted, unverified = found
    public = f"and {IS_SEARCHED}" if place is Place.LIVE else ""
    values: list[object] = [*ids_before(place, before)]
    if wanted:
        values.insert(0, " AND ".join(wanted))
    with closing(connection.cursor()) as cursor:
        cursor.execute((_MATCHING if wanted else _EVERY).format(public), values)
        for number, *row in cursor:
            yield _Candidate(position(number), place, tuple(row), terms, unverified)


def _hit(found: _Candidate) -> Hit:
    story, title, live, first, last, since, text = found.row
    title = title or story
    if found.place is Place.DRAFTS:
        return Hit(story, title, found.place, None, first, text, len(text))
    line = text
    if since:
        lines = zip(text.split(SEPARATOR), map(int, since.split()), strict=True)
        line, first = max(lines, key=lambda each: sum(term.is_in(each[0]) for term in found.terms))
    return Hit(story, title, found.place, (first, last or live or first), None, line, len(text))
