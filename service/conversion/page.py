"""An article in a page of a site: what the page says of itself, and its text alone."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from repo_store import is_language_tag
from repo_store.markdown import is_web, leads_to
from service.conversion.addresses import Addresses
from service.conversion.article import article, leave_out_what_is_around, texts, within
from service.conversion.blocks import converted
from service.conversion.losses import NO_TAG, Dropped, Losses
from service.conversion.parsing import Element, parsed
from service.conversion.text import in_one_line

_FEW = 20
"""Elements that are looked at for a page's title or its authors."""


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
    elements = list(within(root))
    facts = _Facts(elements, losses)
    written = next((each.get("href") for each in elements if each.tag == "base"), "")
    url = facts.url(written)
    base = next(filter(is_web, (leads_to(written, url) or "", url)), None)
    title, authors, image = facts.title, facts.authors, facts.image(base)
    summary = facts.meta("description") or facts.meta("og:description")
    found = article(root, {title, summary, *authors}, losses)
    leave_out_what_is_around(found, title, losses)
    picture = {"url": image, "alt": facts.meta("og:image:alt")}
    fields = {
        "shape": "article",
        "title": title,
        "summary": summary,
        "authors": authors,
        "section": facts.meta("article:section"),
        "tags": facts.all_meta("article:tag"),
        "language": facts.language,
        "url": url,
        "image": {name: text for name, text in picture.items() if text} if image else None,
        "body": list(converted(found, base, losses)),
    }
    known = {name: value for name, value in fields.items() if value or name == "title"}
    published, modified = facts.meta("article:published_time"), facts.meta("article:modified_time")
    return Page(known, published, modified, losses.dropped())


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
        marked = [each for each in self._elements if "author" in _words(each, "itemprop")]
        shown = map(self._name, (linked or marked)[:_FEW])
        names = [name for name in named if not is_web(name)] or shown
        return list(dict.fromkeys(filter(None, names)))

    @property
    def language(self) -> str:
        named = next((each.get("lang").strip() for each in self._tagged("html")), "")
        if is_language_tag(named):
            return named
        self._losses.add(NO_TAG, bool(named))
        return ""

    def url(self, base: str) -> str:
        """The page's own address; a relative one leads on from the other, or from `base`."""
        links = [each for each in self._tagged("link") if "canonical" in _words(each, "rel")]
        shared = next(filter(is_web, self.all_meta("og:url")), "")
        addresses = Addresses(next(filter(is_web, (shared, base)), None), self._losses)
        written = [*(each.get("href") for each in links), *self.all_meta("og:url")]
        found = (addresses.absolute(each, "address of the page") for each in written)
        return next(filter(None, found), None) or ""

    def image(self, base: str | None) -> str:
        addresses = Addresses(base, self._losses)
        found = (
            addresses.absolute(each, "image of the page") for each in self.all_meta("og:image")
        )
        return next(filter(None, found), None) or ""

    def _name(self, element: Element) -> str:
        """What is marked as someone's name, or all the text."""
        names = (each for each in within(element) if "name" in _words(each, "itemprop"))
        marked = next(names, element)
        return in_one_line(marked.get("content"), self._losses) or self._text(marked)

    def _tagged(self, tag: str) -> Iterator[Element]:
        return (each for each in self._elements if each.tag == tag)

    def _text(self, element: Element) -> str:
        return in_one_line(" ".join(texts(element)), self._losses)


def _words(element: Element, attribute: str) -> list[str]:
    return element.get(attribute).split()
