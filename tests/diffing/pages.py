"""Pages for tests of the differ, spelt in one line or generated."""

import re
from typing import Any

from hypothesis import strategies as st

from repo_store import STORY
from service.comparison import fields_from, page_from
from service.diffing import Page

_EMPTY: dict[str, Any] = {part.id: part.empty for part in STORY.parts}
SPECS = page_from(STORY, _EMPTY, 0).specs


def page(**fields: Any) -> Page:
    values = {**_EMPTY, "title": "Title", **fields}
    return page_from(STORY, values, values.pop("source_count", 0))


def values(of: Page) -> dict[str, Any]:
    """The plain values of a page."""
    return fields_from(of, STORY)


PARAGRAPHS = {
    "A": "The council voted nine to six to keep the library open.",
    "B": "It will cost 1.2 million crowns a year to run.",
    "C": "Opponents had asked for a smaller building instead.",
    "D": "Readers gathered four thousand signatures in a week.",
}
_EDITS = {
    "a": ("nine", "ten"),
    "b": ("1.2", "1.4"),
    "c": ("smaller", "taller"),
    "d": ("four", "five"),
}


def paragraphs(text: str) -> list[str]:
    """A document's paragraphs, with " / " between them. `A` to `D` spell a sentence, `a` is A
    edited, `a'` A edited differently, `AB` both in one paragraph; any other text is itself.
    """
    return [paragraph(each) for each in text.split(" / ") if each]


def paragraph(spelt: str) -> str:
    if not re.fullmatch("(?:[A-Da-d]'?)+", spelt):
        return spelt
    return " ".join(map(_sentence, re.findall("\\w'?", spelt)))


def _sentence(letter: str) -> str:
    text = PARAGRAPHS[letter[0].upper()]
    if letter.isupper():
        return text
    old, new = _EDITS[letter[0]]
    return text.replace(old, "some" if letter[1:] else new)


# Few distinct words, so that texts share some, in some order.
_texts = st.lists(
    st.sampled_from(
        ["the", "vote", "9", "1,200", "was", "不", "是", ".", "“", "é", "क्षि", "👩‍👧", "x" * 5]
    ),
    min_size=1,
    max_size=12,
).map(" ".join)
_sources = st.fixed_dictionaries(
    {"name": _texts, "url": st.sampled_from(["https://a.example/", "https://b.example/1"])},
    optional={"title": _texts, "leaning": _texts},
)
_entries = st.fixed_dictionaries({"question": st.just("") | _texts, "answer": _texts})

pages = st.fixed_dictionaries(
    {
        "title": _texts,
        "summary": st.just("") | _texts,
        "overview": st.lists(_texts, max_size=7),
        "analysis": st.lists(_texts, max_size=2),
        "sources": st.lists(_sources, max_size=4),
        "source_count": st.integers(4, 6),
        "faq": st.lists(_entries, max_size=4),
    }
).map(lambda fields: page(**fields))
