"""An article in a page of a site: what the page says of itself, and its text alone.

Where a page marks its article, that is taken; where it does not, the element that holds the most
paragraphs. What within it is known to be something else is named and left out.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from repo_store.markdown import is_web
from service.conversion.blocks import converted
from service.conversion.losses import Dropped, Losses
from service.conversion.parsing import Element, parsed
from service.conversion.text import in_one_line

_BODY_CLASSES = frozenset(
    {"entry-content", "post-content", "article-content", "article-body", "article__body"}
    | {"story-body", "gh-content", "wp-block-post-content", "rich-text-body"}
)
_AROUND_TAGS = {"nav": "navigation", "aside": "aside", "footer": "footer"}
_AROUND_CLASSES = frozenset(
    {"sharedaddy", "jp-relatedposts", "related-posts", "related-articles", "share-buttons"}
    | {"social-share", "newsletter-signup", "comments", "comments-area", "advertisement", "ad"}
    | {"post-navigation", "breadcrumbs", "cookie-banner", "story-history"}
)
_FEW = 20
"""Elements that are looked at for a page's title or its authors."""
_SEVERAL = 2
"""Paragraphs of an element that may be a page's article."""


class Page(NamedTuple):
    """`fields`: a content of the shape `article`. `published`, `modified`: when, as written."""

    fields: dict[str, Any]
    published: str
    modified: str
    dropped: tuple[Dropped, ...]


def read_page(html: str) -> Page:
    """The article of a page. Raises InvalidInput if there is too much of it."""
    losses = Losses()
    root = parsed(html, losses)
    elements = list(_within(root))
    facts = _Facts(elements, losses)
    base = next((each.get("href") for each in elements if each.tag == "base"), "") or facts.url
    article = _article(root, elements)
    _leave_out(article, facts.title, losses)
    image = {"url": facts.image, "alt": facts.meta("og:image:alt")}
    fields = {
        "shape": "article",
        "title": facts.title,
        "summary": facts.meta("description") or facts.meta("og:description"),
        "authors": facts.authors,
        "section": facts.meta("article:section"),
        "tags": facts.all_meta("article:tag"),
        "language": next((each.get("lang") for each in elements if each.tag == "html"), ""),
        "url": facts.url,
        "image": {name: text for name, text in image.items() if text} if facts.image else None,
        "body": list(converted(article, base if is_web(base) else None, losses)),
    }
    found = {name: value for name, value in fields.items() if value or name == "title"}
    published, modified = facts.meta("article:published_time"), facts.meta("article:modified_time")
    return Page(found, published, modified, losses.dropped())


class _Facts:
    """What a page says of itself."""

    def __init__(self, elements: list[Element], losses: Losses) -> None:
        self._elements = elements
        self._losses = losses
        self._meta: dict[str, list[str]] = {}
        for each in elements:
            name = each.get("property") or each.get("name") if each.tag == "meta" else ""
            if name and (text := in_one_line(each.get("content"), losses)):
                self._meta.setdefault(name, []).append(text)

    def all_meta(self, name: str) -> list[str]:
        return list(dict.fromkeys(self._meta.get(name, [])))

    def meta(self, name: str) -> str:
        return next(iter(self.all_meta(name)), "")

    @property
    def title(self) -> str:
        if found := self.meta("og:title"):
            return found
        headings = [each for tag in ("h1", "title") for each in islice(self._tagged(tag), _FEW)]
        return next(filter(None, map(self._text, headings)), "")

    @property
    def authors(self) -> list[str]:
        named = self.all_meta("author") or self.all_meta("article:author")
        linked = [each for each in self._tagged("a") if "author" in _words(each, "rel")]
        marked = [each for each in self._elements if each.get("itemprop") == "author"]
        texts = [self._text(each) for each in (linked or marked)[:_FEW]]
        names = [name for name in named if not is_web(name)] or texts
        return list(dict.fromkeys(filter(None, names)))

    @property
    def url(self) -> str:
        links = [each for each in self._tagged("link") if "canonical" in _words(each, "rel")]
        found = [*(each.get("href").strip() for each in links), self.meta("og:url")]
        return next(filter(is_web, found), "")

    @property
    def image(self) -> str:
        return next(filter(is_web, self.all_meta("og:image")), "")

    def _tagged(self, tag: str) -> Iterator[Element]:
        return (each for each in self._elements if each.tag == tag)

    def _text(self, element: Element) -> str:
        return in_one_line(" ".join(_texts(element)), self._losses)


def _article(root: Element, elements: list[Element]) -> Element:
    """The element that holds a page's text."""
    sizes = _sizes(elements)
    for marked in (
        [each for each in elements if each.get("itemprop") == "articleBody"],
        [each for each in elements if not _BODY_CLASSES.isdisjoint(each.classes)],
        [each for each in elements if each.tag == "article"],
        [each for each in elements if each.tag == "main" or each.get("role") == "main"],
    ):
        if marked:
            return max(marked, key=lambda each: sizes[id(each)])
    best = max(elements, key=_paragraphs)
    if _paragraphs(best) >= _SEVERAL:
        return best
    return next((each for each in elements if each.tag == "body"), root)


def _sizes(elements: list[Element]) -> dict[int, int]:
    """How much text each element holds, by its identity."""
    sizes: dict[int, int] = {}
    for element in reversed(elements):  # those within an element come after it
        sizes[id(element)] = sum(
            len(each) if isinstance(each, str) else sizes[id(each)] for each in element.children
        )
    return sizes


def _paragraphs(element: Element) -> int:
    return sum(isinstance(each, Element) and each.tag == "p" for each in element.children)


def _leave_out(article: Element, title: str, losses: Losses) -> None:
    """Take away what is around a text, and its title, which stands apart."""
    untitled = bool(title)
    for element in list(_within(article)):
        kept: list[Element | str] = []
        for child in element.children:
            if isinstance(child, Element):
                if what := _around(child):
                    losses.add(f"{what} around the article")
                    continue
                if (
                    untitled
                    and child.tag == "h1"
                    and " ".join("".join(_texts(child)).split()) == title
                ):
                    untitled = False
                    continue
            kept.append(child)
        element.children[:] = kept


def _around(element: Element) -> str:
    if element.tag in _AROUND_TAGS:
        return _AROUND_TAGS[element.tag]
    return "" if _AROUND_CLASSES.isdisjoint(element.classes) else "part"


def _within(element: Element) -> Iterator[Element]:
    """An element and all in it, in the order of the page."""
    ahead = [element]
    while ahead:
        found = ahead.pop()
        yield found
        ahead += [each for each in reversed(found.children) if isinstance(each, Element)]


def _texts(element: Element) -> Iterator[str]:
    """The texts within an element, in their order."""
    ahead: list[Element | str] = [element]
    while ahead:
        found = ahead.pop()
        if isinstance(found, str):
            yield found
        elif found.tag not in ("script", "style"):
            ahead += reversed(found.children)


def _words(element: Element, attribute: str) -> list[str]:
    return element.get(attribute).split()
