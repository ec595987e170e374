"""What other systems of the trade send and take: articles in their formats, to and from ours.

Pure: bytes in, values out, and back. A format is a module with `read` and `write`.
"""

from collections.abc import Callable, Mapping

from service.formats import feed, html_page, jsonld, markdown_file, newsml, ninjs, wordpress
from service.formats.ids import Proposal, is_uri, proposed
from service.formats.item import (
    Format,
    Found,
    Item,
    Skipped,
    Status,
    Unreadable,
    Written,
    article,
)

FORMATS: Mapping[str, Format] = {
    "ninjs": Format(ninjs.read, ninjs.write),
    "newsml": Format(newsml.read, newsml.write),
    "wordpress": Format(wordpress.read, wordpress.write),
    "jsonld": Format(jsonld.read, jsonld.write),
    "feed": Format(feed.read, feed.write),
}

WRITERS: Mapping[str, Callable[[Item], Written]] = {
    **{name: each.write for name, each in FORMATS.items()},
    "html": html_page.write,
    "markdown": markdown_file.write,
}
"""The formats, and what is written only: an HTML page and a Markdown file."""

__all__ = [
    "FORMATS",
    "WRITERS",
    "Format",
    "Found",
    "Item",
    "Proposal",
    "Skipped",
    "Status",
    "Unreadable",
    "Written",
    "article",
    "is_uri",
    "proposed",
]
