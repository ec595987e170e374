"""A page of a site as the content of an article."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from repo_store import Content, Shapes, parse_content
from service.conversion import HEAD, Dropped, decoded, read_page
from service.present import times
from service.usecases.commands import FIRST_YEAR

_BEGINNING = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", re.I | re.S
)


class HtmlPage(NamedTuple):
    """`published` and `modified`: when, if the page says so. `dropped`: what was left out."""

    content: Content
    published: datetime | None
    modified: datetime | None
    dropped: Sequence[Dropped]


def is_html(name: str, data: bytes) -> bool:
    """By the file's name, or by how it begins."""
    return name.endswith((".html", ".htm", ".xhtml")) or bool(_BEGINNING.match(data[:HEAD]))


def from_html(data: bytes, shapes: Shapes) -> HtmlPage:
    """The article of a page. Raises InvalidInput if there is none that could be stored."""
    page = read_page(decoded(data))
    content = parse_content(page.fields, shapes)
    return HtmlPage(content, _moment(page.published), _moment(page.modified), page.dropped)


def _moment(text: str) -> datetime | None:
    moment = times.parse(text)
    return moment if moment and moment.year >= FIRST_YEAR else None
