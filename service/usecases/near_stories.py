"""Which story a text belongs to, if its headline was corrected: the one that says nearly the same.

A few searches for long words of its paragraphs, which few stories share, give some candidates; of
these the texts are compared. So the work does not grow with the number of stories, but for search.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from repo_store import Archive, Content, Damaged, Revision, SearchPlace, State, parse_query
from repo_store.sameness import UNSPACED, searchable
from service.diffing.similarity import bag, ranked
from service.diffing.thresholds import SAME_BLOCK

_CANDIDATES = 20
_PARAGRAPHS = 6
"""So many of a text's paragraphs, the longest, are searched for,"""
_WORDS = 3
"""each twice, by so many of its longest words,"""
_FOUND = 5
"""and so many stories are taken of each answer."""
_LONGEST_WORD = 40
_PIECE = 8
"""Characters of a text without spaces that are searched for as if they were a word."""
_UNSPACED = re.compile(f"[{UNSPACED}]")
_NO_SYNTAX = str.maketrans('"*', "  ")


class NearStory(NamedTuple):
    """`shared` of the new text's `paragraphs` are in the story's live text, or nearly."""

    story: str
    title: str
    shared: int
    paragraphs: int


def says_nearly_the_same(archive: Archive, story: str, content: Content) -> bool:
    """Whether a text may be the next version of this story: it is near the live one or a draft."""
    newest = (archive.index.newest(story, state) for state in (State.PUBLISHED, State.DRAFT))
    texts = [known for each in newest if (known := _content(archive, each))]
    return content in texts or any(_near(known, content) for known in texts)


def nearest_story(archive: Archive, content: Content) -> NearStory | None:
    """The public story whose live text is nearest to this one; None if none is near."""
    found: list[NearStory] = []
    for story in _candidates(archive, content):
        known = _content(archive, archive.index.newest(story, State.PUBLISHED))
        if known and (shared := _near(known, content)):
            found.append(NearStory(story, known.title, shared, len(_paragraphs(content))))
    return max(found, key=lambda each: each.shared, default=None)


def _content(archive: Archive, revision: Revision | None) -> Content | None:
    """None if there is none that can be read."""
    try:
        content = archive.content(revision) if revision else None
    except Damaged:
        return None
    return content if isinstance(content, Content) else None


def _near(known: Content, new: Content) -> int:
    """How many paragraphs two texts share; 0 unless that is half of those of the shorter one."""
    olds, news = _paragraphs(known), _paragraphs(new)
    same = Counter(olds) & Counter(news)
    olds, news = list((Counter(olds) - same).elements()), list((Counter(news) - same).elements())
    old_bags, new_bags = ([bag((text,)) for text in texts] for texts in (olds, news))
    taken_olds: set[int] = set()
    taken_news: set[int] = set()
    for score, _, i, j in ranked(
        range(len(olds)), range(len(news)), old_bags.__getitem__, new_bags.__getitem__
    ):
        if -score >= SAME_BLOCK and i not in taken_olds and j not in taken_news:
            taken_olds.add(i)
            taken_news.add(j)
    shared = same.total() + len(taken_news)
    fewer = same.total() + min(len(olds), len(news))
    return shared if 2 * shared >= fewer else 0


def _paragraphs(content: Content) -> list[str]:
    """What a text says below its headline, as it is compared."""
    texts = [
        " ".join(part.searched(block))
        for part in content.shape.parts[1:]
        if not part.kind.cites and part.place != "hidden"
        for block in part.blocks(content.fields)
    ]
    return [folded for text in texts if (folded := searchable(text))]


def _candidates(archive: Archive, content: Content) -> list[str]:
    hits: Counter[str] = Counter()
    for words in _searches(content):
        query = parse_query(words.translate(_NO_SYNTAX))
        found = archive.index.search(query, [SearchPlace.LIVE], None, _FOUND)
        hits.update(each.story for each in found.hits)
    return [story for story, _ in hits.most_common(_CANDIDATES)]


def _searches(content: Content) -> Iterator[str]:
    for paragraph in sorted(_paragraphs(content), key=len, reverse=True)[:_PARAGRAPHS]:
        words = sorted(dict.fromkeys(_words(paragraph)), key=len, reverse=True)
        for at in (0, _WORDS):
            if chosen := words[at : at + _WORDS]:
                yield " ".join(chosen)


def _words(paragraph: str) -> Iterator[str]:
    for word in paragraph.split():
        if _UNSPACED.search(word):
            yield from (word[at : at + _PIECE] for at in range(0, len(word), _PIECE))
        elif len(word) <= _LONGEST_WORD:
            yield word
