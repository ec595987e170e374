"""Files as other systems send them, written for these tests, and an article with all parts."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.formats import FORMATS, Found, Item, Skipped, Unreadable

FOLDER = Path(__file__).with_name("files")
FILES = {
    "wire.ninjs.json": "ninjs",
    "wire.newsml.xml": "newsml",
    "posts.wordpress.json": "wordpress",
    "page.jsonld.html": "jsonld",
    "feed.rss.xml": "feed",
    "feed.atom.xml": "feed",
}
"""The samples, with the format of each."""

ARTICLE: dict[str, Any] = {
    "shape": "article",
    "title": "Bridge & tunnel close <today>",
    "summary": "“Until Friday”, says the city.",
    "authors": ["Ana Li", "Bo Ek"],
    "section": "City",
    "tags": ["traffic", "harbour, outer"],
    "language": "en-GB",
    "url": "https://paper.example/2026/bridge-closed",
    "image": {
        "url": "https://paper.example/bridge.jpg?a=1&b=2",
        "alt": "A bridge",
        "caption": "The bridge on Monday",
        "credit": "Ana Li",
    },
    "body": [
        "The **bridge** is [closed](https://city.example/notice), the *tunnel* too.",
        "## Detours",
        "- By ferry",
        "  1. from `Quay 3`",
        "- By train",
        "---",
        "> “We had no choice.”",
        "| Line | Minutes |",
        "| --- | --- |",
        "| 7 | 12 |",
        '![The quay](https://paper.example/quay.jpg "The quay at noon")',
        "https://video.example/watch?v=1&t=2",
        "1 < 2 & \\*so\\* on.",
    ],
    "sources": [{"name": "City", "url": "https://city.example/notice"}],
    "faq": [{"question": "Until when?", "answer": "Until Friday & not < longer."}],
    "ids": ["urn:paper:4411", "cms-17"],
}
ITEM = Item(
    content=ARTICLE,
    id="urn:paper:4411",
    version=3,
    at=datetime(2026, 5, 5, 10, tzinfo=UTC),
    first=datetime(2026, 5, 4, 8, tzinfo=UTC),
    author="Ana Li",
    note="An earlier version named another day.",
    kind="correction",
)


def found(name: str) -> list[Found]:
    return FORMATS[FILES[name]].read((FOLDER / name).read_bytes())


def items(name: str) -> list[Item]:
    return [each for each in found(name) if isinstance(each, Item)]


def others(name: str) -> list[tuple[str, str]]:
    """What is no article, or cannot be read: each with its place, and in words."""
    return [
        (each.where, each.what if isinstance(each, Skipped) else str(each.error))
        for each in found(name)
        if isinstance(each, Skipped | Unreadable)
    ]
