"""Pages for tests of the differ, and how they are made at random."""

from typing import Any, cast

from hypothesis import strategies as st

from service.diffing import EMPTY_PAGE, Page


def page(**fields: Any) -> Page:
    return cast(Page, {**EMPTY_PAGE, "title": "Title", **fields})


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
).map(lambda fields: cast(Page, fields))
