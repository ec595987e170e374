"""What the play asks of a content management system."""

from datetime import datetime
from typing import NamedTuple, Protocol

from lxml import etree, html

from tests.connectors.publications import Article

UNSEEN = "\u202a\u202c"
"""Characters that come with what is copied from elsewhere, and that the archive does not take."""


class Shown(NamedTuple):
    """What readers see on the system's own page."""

    title: str
    summary: str
    paragraphs: tuple[str, ...]


class Site(Protocol):
    """`number`: the system's own of an article, whose id in the archive is `story` of it. A note
    that is empty leaves the field of notes as the editor finds it.
    """

    name: str
    author: str

    def story(self, number: int) -> str: ...

    def create(self, article: Article, note: str) -> int: ...

    def save(self, number: int, article: Article, note: str) -> None: ...

    def save_twice(self, number: int, article: Article, note: str) -> None: ...

    def take_offline(self, number: int) -> None: ...

    def publish_again(self, number: int, article: Article, note: str) -> None: ...

    def schedule(self, article: Article) -> tuple[int, datetime]:
        """Its number, and when it is due."""

    def publish_scheduled(self, number: int) -> None:
        """Wait until the system has published it by itself."""

    def page(self, number: int) -> Shown | None:
        """None if there is none."""

    def pending(self) -> int:
        """How many events wait in the connector's queue."""

    def refused(self) -> list[str]:
        """The answers to what the archive refused."""


def parsed(page: str | bytes) -> html.HtmlElement:
    found = html.document_fromstring(page)
    assert isinstance(found, html.HtmlElement)
    return found


def words(element: etree._Element) -> str:
    """As a reader sees them: spaces are one, and what shows nothing is nothing."""
    text = str(element.xpath("string()"))
    return " ".join("".join(each for each in text if each not in UNSEEN).split())
